//! Port: the audit log, an append-only and pseudonymous record of security events. The application log is separate.

mod codes;

pub use codes::{ErrorCode, ProviderDetail, RefusalDiagnostic};

use super::frozen_accounts::FreezeOrigin;
use super::health_finding::Finding;
use super::store::StoreError;
use app::policy::Violation;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Time of the event (UTC).
    pub at: Timestamp,
    /// The event.
    pub event: Event,
    /// The reference that the employee sees and can read aloud on the phone.
    pub reference: String,
    /// A keyed digest of the account's identity, or of the user name if no account exists.
    pub subject: String,
    /// The client's network (IPv4 /24, IPv6 /48) instead of its address, or the command that an operator ran.
    pub network: String,
}

/// A security event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A user name was entered and a session started.
    #[serde(rename = "visit_begun")]
    SessionStarted,
    /// The verification of account, birthdate or code failed.
    NotVerified {
        /// The actual reason, which the employee never sees.
        reason: NotVerifiedReason,
        /// The reason of the OTP provider.
        detail: ProviderDetail,
        /// Its error code, if `detail` is none of the known ones.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<ErrorCode>,
        /// The page of the sign-in; absent for a reset, and in entries of earlier versions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        page: Option<SignInPage>,
    },
    /// Account, birthdate and code were correct.
    Verified,
    /// The verified account is one of high impact: its reset waits, and the owner was notified.
    WaitStarted,
    /// The account was verified again during the wait, which did not change.
    StillWaiting,
    /// The session could not change an account of high impact: it became one after the verification, or its wait was used.
    WaitRequired,
    /// A caller of the service desk was verified and got a call code.
    CallCodeIssued,
    /// An agent of the service desk signed in.
    DeskSignedIn,
    /// An agent signed out.
    DeskSignedOut,
    /// An operator ended all sessions of an agent.
    DeskRevoked,
    /// A session of an agent ended for a reason that is not the agent's own doing; not when it expired.
    DeskSessionEnded {
        /// Why.
        reason: DeskSessionEnd,
        /// The network of the sign-in, if the session moved to that of the entry.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
    },
    /// An agent used up a limit. Recorded once in its window.
    DeskLimited {
        /// The pseudonym of the agent.
        agent: String,
        /// The limit, as in the metrics.
        limit: String,
    },
    /// The service desk accepted the call code of this account.
    CallerVerified {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// A call code that the service desk typed was wrong, used or too old.
    CallCodeRefused {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// An agent looked up a reference.
    DeskLookedUp {
        /// The pseudonym of the agent.
        agent: String,
        /// The reference.
        of: String,
    },
    /// An agent downloaded the numbers of the overview.
    DeskExported {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// An agent is about to do something for this account. Recorded before it is done.
    DeskActed {
        /// The pseudonym of the agent.
        agent: String,
        /// The action.
        action: String,
    },
    /// What an agent was about to do was not done; the application log has the cause.
    DeskFailed {
        /// The pseudonym of the agent.
        agent: String,
        /// The action.
        action: String,
    },
    /// A step failed because an external system was unavailable; the application log has the cause.
    Unavailable,
    /// Recorded before the write request to the directory: after this entry the password may have changed.
    AboutToSet,
    /// The directory refused the password.
    Refused {
        /// The reason of the directory.
        diagnostic: RefusalDiagnostic,
        /// The error code at the start of the server's message.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<ErrorCode>,
    },
    /// The password was certainly not written.
    NotSet,
    /// The password was set and the account unlocked.
    PasswordSet,
    /// Recorded before the unlock request to the directory.
    AboutToUnlock,
    /// The account was unlocked and keeps its password.
    Unlocked,
    /// The account could not be unlocked; the application log has the cause.
    NotUnlocked,
    /// The write was sent, and no domain controller could confirm or exclude it.
    OutcomeUnknown,
    /// A practice run was completed; nothing was written.
    Practised,
    /// An employee signed in to the enrollment.
    SignedIn,
    /// A value was registered.
    Registered {
        /// The kind of value.
        what: RecordField,
        /// Whether it replaced an earlier value.
        replaced: bool,
    },
    /// The employee declined a proposal from HR.
    Declined {
        /// The kind of value.
        what: RecordField,
    },
    /// An activation of the authenticator app was started.
    #[serde(rename = "activation_begun")]
    ActivationStarted {
        /// Whether the app was already active on a phone.
        replaces: bool,
    },
    /// The provider reported an app that was activated through this service as active.
    Activated {
        /// Whether it replaced an earlier app.
        replaced: bool,
    },
    /// A new password could not be looked up among the breached ones, and was accepted.
    BreachUnchecked,
    /// A registered number was written to the code provider and the directory.
    MobileWritten,
    /// The account was frozen: its password is not reset until the freeze is lifted.
    Frozen {
        /// Who froze it.
        by: FreezeOrigin,
    },
    /// The freeze was lifted.
    Unfrozen {
        /// Who lifted it.
        by: FreezeOrigin,
    },
    /// An import stored registered values.
    Imported {
        /// Records that were added or changed.
        changed: u64,
        /// Records that already had these values.
        unchanged: u64,
        /// Entries that were not stored.
        refused: u64,
    },
    /// Retention ended with these numbers of records.
    #[serde(rename = "retention")]
    RetentionRun {
        /// Records of accounts that left since the last run.
        left: u64,
        /// Records of accounts that returned.
        returned: u64,
        /// Removed records.
        removed: u64,
    },
    /// An operator exported the stored data of a person.
    PersonExported,
    /// An operator removed the stored data of a person.
    PersonDeleted,
    /// An operator ended the wrong codes in a row of an account.
    FailuresCleared,
    /// An agent requested a start code for an employee who lost the phone.
    StartCodeRequested {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// Another agent approved it.
    StartCodeApproved {
        /// The pseudonym of that agent.
        agent: String,
        /// Whether a lead has seen who the employee is.
        identity_seen: bool,
    },
    /// The code was shown to the agent who requested it.
    StartCodeShown {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// A request was withdrawn.
    StartCodeWithdrawn {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// The right start code was entered too often with a wrong birthdate, and is void.
    StartCodeVoided,
    /// A start code was requested for an account that may not get one.
    StartCodeRefused {
        /// The pseudonym of the agent.
        agent: String,
    },
    /// The employee was verified with the start code.
    StartCodeUsed {
        /// Whether a lead has seen who the employee is: resets do not wait.
        identity_seen: bool,
    },
    /// An operator removed old lines of the collected audit log.
    AuditPruned {
        /// The number of lines.
        removed: u64,
    },
}

impl Event {
    /// A `not_verified` event of a reset, with the error code of the OTP provider, which may be empty.
    pub fn not_verified(reason: NotVerifiedReason, provider_code: &str) -> Self {
        let (detail, code) = ProviderDetail::of_code(provider_code);
        Self::NotVerified { reason, detail, code, page: None }
    }

    /// A `not_verified` event of a page to which people sign in.
    pub fn sign_in_not_verified(page: SignInPage, reason: NotVerifiedReason, provider_code: &str) -> Self {
        let (detail, code) = ProviderDetail::of_code(provider_code);
        Self::NotVerified { reason, detail, code, page: Some(page) }
    }

    /// A `refused` event from the violation that the employee sees and the diagnostic message of the server.
    pub fn refused(violation: &Violation, diagnostic: &str) -> Self {
        Self::Refused { diagnostic: violation.into(), code: ErrorCode::of_diagnostic(diagnostic) }
    }
}

/// A page to which people sign in with user name and password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInPage {
    /// The registration.
    Registration,
    /// The service desk.
    ServiceDesk,
}

/// Why a session of an agent ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeskSessionEnd {
    /// A request came from another network than that of the sign-in.
    Moved,
    /// The account was frozen since the sign-in.
    Frozen,
    /// The account was removed or disabled, or has expired.
    Closed,
    /// The password changed since the sign-in.
    PasswordChanged,
    /// The account is in no group of agents any more, or became or ceased to be a lead's.
    RoleChanged,
}

/// The kinds of values that can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordField {
    /// The birthdate.
    Birthdate,
    /// The mobile number.
    Mobile,
}

/// The actual reason of a `not_verified` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotVerifiedReason {
    /// No account has this user name.
    UnknownName,
    /// The account is disabled in the directory.
    Disabled,
    /// The account is past its end date.
    Expired,
    /// The account holds administrative rights.
    Privileged,
    /// The account signs in by smart card only.
    SmartCard,
    /// The account is in an excluded part of the directory, or in none of the allowed groups.
    OutOfScope,
    /// No birthdate is registered.
    NotRegistered,
    /// A different birthdate is registered.
    WrongBirthdate,
    /// A mobile number is required, and none is registered.
    NoMobile,
    /// A registered value or the app was changed so recently that it cannot be used yet.
    TooNew,
    /// The account is frozen.
    Frozen,
    /// The account differs from the one that was verified earlier in this session.
    AnotherAccount,
    /// The account lacks the attribute that holds its user name at the OTP provider.
    #[serde(rename = "no_holder_name")]
    NoProviderUserName,
    /// Another attempt for the same account was being verified.
    AnotherAttempt,
    /// The hidden budget of the account is exhausted.
    BudgetSpent,
    /// Entrust reports too few remaining attempts.
    ReserveReached,
    /// This code was used before.
    CodeReplayed,
    /// The OTP provider refused to open a challenge.
    #[serde(rename = "codes_refused")]
    ChallengeRefused,
    /// The code was wrong.
    WrongCode,
    /// The start code was wrong, used, expired or not approved.
    WrongStartCode,
    /// The OTP provider did not verify the code in time, or its answer was unusable.
    CodeUnanswered,
    /// The current password was wrong, or the account cannot sign in.
    NotSignedIn,
    /// The account is in no group of the service desk.
    NoAgent,
    /// The sign-in was not attempted: one more wrong password would come too close to the lockout threshold.
    LockoutNear,
    /// The code that was sent to a new number was wrong.
    NumberNotConfirmed,
}

/// The audit log.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Appends an entry. It is on disk when this returns.
    async fn record(&self, entry: AuditEntry) -> Result<(), StoreError>;

    /// Returns the entries with this reference, oldest first.
    async fn find(&self, reference: &str) -> Result<Vec<AuditEntry>, StoreError>;

    /// Checks the log for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
