//! A server that is down or busy holds up nothing but what it must.

use super::world::{ANNA, BRAM, NUMBER, World, mobile};
use app::domain::code::Code;
use jiff::SignedDuration;
use server::ports::clock::Clock as _;
use server::ports::notifier::{NoticeKind, Notifier as _, Recipients};
use server::test_support::notifier::FakeFailure;

/// More notices by SMS than are read at a time.
async fn many_texts(world: &World) {
    let numbers = (0..250).map(|number| mobile(&format!("+31612345{number:03}"))).collect();
    let to = Recipients { mail: None, mobiles: numbers };
    world.notices.tell(BRAM, NoticeKind::PasswordReset, &to, world.clock.now()).await;
}

#[tokio::test]
async fn a33_a_gateway_that_is_down_holds_up_no_mail_and_no_code_that_comes_after_it() {
    let world = World::new();
    world.sms.set(FakeFailure::Away);
    many_texts(&world).await;
    let next = world.notices.send_due().await;
    assert_eq!(world.sms.asked(), 1, "the others would only wait in vain");
    assert!(next > world.clock.now(), "it is not asked again at once");
    world.tell().await;
    world.notices.send_due().await;
    assert_eq!((world.carried(), world.sms.asked()), ((1, 0), 2), "mail does not stand behind it");

    // Everything that is left was tried once and is due again.
    world.sms.set(FakeFailure::Busy);
    world.notices.send_due().await;
    world.notices.send_due().await;
    world.clock.advance(SignedDuration::from_mins(5));
    assert_eq!(world.sms.asked(), 2 + 249);
    world.sms.set(FakeFailure::Takes);
    let code = Code::parse("012345").unwrap();
    world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
    world.notices.send_due().await;
    assert!(world.sms.carried()[0].text.starts_with("012345"), "before all that failed");
}

#[tokio::test]
async fn a_server_that_refuses_some_for_now_is_given_the_others() {
    let world = World::new();
    world.sms.set(FakeFailure::Busy);
    many_texts(&world).await;
    world.notices.send_due().await;
    assert_eq!(world.sms.asked(), 200);
}
