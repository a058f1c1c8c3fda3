//! What other systems answered, as a closed set of values and a short code. Their texts are not recorded: they may
//! contain names.

use app::policy::Violation;
use serde::{Deserialize, Serialize};

/// Longest code.
const MAX_CODE: usize = 40;

/// Why the code provider did not confirm a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderDetail {
    /// The provider gave no reason, or was not called.
    #[default]
    #[serde(rename = "")]
    None,
    /// It does not offer this method as first factor, or the user does not have it.
    WayNotOffered,
    /// It completed the authentication without a code.
    CompletedWithoutCode,
    /// The user is locked.
    Locked,
    /// No decoy is configured.
    NoDecoy,
    /// The code was accepted, and another factor is required.
    NotCompleted,
    /// It answered about another user.
    OtherUser,
    /// Another reason, which the code states. Entries of version 1 may have any text here.
    #[serde(other)]
    Other,
}

/// How the directory refused a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalDiagnostic {
    /// Fewer characters than the minimum.
    TooShort,
    /// More characters than the maximum.
    TooLong,
    /// Too few kinds of characters.
    Complexity,
    /// It contains a name of the account owner.
    ContainsName,
    /// It contains a banned word.
    BannedWord,
    /// It contains an invisible character.
    Invisible,
    /// It is easy to guess.
    TooGuessable,
    /// It is in a list of leaked passwords.
    Breached,
    /// It was used before.
    InHistory,
    /// The previous change was too recent.
    TooRecent,
    /// Another reason, or none. Entries of version 1 may have any text here.
    #[serde(other)]
    DirectoryRefused,
}

/// An error code of another system: at most 40 ASCII letters, digits, `_`, `-` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(String);

impl ErrorCode {
    /// The code; other characters become `_`, and what is too long is cut. `None` if it is empty.
    pub fn restricted(text: &str) -> Option<Self> {
        let is_allowed = |character: &char| character.is_ascii_alphanumeric() || "_-.".contains(*character);
        let code: String = text
            .chars()
            .take(MAX_CODE)
            .map(|character| if is_allowed(&character) { character } else { '_' })
            .collect();
        (!code.is_empty()).then_some(Self(code))
    }

    /// The code at the start of a diagnostic message of a directory server, e.g. `0000052D` (AD). `None` if the message
    /// starts with other text.
    pub fn of_diagnostic(diagnostic: &str) -> Option<Self> {
        let code = diagnostic.split(':').next().unwrap_or_default();
        let is_code = code.len() == 8 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_code.then(|| Self(code.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl ProviderDetail {
    /// The value for the code of a provider, and the code itself if no value stands for it.
    pub(super) fn of_code(code: &str) -> (Self, Option<ErrorCode>) {
        let known = serde_json::from_value(serde_json::Value::String(code.to_owned())).unwrap_or(Self::Other);
        (known, if known == Self::Other { ErrorCode::restricted(code) } else { None })
    }
}

impl From<&Violation> for RefusalDiagnostic {
    fn from(violation: &Violation) -> Self {
        match violation {
            Violation::TooShort { .. } => Self::TooShort,
            Violation::TooLong { .. } => Self::TooLong,
            Violation::Complexity => Self::Complexity,
            Violation::ContainsName => Self::ContainsName,
            Violation::BannedWord { .. } => Self::BannedWord,
            Violation::Invisible => Self::Invisible,
            Violation::TooGuessable { .. } => Self::TooGuessable,
            Violation::Breached => Self::Breached,
            Violation::InHistory { .. } => Self::InHistory,
            Violation::TooRecent { .. } => Self::TooRecent,
            Violation::DirectoryRefused => Self::DirectoryRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Event, NotVerifiedReason, SignInPage};
    use super::*;

    #[test]
    fn known_code_of_the_provider_is_a_value_and_another_one_is_restricted() {
        let json =
            |code| serde_json::to_string(&Event::not_verified(NotVerifiedReason::WrongCode, code)).unwrap();
        let start = r#"{"event":"not_verified","reason":"wrong_code","detail":"#;
        assert_eq!(json(""), format!("{start}\"\"}}"));
        assert_eq!(json("locked"), format!("{start}\"locked\"}}"));
        assert_eq!(json("user_locked"), format!("{start}\"other\",\"code\":\"user_locked\"}}"));
        let text = "Anna Janssen (CN=Anna,OU=x) is \"locked\"\n and more than forty characters";
        let expected = "Anna_Janssen__CN_Anna_OU_x__is__locked__";
        assert_eq!(json(text), format!("{start}\"other\",\"code\":\"{expected}\"}}"));
    }

    #[test]
    fn refused_sign_in_names_its_page_and_a_refused_reset_does_not() {
        let reason = NotVerifiedReason::NotSignedIn;
        for (page, name) in
            [(SignInPage::Registration, "registration"), (SignInPage::ServiceDesk, "service_desk")]
        {
            let event = Event::sign_in_not_verified(page, reason, "");
            let json =
                format!(r#"{{"event":"not_verified","reason":"not_signed_in","detail":"","page":"{name}"}}"#);
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
            assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
        }
    }

    #[test]
    fn refusal_of_the_directory_is_a_value_and_the_code_of_windows() {
        let json =
            |diagnostic| serde_json::to_string(&Event::refused(&Violation::Complexity, diagnostic)).unwrap();
        let start = r#"{"event":"refused","diagnostic":"complexity""#;
        let windows = "0000052D: Constraint violation - check_password_restrictions: CN=Anna Janssen,DC=x";
        assert_eq!(json(windows), format!("{start},\"code\":\"0000052D\"}}"));
        assert_eq!(json("Password of Anna: fails quality checking policy"), format!("{start}}}"));
    }

    #[test]
    fn entries_with_free_text_of_version_1_are_readable() {
        for (text, expected) in [
            (
                r#"{"event":"not_verified","reason":"wrong_code","detail":"invalid_user_response"}"#,
                Event::NotVerified {
                    reason: NotVerifiedReason::WrongCode,
                    detail: ProviderDetail::Other,
                    code: None,
                    page: None,
                },
            ),
            (
                r#"{"event":"refused","diagnostic":"0000052D: SvcErr: DSID"}"#,
                Event::Refused { diagnostic: RefusalDiagnostic::DirectoryRefused, code: None },
            ),
        ] {
            assert_eq!(serde_json::from_str::<Event>(text).unwrap(), expected);
        }
    }
}
