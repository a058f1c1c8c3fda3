//! The trail of what happened to whom, for the organisation's own eyes. Not the log: a line here is
//! kept, complete, and pseudonymous.

use super::health_finding::Finding;
use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One line of the trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When (UTC).
    pub at: Timestamp,
    /// What happened.
    pub event: Event,
    /// What the employee sees and can read out on the phone.
    pub reference: String,
    /// Whom it concerns: a keyed digest of the account's identity, or of the name where there is no account.
    pub subject: String,
    /// From where: the network (IPv4 /24, IPv6 /48), not the address; or the command with which an operator did it.
    pub network: String,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A user name was given.
    VisitBegun,
    /// Account, birthdate or code was not right.
    NotVerified {
        /// The true reason, which the employee never sees.
        reason: Reason,
        /// The code service's own error code, or the like.
        detail: String,
    },
    /// Birthdate and code were right.
    Verified,
    /// A step could not be done because something was out of reach; the log says what.
    Unavailable,
    /// Written before the directory is asked: from here on something may have changed.
    AboutToSet,
    /// The directory refused the password.
    Refused {
        /// The server's own words.
        diagnostic: String,
    },
    /// Certain: nothing was written.
    NotSet,
    /// The password is set, and the account unlocked.
    PasswordSet,
    /// Written before the directory is asked to end the lock of an account.
    AboutToUnlock,
    /// The account is unlocked, its password the old one.
    Unlocked,
    /// The account could not be unlocked; the log says why.
    NotUnlocked,
    /// The write was sent, and nobody could be asked what became of it.
    OutcomeUnknown,
    /// A practice run came to its end: nothing was written.
    Practised,
    /// Somebody signed in at the registration.
    SignedIn,
    /// A value was registered.
    Registered {
        /// Which one.
        what: Registered,
        /// It took the place of another one.
        replaced: bool,
    },
    /// A proposal of HR was turned down.
    Declined {
        /// Which one.
        what: Registered,
    },
    /// An activation of the app was begun.
    ActivationBegun {
        /// The app was active on a phone already.
        replaces: bool,
    },
    /// The app that was activated from here was seen active.
    Activated {
        /// It came in place of an earlier one.
        replaced: bool,
    },
}

/// What can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Registered {
    /// The birthdate.
    Birthdate,
    /// The mobile number.
    Mobile,
}

/// The true reason behind `not_verified`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nobody has this name.
    UnknownName,
    /// Switched off in the directory.
    Disabled,
    /// Past its end date.
    Expired,
    /// Holds administrative rights.
    Privileged,
    /// Signs in by smart card only.
    SmartCard,
    /// In an excluded part of the directory, or in none of the allowed groups.
    OutOfScope,
    /// No birthdate is registered.
    NotRegistered,
    /// Another birthdate is registered.
    WrongBirthdate,
    /// A number is asked for, and none is registered.
    NoMobile,
    /// A registered value was changed, or the app put on another phone, and it cannot be used yet.
    TooNew,
    /// The account is not the one that was judged earlier in this visit.
    AnotherAccount,
    /// The account lacks the name by which the code service knows its holder.
    NoHolderName,
    /// Another attempt for the same account was being judged.
    AnotherAttempt,
    /// The hidden budget of the account is used up.
    BudgetSpent,
    /// Entrust reports too few remaining attempts.
    ReserveReached,
    /// This code was used before.
    CodeReplayed,
    /// Entrust would not open a transaction.
    CodesRefused,
    /// The code was not right.
    WrongCode,
    /// The current password was not right, or the account cannot sign in.
    NotSignedIn,
    /// One more wrong password would come too near to the directory's lockout: it was not tried.
    LockoutNear,
    /// The code that was sent to a new number was not right.
    NumberNotConfirmed,
}

/// The trail.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Adds a line; it is on disk when this returns.
    async fn record(&self, entry: Entry) -> Result<(), StoreError>;

    /// The lines with this reference, oldest first.
    async fn find(&self, reference: &str) -> Result<Vec<Entry>, StoreError>;

    /// What an operator wants to know, row by row.
    async fn check(&self) -> Vec<Finding>;
}
