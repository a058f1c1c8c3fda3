//! Maps the responses of a domain controller to their meaning.

use super::super::result_code::{
    CONSTRAINT_VIOLATION, INSUFFICIENT_ACCESS, NO_SUCH_OBJECT, UNWILLING_TO_PERFORM, retry_on_other_server,
};
use crate::ports::directory::{Account, Policy};
use app::domain::password::Password;
use app::policy::{Personal, Rules, Score, Violation};
use jiff::{SignedDuration, Timestamp};

/// `ERROR_PASSWORD_RESTRICTION`: prefix of every diagnostic about the password itself.
const PASSWORD_RESTRICTION: &str = "0000052D";
/// `ERROR_DS_ILLEGAL_MOD_OPERATION` and similar: the value was not quoted UTF-16.
const ILLEGAL_VALUE: [&str; 2] = ["00002035", "0000001F"];

/// Cause of a refused write; a closed set, so that each cause is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnosis {
    /// The password was refused and another one may be accepted; with the violated rule if the directory reports it.
    Password(Option<Violation>),
    /// The service account lacks a right.
    InsufficientAccess,
    /// The account no longer exists.
    AccountNotFound,
    /// The value was malformed: a defect of this program, or a connection that the server regards as unencrypted.
    Encoding,
    /// This server cannot carry out the write; another one may.
    TryOtherServer,
    /// Any other cause.
    Other,
}

impl Diagnosis {
    /// Samba answers a bad password with 19 (measured). Windows is documented to answer a reset with 53 and a user's
    /// own change with 19.
    pub(super) fn from_response(code: u32, diagnostic: &str) -> Self {
        match code {
            CONSTRAINT_VIOLATION => Self::Password(reported_violation(diagnostic)),
            UNWILLING_TO_PERFORM if diagnostic.starts_with(PASSWORD_RESTRICTION) => {
                Self::Password(reported_violation(diagnostic))
            }
            UNWILLING_TO_PERFORM if ILLEGAL_VALUE.iter().any(|code| diagnostic.starts_with(code)) => {
                Self::Encoding
            }
            NO_SUCH_OBJECT => Self::AccountNotFound,
            INSUFFICIENT_ACCESS => Self::InsufficientAccess,
            code if retry_on_other_server(code) => Self::TryOtherServer,
            _ => Self::Other,
        }
    }

    /// Advice for the operator.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::Password(_) => "another password may be accepted",
            Self::InsufficientAccess => "the service account may not: `check` shows which right it lacks",
            Self::AccountNotFound => "the account was deleted or moved since it was looked up",
            Self::Encoding => "the directory did not understand the value: please report this defect",
            Self::TryOtherServer => "another domain controller may do it",
            Self::Other => "nothing was written",
        }
    }
}

/// The violated rule, if the diagnostic names it (Samba does).
fn reported_violation(diagnostic: &str) -> Option<Violation> {
    if let Some((_, rest)) = diagnostic.split_once("equal or longer than ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().map(|min| Violation::TooShort { min });
    }
    if diagnostic.contains("complexity criteria") {
        return Some(Violation::Complexity);
    }
    diagnostic.contains("in history").then_some(Violation::InHistory { remembered: None })
}

/// Infers the violated rule if the directory does not report it (Windows). Evaluates the known rules first; if none
/// is violated, the cause is the history or a password filter of the organisation.
pub(super) fn infer_violation(
    account: &Account,
    policy: Policy,
    password: &Password,
    now: Timestamp,
) -> Violation {
    let Some(min_score) = Score::new(0) else { return Violation::DirectoryRefused };
    let rules = Rules {
        min_length: policy.min_length,
        max_length: u16::MAX,
        complexity: policy.complexity,
        min_score,
        banned_words: Vec::new(),
        history: policy.history,
    };
    let personal = if policy.complexity {
        Personal::from_names(&account.login, &account.display_name)
    } else {
        Personal::default()
    };
    let violation = rules.evaluate(password, &personal, None).into_iter().next();
    violation.or_else(|| too_recent(account, policy, now)).unwrap_or(match policy.history {
        Some(remembered) => Violation::InHistory { remembered: Some(remembered) },
        None => Violation::DirectoryRefused,
    })
}

/// A server that enforces the history on a reset also enforces the minimum age.
fn too_recent(account: &Account, policy: Policy, now: Timestamp) -> Option<Violation> {
    let until =
        account.password_set_at()?.checked_add(SignedDuration::try_from(policy.min_age).ok()?).ok()?;
    let left = until.duration_since(now);
    let hours = left.as_secs().div_euclid(3600).saturating_add(1);
    left.is_positive().then(|| Violation::TooRecent { hours: u16::try_from(hours).unwrap_or(u16::MAX) })
}

/// Why a bind with result code 49 failed: the hexadecimal `data` field of its diagnostic.
pub(super) fn bind_reason(diagnostic: &str) -> Option<&str> {
    let (_, rest) = diagnostic.split_once("data ")?;
    rest.split([',', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be equal or longer than 16 characters!";

    #[test]
    fn reported_violation_is_parsed() {
        assert_eq!(reported_violation(SHORT), Some(Violation::TooShort { min: 16 }));
        assert_eq!(
            reported_violation("0000052D: … does not meet the complexity criteria!"),
            Some(Violation::Complexity)
        );
        assert_eq!(
            reported_violation("0000052D: … was already used (in history)!"),
            Some(Violation::InHistory { remembered: None })
        );
        assert_eq!(
            reported_violation("0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"),
            None
        );
    }

    #[test]
    fn only_password_errors_are_diagnosed_as_a_password_violation() {
        let diagnose = Diagnosis::from_response;
        assert_eq!(diagnose(19, SHORT), Diagnosis::Password(Some(Violation::TooShort { min: 16 })));
        assert_eq!(diagnose(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Password(None));
        assert_eq!(diagnose(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Encoding);
        assert_eq!(diagnose(53, "00002077: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Other);
        assert_eq!(diagnose(50, "00002098: insufficient access rights"), Diagnosis::InsufficientAccess);
        assert_eq!(diagnose(32, "00002030: no such object"), Diagnosis::AccountNotFound);
        assert_eq!(diagnose(10, "0000202B: RefErr"), Diagnosis::TryOtherServer);
        assert_eq!(diagnose(12, ""), Diagnosis::Other);
    }

    #[test]
    fn reason_of_a_refused_bind_is_its_data_field() {
        let diagnostic =
            "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1";
        assert_eq!(bind_reason(diagnostic), Some("52e"));
        assert_eq!(bind_reason("Simple Bind Failed: NT_STATUS_LOGON_FAILURE"), None);
    }
}
