//! The state machine of a reset: pure, without I/O or clock. One struct per stage; a transition consumes it.
//!
//! ```text
//!              birthdate             code                 proof               password
//!  Identified ──────────▶ AwaitingCode ────▶ Checking ─────────────▶ Verified ────────▶ Writing
//!                          ▲    │ birthdate     │                       ▲                 │
//!                          │    └──(corrected)  │ not verified,         │ refused,        │ set
//!                          └────────────────────┘ unavailable,          └── not written ──┤
//!                                                 claim 30 s old            claim 30 s old▼
//!                                                                           and unchanged Finished
//! ```
//!
//! For an account of high impact, the proof leads from `Checking` to `Waiting`, for a caller of the service desk to `Called`, and
//! with a start code to `NewApp`; from none of them does a command lead on.
//!
//! `Checking` and `Writing` are claims: only the request that moved the session there by compare-and-swap makes external
//! calls. The table of all commands and stages is in `docs/architecture.md`; a test compares it with the code.

mod called;
pub mod new_app;
pub mod projection;
mod proven_code;
mod waiting;

pub use called::Called;
pub use new_app::NewApp;
use proven_code::ProvenCode;
pub use waiting::Waiting;

use crate::ports::audit::NotVerifiedReason;
use crate::ports::directory::AccountId;
use crate::ports::otp_provider::Challenge;
use crate::ports::waiting_resets::WaitingReset;
use app::api::step::OtpMethod;
use app::domain::birthdate::Birthdate;
use app::domain::call_code::CallCode;
use app::domain::username::Username;
use app::policy::{Personal, Rules};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// A claim older than this was abandoned by a crash: external calls take less.
pub const CLAIM_LIFETIME: SignedDuration = SignedDuration::from_secs(30);

/// The stage of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// A user name was given.
    Identified(Identified),
    /// A birthdate was given; the code is awaited.
    AwaitingCode(AwaitingCode),
    /// One request is verifying name, birthdate and code.
    Checking(Checking),
    /// The subject is verified.
    Verified(Verified),
    /// The subject is verified, and the account is one of high impact: the password step opens later.
    Waiting(Waiting),
    /// The subject is verified, and the service desk accepts a code for it.
    Called(Called),
    /// The subject is verified with a start code, and can activate the app on another phone.
    NewApp(NewApp),
    /// One request is writing the password.
    Writing(Writing),
    /// The password is set, or the account unlocked.
    Finished(Finished),
}

/// A user name was given; the directory has not been queried yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    /// As typed.
    pub username: Username,
}

/// The birthdate, or the result of its comparison.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Evidence {
    /// As typed; wiped by the verification.
    #[serde(rename = "Unjudged")]
    Unverified(#[serde(with = "iso")] Birthdate),
    /// The subject that an earlier attempt found.
    #[serde(rename = "Judged")]
    Resolved(Subject),
}

/// The subject of a session. A decoy follows the same path and cannot succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// An account that may use the reset, and whose birthdate was given.
    Known(AccountId),
    /// Anything else; the reason is for the audit log only.
    Decoy(NotVerifiedReason),
}

/// The code is awaited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwaitingCode {
    /// As typed.
    pub username: Username,
    /// The birthdate, or the result of its comparison.
    pub evidence: Evidence,
    /// The method of the code.
    #[serde(rename = "way")]
    pub method: OtpMethod,
    /// The challenge of a code that was sent.
    pub challenge: Option<Challenge>,
    /// When a code is sent, or was last sent.
    pub sent_at: Option<Timestamp>,
    /// Sending has not finished, or was not possible. The same for every subject.
    #[serde(default)]
    pub code_pending: bool,
}

/// One request is verifying.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checking {
    awaiting: AwaitingCode,
    claimed_at: Timestamp,
}

/// A verified session; [`Checking::verified`] is its only constructor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    username: Username,
    account: AccountId,
    rules: Rules,
    personal: Personal,
    until: Timestamp,
    #[serde(flatten)]
    proven: ProvenCode,
    /// The account was locked, and unlocking is offered.
    #[serde(default)]
    unlockable: bool,
}

