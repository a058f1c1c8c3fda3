//! The worker as `serve` runs it: woken by what is put, stopped by the shutdown, with real servers behind it.

use super::carriers::gateway;
use super::mail::Post;
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

/// A clock on which nothing ever becomes due by itself.
struct Still(Timestamp);

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    async fn wait_until(&self, moment: Timestamp) {
        if moment > self.0 {
            std::future::pending::<()>().await;
        }
    }
}

struct Running {
    notices: Arc<NotificationService>,
    post: Post,
    sms: Gateway,
    stop: oneshot::Sender<()>,
    worker: JoinHandle<()>,
}

async fn start() -> Running {
    let post = Post::start(Encryption::StartTls, None).await;
    let sms = Gateway::start(None).await.unwrap();
    let world = World::new();
    let notices = NotificationService::new(NotificationConfig {
        clock: Arc::new(Still(world.clock.now())),
        carriers: vec![Arc::new(post.smtp()), Arc::new(gateway(&sms, None, Duration::from_mins(1)))],
        ..config(world.store, world.clock)
    });
    let (stop, stopped) = oneshot::channel();
    let worker = tokio::spawn({
        let notices = notices.clone();
        async move { notices.run(async { drop(stopped.await) }).await }
    });
    Running { notices, post, sms, stop, worker }
}

/// A notice leaves within a minute (A36).
async fn within_a_minute(what: &str, arrival: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_mins(1), arrival).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn a36_a_notice_leaves_when_it_is_put_on_every_channel() {
    let running = start().await;
    for round in 1..=2 {
        running.notices.tell(ANNA, NoticeKind::PasswordReset, &anna(), Timestamp::UNIX_EPOCH).await;
        within_a_minute("a mail", running.post.mailbox.arrived(round)).await;
        within_a_minute("an SMS", running.sms.arrived(round)).await;
    }
    assert_eq!(running.post.mailbox.received_by(MAIL).len(), 2);
    assert_eq!(running.sms.received_by(NUMBER).len(), 2);
    running.stop.send(()).unwrap();
    within_a_minute("the end", async { running.worker.await.unwrap() }).await;
}

#[tokio::test]
async fn a33_a_mail_server_that_hangs_holds_no_sms_up() {
    let running = start().await;
    running.post.mailbox.set_fault(Some(Fault::Hang));
    running.notices.tell(ANNA, NoticeKind::PasswordReset, &anna(), Timestamp::UNIX_EPOCH).await;
    within_a_minute("an SMS", running.sms.arrived(1)).await;
    assert_eq!(running.post.mailbox.received(), []);
    assert!(running.notices.can(Channel::Mail));
    // What is being carried at the shutdown is finished.
    running.stop.send(()).unwrap();
    running.post.mailbox.set_fault(None);
    within_a_minute("the end", async { running.worker.await.unwrap() }).await;
}
