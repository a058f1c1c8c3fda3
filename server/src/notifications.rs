//! Notices to account owners by mail and SMS, stored in a durable outbox and sent from there.
//!
//! | module | content |
//! |---|---|
//! | `messages` | composes mails and text messages from the catalogue |
//! | `local_time` | formats a time for people in the Netherlands |
//! | `gsm7` | the alphabet and length of an SMS |
//! | `outbox_worker` | sends messages from the outbox, with retries |
//!
//! A message is sealed before it is stored: it contains an address and may contain a code. It is sent at least
//! once: a crash between sending and removal from the outbox sends it twice.

mod gsm7;
pub mod local_time;
mod messages;
mod outbox_worker;

use crate::crypto::{KeyError, Keyring, Purpose};
use crate::freeze::link::LinkToken;
use crate::mobile::Mobile;
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{FreezeLink, FrozenAccounts, LINK_LIFETIME};
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{
    ActivationLink, Channel, Message, NoticeKind, Notifier, Outbox, Recipients, SendError, Transport,
};
use app::api::site::Organisation;
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use messages::NotificationTexts;
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::sync::Arc;
use tokio::sync::Notify;
use tracing::{error, warn};
use zeroize::Zeroizing;

/// How long a code that confirms a number is valid; after that it is no longer sent either.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

const PART: &str = "notices";

/// Dependencies and settings of the notification service.
pub struct NotificationConfig {
    /// The queue of messages.
    pub outbox: Arc<dyn Outbox>,
    /// Stores the links with which owners freeze their accounts.
    pub frozen: Arc<dyn FrozenAccounts>,
    /// The keys that seal queued messages.
    pub keys: Arc<Keyring>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The transports; no messages are composed for a channel without one.
    pub transports: Vec<Arc<dyn Transport>>,
    /// Name, languages and service desk of the organisation.
    pub organisation: Organisation,
    /// The origin of this service, from the settings; every link starts with it.
    pub origin: String,
    /// The address of the service desk for alerts about frozen accounts; `None` sends none.
    pub alert_address: Option<String>,
    /// How long a changed value cannot be used for a reset.
    pub waiting_time: SignedDuration,
}

/// The notification service of one organisation.
pub struct NotificationService {
    outbox: Arc<dyn Outbox>,
    frozen: Arc<dyn FrozenAccounts>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    transports: Vec<Arc<dyn Transport>>,
    texts: NotificationTexts,
    alert_address: Option<String>,
    /// Signals that a message was queued.
    queued: Notify,
}

/// The sealed content of a queued message.
#[derive(Serialize, Deserialize)]
struct PendingMessage {
    message: Message,
    /// The message is not sent after this time.
    #[serde(rename = "until")]
    expires_at: Option<Timestamp>,
}

/// Why a message could not be sealed for the outbox or read from it.
#[derive(Debug, thiserror::Error)]
enum SealError {
    #[error("a message could not be serialized")]
    Serialize(#[source] serde_json::Error),
    #[error("a message could not be sealed or opened")]
    Key(#[source] KeyError),
}

impl NotificationService {
    /// Creates the service. Nothing is sent until [`NotificationService::run`] runs.
    pub fn new(config: NotificationConfig) -> Arc<Self> {
        Arc::new(Self {
            outbox: config.outbox,
            frozen: config.frozen,
            keys: config.keys,
            clock: config.clock,
            transports: config.transports,
            texts: NotificationTexts {
                organisation: config.organisation,
                origin: config.origin,
                waiting_time: config.waiting_time,
            },
            alert_address: config.alert_address,
            queued: Notify::new(),
        })
    }

    fn transport(&self, channel: Channel) -> Option<&Arc<dyn Transport>> {
        self.transports.iter().find(|transport| transport.channel() == channel)
    }

    /// Composes one message for each address with a transport.
    fn messages(
        &self,
        kind: NoticeKind,
        to: &Recipients,
        link: Option<&str>,
        now: Timestamp,
    ) -> Vec<Message> {
        let mut messages = Vec::new();
        if self.supports(Channel::Mail) {
            for mail in to.mail_addresses() {
                let (subject, text) = self.texts.mail(kind, link, now);
                messages.push(message(Channel::Mail, mail, subject, text));
            }
        }
        if self.supports(Channel::Sms) {
            let mut seen: Vec<&Mobile> = Vec::new();
            for mobile in &to.mobiles {
                if !seen.contains(&mobile) {
                    seen.push(mobile);
                    let text = self.texts.sms(kind, link, now);
                    messages.push(message(Channel::Sms, mobile.expose(), String::new(), text));
                }
            }
        }
        messages
    }

    /// Whether there is an address with a transport.
    fn reaches(&self, to: &Recipients) -> bool {
        (to.mail_addresses().next().is_some() && self.supports(Channel::Mail))
            || (!to.mobiles.is_empty() && self.supports(Channel::Sms))
    }

    /// Creates the link with which the owner freezes the account, the same for all messages of a notice. A notice
    /// without a link is better than none, so a failure is logged.
    async fn create_link(&self, account: AccountId, now: Timestamp) -> Option<Zeroizing<String>> {
        let token = match LinkToken::random() {
            Ok(token) => token,
            Err(error) => {
                error!(error = &error as &dyn Error, "no random bytes: the notice has no link");
                return None;
            }
        };
        let link = FreezeLink { account, expires: now + LINK_LIFETIME, used: false };
        if let Err(error) = self.frozen.store_link(token.digest(), &link).await {
            warn!(error = &error as &dyn Error, "store unavailable: the notice has no link");
            return None;
        }
        Some(token.link(&self.texts.origin))
    }

    /// Seals and queues messages, all or none, and wakes the outbox worker.
    async fn enqueue(
        &self,
        account: AccountId,
        messages: Vec<Message>,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let sealed = messages.into_iter().map(|message| {
            let channel = message.channel;
            Ok::<_, SealError>((channel, self.seal(account, &PendingMessage { message, expires_at })?))
        });
        let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
        self.outbox.put(account, &sealed, now).await?;
        for (channel, _) in &sealed {
            count(*channel, "queued");
        }
        self.queued.notify_one();
        Ok(())
    }

    fn seal(&self, account: AccountId, pending: &PendingMessage) -> Result<Vec<u8>, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(pending).map_err(SealError::Serialize)?);
        self.keys.seal(Purpose::Message, account.0.as_bytes(), &plain).map_err(SealError::Key)
    }

