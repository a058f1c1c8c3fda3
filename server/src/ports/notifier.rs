//! Ports: notices to account owners by mail and SMS, their outbox and their transports. The texts are in
//! [`notifications`](crate::notifications).

use super::directory::AccountId;
use super::health_finding::Finding;
use super::store::StoreError;
use crate::mobile::Mobile;
use app::domain::code::Code;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The change that a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// Values were registered for the first time.
    Registered,
    /// The password was reset.
    PasswordReset,
    /// The account was unlocked and keeps its password.
    AccountUnlocked,
    /// Someone was verified for an account of high impact.
    ResetRequested {
        /// From when the password can be reset.
        opens: Timestamp,
    },
    /// The mobile number was changed.
    MobileChanged,
    /// The birthdate was changed.
    BirthdateChanged,
    /// The app was activated for the first time.
    AppActivated,
    /// The app was activated on another phone.
    AppReplaced,
    /// The service desk issued a start code, with which the app can be activated on another phone.
    StartCodeIssued,
    /// The service desk sends a link that activates the app.
    ActivationSent,
    /// The freeze of the account is lifted.
    FreezeLifted,
}

impl NoticeKind {
    /// Whether the notice announces what the owner can still prevent: without it, and without its link, that does not happen.
    pub const fn is_announcement(self) -> bool {
        match self {
            Self::ResetRequested { .. }
            | Self::StartCodeIssued
            | Self::ActivationSent
            | Self::FreezeLifted => true,
            Self::Registered
            | Self::PasswordReset
            | Self::AccountUnlocked
            | Self::MobileChanged
            | Self::BirthdateChanged
            | Self::AppActivated
            | Self::AppReplaced => false,
        }
    }
}

/// The channel of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Mail,
    /// SMS.
    Sms,
}

/// All known addresses of an account owner. They are personal data, so `Debug` prints only their number.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Recipients {
    /// The mail address.
    pub mail: Option<String>,
    /// A private mail address, which does not open with the password of the account.
    pub private_mail: Option<String>,
    /// The mobile numbers; more than one after a number was changed.
    pub mobiles: Vec<Mobile>,
}

impl Recipients {
    /// The different mail addresses.
    pub fn mail_addresses(&self) -> impl Iterator<Item = &str> {
        let private = self
            .private_mail
            .as_deref()
            .filter(|private| self.mail.as_deref().is_none_or(|mail| !mail.eq_ignore_ascii_case(private)));
        self.mail.as_deref().into_iter().chain(private)
    }
}

impl std::fmt::Debug for Recipients {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mails = [&self.mail, &self.private_mail].into_iter().flatten().count();
        f.debug_struct("Recipients").field("mails", &mails).field("mobiles", &self.mobiles.len()).finish()
    }
}

/// Sends notices to account owners. A notice that fails does not fail the change that it is about: the failure is
/// logged, and the return value shows whether a retry may succeed.
#[async_trait]
pub trait Notifier: Send + Sync {
    /// Queues a notice to the account owner for every address that has a transport. Returns when the notice is stored;
    /// it is sent soon after. Returns `false` only if the outbox could not store the notice, so that a retry may
    /// succeed; `true` if it was stored, or if no address has a transport.
    async fn notify(&self, account: AccountId, kind: NoticeKind, to: &Recipients, now: Timestamp) -> bool;

    /// Queues the code that confirms a number. An error means that it will not be sent.
    async fn send_code(
        &self,
        account: AccountId,
        to: &Mobile,
        code: &Code,
        now: Timestamp,
    ) -> Result<(), SendError>;

    /// Queues a text message with the link that activates the app. An error means that it will not be sent.
    async fn send_activation(
        &self,
        account: AccountId,
        to: &Mobile,
        link: &ActivationLink<'_>,
        now: Timestamp,
    ) -> Result<(), SendError>;

    /// Queues a mail to the service desk about a frozen account, if the settings ask for it. It contains the reference of
    /// the freeze, and nothing about the account. A failure is logged.
    async fn alert_service_desk(&self, account: AccountId, reference: &str, now: Timestamp);

