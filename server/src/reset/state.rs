//! The state machine of a visit: pure, no I/O, no clock. A struct per stage; a move consumes it.
//!
//! ```text
//!              birthdate             code                 proof               password
//!  Identified ──────────▶ AwaitingCode ────▶ Checking ─────────────▶ Verified ────────▶ Writing
//!                          ▲    │ birthdate     │                       ▲                 │
//!                          │    └──(corrected)  │ not verified,         │ refused,        │ set
//!                          └────────────────────┘ out of reach,         └── not written ──┤
//!                                                 claim 30 s old            claim 30 s old▼
//!                                                                           and unchanged Finished
//! ```
//!
//! `Checking` and `Writing` are claims: whoever moved the visit there by compare-and-swap is the only
//! one to call out.

pub mod projection;

use crate::ports::audit::Reason;
use crate::ports::directory::AccountId;
use crate::ports::otp_provider::Challenge;
use app::api::step::OtpMethod;
use app::domain::birthdate::Birthdate;
use app::domain::username::Username;
use app::policy::{Personal, Rules};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// After this a claim was left behind by a crash: no call to the outside takes as long.
pub const CLAIM_LIFE: SignedDuration = SignedDuration::from_secs(30);

/// Where a visit stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// A name was given.
    Identified(Identified),
    /// A birthdate was given, and the code is awaited.
    AwaitingCode(AwaitingCode),
    /// Somebody is judging name, birthdate and code.
    Checking(Checking),
    /// The proof is given.
    Verified(Verified),
    /// Somebody is writing the password.
    Writing(Writing),
    /// The password is set, or the account unlocked.
    Finished(Finished),
}

/// A name was given; whether it is anybody's nobody has asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identified {
    /// As typed.
    pub username: Username,
}

/// What the visit knows of the birthdate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Evidence {
    /// As typed; wiped at judgement.
    #[serde(rename = "Unjudged")]
    Unverified(#[serde(with = "iso")] Birthdate),
    /// Who it turned out to be.
    #[serde(rename = "Judged")]
    Resolved(Subject),
}

/// Who a visit is about. A decoy walks the same road and cannot arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// An account that may use the reset, and whose birthdate was given.
    Known(AccountId),
    /// Anything else; why, for the trail only.
    Decoy(Reason),
}

/// The code is awaited.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AwaitingCode {
    /// As typed.
    pub username: Username,
    /// The birthdate, or what became of it.
    pub evidence: Evidence,
    /// How the code comes.
    pub way: OtpMethod,
    /// The transaction that was opened ahead, for a code that is sent.
    pub challenge: Option<Challenge>,
    /// When a code was last asked to be sent.
    pub sent_at: Option<Timestamp>,
}

/// Somebody is judging.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checking {
    awaiting: AwaitingCode,
    claimed_at: Timestamp,
}

/// The proof: [`Checking::verified`] is the only way to one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    username: Username,
    account: AccountId,
    rules: Rules,
    personal: Personal,
    until: Timestamp,
    code_digest: [u8; 32],
    since: Timestamp,
    /// The account was locked, and unlocking is on offer.
    #[serde(default)]
    unlockable: bool,
}

/// What the code service said yes to; made only where its answer is read.
#[derive(Debug)]
pub struct Proof {
    /// Whose birthdate and code were right.
    pub account: AccountId,
    /// A keyed digest of the code, by which a repeated request is recognised.
    pub code_digest: [u8; 32],
}

/// Somebody is writing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Writing {
    verified: Verified,
    password_last_set: i64,
    claimed_at: Timestamp,
    /// No password is written: the lock is ended.
    #[serde(default)]
    unlock: bool,
}

/// Nothing is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Finished {
    /// Whether all domain controllers know the new password; `None` where that was not looked at.
    pub everywhere: Option<bool>,
    /// The account was unlocked, and its password is the old one.
    pub unlocked: bool,
}

impl Identified {
    /// The birthdate was given.
    pub fn with_birthdate(self, birthdate: Birthdate, way: OtpMethod) -> AwaitingCode {
        AwaitingCode {
            username: self.username,
            evidence: Evidence::Unverified(birthdate),
            way,
            challenge: None,
            sent_at: None,
        }
    }
}

