use super::*;
use std::time::Duration;

const DEADLINES: Deadlines = Deadlines {
    first_byte: Duration::from_secs(1),
    handshake: Duration::from_secs(2),
    headers: Duration::from_secs(3),
    body: Duration::from_secs(4),
    write_stall: Duration::from_secs(5),
    answer: Duration::from_secs(6),
    idle: Duration::from_secs(7),
    proxy_idle: Duration::from_secs(8),
};

fn seconds(number: u64) -> Duration {
    Duration::from_secs(number)
}

#[test]
fn each_phase_has_its_deadline_and_bytes_do_not_postpone_it() {
    let start = Instant::now();
    let activity = Activity::new("test", DEADLINES, false, start);
    activity.expect_handshake();
    assert_eq!(activity.read_deadline(), Some((start + seconds(1), CloseReason::FirstByte)));
    activity.received(start);
    activity.received(start + seconds(1));
    assert_eq!(activity.read_deadline(), Some((start + seconds(2), CloseReason::Handshake)));
    activity.handshake_completed(start);
    assert_eq!(activity.read_deadline(), Some((start + seconds(1), CloseReason::FirstByte)));
    activity.received(start);
    activity.received(start + seconds(2));
    assert_eq!(activity.read_deadline(), Some((start + seconds(3), CloseReason::Headers)));
    activity.head_completed(start);
    assert_eq!(activity.read_deadline(), None, "the body has its own deadline");
    assert_eq!(activity.waiting_since(), Some(start));
    activity.body_completed(start);
    assert_eq!((activity.read_deadline(), activity.waiting_since()), (None, None));
    activity.answer_started(start);
    activity.answer_completed(start);
    assert_eq!(activity.read_deadline(), Some((start + seconds(7), CloseReason::Idle)));
    activity.received(start + seconds(6));
    assert_eq!(activity.read_deadline(), Some((start + seconds(9), CloseReason::Headers)));
}

#[test]
fn answer_that_is_read_slowly_ends_at_a_total_deadline() {
    let start = Instant::now();
    let activity = Activity::new("test", DEADLINES, true, start);
    assert_eq!(activity.write_deadline(start), (start + seconds(5), CloseReason::WriteStall));
    activity.answer_started(start);
    activity.sent(start + seconds(3));
    let stalled = start + seconds(3);
    assert_eq!(activity.write_deadline(stalled), (start + seconds(6), CloseReason::Answer));
    assert_eq!(activity.waiting_since(), Some(stalled));
    activity.answer_completed(stalled);
    assert_eq!(activity.read_deadline(), Some((stalled + seconds(8), CloseReason::Idle)), "a proxy's");
}