    fn open(&self, account: AccountId, channel: Channel, sealed: &[u8]) -> Result<PendingMessage, SealError> {
        let plain = self.keys.open(Purpose::Message, account.0.as_bytes(), sealed).map_err(SealError::Key)?;
        // serde's message is dropped: it quotes the content.
        let pending: PendingMessage =
            serde_json::from_slice(&plain).map_err(|_| SealError::Key(KeyError::InvalidCiphertext))?;
        // The outbox column `channel` is not sealed, so it is verified against the sealed message.
        if pending.message.channel == channel {
            Ok(pending)
        } else {
            Err(SealError::Key(KeyError::InvalidCiphertext))
        }
    }
}

#[async_trait]
impl Notifier for NotificationService {
    async fn notify(&self, account: AccountId, kind: NoticeKind, to: &Recipients, now: Timestamp) -> bool {
        if !self.reaches(to) {
            metrics::counter!("notices_untold_total").increment(1);
            return true;
        }
        let link = self.create_link(account, now).await;
        // The link is what the waiting time is for.
        if link.is_none() && kind.is_announcement() {
            return false;
        }
        let messages = self.messages(kind, to, link.as_deref().map(String::as_str), now);
        let queued = self.enqueue(account, messages, None, now).await;
        if let Err(error) = &queued {
            metrics::counter!("notices_lost_total").increment(1);
            error!(
                happened = ?kind,
                error = &**error as &dyn Error,
                "notice not queued: the account owner is not notified"
            );
        }
        queued.is_ok()
    }

    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        now: Timestamp,
    ) -> Result<(), SendError> {
        if !self.supports(Channel::Sms) {
            return Err(SendError::NoTransport);
        }
        let message = message(Channel::Sms, to.expose(), String::new(), self.texts.code(code));
        self.enqueue(account, vec![message], Some(now + CODE_LIFETIME), now)
            .await
            .map_err(SendError::NotQueued)
    }

    async fn send_activation(
        &self,
        account: AccountId,
        to: &Mobile,
        link: &ActivationLink<'_>,
        now: Timestamp,
    ) -> Result<(), SendError> {
        if !self.supports(Channel::Sms) {
            return Err(SendError::NoTransport);
        }
        let text = self.texts.activation(link).ok_or(SendError::TooLong)?;
        let message = message(Channel::Sms, to.expose(), String::new(), text);
        self.enqueue(account, vec![message], Some(now + CODE_LIFETIME), now)
            .await
            .map_err(SendError::NotQueued)
    }

    async fn alert_service_desk(&self, account: AccountId, reference: &str, now: Timestamp) {
        let Some(address) = self.alert_address.as_deref().filter(|_| self.supports(Channel::Mail)) else {
            return;
        };
        let (subject, text) = self.texts.alert(reference, now);
        let messages = vec![message(Channel::Mail, address, subject, text)];
        if let Err(error) = self.enqueue(account, messages, None, now).await {
            error!(reference, error = &*error as &dyn Error, "alert to the service desk not queued");
        }
    }

    fn supports(&self, channel: Channel) -> bool {
        self.transport(channel).is_some()
    }

    async fn check(&self) -> Vec<Finding> {
        let mut rows = Vec::new();
        for (channel, key) in [(Channel::Mail, "mail.url"), (Channel::Sms, "sms.url")] {
            match self.transport(channel) {
                Some(transport) => rows.extend(transport.check().await),
                None => rows.push(Finding::good(PART, key, "not set: no notices through this channel")),
            }
        }
        rows
    }

    async fn check_queue(&self) -> Finding {
        match self.outbox.queued_count().await {
            Ok(queued_count) => Finding::good(PART, "queue", format!("{queued_count} waiting")),
            Err(error) => Finding::bad(PART, "queue", format!("{:#}", anyhow::Error::new(error))),
        }
    }
}

fn message(channel: Channel, to: &str, subject: String, text: Zeroizing<String>) -> Message {
    Message { channel, to: Zeroizing::new(to.to_owned()), subject, text }
}

/// Counts the outcome of a message.
fn count(channel: Channel, outcome: &'static str) {
    let channel = match channel {
        Channel::Mail => "mail",
        Channel::Sms => "sms",
    };
    metrics::counter!("notices_total", "channel" => channel, "outcome" => outcome).increment(1);
}
