//! The lookups of a verification: the account of a name, its eligibility, and whether the birthdate is the registered
//! one. Every name takes the same lookups.

use super::circuit_breaker::CircuitBreaker;
use super::failure::{store_unavailable, unavailable};
use super::state::{AwaitingCode, Evidence, Subject};
use crate::crypto::Keyring;
use crate::ports::audit::NotVerifiedReason;
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Directory, DirectoryError, Eligibility, Policy};
use crate::ports::frozen_accounts::FrozenAccounts;
use crate::ports::otp_provider::{OtpSubject, ProviderUserName};
use crate::ports::records::Records;
use app::api::refusal::Refusal;
use app::api::step::Purpose;
use app::domain::username::Username;
use app::policy::Rules;
use jiff::Timestamp;
use std::sync::Arc;

/// How a birthdate compares with the registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BirthdateMatch {
    /// It is the registered one, and everything else that a reset needs is registered.
    Same,
    /// Another one is registered.
    Other,
    /// None is registered, or none that can be read.
    NotRegistered,
    /// It is the registered one, but the required mobile number is not registered.
    NoMobile,
    /// It is the registered one, but a registered value was changed within the waiting time.
    TooNew,
}

/// The result of the lookups.
pub(super) struct Lookup {
    pub(super) subject: Subject,
    pub(super) account: Option<Account>,
}

/// Which values are compared with what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LookupConfig {
    /// Birthdates come from a directory attribute instead of the registered records.
    pub birthdate_from_directory: bool,
    /// An account without a registered mobile number is not verified.
    pub require_mobile: bool,
    /// The name of an account at the code provider.
    pub user_name: ProviderUserName,
}

/// Looks up accounts and their registered values.
pub(crate) struct AccountLookup {
    pub(super) directory: Arc<dyn Directory>,
    pub(super) records: Arc<dyn Records>,
    pub(super) frozen: Arc<dyn FrozenAccounts>,
    pub(super) keys: Arc<Keyring>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) config: LookupConfig,
    breaker: CircuitBreaker,
}

impl AccountLookup {
    /// Registered values are opened with `keys`.
    pub(crate) fn new(
        directory: Arc<dyn Directory>,
        records: Arc<dyn Records>,
        frozen: Arc<dyn FrozenAccounts>,
        keys: Arc<Keyring>,
        clock: Arc<dyn Clock>,
        config: LookupConfig,
    ) -> Self {
        Self { directory, records, frozen, keys, clock, config, breaker: CircuitBreaker::new("directory") }
    }

    /// While the directory is known to be unavailable: after how many seconds it is queried again.
    pub(crate) fn retry_after(&self, now: Timestamp) -> Option<u64> {
        self.breaker.retry_after(now)
    }

    /// Whether birthdates come from a directory attribute.
    pub(crate) fn birthdate_from_directory(&self) -> bool {
        self.config.birthdate_from_directory
    }

    /// The account's name at the code provider.
    pub(crate) fn provider_name(&self, account: &Account) -> Option<String> {
        self.config.user_name.of(account)
    }

    /// Looks up the subject of a session. For a call to the service desk a frozen account is verified too: nothing can be
    /// changed with that proof alone, and the caller may want the freeze to be lifted. For another app it does not matter that
    /// the app waits: it is the one that was lost, or one that could not be activated with an earlier start code.
    pub(super) async fn look_up(&self, awaiting: &AwaitingCode, purpose: Purpose) -> Result<Lookup, Refusal> {
        let account = self.find_account(&awaiting.username).await?;
        let matched = match &awaiting.evidence {
            Evidence::Unverified(birthdate) => {
                let matched = self.match_birthdate(account.as_ref(), birthdate, purpose).await;
                Some(matched.map_err(|error| store_unavailable(&error))?)
            }
            Evidence::Resolved(_) => self.changed_too_recently(account.as_ref(), purpose).await?,
        };
        let is_frozen = self.is_frozen(account.as_ref()).await? && purpose != Purpose::Call;
        let eligible = account.as_ref().filter(|account| account.eligibility == Eligibility::Eligible);
        let subject = match (eligible, matched, &awaiting.evidence) {
            (Some(_), _, _) if is_frozen => Subject::Decoy(NotVerifiedReason::Frozen),
            // Without a name at the provider the challenge would be the decoy's, and the decoy's code must never
            // verify an account.
            (Some(account), _, _) if self.config.user_name.of(account).is_none() => {
                Subject::Decoy(NotVerifiedReason::NoProviderUserName)
            }
            (Some(account), Some(BirthdateMatch::Same), _) => Subject::Known(account.id),
            (Some(account), None, Evidence::Resolved(Subject::Known(id))) if *id == account.id => {
                Subject::Known(*id)
            }
            // A deleted and recreated name inherits nothing.
            (Some(_), None, Evidence::Resolved(Subject::Known(_))) => {
                Subject::Decoy(NotVerifiedReason::AnotherAccount)
            }
            (Some(_), None, Evidence::Resolved(Subject::Decoy(reason))) => Subject::Decoy(*reason),
            (Some(_) | None, _, _) => Subject::Decoy(rejection_reason(account.as_ref(), matched)),
        };
        Ok(Lookup { subject, account })
    }

