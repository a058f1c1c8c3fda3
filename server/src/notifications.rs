//! The notices: what people are told by mail and SMS after something happened to their account, kept in a durable
//! queue and sent from there. Not how a message is carried: those are adapters.
//!
//! | file | its part |
//! |---|---|
//! | `texts` | the sentences, in Dutch and English |
//! | `moment` | a moment as people here read it |
//! | `gsm` | what fits into an SMS |
//! | `worker` | takes messages out of the queue and has them carried |
//!
//! A message is sealed before it is kept: it holds an address, and it may hold a code. It is sent at least once:
//! after a crash between the sending and the taking out of the queue it goes twice.

mod gsm7;
mod local_time;
mod messages;
mod outbox_worker;

use crate::crypto::{KeyError, Keyring, Purpose};
use crate::mobile::Mobile;
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{
    Channel, Message, NoticeKind, Notifier, Outbox, Recipients, SendError, Transport,
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
use tracing::error;
use zeroize::Zeroizing;

/// A code that confirms a number counts so long; afterwards it is not sent any more either.
pub const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

const PART: &str = "notices";

/// What notices are made with.
pub struct NotificationConfig {
    /// Where they wait.
    pub outbox: Arc<dyn Outbox>,
    /// What they are sealed with while they wait.
    pub keys: Arc<Keyring>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How they are carried; a channel without a carrier has no messages.
    pub carriers: Vec<Arc<dyn Transport>>,
    /// Who tells, in which languages, and who helps.
    pub organisation: Organisation,
    /// The product's own origin, from the settings; every link begins with it.
    pub origin: String,
    /// How long a changed value cannot be used.
    pub waiting_time: SignedDuration,
}

/// The notices of one organisation.
pub struct NotificationService {
    outbox: Arc<dyn Outbox>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    carriers: Vec<Arc<dyn Transport>>,
    texts: NotificationTexts,
    /// Something was put into the queue.
    put: Notify,
}

/// A message as it waits, sealed.
#[derive(Serialize, Deserialize)]
struct Waiting {
    message: Message,
    /// Afterwards it is worth nothing.
    until: Option<Timestamp>,
}

/// Why a message could not be put into the queue, or read from it.
#[derive(Debug, thiserror::Error)]
enum SealError {
    #[error("a message could not be written down")]
    Form(#[source] serde_json::Error),
    #[error("a message could not be sealed or opened")]
    Key(#[source] KeyError),
}

impl NotificationService {
    /// With these parts. Nothing is sent before [`NotificationService::run`] runs.
    pub fn new(config: NotificationConfig) -> Arc<Self> {
        Arc::new(Self {
            outbox: config.outbox,
            keys: config.keys,
            clock: config.clock,
            carriers: config.carriers,
            texts: NotificationTexts {
                organisation: config.organisation,
                origin: config.origin,
                waiting_time: config.waiting_time,
            },
            put: Notify::new(),
        })
    }

    fn carrier(&self, channel: Channel) -> Option<&Arc<dyn Transport>> {
        self.carriers.iter().find(|carrier| carrier.channel() == channel)
    }

    /// One message for each address that can be reached.
    fn messages(&self, happened: NoticeKind, to: &Recipients, now: Timestamp) -> Vec<Message> {
        let mut messages = Vec::new();
        if let Some(mail) = &to.mail
            && self.can(Channel::Mail)
        {
            let (subject, text) = self.texts.mail(happened, now);
            messages.push(message(Channel::Mail, mail, subject, text));
        }
        if self.can(Channel::Sms) {
            let mut told: Vec<&Mobile> = Vec::new();
            for mobile in &to.mobiles {
                if !told.contains(&mobile) {
                    told.push(mobile);
                    let text = self.texts.sms(happened, now);
                    messages.push(message(Channel::Sms, mobile.expose(), String::new(), text));
                }
            }
        }
        messages
    }

    /// Seals and keeps messages, all or none, and wakes whoever sends them.
    async fn keep(
        &self,
        account: AccountId,
        messages: Vec<Message>,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        let sealed = messages.into_iter().map(|message| {
            let channel = message.channel;
            Ok::<_, SealError>((channel, self.seal(account, &Waiting { message, until })?))
        });
        let sealed = sealed.collect::<Result<Vec<_>, _>>()?;
        self.outbox.put(account, &sealed, now).await?;
        for (channel, _) in &sealed {
            count(*channel, "queued");
        }
        self.put.notify_one();
        Ok(())
    }

    fn seal(&self, account: AccountId, waiting: &Waiting) -> Result<Vec<u8>, SealError> {
        let plain = Zeroizing::new(serde_json::to_vec(waiting).map_err(SealError::Form)?);
        self.keys.seal(Purpose::Message, account.0.as_bytes(), &plain).map_err(SealError::Key)
    }

    fn open(&self, account: AccountId, channel: Channel, sealed: &[u8]) -> Result<Waiting, SealError> {
        let plain = self.keys.open(Purpose::Message, account.0.as_bytes(), sealed).map_err(SealError::Key)?;
        // Of serde's message only that there is one: it quotes the content.
        let waiting: Waiting =
            serde_json::from_slice(&plain).map_err(|_| SealError::Key(KeyError::NotOurs))?;
        // The queue's own column is not sealed.
        if waiting.message.channel == channel { Ok(waiting) } else { Err(SealError::Key(KeyError::NotOurs)) }
    }
}

#[async_trait]
impl Notifier for NotificationService {
    async fn tell(&self, account: AccountId, happened: NoticeKind, to: &Recipients, now: Timestamp) -> bool {
        let messages = self.messages(happened, to, now);
        if messages.is_empty() {
            metrics::counter!("notices_untold_total").increment(1);
            return true;
        }
        let kept = self.keep(account, messages, None, now).await;
        if let Err(error) = &kept {
            metrics::counter!("notices_lost_total").increment(1);
            error!(?happened, error = &**error as &dyn Error, "a notice could not be kept: nobody is told");
        }
        kept.is_ok()
    }

    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        now: Timestamp,
    ) -> Result<(), SendError> {
        if !self.can(Channel::Sms) {
            return Err(SendError::NoWay);
        }
        let message = message(Channel::Sms, to.expose(), String::new(), self.texts.code(code));
        self.keep(account, vec![message], Some(now + CODE_LIFE), now).await.map_err(SendError::NotKept)
    }

    fn can(&self, channel: Channel) -> bool {
        self.carrier(channel).is_some()
    }

    async fn check(&self) -> Vec<Finding> {
        let mut rows = Vec::new();
        for (channel, key) in [(Channel::Mail, "mail.url"), (Channel::Sms, "sms.url")] {
            match self.carrier(channel) {
                Some(carrier) => rows.extend(carrier.check().await),
                None => rows.push(Finding::good(PART, key, "not set: nobody is told this way")),
            }
        }
        rows.push(match self.outbox.waiting().await {
            Ok(waiting) => Finding::good(PART, "queue", format!("{waiting} waiting")),
            Err(error) => Finding::bad(PART, "queue", format!("{:#}", anyhow::Error::new(error))),
        });
        rows
    }
}

fn message(channel: Channel, to: &str, subject: String, text: Zeroizing<String>) -> Message {
    Message { channel, to: Zeroizing::new(to.to_owned()), subject, text }
}

/// What became of a message.
fn count(channel: Channel, outcome: &'static str) {
    let channel = match channel {
        Channel::Mail => "mail",
        Channel::Sms => "sms",
    };
    metrics::counter!("notices_total", "channel" => channel, "outcome" => outcome).increment(1);
}
