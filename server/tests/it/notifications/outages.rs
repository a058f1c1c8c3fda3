//! A server that is down or busy delays only the messages of its own channel.

use super::world::{ANNA, BRAM, NUMBER, World, mobile};
use app::domain::code::Code;
use jiff::SignedDuration;
use server::ports::clock::Clock as _;
use server::ports::notifier::{NoticeKind, Notifier as _, Recipients};
use server::test_support::notifier::FakeFailure;

/// Queues more SMS notices than the service reads at a time.
async fn queue_many_sms(world: &World) {
    let numbers = (0..250).map(|number| mobile(&format!("+31612345{number:03}"))).collect();
    let to = Recipients { mobiles: numbers, ..Recipients::default() };
    world.service.notify(BRAM, NoticeKind::PasswordReset, &to, world.clock.now()).await;
}

#[tokio::test]
async fn a33_unreachable_sms_gateway_delays_neither_mail_nor_later_codes() {
    let world = World::new();
    world.sms.set(FakeFailure::Unavailable);
    queue_many_sms(&world).await;
    let next = world.service.send_due().await;
    assert_eq!(world.sms.attempts(), 1, "the gateway is down, so the other messages are not tried");
    assert!(next > world.clock.now(), "the gateway is not retried at once");
    world.notify_reset().await;
    world.service.send_due().await;
    assert_eq!((world.sent_counts(), world.sms.attempts()), ((1, 0), 2), "mail does not wait for SMS");

    // Every remaining message was tried once and is due again.
    world.sms.set(FakeFailure::Temporary);
    world.service.send_due().await;
    world.service.send_due().await;
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(world.sms.attempts(), 2 + 249);
    world.sms.set(FakeFailure::None);
    let code = Code::parse("012345").unwrap();
    world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.service.send_due().await;
    assert!(
        world.sms.sent()[0].text.starts_with("012345"),
        "the code is sent before the messages that failed"
    );
}

#[tokio::test]
async fn temporary_refusal_of_one_message_does_not_stop_the_others() {
    let world = World::new();
    world.sms.set(FakeFailure::Temporary);
    queue_many_sms(&world).await;
    world.service.send_due().await;
    assert_eq!(world.sms.attempts(), 200);
}
