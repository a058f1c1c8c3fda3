//! The test fixture: a notification service with a store and transports in memory, and a manual clock.

use jiff::{SignedDuration, Timestamp};
use server::crypto::Keyring;
use server::mobile::Mobile;
use server::notifications::{NotificationConfig, NotificationService};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::notifier::{Channel, NoticeKind, Notifier as _, Outbox, Recipients, Transport};
use server::test_support::notifier::FakeTransport;
use server::test_support::{ManualClock, MemoryStore};
use std::sync::Arc;
use uuid::Uuid;
use zeroize::Zeroizing;

pub(crate) const ANNA: AccountId = AccountId(Uuid::from_u128(1));
pub(crate) const BRAM: AccountId = AccountId(Uuid::from_u128(2));
pub(crate) const MAIL: &str = "a.janssen@example.org";
pub(crate) const NUMBER: &str = "+31612345678";
pub(crate) const ORIGIN: &str = "https://reset.example.org";

pub(crate) fn mobile(number: &str) -> Mobile {
    Mobile::from_e164(number).unwrap()
}

/// Anna's mail address and number.
pub(crate) fn anna() -> Recipients {
    Recipients { mail: Some(MAIL.into()), private_mail: None, mobiles: vec![mobile(NUMBER)] }
}

pub(crate) fn config(outbox: Arc<dyn Outbox>, clock: Arc<ManualClock>) -> NotificationConfig {
    NotificationConfig {
        outbox,
        frozen: Arc::new(MemoryStore::default()),
        keys: Arc::new(Keyring::new(vec![Zeroizing::new([7; 32])]).unwrap()),
        clock,
        transports: vec![],
        organisation: server::config::shipped_organisation().unwrap(),
        origin: ORIGIN.into(),
        alert_address: None,
        waiting_time: SignedDuration::from_hours(24),
    }
}

pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) mail: Arc<FakeTransport>,
    pub(crate) sms: Arc<FakeTransport>,
    pub(crate) service: Arc<NotificationService>,
}

impl World {
    pub(crate) fn new() -> Self {
        let mail = Arc::new(FakeTransport::new(Channel::Mail));
        let sms = Arc::new(FakeTransport::new(Channel::Sms));
        Self::with(mail.clone(), sms.clone(), vec![mail, sms])
    }

    /// Creates a world whose service uses these transports.
    pub(crate) fn with(
        mail: Arc<FakeTransport>,
        sms: Arc<FakeTransport>,
        transports: Vec<Arc<dyn Transport>>,
    ) -> Self {
        let store: Arc<MemoryStore> = Arc::default();
        let clock = Arc::new(ManualClock::at(Timestamp::constant(1_800_000_000, 0)));
        let service = NotificationService::new(NotificationConfig {
            transports,
            ..config(store.clone(), clock.clone())
        });
        Self { store, clock, mail, sms, service }
    }

    /// Notifies Anna that her password was reset. Returns whether the notice was queued.
    pub(crate) async fn notify_reset(&self) -> bool {
        self.service.notify(ANNA, NoticeKind::PasswordReset, &anna(), self.clock.now()).await
    }

    pub(crate) async fn queued(&self) -> u64 {
        self.store.queued_count().await.unwrap()
    }

    /// The numbers of mails and of SMS sent so far.
    pub(crate) fn sent_counts(&self) -> (usize, usize) {
        (self.mail.sent().len(), self.sms.sent().len())
    }
}
