//! A refusal of the registration in words. What means the same as in the wizard is said as there.

use super::{Explanation, explain};
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::i18n::{EnrollmentMessages, Messages};

/// What was asked when the refusal came: one refusal means another thing on another screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// User name and password.
    SignIn,
    /// The code from the app.
    Code,
    /// A birthdate or a number.
    Value,
    /// The code that was sent to the new number.
    Confirmation,
    /// Anything else on the overview.
    Other,
}

impl Explanation {
    /// The connection was away while somebody signed in; whoever did may be gone.
    pub(crate) fn sign_in_waited(words: &Messages, own: &EnrollmentMessages, desk: &ServiceDesk) -> Self {
        Self::new(words.online).todo(own.session_over_todo).call("", words, desk)
    }
}

/// The words for a refusal.
pub(crate) fn explain_enrollment(
    refusal: &Refusal,
    asked: Asked,
    (words, own): (&Messages, &EnrollmentMessages),
    desk: &ServiceDesk,
) -> Explanation {
    match refusal {
        Refusal::Invalid { field: Some(field), reason } => {
            let mut said = match at_field(field, *reason, own) {
                Some(sentence) => Explanation::new(words.mend).todo(words.mend_todo).at(field, sentence),
                None => explain(refusal, words, desk),
            };
            if said.field.is_some() && asked == Asked::Value {
                said.todo = vec![own.mend_save.to_owned()];
            }
            said
        }
        Refusal::NotVerified { reference, attempts_left } => {
            not_verified(asked, *attempts_left, words, own).call(reference, words, desk)
        }
        Refusal::StartAgain => Explanation::new(own.session_over)
            .why(own.session_over_why)
            .todo(own.session_over_todo)
            .call("", words, desk),
        Refusal::OutcomeUnknown { reference } => Explanation::new(words.outcome_unknown)
            .why(own.unknown_why)
            .todo(own.unknown_todo)
            .call(reference, words, desk),
        Refusal::Invalid { field: None, .. }
        | Refusal::WeakPassword { .. }
        | Refusal::TooMany { .. }
        | Refusal::InProgress
        | Refusal::Unavailable { .. }
        | Refusal::CrossOrigin
        | Refusal::Fault { .. }
        | Refusal::NoConnection => explain(refusal, words, desk),
    }
}

fn not_verified(asked: Asked, left: u32, words: &Messages, own: &EnrollmentMessages) -> Explanation {
    let (title, again, over) = match asked {
        Asked::SignIn | Asked::Value | Asked::Other => {
            return Explanation::new(own.sign_in_wrong).todo(own.sign_in_again);
        }
        Asked::Code => (own.code_wrong, own.code_again, own.code_over),
        Asked::Confirmation => (own.code_wrong, own.confirm_again, own.confirm_over),
    };
    match left {
        0 => Explanation::new(title).todo(over),
        1 => Explanation::new(title).todo(again).todo(words.not_verified_last),
        n => Explanation::new(title).todo(again).todo(words.not_verified_left.fill([&n.to_string()])),
    }
}

/// What stands at a field where the wizard's words would not fit.
fn at_field(field: &str, reason: Reason, own: &EnrollmentMessages) -> Option<&'static str> {
    match (field, reason) {
        ("password", Reason::Empty) => Some(own.current_empty),
        ("mobile", Reason::Empty) => Some(own.mobile_empty),
        ("mobile", Reason::OtherCountry) => Some(own.mobile_country),
        ("mobile", Reason::NotMobile | Reason::TooLong | Reason::Characters | Reason::Length) => {
            Some(own.mobile_wrong)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::desk;
    use super::*;
    use crate::i18n::Language;

    fn said(refusal: &Refusal, asked: Asked) -> Explanation {
        explain_enrollment(refusal, asked, (Language::Nl.words(), Language::Nl.enrollment()), &desk())
    }

    #[test]
    fn a_wrong_password_is_never_told_from_a_wrong_name() {
        let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 0 };
        let said = said(&refusal, Asked::SignIn);
        assert_eq!(said.title, "Gebruikersnaam of wachtwoord klopt niet");
        assert_eq!(said.field, None);
        assert!(said.call.unwrap().contains("K7Q2-9F4M"));
    }

    #[test]
    fn a_number_that_cannot_be_is_mended_at_its_field() {
        for reason in [Reason::Empty, Reason::TooLong, Reason::NotMobile, Reason::OtherCountry] {
            let said = said(&Refusal::invalid("mobile", reason), Asked::Value);
            assert_eq!(said.field.unwrap().0, "mobile", "{reason:?}");
            assert_eq!(said.todo, ["Verbeter dit en kies daarna weer Opslaan."]);
        }
    }

    #[test]
    fn how_often_somebody_can_try_again_is_said_where_a_code_was_wrong() {
        let refusal = |attempts_left| Refusal::NotVerified { reference: String::new(), attempts_left };
        assert!(said(&refusal(2), Asked::Code).todo.iter().any(|s| s.contains("nog 2 keer")));
        assert!(said(&refusal(1), Asked::Confirmation).todo.iter().any(|s| s.contains("nog één keer")));
        assert!(
            said(&refusal(0), Asked::Confirmation)
                .todo
                .iter()
                .any(|s| s.contains("Log opnieuw in en vul je nummer"))
        );
    }

    #[test]
    fn an_ended_session_asks_to_sign_in_again() {
        let said = said(&Refusal::StartAgain, Asked::Other);
        assert_eq!(said.title, "Log opnieuw in");
        assert!(said.call.is_some_and(|call| call.contains("0485 – 845 900")));
    }
}
