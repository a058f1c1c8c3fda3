//! The worker as `serve` runs it, with real servers: it wakes up for new messages and stops at shutdown.

use super::mail::TestMailServer;
use super::transports::sms_transport;
use super::world::{ANNA, MAIL, NUMBER, World, anna, config};
use async_trait::async_trait;
use end2end::mailbox::{Encryption, Fault, Gateway};
use jiff::Timestamp;
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock;
use server::ports::notifier::{Channel, NoticeKind, Notifier as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A clock that never advances, so that no message becomes due by the passing of time.
struct FrozenClock(Timestamp);

#[async_trait]
impl Clock for FrozenClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn wait_until(&self, time: Timestamp) {
        if time > self.0 {
            std::future::pending::<()>().await;
        }
    }
}

struct RunningWorker {
    service: Arc<NotificationService>,
    mail_server: TestMailServer,
    sms: Gateway,
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

async fn start() -> RunningWorker {
    let mail_server = TestMailServer::start(Encryption::StartTls, None).await;
    let sms = Gateway::start(None).await.unwrap();
    let world = World::new();
    let service = NotificationService::new(NotificationConfig {
        clock: Arc::new(FrozenClock(world.clock.now())),
        transports: vec![
            Arc::new(mail_server.smtp()),
            Arc::new(sms_transport(&sms, None, Duration::from_mins(1))),
        ],
        ..config(world.store, world.clock)
    });
    let (stop, stopped) = oneshot::channel();
    let worker = tokio::spawn({
        let service = service.clone();
        async move { service.run(async { drop(stopped.await) }).await }
    });
    RunningWorker { service, mail_server, sms, stop, worker }
}

/// Waits for an event; panics after the minute that A36 allows for a notice.
async fn within_a_minute(what: &str, event: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_mins(1), event).await.unwrap_or_else(|_| panic!("timeout: {what}"));
}

#[tokio::test]
async fn a36_queued_notice_is_sent_promptly_on_every_channel() {
    let running = start().await;
    for round in 1..=2 {
        running.service.notify(ANNA, NoticeKind::PasswordReset, &anna(), Timestamp::UNIX_EPOCH).await;
        within_a_minute("a mail", running.mail_server.mailbox.arrived(round)).await;
        within_a_minute("an SMS", running.sms.arrived(round)).await;
    }
    assert_eq!(running.mail_server.mailbox.received_by(MAIL).len(), 2);
    assert_eq!(running.sms.received_by(NUMBER).len(), 2);
    running.stop.send(()).unwrap();
    within_a_minute("the end", async { running.worker.await.unwrap() }).await;
}

#[tokio::test]
async fn a33_hanging_mail_server_does_not_delay_sms() {
    let running = start().await;
    running.mail_server.mailbox.set_fault(Some(Fault::Hang));
    running.service.notify(ANNA, NoticeKind::PasswordReset, &anna(), Timestamp::UNIX_EPOCH).await;
    within_a_minute("an SMS", running.sms.arrived(1)).await;
    assert_eq!(running.mail_server.mailbox.received(), []);
    assert!(running.service.supports(Channel::Mail));
    // A message that is being sent at shutdown is completed.
    running.stop.send(()).unwrap();
    running.mail_server.mailbox.set_fault(None);
    within_a_minute("the end", async { running.worker.await.unwrap() }).await;
}
