//! Explains a refusal of the enrollment. Refusals with the same meaning as in the wizard have the same explanation.

use super::{Explanation, explain};
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::i18n::{EnrollmentMessages, Messages};

/// The kind of request that was refused: the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusalContext {
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
    /// A sign-in was not sent in time because the connection was lost; the user may have left meanwhile.
    pub(crate) fn stale_sign_in(messages: &Messages, texts: &EnrollmentMessages, desk: &ServiceDesk) -> Self {
        Self::new(messages.online).todo(texts.session_over_todo).call("", messages, desk)
    }
}

/// The explanation of a refusal.
pub(crate) fn explain_enrollment(
    refusal: &Refusal,
    context: RefusalContext,
    (messages, texts): (&Messages, &EnrollmentMessages),
    desk: &ServiceDesk,
) -> Explanation {
    match refusal {
        Refusal::Invalid { field: Some(field), reason } => {
            let mut explanation = match field_message(field, *reason, texts) {
                Some(sentence) => Explanation::new(messages.input_error)
                    .todo(messages.input_error_todo)
                    .at_field(field, sentence),
                None => explain(refusal, messages, desk),
            };
            if explanation.field.is_some() && context == RefusalContext::Value {
                explanation.todo = vec![texts.save_error_todo.to_owned()];
            }
            explanation
        }
        Refusal::NotVerified { reference, attempts_left } => {
            not_verified(context, *attempts_left, messages, texts).call(reference, messages, desk)
        }
        Refusal::StartAgain => Explanation::new(texts.session_over)
            .why(texts.session_over_why)
            .todo(texts.session_over_todo)
            .call("", messages, desk),
        Refusal::OutcomeUnknown { reference } => Explanation::new(messages.outcome_unknown)
            .why(texts.unknown_why)
            .todo(texts.unknown_todo)
            .call(reference, messages, desk),
        Refusal::Invalid { field: None, .. }
        | Refusal::WeakPassword { .. }
        | Refusal::TooMany { .. }
        | Refusal::InProgress
        | Refusal::Unavailable { .. }
        | Refusal::CrossOrigin
        | Refusal::Fault { .. }
        | Refusal::NoConnection => explain(refusal, messages, desk),
    }
}

fn not_verified(
    context: RefusalContext,
    left: u32,
    messages: &Messages,
    texts: &EnrollmentMessages,
) -> Explanation {
    let (title, again, over) = match context {
        RefusalContext::SignIn | RefusalContext::Value | RefusalContext::Other => {
            return Explanation::new(texts.sign_in_wrong).todo(texts.sign_in_again).todo(texts.sign_in_wait);
        }
        RefusalContext::Code => (texts.code_wrong, texts.code_again, texts.code_over),
        RefusalContext::Confirmation => (texts.code_wrong, texts.confirm_again, texts.confirm_over),
    };
    match left {
        0 => Explanation::new(title).todo(over),
        1 => Explanation::new(title).todo(again).todo(messages.not_verified_last),
        n => Explanation::new(title).todo(again).todo(messages.not_verified_left.fill([&n.to_string()])),
    }
}

/// The message at a field, where it differs from the wizard's.
fn field_message(field: &str, reason: Reason, texts: &EnrollmentMessages) -> Option<&'static str> {
    match (field, reason) {
        ("password", Reason::Empty) => Some(texts.current_empty),
        ("mobile", Reason::Empty) => Some(texts.mobile_empty),
        ("mobile", Reason::OtherCountry) => Some(texts.mobile_country),
        ("mobile", Reason::NotMobile | Reason::TooLong | Reason::Characters | Reason::Length) => {
            Some(texts.mobile_wrong)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::desk;
    use super::*;
    use crate::i18n::Language;

    fn explain_in_dutch(refusal: &Refusal, context: RefusalContext) -> Explanation {
        explain_enrollment(refusal, context, (Language::Nl.messages(), Language::Nl.enrollment()), &desk())
    }

    #[test]
    fn wrong_password_and_wrong_user_name_have_the_same_explanation() {
        let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 0 };
        let explanation = explain_in_dutch(&refusal, RefusalContext::SignIn);
        assert_eq!(explanation.title, "Gebruikersnaam of wachtwoord klopt niet");
        assert_eq!(explanation.field, None);
        assert!(explanation.todo.iter().any(|todo| todo.contains("meestal een half uur")));
        assert!(explanation.call.unwrap().contains("K7Q2-9F4M"));
    }

    #[test]
    fn invalid_mobile_number_is_explained_at_its_field() {
        for reason in [Reason::Empty, Reason::TooLong, Reason::NotMobile, Reason::OtherCountry] {
            let explanation = explain_in_dutch(&Refusal::invalid("mobile", reason), RefusalContext::Value);
            assert_eq!(explanation.field.unwrap().0, "mobile", "{reason:?}");
            assert_eq!(explanation.todo, ["Verbeter dit en kies daarna weer Opslaan."]);
        }
    }

    #[test]
    fn wrong_code_shows_the_remaining_attempts() {
        let refusal = |attempts_left| Refusal::NotVerified { reference: String::new(), attempts_left };
        assert!(
            explain_in_dutch(&refusal(2), RefusalContext::Code).todo.iter().any(|s| s.contains("nog 2 keer"))
        );
        assert!(
            explain_in_dutch(&refusal(1), RefusalContext::Confirmation)
                .todo
                .iter()
                .any(|s| s.contains("nog één keer"))
        );
        assert!(
            explain_in_dutch(&refusal(0), RefusalContext::Confirmation)
                .todo
                .iter()
                .any(|s| s.contains("Log opnieuw in en vul je nummer"))
        );
    }

    #[test]
    fn ended_session_asks_to_sign_in_again() {
        let explanation = explain_in_dutch(&Refusal::StartAgain, RefusalContext::Other);
        assert_eq!(explanation.title, "Log opnieuw in");
        assert!(explanation.call.is_some_and(|call| call.contains("0485 – 845 900")));
    }
}
