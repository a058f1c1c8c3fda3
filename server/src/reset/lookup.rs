//! The look-ups of a judgement: who a name is, how the account stands, and whether the birthdate is its own. The
//! same for everybody; what comes of it is for the judgement.

use super::ResetService;
use super::birthdate_check::Registered;
use super::state::{AwaitingCode, Evidence, Subject};
use crate::ports::audit::Reason;
use crate::ports::directory::{Account, DirectoryError, Eligibility};
use crate::ports::otp_provider::OtpSubject;
use app::api::refusal::Refusal;
use app::domain::username::Username;

/// What the look-ups gave.
pub(super) struct Lookup {
    pub(super) subject: Subject,
    pub(super) account: Option<Account>,
}

impl ResetService {
    pub(super) async fn look(&self, awaiting: &AwaitingCode) -> Result<Lookup, Refusal> {
        let account = self.find_account(&awaiting.username).await?;
        let registered = match &awaiting.evidence {
            Evidence::Unverified(birthdate) => {
                let registered = self.registered(account.as_ref(), birthdate).await;
                Some(registered.map_err(|error| Self::store_away(&error))?)
            }
            Evidence::Resolved(_) => self.still_too_new(account.as_ref()).await?,
        };
        let eligible = account.as_ref().filter(|account| account.eligibility == Eligibility::Eligible);
        let subject = match (eligible, registered, &awaiting.evidence) {
            // Without a name of its own the code service would be asked about the decoy, and the decoy's
            // code must never prove anything for anybody.
            (Some(account), _, _) if self.terms.holder_name.of(account).is_none() => {
                Subject::Decoy(Reason::NoHolderName)
            }
            (Some(account), Some(Registered::Same), _) => Subject::Known(account.id),
            (Some(account), None, Evidence::Resolved(Subject::Known(id))) if *id == account.id => {
                Subject::Known(*id)
            }
            // A deleted and recreated name inherits nothing.
            (Some(_), None, Evidence::Resolved(Subject::Known(_))) => Subject::Decoy(Reason::AnotherAccount),
            (Some(_), None, Evidence::Resolved(Subject::Decoy(reason))) => Subject::Decoy(*reason),
            (Some(_) | None, _, _) => Subject::Decoy(reason_of(account.as_ref(), registered)),
        };
        Ok(Lookup { subject, account })
    }

    pub(crate) async fn find_account(&self, username: &Username) -> Result<Option<Account>, Refusal> {
        match self.parts.directory.find(username).await {
            // Two accounts with one name are nobody's account; saying more would tell that they exist.
            Err(error @ DirectoryError::Unusable { .. }) => {
                tracing::error!(error = &error as &dyn std::error::Error, "a name cannot be looked up");
                self.directory_answered(Ok(None))
            }
            found => self.directory_answered(found),
        }
    }

    /// Notes for the breaker, and turns what is not the employee's fault into a refusal.
    pub(crate) fn directory_answered<T>(&self, answer: Result<T, DirectoryError>) -> Result<T, Refusal> {
        self.directory_breaker.note(!matches!(answer, Err(DirectoryError::Unreachable { .. })), self.now());
        answer.map_err(|error| Self::unavailable("directory", &error))
    }

    pub(super) fn holder(&self, look: &Lookup) -> OtpSubject {
        match (look.subject, &look.account) {
            (Subject::Known(_), Some(account)) => {
                self.terms.holder_name.of(account).map_or(OtpSubject::Decoy, OtpSubject::Employee)
            }
            (Subject::Known(_) | Subject::Decoy(_), _) => OtpSubject::Decoy,
        }
    }
}

/// Why somebody is not verified, from what was looked up.
pub(super) fn reason_of(account: Option<&Account>, registered: Option<Registered>) -> Reason {
    match (account.map(|account| account.eligibility), registered) {
        (None, _) => Reason::UnknownName,
        (Some(Eligibility::Disabled), _) => Reason::Disabled,
        (Some(Eligibility::Expired), _) => Reason::Expired,
        (Some(Eligibility::Privileged), _) => Reason::Privileged,
        (Some(Eligibility::SmartCard), _) => Reason::SmartCard,
        (Some(Eligibility::OutOfScope), _) => Reason::OutOfScope,
        (Some(Eligibility::Eligible), Some(Registered::Nothing)) => Reason::NotRegistered,
        (Some(Eligibility::Eligible), Some(Registered::Other)) => Reason::WrongBirthdate,
        (Some(Eligibility::Eligible), Some(Registered::NoMobile)) => Reason::NoMobile,
        (Some(Eligibility::Eligible), Some(Registered::TooNew)) => Reason::TooNew,
        // Such an account is verified or has its reason already; the trail must not be without one.
        (Some(Eligibility::Eligible), Some(Registered::Same) | None) => Reason::AnotherAccount,
    }
}