impl Stage {
    /// Whether the session was verified with this code just now: the request is repeated because the answer was lost.
    pub fn is_repeated_by(&self, code_digest: &[u8; 32], now: Timestamp) -> bool {
        self.proof().is_some_and(|(code, _)| code.is_repeated_by(code_digest, now))
    }

    /// The user name of a session that was verified just now: the answer may have been lost.
    pub fn repeatable_proof(&self, now: Timestamp) -> Option<&Username> {
        self.proof().filter(|(code, _)| code.may_be_repeated(now)).map(|(_, username)| username)
    }

    /// The code of the proof in the stages that a proof leads to, and the user name.
    fn proof(&self) -> Option<(&ProvenCode, &Username)> {
        match self {
            Self::Verified(verified) => Some((&verified.proven, &verified.username)),
            Self::Waiting(waiting) => Some(waiting.proof()),
            Self::Called(called) => Some(called.proof()),
            Self::NewApp(new_app) => Some(new_app.proof()),
            Self::Identified(_)
            | Self::AwaitingCode(_)
            | Self::Checking(_)
            | Self::Writing(_)
            | Self::Finished(_) => None,
        }
    }
}

impl Verified {
    /// When the session was verified.
    pub fn since(&self) -> Timestamp {
        self.proven.since()
    }
}

/// Evidence that birthdate and code were right.
#[derive(Debug)]
pub struct Proof {
    /// The account whose birthdate and code were right.
    pub account: AccountId,
    /// A keyed digest of the code, which identifies a repeated request.
    pub code_digest: [u8; 32],
}

/// One request is writing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    verified: Verified,
    password_last_set: i64,
    claimed_at: Timestamp,
    /// The account is unlocked; no password is written.
    #[serde(default)]
    unlock: bool,
}

/// The reset is finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Finished {
    /// Whether all domain controllers have the new password; `None` if that was not checked.
    pub everywhere: Option<bool>,
    /// The account was unlocked and keeps its password.
    pub unlocked: bool,
}

impl Identified {
    /// Takes the birthdate.
    pub fn with_birthdate(self, birthdate: Birthdate, method: OtpMethod) -> AwaitingCode {
        AwaitingCode {
            username: self.username,
            evidence: Evidence::Unverified(birthdate),
            method,
            challenge: None,
            sent_at: None,
            code_pending: false,
        }
    }
}

impl AwaitingCode {
    /// Takes a corrected birthdate.
    #[must_use]
    pub fn corrected(self, birthdate: Birthdate) -> Self {
        // A code that was sent stays usable: it verifies only the account to which it was sent. `sent_at` stays too: a
        // correction is no way around the pause between two codes.
        Self { evidence: Evidence::Unverified(birthdate), ..self }
    }

    /// Whether a code will be sent later, after the pause.
    pub fn has_scheduled_code(&self, now: Timestamp) -> bool {
        self.code_pending && self.sent_at.is_some_and(|at| at > now)
    }

    /// Claims the verification.
    pub fn claim(self, now: Timestamp) -> Checking {
        Checking { awaiting: self, claimed_at: now }
    }
}

impl Checking {
    /// The stage that is being verified.
    pub fn awaiting(&self) -> &AwaitingCode {
        &self.awaiting
    }

    /// Whether the claim was abandoned by a crash.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.claimed_at) >= CLAIM_LIFETIME
    }

    /// Releases the claim: nothing could be verified.
    pub fn released(self) -> AwaitingCode {
        self.awaiting
    }

    /// Not verified: the birthdate is wiped. The challenge stays, so that a sent code can be typed again.
    pub fn not_verified(self, subject: Subject) -> AwaitingCode {
        AwaitingCode { evidence: Evidence::Resolved(subject), ..self.awaiting }
    }

    /// Verified, until `until`.
    #[expect(clippy::needless_pass_by_value, reason = "a proof can be used once")]
    pub fn verified(
        self,
        proof: Proof,
        rules: Rules,
        personal: Personal,
        now: Timestamp,
        until: Timestamp,
    ) -> Verified {
        Verified {
            username: self.awaiting.username,
            account: proof.account,
            rules,
            personal,
            until,
            proven: ProvenCode::new(&proof, now),
            unlockable: false,
        }
    }
}

