//! Tests of the rules of a record.

use super::*;
use crate::ports::records::SealedMobile;

const WAIT: SignedDuration = SignedDuration::from_hours(24);

struct Field {
    registered: Option<RegisteredValue<u8>>,
    proposed: Option<Proposal<u8>>,
    now: Timestamp,
    wait: SignedDuration,
}

impl Field {
    fn new() -> Self {
        let now = "2026-11-22T12:00:00Z".parse().unwrap();
        Self { registered: None, proposed: None, now, wait: WAIT }
    }

    fn enter(&mut self, source: Source, value: u8) -> Change {
        let new_value = NewValue { value, source, now: self.now, wait: self.wait };
        register(&mut self.registered, &mut self.proposed, new_value, |stored| *stored == value)
    }

    fn registered(&self) -> &RegisteredValue<u8> {
        self.registered.as_ref().unwrap()
    }
}

#[test]
fn record_of_an_earlier_version_has_no_pending_write() {
    let text = r#"{"birthdate":null,"mobile":null,"untold":[],"left_since":null}"#;
    assert_eq!(serde_json::from_str::<Record>(text).unwrap(), Record::default());
}

#[test]
fn first_value_is_usable_at_once_from_any_source() {
    for source in [Source::Employee, Source::Hr] {
        let mut field = Field::new();
        assert_eq!(field.enter(source, 1), Change::First);
        assert!(field.registered().usable_from <= field.now);
        assert_eq!(field.registered().confirmed, source == Source::Employee);
    }
}

#[test]
fn a34_changed_value_is_unusable_during_the_waiting_time() {
    let mut field = Field::new();
    field.enter(Source::Employee, 1);
    assert_eq!(field.enter(Source::Employee, 2), Change::Replaced);
    assert_eq!(field.registered().usable_from, field.now + WAIT);
}

#[test]
fn a34_hr_never_overwrites_a_confirmed_value() {
    let mut field = Field::new();
    field.enter(Source::Employee, 1);
    assert_eq!(field.enter(Source::Hr, 2), Change::Proposed);
    assert_eq!((field.registered().value, field.registered().source), (1, Source::Employee));
    assert_eq!(field.proposed.as_ref().map(|proposal| proposal.value), Some(2));
    // Accepting the proposal is a change by the employee.
    assert_eq!(field.enter(Source::Employee, 2), Change::Replaced);
    assert_eq!(field.proposed, None);
    assert_eq!(field.registered().usable_from, field.now + WAIT);
}

#[test]
fn hr_value_that_the_employee_enters_is_confirmed() {
    let mut field = Field::new();
    field.enter(Source::Hr, 1);
    assert_eq!(field.enter(Source::Employee, 1), Change::Same);
    assert!(field.registered().confirmed);
    assert_eq!(field.registered().usable_from, Timestamp::UNIX_EPOCH);
    assert_eq!(field.enter(Source::Hr, 2), Change::Proposed);
    // A declined value is not proposed again, another one is.
    field.proposed.as_mut().unwrap().declined = true;
    field.enter(Source::Hr, 2);
    assert!(field.proposed.as_ref().unwrap().declined);
    field.enter(Source::Hr, 3);
    assert!(!field.proposed.as_ref().unwrap().declined);
    // HR withdraws its proposal by sending the registered value.
    assert_eq!(field.enter(Source::Hr, 1), Change::Same);
    assert_eq!(field.proposed, None);
    assert!(field.registered().confirmed);
}

#[test]
fn hr_replaces_its_own_unconfirmed_value() {
    let mut field = Field::new();
    field.enter(Source::Hr, 1);
    assert_eq!(field.enter(Source::Hr, 2), Change::Replaced);
    assert_eq!((field.registered().value, field.registered().confirmed), (2, false));
}

#[test]
fn a34_replacing_app_waits_from_the_start_and_again_from_the_completion_of_its_activation() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let later = now + SignedDuration::from_mins(5);
    let mut record = Record::default();
    record.activation_begun("first".into(), false, now, Some(WAIT));
    assert_eq!(
        record.complete_activation("first", OtherApps::None, now, WAIT),
        Some(NoticeKind::AppActivated)
    );
    assert!(record.usable_from() <= now);
    record.activation_begun("second".into(), true, now, Some(WAIT));
    assert_eq!(record.usable_from(), now + WAIT);
    assert_eq!(
        record.complete_activation("second", OtherApps::Active, later, WAIT),
        Some(NoticeKind::AppReplaced)
    );
    assert_eq!(record.usable_from(), later + WAIT);
    // Another first activation does not end the waiting time, and each activation completes once.
    record.activation_begun("third".into(), false, later, Some(WAIT));
    assert_eq!(record.usable_from(), later + WAIT);
    assert_eq!(record.complete_activation("second", OtherApps::Active, later, WAIT), None);
    assert_eq!(record.pending_notices, [NoticeKind::AppActivated, NoticeKind::AppReplaced]);
}

