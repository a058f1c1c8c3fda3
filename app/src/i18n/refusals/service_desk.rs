//! Explains a refusal on the service desk page. The reader is the service desk, so no explanation says to call it.

use super::{Explanation, explain};
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::i18n::{Messages, ServiceDeskMessages};

/// Whose proof was refused: the meaning of «not verified» depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    /// The agent's user name, password and code.
    Agent,
    /// The caller's call code.
    Caller,
}

impl Explanation {
    /// The connection was restored, but the request was not sent: the caller may have gone meanwhile.
    pub(crate) fn desk_request_not_sent(messages: &Messages, texts: &ServiceDeskMessages) -> Self {
        Self::new(messages.online).todo(texts.again)
    }

    /// Replaces the contact details of the service desk by whom the service desk itself turns to.
    pub(crate) fn for_service_desk(mut self, texts: &ServiceDeskMessages) -> Self {
        self.call = (!self.reference.is_empty()).then(|| texts.tell_operator.fill([&self.reference]));
        self
    }
}

/// The explanation of a refusal.
pub(crate) fn explain_service_desk(
    refusal: &Refusal,
    proof: Proof,
    (messages, texts): (&Messages, &ServiceDeskMessages),
    desk: &ServiceDesk,
) -> Explanation {
    let explanation = match refusal {
        Refusal::Invalid { field: Some(field), reason: Reason::NotOffered } if field == "username" => {
            Explanation::new(texts.start_refused)
                .todo(texts.start_refused_todo)
                .at_field(field, texts.start_refused)
        }
        Refusal::Invalid { field: Some(field), .. } if field == "request" => {
            Explanation::new(texts.start_gone).why(texts.start_gone_why).todo(texts.start_gone_todo)
        }
        // The user name of an employee, in the form for a start code.
        Refusal::Invalid { field: Some(field), reason }
            if field == "username"
                && proof == Proof::Caller
                && explain(refusal, messages, desk).field.is_some() =>
        {
            let sentence = if *reason == Reason::Empty { texts.employee_empty } else { texts.employee_wrong };
            Explanation::new(messages.input_error).todo(texts.correct).at_field(field, sentence)
        }
        Refusal::Invalid { field: Some(field), reason } => match field_message(field, *reason, texts) {
            Some(sentence) => {
                Explanation::new(messages.input_error).todo(texts.correct).at_field(field, sentence)
            }
            None => explain(refusal, messages, desk),
        },
        // Exactly this: whatever else it said could be read out to the caller.
        Refusal::NotVerified { .. } if proof == Proof::Caller => {
            return Explanation::new(texts.not_verified).todo(texts.not_verified_todo);
        }
        Refusal::NotVerified { reference, attempts_left } => {
            let again = if *attempts_left == 0 { texts.sign_in_again } else { texts.code_again };
            Explanation::new(texts.sign_in_wrong)
                .why(texts.sign_in_why)
                .todo(again)
                .call(reference, messages, desk)
        }
        Refusal::StartAgain => {
            Explanation::new(texts.session_over).why(texts.session_over_why).todo(texts.session_over_todo)
        }
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
    };
    explanation.for_service_desk(texts)
}

