//! What slapd's answer means, with what the password policy adds to it. Not the sending.

use super::super::pool::is_elsewhere;
use super::context::Rules;
use super::generalized_time;
use crate::ports::directory::Account;
use app::policy::Violation;
use jiff::{SignedDuration, Timestamp};
use ldap3::LdapResult;
use ldap3::asn1::{PL, TagClass, parse_tag};
use ldap3::controls::{Control, RawControl};

/// Asks for the reason, and carries it (draft-behera-ldap-password-policy, 6).
pub(super) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
const CONSTRAINT_VIOLATION: u32 = 19;
const NO_SUCH_OBJECT: u32 = 32;
const INSUFFICIENT_ACCESS: u32 = 50;

/// The control that asks for the reason.
pub(super) fn why() -> RawControl {
    RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None }
}

/// What the password policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Expired,
    Locked,
    MustChange,
    NotAllowed,
    MustSupplyOld,
    Quality,
    TooShort,
    TooYoung,
    InHistory,
    TooLong,
    /// A number that the draft does not have.
    Else,
}

/// The reason, where one came along.
pub(super) fn told(result: &LdapResult) -> Option<Told> {
    let mut controls = result.ctrls.iter();
    let Control(_, control) = controls.find(|Control(_, raw)| raw.ctype == PASSWORD_POLICY)?;
    error(control.val.as_deref()?)
}

/// `SEQUENCE { [0] warning OPTIONAL, [1] error ENUMERATED OPTIONAL }`; read here since a malformed one is to be
/// no panic.
fn error(value: &[u8]) -> Option<Told> {
    let (_, tag) = parse_tag(value).ok()?;
    let PL::C(parts) = tag.payload else { return None };
    let error = parts.into_iter().find(|part| part.class == TagClass::Context && part.id == 1)?;
    let PL::P(number) = error.payload else { return None };
    Some(match number.as_slice() {
        [0] => Told::Expired,
        [1] => Told::Locked,
        [2] => Told::MustChange,
        [3] => Told::NotAllowed,
        [4] => Told::MustSupplyOld,
        [5] => Told::Quality,
        [6] => Told::TooShort,
        [7] => Told::TooYoung,
        [8] => Told::InHistory,
        [9] => Told::TooLong,
        _ => Told::Else,
    })
}

/// What a refused write means; closed, so that each has its consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Diagnosis {
    /// It is about this password, so that another one may do.
    Password(Violation),
    /// It is for the operator; what can be done about it.
    Operator(&'static str),
}

impl Diagnosis {
    /// What the policy says counts before the code: slapd answers a missing old password with 50, too.
    pub(super) fn of(result: &LdapResult, rules: &Rules, account: &Account, now: Timestamp) -> Self {
        match told(result) {
            Some(Told::TooShort) => Self::Password(Violation::TooShort { min: rules.min_length }),
            Some(Told::TooLong) => Self::Password(
                rules.max_length.map_or(Violation::DirectoryRefused, |max| Violation::TooLong { max }),
            ),
            Some(Told::InHistory) => {
                let remembered = (rules.history > 0).then_some(rules.history);
                Self::Password(Violation::InHistory { remembered })
            }
            Some(Told::TooYoung) => Self::Password(too_recent(account, rules, now)),
            // A module of the organisation's own, whose reason is in the diagnostic at best.
            Some(Told::Quality) => Self::Password(Violation::DirectoryRefused),
            Some(Told::MustSupplyOld) => {
                Self::Operator("pwdSafeModify asks for the old password: set it to FALSE in the policy")
            }
            Some(Told::NotAllowed) => Self::Operator("pwdAllowUserChange forbids it in the policy"),
            Some(Told::MustChange | Told::Expired | Told::Locked) => {
                Self::Operator("the service account's own password has to be changed first")
            }
            Some(Told::Else) | None => Self::by_code(result.rc),
        }
    }

    fn by_code(code: u32) -> Self {
        match code {
            CONSTRAINT_VIOLATION => Self::Password(Violation::DirectoryRefused),
            code => Self::Operator(advice(code)),
        }
    }
}

/// What an operator can do about a code.
pub(super) fn advice(code: u32) -> &'static str {
    match code {
        NO_SUCH_OBJECT => "the account was deleted or moved away since it was looked up",
        INSUFFICIENT_ACCESS => "the service account may not: `check` shows which right it lacks",
        code if is_elsewhere(code) => "another server may do it",
        _ => "nothing was written",
    }
}

fn too_recent(account: &Account, rules: &Rules, now: Timestamp) -> Violation {
    let left = generalized_time::of_filetime(account.password_last_set).and_then(|set| {
        let until = set.checked_add(SignedDuration::try_from(rules.min_age).ok()?).ok()?;
        Some(until.duration_since(now))
    });
    // Clocks may differ: what is over by ours is not by the server's.
    let hours = left.map_or(1, |left| left.as_secs().max(0) / 3600 + 1);
    Violation::TooRecent { hours: u16::try_from(hours).unwrap_or(u16::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_read_and_a_malformed_one_is_no_panic() {
        assert_eq!(error(&[0x30, 3, 0x81, 1, 6]), Some(Told::TooShort));
        // With a warning before it: 100 s until it expires.
        assert_eq!(error(&[0x30, 8, 0xa0, 3, 0x80, 1, 100, 0x81, 1, 8]), Some(Told::InHistory));
        assert_eq!(error(&[0x30, 3, 0x81, 1, 77]), Some(Told::Else));
        for nothing in [&[][..], &[0x30, 0], &[0x30, 9, 0x81], &[4, 1, 1], &[0x30, 5, 0xa0, 3, 0x80, 1, 100]]
        {
            assert_eq!(error(nothing), None, "{nothing:?}");
        }
    }
}
