//! A29: an address, a number, a code and a text stand in the message that is sent, and nowhere else.

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

/// Everything that is logged.
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

fn holds_nothing(what: &str, text: &str) {
    for secret in SECRETS {
        assert!(!text.contains(secret), "{secret} is in {what}: {text}");
    }
}

#[tokio::test]
async fn a29_no_address_code_or_text_is_logged_or_kept_in_the_clear() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let world = World::new();
    let code = Code::parse("9876543").unwrap();
    for mood in [FakeFailure::Away, FakeFailure::Refuses, FakeFailure::Takes] {
        world.mail.set(mood);
        world.sms.set(mood);
        world.tell().await;
        world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap();
        let now = world.clock.now();
        let mails = world.store.due(Channel::Mail, now, 99).await.unwrap();
        let texts = world.store.due(Channel::Sms, now, 99).await.unwrap();
        assert!(!mails.is_empty() && !texts.is_empty());
        for queued in [mails, texts].concat() {
            let bytes: String = queued.sealed.iter().copied().map(char::from).collect();
            holds_nothing("the queue", &bytes);
        }
        world.notices.send_due().await;
    }
    world.store.set_away(true);
    world.tell().await;
    let failed = world.notices.send_code(ANNA, &mobile(NUMBER), &code, world.clock.now()).await.unwrap_err();
    holds_nothing("an error", &format!("{failed} {failed:?}"));
    world.store.set_away(false);
    world.mail.set(FakeFailure::Away);
    world.tell().await;
    world.clock.advance(SignedDuration::from_hours(73));
    world.notices.send_due().await;

    for carried in [world.mail.carried(), world.sms.carried()].concat() {
        assert!([MAIL, NUMBER].contains(&carried.to.as_str()));
        holds_nothing("Debug", &format!("{carried:?}"));
    }
    holds_nothing("Debug", &format!("{:?}", anna()));
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for said in ["tried again", "given up", "could not be kept"] {
        assert!(log.contains(said), "{said}: {log}");
    }
    holds_nothing("the log", &log);
}
