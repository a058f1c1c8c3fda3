//! What people are told by mail and SMS, and how it gets there. Not the sentences: those are in
//! `notices`.

use super::directory::AccountId;
use super::health_finding::Finding;
use super::store::StoreError;
use crate::mobile::Mobile;
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Somebody was registered for the first time.
    Registered,
    /// The password was set again.
    PasswordReset,
    /// The account was unlocked, with the password that it had.
    AccountUnlocked,
    /// Another mobile number was registered.
    MobileChanged,
    /// Another birthdate was registered.
    BirthdateChanged,
    /// The app was activated for the first time.
    AppActivated,
    /// The app was activated on another phone.
    AppReplaced,
}

/// By which way somebody is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Mail,
    /// SMS.
    Sms,
}

/// Where somebody is told: every way that is known. It points to a person, so `Debug` prints no address.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The mail address.
    pub mail: Option<String>,
    /// The numbers; more than one where a number was changed.
    pub mobiles: Vec<Mobile>,
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (mail, mobiles) = (self.mail.is_some(), self.mobiles.len());
        f.debug_struct("Recipients").field("mail", &mail).field("mobiles", &mobiles).finish()
    }
}

/// Tells people what happened. Telling never fails what happened: what cannot be told is logged, and whoever has
/// something to say again can learn of it.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Tells the owner of an account, at every address for which there is a way. Returns when it is kept; it
    /// leaves soon after. Whether it is kept, or there is no way to tell at all: `false` only where the queue could
    /// not take it, so that telling again may help.
    async fn tell(&self, account: AccountId, happened: NoticeKind, to: &Recipients, now: Timestamp) -> bool;

    /// Sends the code that confirms a number. An error means that it will not be sent.
    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        now: Timestamp,
    ) -> Result<(), SendError>;

    /// Whether there is a way for messages of this channel.
    fn can(&self, channel: Channel) -> bool;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}

/// Why a code will not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No SMS gateway is configured.
    #[error("there is no way to send it")]
    NoWay,
    /// It could not be kept.
    #[error("it could not be put into the queue")]
    NotKept(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A message that is ready to go. It holds an address and may hold a code, so `Debug` prints neither.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// By which way.
    pub channel: Channel,
    /// A mail address, or a number in E.164.
    pub to: Zeroizing<String>,
    /// A mail's subject; empty for an SMS.
    pub subject: String,
    /// The text.
    pub text: Zeroizing<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// A message in the queue, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Its number.
    pub id: i64,
    /// About whom.
    pub account: AccountId,
    /// Sealed by whoever put it there.
    pub sealed: Vec<u8>,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was put there.
    pub since: Timestamp,
}

/// The queue of messages: what is in it is sent, also after a crash.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Puts sealed messages into the queue, each for its channel, all or none.
    async fn put(
        &self,
        account: AccountId,
        sealed: &[(Channel, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// The messages of a channel whose time has come, at most so many: those that were never tried before the others,
    /// and the oldest first among each.
    async fn due(&self, channel: Channel, now: Timestamp, most: u32) -> Result<Vec<Queued>, StoreError>;

    /// When the next message of a channel is due, also when that has passed; `None` where nothing waits.
    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError>;

    /// One was sent, or is given up.
    async fn done(&self, id: i64) -> Result<(), StoreError>;

    /// One could not be sent now.
    async fn again_at(&self, id: i64, at: Timestamp) -> Result<(), StoreError>;

    /// Forgets what waits for an account.
    async fn forget(&self, account: AccountId) -> Result<(), StoreError>;

    /// How many wait.
    async fn waiting(&self) -> Result<u64, StoreError>;
}

/// Why a message was not carried.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// There is no connection, or no answer in time: nothing else would go this way now.
    #[error("{host} cannot be used now: {what}")]
    Down {
        /// The server.
        host: String,
        /// What happened; never the address.
        what: String,
    },
    /// Later it may go.
    #[error("{host} would not take it now: {what}")]
    Later {
        /// The server.
        host: String,
        /// What happened; never the address.
        what: String,
    },
    /// It never will, e.g. because the address does not exist.
    #[error("{host} refused it: {what}")]
    Never {
        /// The server.
        host: String,
        /// What it said; never the address.
        what: String,
    },
}

/// Carries messages of one channel.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Its channel.
    fn channel(&self) -> Channel;

    /// Carries one message.
    async fn send(&self, message: &Message) -> Result<(), TransportError>;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