    /// The account with this name, whatever its eligibility.
    pub(crate) async fn find_account(&self, username: &Username) -> Result<Option<Account>, Refusal> {
        match self.directory.find(username).await {
            // Two accounts with one name count as none: another answer would reveal that they exist.
            Err(error @ DirectoryError::Unusable { .. }) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "directory entry unusable: the name counts as unknown"
                );
                self.directory_answered(Ok(None))
            }
            found => self.directory_answered(found),
        }
    }

    /// Whether the account is frozen. The store is read also without an account, so that every name takes the same
    /// lookups.
    pub(crate) async fn is_frozen(&self, account: Option<&Account>) -> Result<bool, Refusal> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let freeze = self.frozen.find_freeze(id).await.map_err(|error| store_unavailable(&error))?;
        Ok(freeze.is_some())
    }

    /// Whether an account is or was frozen since a time: a session from before a freeze does not survive it.
    pub(crate) async fn was_frozen_since(&self, id: AccountId, since: Timestamp) -> Result<bool, Refusal> {
        self.frozen.was_frozen_since(id, since).await.map_err(|error| store_unavailable(&error))
    }

    /// Whether one of the accounts is or was frozen since a time. All are read, so that the number of reads is always the same.
    pub(crate) async fn was_any_frozen_since(
        &self,
        ids: [AccountId; 3],
        since: Timestamp,
    ) -> Result<bool, Refusal> {
        let mut was_frozen = false;
        for id in ids {
            was_frozen |= self.was_frozen_since(id, since).await?;
        }
        Ok(was_frozen)
    }

    /// Whether these accounts still are what they were at a time: not removed, disabled or expired, and with the password of then.
    /// All are read, so that the number of calls is always the same.
    pub(crate) async fn are_unchanged_since(
        &self,
        ids: [AccountId; 2],
        since: Timestamp,
    ) -> Result<bool, Refusal> {
        let mut are_unchanged = true;
        for id in ids {
            let account = self.directory_answered(self.directory.read(id).await)?;
            are_unchanged &= account.is_some_and(|account| {
                !matches!(account.eligibility, Eligibility::Disabled | Eligibility::Expired)
                    && account.password_set_at().is_some_and(|set_at| set_at <= since)
            });
        }
        Ok(are_unchanged)
    }

    /// The reference of the freeze of an account, for the log.
    pub(crate) async fn freeze_reference(&self, id: AccountId) -> Option<String> {
        self.frozen.find_freeze(id).await.ok().flatten().map(|freeze| freeze.reference)
    }

    /// Informs the circuit breaker, and turns an error into a refusal.
    pub(crate) fn directory_answered<T>(&self, answer: Result<T, DirectoryError>) -> Result<T, Refusal> {
        self.breaker.record(!matches!(answer, Err(DirectoryError::Unreachable { .. })), self.clock.now());
        answer.map_err(|error| unavailable("directory", &error))
    }

    /// The account as the directory has it now and its policy; `None` if it is missing, no longer eligible,
    /// or was frozen since the session was verified.
    pub(super) async fn eligible_account(
        &self,
        id: AccountId,
        verified_at: Timestamp,
    ) -> Result<Option<(Account, Policy)>, Refusal> {
        let account = self.directory_answered(self.directory.read(id).await)?;
        let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible) else {
            return Ok(None);
        };
        if self.was_frozen_since(id, verified_at).await? {
            return Ok(None);
        }
        let policy = self.directory_answered(self.directory.policy(&account).await)?;
        Ok(Some((account, policy)))
    }

    /// The rules that apply to an account. If the directory is unavailable, those of the organisation: the directory's
    /// policy is read again before anything is written.
    pub(super) async fn rules_for(&self, account: &Account, organisation: &Rules) -> Rules {
        match self.directory_answered(self.directory.policy(account).await) {
            Ok(policy) => stricter_rules(organisation, policy),
            Err(_) => organisation.clone(),
        }
    }

    /// For whom a challenge is opened: the decoy unless the subject is known.
    pub(super) fn otp_subject(&self, lookup: &Lookup) -> OtpSubject {
        match (lookup.subject, &lookup.account) {
            (Subject::Known(_), Some(account)) => {
                self.config.user_name.of(account).map_or(OtpSubject::Decoy, OtpSubject::Employee)
            }
            (Subject::Known(_) | Subject::Decoy(_), _) => OtpSubject::Decoy,
        }
    }
}

/// Why a subject is not verified; for the audit log.
pub(super) fn rejection_reason(
    account: Option<&Account>,
    matched: Option<BirthdateMatch>,
) -> NotVerifiedReason {
    match (account.map(|account| account.eligibility), matched) {
        (None, _) => NotVerifiedReason::UnknownName,
        (Some(Eligibility::Disabled), _) => NotVerifiedReason::Disabled,
        (Some(Eligibility::Expired), _) => NotVerifiedReason::Expired,
        (Some(Eligibility::Privileged), _) => NotVerifiedReason::Privileged,
        (Some(Eligibility::SmartCard), _) => NotVerifiedReason::SmartCard,
        (Some(Eligibility::OutOfScope), _) => NotVerifiedReason::OutOfScope,
        (Some(Eligibility::Eligible), Some(BirthdateMatch::NotRegistered)) => {
            NotVerifiedReason::NotRegistered
        }
        (Some(Eligibility::Eligible), Some(BirthdateMatch::Other)) => NotVerifiedReason::WrongBirthdate,
        (Some(Eligibility::Eligible), Some(BirthdateMatch::NoMobile)) => NotVerifiedReason::NoMobile,
        (Some(Eligibility::Eligible), Some(BirthdateMatch::TooNew)) => NotVerifiedReason::TooNew,
        // Such an account is verified or has a reason already; the audit log needs one in any case.
        (Some(Eligibility::Eligible), Some(BirthdateMatch::Same) | None) => NotVerifiedReason::AnotherAccount,
    }
}

/// The stricter of the organisation's rules and the directory's policy.
pub fn stricter_rules(rules: &Rules, policy: Policy) -> Rules {
    Rules {
        min_length: rules.min_length.max(policy.min_length),
        complexity: rules.complexity || policy.complexity,
        history: policy.history,
        ..rules.clone()
    }
}