    /// Returns whether a transport for this channel is configured.
    fn supports(&self, channel: Channel) -> bool;

    /// Checks the transports for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;

    /// Reports how many messages wait in the outbox.
    async fn check_queue(&self) -> Finding;
}

/// A link that activates the app.
#[derive(Clone, Copy)]
pub struct ActivationLink<'a> {
    /// The link.
    pub link: &'a str,
    /// A password that the app may ask for.
    pub password: Option<&'a str>,
}

/// Why a code or a link will not be sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// No SMS gateway is configured.
    #[error("no transport is configured for it")]
    NoTransport,
    /// The link does not fit in two text messages.
    #[error("it does not fit in a text message")]
    TooLong,
    /// The outbox could not store it.
    #[error("it could not be queued")]
    NotQueued(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A message that is ready to be sent. `Debug` prints neither the address nor the text, which may contain a code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The channel.
    pub channel: Channel,
    /// A mail address, or a number in E.164.
    pub to: Zeroizing<String>,
    /// The subject of a mail; empty for an SMS.
    pub subject: String,
    /// The body.
    pub text: Zeroizing<String>,
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("channel", &self.channel).finish_non_exhaustive()
    }
}

/// A message in the outbox, sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// The id within the outbox.
    pub id: i64,
    /// The account that the message is about.
    pub account: AccountId,
    /// The message, sealed by the service that queued it.
    pub sealed: Vec<u8>,
    /// The number of failed attempts to send it.
    pub attempts: u32,
    /// The time at which it was queued.
    pub since: Timestamp,
}

/// The durable queue of messages: a message in it is sent even after a crash.
#[async_trait]
pub trait Outbox: Send + Sync {
    /// Queues sealed messages, each for its channel; all of them or none.
    async fn put(
        &self,
        account: AccountId,
        sealed: &[(Channel, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Returns at most `max` due messages of a channel: those without a failed attempt first, each group oldest first.
    async fn due(&self, channel: Channel, now: Timestamp, max: u32) -> Result<Vec<Queued>, StoreError>;

    /// Claims a due message for sending: moves its due time to `until`, when it is sent again if this process does not
    /// remove or reschedule it. Returns whether it was still due: another node may have claimed it.
    async fn claim(&self, id: i64, now: Timestamp, until: Timestamp) -> Result<bool, StoreError>;

    /// Returns when the next message of a channel is due, possibly in the past; `None` if none is queued.
    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError>;

    /// Removes a message that was sent or discarded.
    async fn remove_message(&self, id: i64) -> Result<(), StoreError>;

    /// Counts a failed attempt and schedules the next one.
    async fn reschedule(&self, id: i64, at: Timestamp) -> Result<(), StoreError>;

    /// Deletes all queued messages about an account.
    async fn remove_messages_of(&self, account: AccountId) -> Result<(), StoreError>;

    /// Returns the number of queued messages.
    async fn queued_count(&self) -> Result<u64, StoreError>;

    /// Returns since when the oldest message is queued; `None` if none is queued.
    async fn oldest_queued(&self) -> Result<Option<Timestamp>, StoreError>;
}

/// Why a message was not sent.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No connection, or no response in time: other messages on this channel would fail as well.
    #[error("{host} is unavailable: {what}")]
    Unavailable {
        /// The server.
        host: String,
        /// What happened; never the address.
        what: String,
    },
    /// A temporary refusal of this message; a later attempt may succeed.
    #[error("{host} did not accept the message now: {what}")]
    Temporary {
        /// The server.
        host: String,
        /// What happened; never the address.
        what: String,
    },
    /// A permanent refusal, e.g. because the address does not exist.
    #[error("{host} refused the message: {what}")]
    Permanent {
        /// The server.
        host: String,
        /// The response of the server; never the address.
        what: String,
    },
}

/// Sends messages on one channel.
#[async_trait]
pub trait Transport: Send + Sync {
    /// Returns its channel.
    fn channel(&self) -> Channel;

    /// Sends one message.
    async fn send(&self, message: &Message) -> Result<(), TransportError>;

    /// Checks the server for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
