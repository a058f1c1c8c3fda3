//! Explains a refusal of a session with a start code, where it differs from a reset.

use super::{Explanation, explain};
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::i18n::{ActivationMessages, Messages};

/// The explanation of a refusal.
pub(crate) fn explain_new_app(
    refusal: &Refusal,
    (messages, texts): (&Messages, &ActivationMessages),
    desk: &ServiceDesk,
) -> Explanation {
    let explanation = explain(refusal, messages, desk);
    match refusal {
        Refusal::Invalid { field: Some(field), reason } if field == "code" => {
            let sentence = if *reason == Reason::Empty {
                texts.start_code_empty
            } else if matches!(reason, Reason::Length | Reason::TooLong) {
                texts.start_code_length
            } else {
                texts.start_code_letters
            };
            Explanation::new(messages.input_error).todo(messages.input_error_todo).at_field("code", sentence)
        }
        Refusal::Invalid { field: Some(field), .. } if field == "app" => {
            Explanation::new(texts.new_app_refused)
                .why(texts.new_app_refused_why)
                .todo(texts.new_app_refused_todo)
                .call("", messages, desk)
        }
        Refusal::NotVerified { attempts_left: 1.., .. } => with_start_code(explanation, messages, texts),
        Refusal::OutcomeUnknown { reference } => Explanation::new(messages.outcome_unknown)
            .why(texts.new_app_unknown)
            .todo(texts.new_app_unknown_todo)
            .call(reference, messages, desk),
        Refusal::Invalid { .. }
        | Refusal::NotVerified { .. }
        | Refusal::WeakPassword { .. }
        | Refusal::TooMany { .. }
        | Refusal::StartAgain
        | Refusal::InProgress
        | Refusal::Unavailable { .. }
        | Refusal::CrossOrigin
        | Refusal::Fault { .. }
        | Refusal::NoConnection => explanation,
    }
}

/// Replaces the causes of a reset: the start code was sent to no number.
fn with_start_code(
    mut explanation: Explanation,
    messages: &Messages,
    texts: &ActivationMessages,
) -> Explanation {
    explanation.why = vec![texts.start_code_wrong.to_owned()];
    explanation.list = [messages.not_verified_birthdate, texts.start_code_cause].map(str::to_owned).into();
    explanation
}

#[cfg(test)]
mod tests {
    use super::super::tests::{desk, every_refusal};
    use super::*;
    use crate::i18n::Language;

    fn explained(refusal: &Refusal, language: Language) -> Explanation {
        explain_new_app(refusal, (language.messages(), language.activation()), &desk())
    }

    #[test]
    fn every_refusal_explains_what_to_do_and_never_mentions_a_new_password() {
        for refusal in every_refusal() {
            if matches!(refusal, Refusal::WeakPassword { .. }) {
                continue;
            }
            let explanation = explained(&refusal, Language::Nl);
            assert!(!explanation.todo.is_empty() || !explanation.why.is_empty(), "{refusal:?}");
            let text = [explanation.why.join(" "), explanation.todo.join(" ")].concat();
            assert!(!text.contains("wachtwoord"), "{text}");
        }
    }

    #[test]
    fn invalid_start_code_is_explained_at_its_field() {
        for (reason, text) in [
            (Reason::Empty, "Vul de startcode in."),
            (Reason::Length, "acht tekens"),
            (Reason::TooLong, "acht tekens"),
            (Reason::Characters, "Kijk of elk teken klopt."),
        ] {
            let (field, sentence) = explained(&Refusal::invalid("code", reason), Language::Nl).field.unwrap();
            assert_eq!(field, "code");
            assert!(sentence.contains(text), "{sentence}");
        }
        let birthdate = Refusal::invalid("birthdate", Reason::Future);
        assert_eq!(
            explained(&birthdate, Language::Nl),
            explain(&birthdate, Language::Nl.messages(), &desk())
        );
    }

    #[test]
    fn wrong_start_code_names_birthdate_and_start_code_but_no_mobile_number() {
        for language in Language::ALL.iter().copied() {
            let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 2 };
            let explanation = explained(&refusal, language);
            assert_eq!(explanation.why, [language.activation().start_code_wrong]);
            assert_eq!(
                explanation.list,
                [language.messages().not_verified_birthdate, language.activation().start_code_cause]
            );
            let before_code = explained(&refusal, language)
                .without_code(language.activation().start_code_cause, language.messages());
            assert_eq!(before_code.list, [language.messages().not_verified_birthdate]);
        }
    }

    #[test]
    fn refused_activation_refers_to_the_service_desk() {
        for language in Language::ALL.iter().copied() {
            let explanation = explained(&Refusal::invalid("app", Reason::NotOffered), language);
            assert_eq!(explanation.title, language.activation().new_app_refused);
            assert!(explanation.call.is_some_and(|call| call.contains("0485 – 845 900")));
            assert_eq!(explanation.field, None);
        }
    }
}