impl Checking {
    /// Verified, but the account waits. The proof is used up.
    #[expect(clippy::needless_pass_by_value, reason = "a proof can be used once")]
    pub fn waiting(self, proof: Proof, wait: WaitingReset, now: Timestamp) -> Waiting {
        Waiting::verified(self.awaiting.username, &proof, wait, now)
    }

    /// Verified, for the service desk. The proof is used up.
    #[expect(clippy::needless_pass_by_value, reason = "a proof can be used once")]
    pub fn called(self, proof: Proof, call_code: CallCode, until: Timestamp, now: Timestamp) -> Called {
        Called::verified(self.awaiting.username, &proof, call_code, until, now)
    }

    /// Verified with a start code. The proof is used up.
    #[expect(clippy::needless_pass_by_value, reason = "a proof can be used once")]
    pub fn new_app(self, proof: Proof, identity_seen: bool, now: Timestamp) -> NewApp {
        NewApp::verified(self.awaiting.username, &proof, identity_seen, now)
    }
}

impl Finished {
    /// A password was set.
    pub fn password_set(everywhere: Option<bool>) -> Self {
        Self { everywhere, unlocked: false }
    }

    /// The account is unlocked.
    pub fn unlocked() -> Self {
        Self { everywhere: None, unlocked: true }
    }
}

impl Verified {
    /// Whether the account may be unlocked without another password.
    pub fn is_unlockable(&self) -> bool {
        self.unlockable
    }

    /// The account was locked at the proof, and unlocking is on offer.
    #[must_use]
    pub fn with_unlockable(self, unlockable: bool) -> Self {
        Self { unlockable, ..self }
    }

    /// As typed.
    pub fn username(&self) -> &Username {
        &self.username
    }

    /// Whose password may be set.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The password rules at the time of the proof.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The personal words that the password must not contain.
    pub fn personal(&self) -> &Personal {
        &self.personal
    }

    /// When the proof expires.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Replaces the rules, e.g. with the directory's current policy.
    #[must_use]
    pub fn with_rules(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// Claims the write. `password_last_set` is the value in the directory before it.
    pub fn claim(self, password_last_set: i64, now: Timestamp) -> Writing {
        Writing { verified: self, password_last_set, claimed_at: now, unlock: false }
    }

    /// Claims the unlock.
    pub fn claim_unlock(self, password_last_set: i64, now: Timestamp) -> Writing {
        Writing { unlock: true, ..self.claim(password_last_set, now) }
    }
}

impl Writing {
    /// The proof that permits the write.
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// `pwdLastSet` before the write.
    pub fn password_last_set(&self) -> i64 {
        self.password_last_set
    }

    /// Whether the claim was abandoned by a crash.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.claimed_at) >= CLAIM_LIFETIME
    }

    /// Whether this unlocks the account only.
    pub fn is_unlock(&self) -> bool {
        self.unlock
    }

    /// The same claim with a new start time.
    #[must_use]
    pub fn renewed(self, now: Timestamp) -> Self {
        Self { claimed_at: now, ..self }
    }

    /// Nothing was written, which is certain.
    pub fn not_written(self) -> Verified {
        self.verified
    }
}

/// ISO form of a birthdate inside a stage. Stages are serialised only to be sealed.
mod iso {
    use app::domain::birthdate::Birthdate;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(date: &Birthdate, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&date.expose_iso())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Birthdate, D::Error> {
        let text = zeroize::Zeroizing::new(String::deserialize(deserializer)?);
        Birthdate::parse_iso(&text).map_err(|_| serde::de::Error::custom("not a date"))
    }
}