#[test]
fn abandoned_activation_is_checked_less_and_less_often_and_then_no_more() {
    let since: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let minutes = 40 * 24 * 60;
    for (replaces, expected) in [(false, 60 + 23 + 29), (true, 24 * 60 + 29)] {
        let mut record = Record::default();
        record.activation_begun("first".into(), replaces, since, Some(WAIT));
        let checks = (0..minutes).filter(|minute| {
            let now = since + SignedDuration::from_mins(*minute);
            let is_due = record.activations.iter().any(|known| known.is_check_due(now, minute % 60 == 0));
            if is_due {
                record.remove_expired_activations(now);
            }
            is_due && !record.activations.is_empty()
        });
        assert_eq!(checks.count(), expected);
        assert_eq!(record.activations, []);
    }
}

#[test]
fn a34_first_app_beside_another_active_token_waits_too() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut record = Record::default();
    record.activation_begun("first".into(), false, now, Some(WAIT));
    assert_eq!(
        record.complete_activation("first", OtherApps::Active, now, WAIT),
        Some(NoticeKind::AppReplaced)
    );
    assert_eq!(record.usable_from(), now + WAIT);
}

#[test]
fn a34_concurrent_activations_are_recorded_separately() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut record = Record::default();
    for (token, replaces) in [("first", true), ("second", true), ("first", false)] {
        record.activation_begun(token.into(), replaces, now, Some(WAIT));
    }
    assert_eq!(record.activations.len(), 2);
    assert_eq!(
        record.complete_activation("first", OtherApps::None, now, WAIT),
        Some(NoticeKind::AppReplaced)
    );
    assert_eq!(
        record.complete_activation("second", OtherApps::Active, now, WAIT),
        Some(NoticeKind::AppReplaced)
    );
    for number in 0..9 {
        assert!(record.may_activate());
        record.activation_begun(number.to_string(), false, now, Some(WAIT));
    }
    record.activation_begun("tenth".into(), false, now, Some(WAIT));
    assert!(!record.may_activate());
}

fn sealed(number: u8) -> SealedMobile {
    SealedMobile { key_id: "key".into(), sealed: vec![number], digest: [number; 32] }
}

/// The employee enters a number, of which another system has a different one that cannot be parsed.
fn enter_beside_an_unreadable_number(record: &mut Record, number: u8, now: Timestamp) {
    let new_value = NewValue { value: sealed(number), source: Source::Employee, now, wait: WAIT };
    let change = record.register_mobile(new_value, |stored| *stored == sealed(number));
    record.mobile_replaces_outside(None, change, now, WAIT);
}

/// A record whose number 1 was replaced by number 2 long ago.
fn record_with_an_old_change(now: Timestamp) -> Record {
    let mut record = Record::default();
    for (number, days) in [(1, 20), (2, 10)] {
        let now = now - SignedDuration::from_hours(24 * days);
        let new_value = NewValue { value: sealed(number), source: Source::Employee, now, wait: WAIT };
        record.register_mobile(new_value, |stored| *stored == sealed(number));
    }
    assert_eq!(record.previous_mobile, Some(sealed(1)));
    record
}

#[test]
fn a34_withdrawal_restores_the_number_before_the_change_and_not_that_of_an_earlier_change() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let number = |record: &Record| record.mobile.as_ref().map(|mobile| mobile.value.clone());

    // The registered number was entered again.
    let mut record = record_with_an_old_change(now);
    enter_beside_an_unreadable_number(&mut record, 2, now);
    assert!(record.withdraw_mobile_change(now));
    assert_eq!(number(&record), Some(sealed(2)));

    // No number was registered here, and the one outside is unknown.
    let mut record = record_with_an_old_change(now);
    record.mobile = None;
    enter_beside_an_unreadable_number(&mut record, 3, now);
    assert!(record.withdraw_mobile_change(now));
    assert_eq!(number(&record), None);

    // A change is waiting: entering its number again does not make it the previous one.
    let mut record = record_with_an_old_change(now);
    let new_value = NewValue { value: sealed(4), source: Source::Employee, now, wait: WAIT };
    record.register_mobile(new_value, |stored| *stored == sealed(4));
    enter_beside_an_unreadable_number(&mut record, 4, now);
    assert!(record.withdraw_mobile_change(now));
    assert_eq!(number(&record), Some(sealed(2)));
}

#[test]
fn identity_seen_by_the_service_desk_starts_no_waiting_time_and_ends_none() {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut record = Record::default();
    record.activation_begun("new".into(), true, now, None);
    assert!(record.usable_from() <= now);
    let completed = record.complete_activation("new", OtherApps::Active, now, WAIT);
    assert_eq!(completed, Some(NoticeKind::AppReplaced));
    assert!(record.usable_from() <= now);

    record.activation_begun("frozen".into(), true, now, None);
    record.complete_activation("frozen", OtherApps::Distrusted, now, WAIT);
    assert_eq!(record.usable_from(), now + WAIT);
    let later = now + SignedDuration::from_mins(5);
    record.activation_begun("newer".into(), true, later, None);
    assert_eq!(record.usable_from(), now + WAIT);
    assert!(record.values_usable_from() <= now);

    let mut late = Record::default();
    late.activation_begun("late".into(), true, now, None);
    let found = now + SignedDuration::from_hours(30);
    late.complete_activation("late", OtherApps::None, found, WAIT);
    assert_eq!(late.usable_from(), found + WAIT, "an abandoned QR code");
}