/// The message at a field, where it differs from the wizard's.
fn field_message(field: &str, reason: Reason, texts: &ServiceDeskMessages) -> Option<&'static str> {
    match (field, reason) {
        ("password", Reason::Empty) => Some(texts.password_empty),
        ("call_code", Reason::Empty) => Some(texts.call_code_empty),
        ("reference", Reason::Empty) => Some(texts.reference_empty),
        ("call_code", Reason::Length | Reason::TooLong) => Some(texts.call_code_length),
        ("reference", Reason::Length | Reason::TooLong) => Some(texts.reference_length),
        ("call_code" | "reference", _) => Some(texts.letters),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{desk, every_refusal};
    use super::*;
    use crate::i18n::Language;

    fn explained(refusal: &Refusal, proof: Proof, language: Language) -> Explanation {
        explain_service_desk(refusal, proof, (language.messages(), language.service_desk()), &desk())
    }

    #[test]
    fn refused_call_code_is_not_proved_and_nothing_more() {
        for attempts_left in [0, 1, 5] {
            let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
            let explanation = explained(&refusal, Proof::Caller, Language::Nl);
            assert_eq!(explanation.title, "Niet bewezen");
            assert_eq!(explanation.todo, ["Doe niets voor deze beller. Vraag om een nieuwe gesprekscode."]);
            assert!(explanation.why.is_empty() && explanation.list.is_empty() && explanation.call.is_none());
            assert!(explanation.reference.is_empty());
        }
    }

    #[test]
    fn service_desk_is_never_asked_to_call_itself() {
        for language in Language::ALL.iter().copied() {
            for refusal in every_refusal() {
                for proof in [Proof::Agent, Proof::Caller] {
                    let explanation = explained(&refusal, proof, language);
                    assert!(!explanation.todo.is_empty() || !explanation.why.is_empty(), "{refusal:?}");
                    let call = explanation.call.unwrap_or_default();
                    assert!(!call.contains("845 900"), "{call}");
                    assert_eq!(call.contains("K7Q2-9F4M"), !explanation.reference.is_empty(), "{call}");
                }
            }
        }
    }

    #[test]
    fn wrong_name_password_and_code_have_the_same_explanation() {
        let refusal = |attempts_left| Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
        for (left, todo) in
            [(0, "Log opnieuw in."), (2, "Wacht tot de app een nieuwe code laat zien. Vul die in.")]
        {
            let explanation = explained(&refusal(left), Proof::Agent, Language::Nl);
            assert_eq!(explanation.title, "Inloggen is niet gelukt");
            assert_eq!(explanation.todo, [todo]);
        }
    }

    #[test]
    fn account_without_a_start_code_has_one_explanation_whatever_the_reason() {
        for language in Language::ALL.iter().copied() {
            let texts = language.service_desk();
            let refusal = Refusal::invalid("username", Reason::NotOffered);
            let explanation = explained(&refusal, Proof::Caller, language);
            assert_eq!(explanation.title, texts.start_refused);
            assert_eq!(explanation.field, Some(("username".to_owned(), texts.start_refused.to_owned())));
            let refusal = Refusal::invalid("request", Reason::NotOffered);
            let explanation = explained(&refusal, Proof::Caller, language);
            assert_eq!(explanation.title, texts.start_gone);
            assert_eq!((explanation.field, explanation.call), (None, None));
        }
    }

    #[test]
    fn invalid_user_name_of_an_employee_is_not_called_the_agents_own() {
        let texts = Language::Nl.service_desk();
        for (reason, sentence) in [
            (Reason::Empty, texts.employee_empty),
            (Reason::Characters, texts.employee_wrong),
            (Reason::OtherDomain, texts.employee_wrong),
            (Reason::TooLong, texts.employee_wrong),
        ] {
            let refusal = Refusal::invalid("username", reason);
            let explanation = explained(&refusal, Proof::Caller, Language::Nl);
            assert_eq!(explanation.field, Some(("username".to_owned(), sentence.to_owned())));
            assert_eq!(explanation.todo, ["Verbeter dit en probeer het nog een keer."]);
            let (_, own) = explained(&refusal, Proof::Agent, Language::Nl).field.unwrap();
            assert_ne!(own, sentence);
        }
    }

    #[test]
    fn invalid_call_code_and_reference_are_explained_at_their_fields() {
        for field in ["call_code", "reference"] {
            for reason in [Reason::Empty, Reason::Length, Reason::TooLong, Reason::Characters] {
                let explanation = explained(&Refusal::invalid(field, reason), Proof::Caller, Language::Nl);
                assert_eq!(explanation.field.unwrap().0, field, "{reason:?}");
                assert_eq!(explanation.todo, ["Verbeter dit en probeer het nog een keer."]);
            }
        }
    }
}
