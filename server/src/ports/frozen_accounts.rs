//! Port: the frozen accounts, whose passwords must not be reset, and the one-time links with which owners freeze
//! them.

use super::directory::AccountId;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a link is valid.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long a lifted freeze is remembered: longer than a session lasts without an action, and longer than a start code.
pub const LIFTED_KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Who froze an account, or lifted the freeze.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreezeOrigin {
    /// Someone with the link of a notice.
    Link,
    /// An operator, with a command.
    Command,
    /// An agent, for a verified caller.
    ServiceDesk,
}

impl FreezeOrigin {
    /// The name in the store, the audit log and the metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Command => "command",
            Self::ServiceDesk => "service_desk",
        }
    }
}

/// The freeze of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// Since when.
    pub since: Timestamp,
    /// Who froze it.
    pub by: FreezeOrigin,
    /// The reference of the audit entry.
    pub reference: String,
}

/// A digest of the secret in a link. A store never holds the secret itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkDigest(pub [u8; 32]);

/// A link with which the owner freezes an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreezeLink {
    /// The account that it freezes.
    pub account: AccountId,
    /// When it becomes invalid.
    pub expires: Timestamp,
    /// Whether it has been used.
    pub used: bool,
}

/// Result of [`FrozenAccounts::freeze_by_link`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkUse {
    /// The account is frozen now.
    Frozen(AccountId),
    /// The account was frozen before and remains so.
    AlreadyFrozen,
    /// The link does not exist or has expired; nothing changed.
    Invalid,
}

/// The store of frozen accounts.
#[async_trait]
pub trait FrozenAccounts: Send + Sync {
    /// Freezes an account and deletes its waiting reset. If it is frozen already, that freeze stays and is returned.
    async fn freeze(&self, account: AccountId, freeze: &Freeze) -> Result<Option<Freeze>, StoreError>;

    /// Returns the freeze of an account; `None` if it is not frozen.
    async fn find_freeze(&self, account: AccountId) -> Result<Option<Freeze>, StoreError>;

    /// Returns whether an account is frozen, or was so at any time since `since`, at most [`LIFTED_KEPT_FOR`] ago: a
    /// session from before a freeze must not go on after it was lifted.
    async fn was_frozen_since(&self, account: AccountId, since: Timestamp) -> Result<bool, StoreError>;

    /// Lifts the freeze of an account and returns it. The links from before the freeze, and used ones, become invalid, so that an
    /// earlier notice cannot freeze it again; the link of the notice that the freeze is lifted remains. A waiting reset is deleted.
    async fn lift_freeze(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, StoreError>;

    /// Returns all frozen accounts, the earliest freeze first.
    async fn list_frozen(&self) -> Result<Vec<(AccountId, Freeze)>, StoreError>;

    /// Stores a new link.
    async fn store_link(&self, digest: LinkDigest, link: &FreezeLink) -> Result<(), StoreError>;

    /// Returns the link with this digest if it exists and has not expired.
    async fn find_link(&self, digest: LinkDigest, now: Timestamp) -> Result<Option<FreezeLink>, StoreError>;

    /// Returns the links of an account, also the expired ones that were not deleted yet.
    async fn links_of(&self, account: AccountId) -> Result<Vec<FreezeLink>, StoreError>;

    /// Marks a valid link as used, freezes its account and deletes its waiting reset, all or nothing. `freeze.since` is the current time.
    async fn freeze_by_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, StoreError>;

    /// Deletes the freeze, the links and the waiting reset of an account, and its start code and call code, which would be
    /// valid again without the freeze; returns whether there were any.
    async fn remove_freeze_data(&self, account: AccountId) -> Result<bool, StoreError>;

    /// Deletes the links that expired before `now`, and the freezes that were lifted more than [`LIFTED_KEPT_FOR`] ago.
    async fn purge_links(&self, now: Timestamp) -> Result<(), StoreError>;
}
