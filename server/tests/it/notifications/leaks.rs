//! A29: addresses, numbers, codes and texts appear only in the messages sent, not in logs, errors or the queue.

use super::world::{ANNA, MAIL, NUMBER, World, anna, mobile};
use app::domain::code::Code;
use jiff::SignedDuration;
use server::ports::clock::Clock as _;
use server::ports::notifier::{Channel, Notifier as _, Outbox as _};
use server::test_support::notifier::FakeFailure;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

const SECRETS: [&str; 6] = ["janssen", "612345678", "9876543", "is je code", "Bel dan meteen", "Hallo"];

/// Collects the log output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn assert_no_secret(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in {what}: {text}");
    }
}

#[tokio::test]
async fn a29_no_address_code_or_text_is_logged_or_stored_in_clear_text() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let world = World::new();
    let code = Code::parse("9876543").unwrap();
    for failure in [FakeFailure::Unavailable, FakeFailure::Permanent, FakeFailure::None] {
        world.mail.set(failure);
        world.sms.set(failure);
        world.notify_reset().await;
        world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
        let now = world.clock.now();
        let mails = world.store.due(Channel::Mail, now, 99).await.unwrap();
        let texts = world.store.due(Channel::Sms, now, 99).await.unwrap();
        assert!(!mails.is_empty() && !texts.is_empty());
        for queued in [mails, texts].concat() {
            let bytes: String = queued.sealed.iter().copied().map(char::from).collect();
            assert_no_secret("the queue", &bytes);
        }
        world.service.send_due().await;
    }
    world.store.set_unavailable(true);
    world.notify_reset().await;
    let failed = world.service.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap_err();
    assert_no_secret("an error", &format!("{failed} {failed:?}"));
    world.store.set_unavailable(false);
    world.mail.set(FakeFailure::Unavailable);
    world.notify_reset().await;
    world.clock.advance(SignedDuration::from_hours(73));
    world.service.send_due().await;

    for message in [world.mail.sent(), world.sms.sent()].concat() {
        assert!([MAIL, NUMBER].contains(&message.to.as_str()));
        assert_no_secret("Debug", &format!("{message:?}"));
    }
    assert_no_secret("Debug", &format!("{:?}", anna()));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for expected in ["will retry", "message discarded", "notice not queued"] {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    assert_no_secret("the log", &log);
}
