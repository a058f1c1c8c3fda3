//! Maps the responses of slapd, including the password policy control, to their meaning.

use super::super::result_code::{
    CONSTRAINT_VIOLATION, INSUFFICIENT_ACCESS, NO_SUCH_OBJECT, retry_on_other_server,
};
use super::context::PolicyRules;
use super::slapd_info::PASSWORD_POLICY_CONTROL;
use crate::ports::directory::Account;
use app::policy::Violation;
use jiff::{SignedDuration, Timestamp};
use ldap3::LdapResult;
use ldap3::asn1::{PL, TagClass, parse_tag};
use ldap3::controls::{Control, RawControl};

/// Request control that asks for the password policy error.
pub(super) fn policy_control() -> RawControl {
    RawControl { ctype: PASSWORD_POLICY_CONTROL.to_owned(), crit: false, val: None }
}

/// The error in a password policy response control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PolicyError {
    Expired,
    AccountLocked,
    MustChange,
    NotAllowed,
    MustSupplyOld,
    Quality,
    TooShort,
    TooYoung,
    InHistory,
    TooLong,
    /// A number that the draft does not define.
    Unknown,
}

/// Returns the password policy error, if the response contains one.
pub(super) fn policy_error(result: &LdapResult) -> Option<PolicyError> {
    let mut controls = result.ctrls.iter();
    let Control(_, control) = controls.find(|Control(_, raw)| raw.ctype == PASSWORD_POLICY_CONTROL)?;
    parse_policy_error(control.val.as_deref()?)
}

/// Parses `SEQUENCE { [0] warning OPTIONAL, [1] error ENUMERATED OPTIONAL }`. Not left to `ldap3`, so that a
/// malformed value does not panic.
fn parse_policy_error(value: &[u8]) -> Option<PolicyError> {
    let (_, tag) = parse_tag(value).ok()?;
    let PL::C(parts) = tag.payload else { return None };
    let error = parts.into_iter().find(|part| part.class == TagClass::Context && part.id == 1)?;
    let PL::P(number) = error.payload else { return None };
    Some(match number.as_slice() {
        [0] => PolicyError::Expired,
        [1] => PolicyError::AccountLocked,
        [2] => PolicyError::MustChange,
        [3] => PolicyError::NotAllowed,
        [4] => PolicyError::MustSupplyOld,
        [5] => PolicyError::Quality,
        [6] => PolicyError::TooShort,
        [7] => PolicyError::TooYoung,
        [8] => PolicyError::InHistory,
        [9] => PolicyError::TooLong,
        _ => PolicyError::Unknown,
    })
}

/// Cause of a refused write; a closed set, so that each cause is handled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnosis {
    /// The password was refused; another one may be accepted.
    Password(Violation),
    /// A matter for the operator, with advice.
    Operator(&'static str),
}

impl Diagnosis {
    /// The password policy error takes precedence over the result code: slapd answers a missing old password with 50,
    /// too.
    pub(super) fn from_result(
        result: &LdapResult,
        rules: &PolicyRules,
        account: &Account,
        now: Timestamp,
    ) -> Self {
        match policy_error(result) {
            Some(PolicyError::TooShort) => Self::Password(Violation::TooShort { min: rules.min_length }),
            Some(PolicyError::TooLong) => Self::Password(
                rules.max_length.map_or(Violation::DirectoryRefused, |max| Violation::TooLong { max }),
            ),
            Some(PolicyError::InHistory) => {
                let remembered = (rules.history > 0).then_some(rules.history);
                Self::Password(Violation::InHistory { remembered })
            }
            Some(PolicyError::TooYoung) => Self::Password(too_recent(account, rules, now)),
            // A password checking module of the organisation; its reason is at best in the diagnostic.
            Some(PolicyError::Quality) => Self::Password(Violation::DirectoryRefused),
            Some(PolicyError::MustSupplyOld) => {
                Self::Operator("pwdSafeModify asks for the old password: set it to FALSE in the policy")
            }
            Some(PolicyError::NotAllowed) => Self::Operator("pwdAllowUserChange forbids it in the policy"),
            Some(PolicyError::MustChange | PolicyError::Expired | PolicyError::AccountLocked) => {
                Self::Operator("the service account's own password has to be changed first")
            }
            Some(PolicyError::Unknown) | None => Self::by_code(result.rc),
        }
    }

    fn by_code(code: u32) -> Self {
        match code {
            CONSTRAINT_VIOLATION => Self::Password(Violation::DirectoryRefused),
            code => Self::Operator(advice(code)),
        }
    }
}

/// Advice for the operator about a result code.
pub(super) fn advice(code: u32) -> &'static str {
    match code {
        NO_SUCH_OBJECT => "the account was deleted or moved since it was looked up",
        INSUFFICIENT_ACCESS => "the service account may not: `check` shows which right it lacks",
        code if retry_on_other_server(code) => "another server may do it",
        _ => "nothing was written",
    }
}

fn too_recent(account: &Account, rules: &PolicyRules, now: Timestamp) -> Violation {
    let remaining = account.password_set_at().and_then(|set_at| {
        let until = set_at.checked_add(SignedDuration::try_from(rules.min_age).ok()?).ok()?;
        Some(until.duration_since(now))
    });
    // Clocks may differ: the period may be over by our clock and not by the server's.
    let hours = remaining.map_or(1, |remaining| remaining.as_secs().max(0) / 3600 + 1);
    Violation::TooRecent { hours: u16::try_from(hours).unwrap_or(u16::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policy_error_is_parsed_and_a_malformed_one_does_not_panic() {
        assert_eq!(parse_policy_error(&[0x30, 3, 0x81, 1, 6]), Some(PolicyError::TooShort));
        // With a warning before it: 100 s until expiry.
        assert_eq!(
            parse_policy_error(&[0x30, 8, 0xa0, 3, 0x80, 1, 100, 0x81, 1, 8]),
            Some(PolicyError::InHistory)
        );
        assert_eq!(parse_policy_error(&[0x30, 3, 0x81, 1, 77]), Some(PolicyError::Unknown));
        for malformed in
            [&[][..], &[0x30, 0], &[0x30, 9, 0x81], &[4, 1, 1], &[0x30, 5, 0xa0, 3, 0x80, 1, 100]]
        {
            assert_eq!(parse_policy_error(malformed), None, "{malformed:?}");
        }
    }
}
