//! What a domain controller's answer to a write means. Not the sending.

use super::super::pool::is_elsewhere;
use super::account::FILETIME_EPOCH;
use crate::ports::directory::{Account, Policy};
use app::domain::password::Password;
use app::policy::{Personal, Rules, Score, Violation};
use jiff::{SignedDuration, Timestamp};

/// `ERROR_PASSWORD_RESTRICTION`, with which every diagnostic about the password itself begins.
const PASSWORD_RESTRICTION: &str = "0000052D";
/// `ERROR_DS_ILLEGAL_MOD_OPERATION` and its like: the value was not quoted UTF-16.
const ILLEGAL_VALUE: [&str; 2] = ["00002035", "0000001F"];
const NO_SUCH_OBJECT: u32 = 32;
const CONSTRAINT_VIOLATION: u32 = 19;
const INSUFFICIENT_ACCESS: u32 = 50;
const UNWILLING_TO_PERFORM: u32 = 53;

/// What a refused write means; closed, so that each has its consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnosis {
    /// It is about this password, so that another one may do; the broken rule, where the directory tells it.
    Password(Option<Violation>),
    /// The service account may not.
    Rights,
    /// The account is no longer there.
    Gone,
    /// The value did not have its form: our own defect, or a connection that the server thinks is not encrypted.
    Encoding,
    /// This server cannot, another one may.
    Elsewhere,
    /// Anything else.
    Other,
}

impl Diagnosis {
    /// Samba answers a bad password with 19 (measured); Windows is documented to answer a reset with 53
    /// and a user's own change with 19.
    pub(super) fn of(code: u32, diagnostic: &str) -> Self {
        match code {
            CONSTRAINT_VIOLATION => Self::Password(told(diagnostic)),
            UNWILLING_TO_PERFORM if diagnostic.starts_with(PASSWORD_RESTRICTION) => {
                Self::Password(told(diagnostic))
            }
            UNWILLING_TO_PERFORM if ILLEGAL_VALUE.iter().any(|code| diagnostic.starts_with(code)) => {
                Self::Encoding
            }
            NO_SUCH_OBJECT => Self::Gone,
            INSUFFICIENT_ACCESS => Self::Rights,
            code if is_elsewhere(code) => Self::Elsewhere,
            _ => Self::Other,
        }
    }

    /// What an operator can do about it.
    pub(super) fn advice(&self) -> &'static str {
        match self {
            Self::Password(_) => "another password may do",
            Self::Rights => "the service account may not: `check` shows which right it lacks",
            Self::Gone => "the account was deleted or moved away since it was looked up",
            Self::Encoding => "the directory did not understand the value: please report this defect",
            Self::Elsewhere => "another domain controller may do it",
            Self::Other => "nothing was written",
        }
    }
}

/// The broken rule, where the directory tells it (Samba's words).
fn told(diagnostic: &str) -> Option<Violation> {
    if let Some((_, rest)) = diagnostic.split_once("equal or longer than ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().map(|min| Violation::TooShort { min });
    }
    if diagnostic.contains("complexity criteria") {
        return Some(Violation::Complexity);
    }
    diagnostic.contains("in history").then_some(Violation::InHistory { remembered: None })
}

/// The broken rule, where the directory does not tell it (Windows): what can be computed is ruled out first.
/// What then is left is the history, or a filter of the organisation's own.
pub(super) fn deduced(account: &Account, policy: Policy, password: &Password, now: Timestamp) -> Violation {
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
    let computed = rules.evaluate(password, &personal, None).into_iter().next();
    computed.or_else(|| too_recent(account, policy, now)).unwrap_or(match policy.history {
        Some(remembered) => Violation::InHistory { remembered: Some(remembered) },
        None => Violation::DirectoryRefused,
    })
}

/// A server that holds a reset to the history holds it to the minimum age too.
fn too_recent(account: &Account, policy: Policy, now: Timestamp) -> Option<Violation> {
    let set = Timestamp::from_second(account.password_last_set / 10_000_000 - FILETIME_EPOCH).ok()?;
    let until = set.checked_add(SignedDuration::try_from(policy.min_age).ok()?).ok()?;
    let left = until.duration_since(now);
    let hours = left.as_secs().div_euclid(3600).saturating_add(1);
    left.is_positive().then(|| Violation::TooRecent { hours: u16::try_from(hours).unwrap_or(u16::MAX) })
}

/// Why a bind with result code 49 failed: the hexadecimal `data` of its diagnostic.
pub(super) fn bind_reason(diagnostic: &str) -> Option<&str> {
    let (_, rest) = diagnostic.split_once("data ")?;
    rest.split([',', ' ']).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: &str = "0000052D: Constraint violation - check_password_restrictions: the password is too short. It should be equal or longer than 16 characters!";

    #[test]
    fn the_told_reasons_are_understood() {
        assert_eq!(told(SHORT), Some(Violation::TooShort { min: 16 }));
        assert_eq!(told("0000052D: … does not meet the complexity criteria!"), Some(Violation::Complexity));
        assert_eq!(
            told("0000052D: … was already used (in history)!"),
            Some(Violation::InHistory { remembered: None })
        );
        assert_eq!(told("0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"), None);
    }

    #[test]
    fn only_an_answer_about_the_password_blames_the_password() {
        let of = Diagnosis::of;
        assert_eq!(of(19, SHORT), Diagnosis::Password(Some(Violation::TooShort { min: 16 })));
        assert_eq!(of(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Password(None));
        assert_eq!(of(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Encoding);
        assert_eq!(of(53, "00002077: SvcErr: DSID-031A12D2, problem 5003"), Diagnosis::Other);
        assert_eq!(of(50, "00002098: insufficient access rights"), Diagnosis::Rights);
        assert_eq!(of(32, "00002030: no such object"), Diagnosis::Gone);
        assert_eq!(of(10, "0000202B: RefErr"), Diagnosis::Elsewhere);
        assert_eq!(of(12, ""), Diagnosis::Other);
    }

    #[test]
    fn the_reason_of_a_refused_bind_is_its_data() {
        let words = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1";
        assert_eq!(bind_reason(words), Some("52e"));
        assert_eq!(bind_reason("Simple Bind Failed: NT_STATUS_LOGON_FAILURE"), None);
    }
}