impl AwaitingCode {
    /// The birthdate was given again.
    #[must_use]
    pub fn corrected(self, birthdate: Birthdate) -> Self {
        // A transaction that was opened for the earlier date must not serve this one. When a code was
        // last sent stays: a correction is no way around the pause.
        Self { evidence: Evidence::Unverified(birthdate), challenge: None, ..self }
    }

    /// Claims the judgement.
    pub fn claim(self, now: Timestamp) -> Checking {
        Checking { awaiting: self, claimed_at: now }
    }
}

impl Checking {
    /// What is being judged.
    pub fn awaiting(&self) -> &AwaitingCode {
        &self.awaiting
    }

    /// Whether the claim was left behind by a crash.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.claimed_at) >= CLAIM_LIFE
    }

    /// Nothing could be judged: as it was.
    pub fn released(self) -> AwaitingCode {
        self.awaiting
    }

    /// Judged, and not verified: the birthdate is wiped. A sent code can still be typed right.
    pub fn judged(self, subject: Subject) -> AwaitingCode {
        AwaitingCode { evidence: Evidence::Resolved(subject), ..self.awaiting }
    }

    /// Judged, and verified until `until`.
    #[expect(clippy::needless_pass_by_value, reason = "a proof is used up by what it proved")]
    pub fn verified(
        self,
        proof: Proof,
        rules: Rules,
        personal: Personal,
        now: Timestamp,
        until: Timestamp,
    ) -> Verified {
        let Proof { account, code_digest } = proof;
        Verified {
            username: self.awaiting.username,
            account,
            rules,
            personal,
            until,
            code_digest,
            since: now,
            unlockable: false,
        }
    }
}

impl Finished {
    /// The password is set.
    pub fn with(everywhere: Option<bool>) -> Self {
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
    pub fn unlockable(self, unlockable: bool) -> Self {
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

    /// The rules as they stood at the proof.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What belongs to the person.
    pub fn personal(&self) -> &Personal {
        &self.personal
    }

    /// When the proof expires.
    pub fn until(&self) -> Timestamp {
        self.until
    }

    /// Whether this is the code that gave the proof, repeated within `CLAIM_LIFE`: a lost reply.
    pub fn is_repeated_by(&self, code_digest: &[u8; 32], now: Timestamp) -> bool {
        use subtle::ConstantTimeEq as _;
        self.may_be_repeated(now) && bool::from(self.code_digest.ct_eq(code_digest))
    }

    /// Whether the reply to the proof may still be on its way.
    pub fn may_be_repeated(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) < CLAIM_LIFE
    }

    /// The rules as they stand now, e.g. after the directory's were read.
    #[must_use]
    pub fn under(self, rules: Rules) -> Self {
        Self { rules, ..self }
    }

    /// Claims the write. `password_last_set` is what the directory says before it.
    pub fn claim(self, password_last_set: i64, now: Timestamp) -> Writing {
        Writing { verified: self, password_last_set, claimed_at: now, unlock: false }
    }

    /// Claims the unlocking.
    pub fn claim_unlock(self, password_last_set: i64, now: Timestamp) -> Writing {
        Writing { unlock: true, ..self.claim(password_last_set, now) }
    }
}

impl Writing {
    /// The proof under which is written.
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What `pwdLastSet` was before.
    pub fn password_last_set(&self) -> i64 {
        self.password_last_set
    }

    /// Whether the claim was left behind by a crash.
    pub fn is_abandoned(&self, now: Timestamp) -> bool {
        now.duration_since(self.claimed_at) >= CLAIM_LIFE
    }

    /// Whether only the lock is to be ended.
    pub fn is_unlock(&self) -> bool {
        self.unlock
    }

    /// The same claim, from now on.
    #[must_use]
    pub fn renewed(self, now: Timestamp) -> Self {
        Self { claimed_at: now, ..self }
    }

    /// Certain: nothing was written.
    pub fn not_written(self) -> Verified {
        self.verified
    }
}

/// A birthdate inside a stage, which is only ever serialised to be sealed.
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
