//! What a domain controller's answer to a written password means. Not the sending.

use crate::ports::directory::{Account, Policy};
use app::password::Password;
use app::policy::{Breach, Personal, Rules, Score};

/// `ERROR_PASSWORD_RESTRICTION`, with which every diagnostic about the password itself begins.
const PASSWORD_RESTRICTION: &str = "0000052D";
const CONSTRAINT_VIOLATION: u32 = 19;
const UNWILLING_TO_PERFORM: u32 = 53;

/// Whether the answer is about this password, so that another one may do. Samba answers with 19
/// (measured); Windows is documented to answer a reset with 53 and a user's own change with 19.
pub(super) fn is_about_the_password(code: u32, diagnostic: &str) -> bool {
    code == CONSTRAINT_VIOLATION
        || (code == UNWILLING_TO_PERFORM && diagnostic.starts_with(PASSWORD_RESTRICTION))
}

/// The broken rule, where the directory tells it (Samba's words).
pub(super) fn told(diagnostic: &str) -> Option<Breach> {
    if let Some((_, rest)) = diagnostic.split_once("equal or longer than ") {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        return digits.parse().ok().map(|min| Breach::TooShort { min });
    }
    if diagnostic.contains("complexity criteria") {
        return Some(Breach::Complexity);
    }
    diagnostic.contains("in history").then_some(Breach::InHistory { remembered: None })
}

/// The broken rule, where the directory does not tell it (Windows): what can be computed is ruled
/// out first, and then only the history is left, if the server was held to it.
pub(super) fn deduced(account: &Account, policy: Policy, password: &Password) -> Breach {
    let Some(min_score) = Score::new(0) else { return Breach::DirectoryRefused };
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
    let computed = rules.judge(password, &personal, None).into_iter().next();
    computed.unwrap_or(match policy.history {
        Some(remembered) => Breach::InHistory { remembered: Some(remembered) },
        None => Breach::DirectoryRefused,
    })
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
        assert_eq!(told(SHORT), Some(Breach::TooShort { min: 16 }));
        assert_eq!(told("0000052D: … does not meet the complexity criteria!"), Some(Breach::Complexity));
        assert_eq!(
            told("0000052D: … was already used (in history)!"),
            Some(Breach::InHistory { remembered: None })
        );
        assert_eq!(told("0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0"), None);
    }

    #[test]
    fn only_an_answer_about_the_password_blames_the_password() {
        assert!(is_about_the_password(19, SHORT));
        assert!(is_about_the_password(53, "0000052D: SvcErr: DSID-031A12D2, problem 5003"));
        assert!(!is_about_the_password(53, "0000001F: SvcErr: DSID-031A12D2, problem 5003"));
        assert!(!is_about_the_password(50, "00002098: insufficient access rights"));
    }

    #[test]
    fn the_reason_of_a_refused_bind_is_its_data() {
        let words = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1";
        assert_eq!(bind_reason(words), Some("52e"));
        assert_eq!(bind_reason("Simple Bind Failed: NT_STATUS_LOGON_FAILURE"), None);
    }
}
