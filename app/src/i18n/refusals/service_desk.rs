//! Explains a refusal on the service desk page. The reader is the service desk, so no explanation says to call it.

use super::{Explanation, explain};
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::i18n::{Messages, ServiceDeskMessages};

/// How many attempts must be left before an explanation says how many.
const ATTEMPTS_TO_MENTION: u32 = 3;

/// Where a request was refused: the meaning of a refusal depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeskContext {
    /// The agent's user name and password.
    Password,
    /// The agent's code.
    Code,
    /// The call code of a caller, a reference, or a start code.
    Desk,
    /// Something for a verified caller.
    Caller,
}

impl Explanation {
    /// The connection was restored, but the request was not sent: the caller may have gone meanwhile.
    pub(crate) fn desk_request_not_sent(messages: &Messages, texts: &ServiceDeskMessages) -> Self {
        Self::new(messages.online).todo(texts.again)
    }

    /// How often the agent can try again, if that is not often.
    fn attempts_left(self, left: u32, messages: &Messages) -> Self {
        match left {
            1 => self.todo(messages.not_verified_last),
            2..=ATTEMPTS_TO_MENTION => self.todo(messages.not_verified_left.fill([&left.to_string()])),
            0 | 4.. => self,
        }
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
    context: DeskContext,
    (messages, texts): (&Messages, &ServiceDeskMessages),
    desk: &ServiceDesk,
) -> Explanation {
    let explanation = match refusal {
        Refusal::Invalid { field: Some(field), reason: Reason::NotOffered } if field == "username" => {
            Explanation::new(texts.start_refused)
                .todo(texts.start_refused_todo)
                .at_field(field, texts.start_refused_field)
        }
        Refusal::Invalid { field: Some(field), .. } if field == "request" => {
            Explanation::new(texts.start_gone).why(texts.start_gone_why).todo(texts.start_gone_todo)
        }
        // The account of the caller has changed meanwhile.
        Refusal::Invalid { field: Some(field), .. } if field == "action" => {
            Explanation::new(texts.start_gone).todo(texts.action_gone_todo)
        }
        // The user name of an employee, in the form for a start code.
        Refusal::Invalid { field: Some(field), reason }
            if field == "username"
                && matches!(context, DeskContext::Desk | DeskContext::Caller)
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
        Refusal::NotVerified { reference, attempts_left } => {
            return match context {
                DeskContext::Password => Explanation::new(texts.sign_in_wrong)
                    .why(texts.password_wrong)
                    .todo(texts.password_again)
                    .todo(texts.password_wait),
                DeskContext::Code if *attempts_left == 0 => {
                    Explanation::new(texts.sign_in_wrong).why(texts.code_wrong).todo(texts.sign_in_again)
                }
                DeskContext::Code => Explanation::new(texts.sign_in_wrong)
                    .why(texts.code_wrong)
                    .todo(texts.code_again)
                    .attempts_left(*attempts_left, messages),
                // Nothing else: whatever it said could be read out to the caller.
                DeskContext::Desk | DeskContext::Caller => {
                    return not_proved(*attempts_left, messages, texts);
                }
            }
            .call(reference, messages, desk)
            .for_service_desk(texts);
        }
        Refusal::TooMany { .. } if context == DeskContext::Desk => {
            explain(refusal, messages, desk).todo(texts.colleague_helps)
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

/// A call code that was not accepted. A right one still works after a wrong one, so it is read once more first.
fn not_proved(attempts_left: u32, messages: &Messages, texts: &ServiceDeskMessages) -> Explanation {
    let explanation = Explanation::new(texts.not_verified).todo(texts.not_verified_todo);
    if attempts_left == 0 {
        return explanation.todo(texts.attempts_over).todo(texts.colleague_helps);
    }
    explanation.todo(texts.read_again).todo(texts.new_call_code).attempts_left(attempts_left, messages)
}

/// The message at a field, where it differs from the wizard's.
fn field_message(field: &str, reason: Reason, texts: &ServiceDeskMessages) -> Option<&'static str> {
    match (field, reason) {
        ("password", Reason::Empty) => Some(texts.password_empty),
        ("call_code", Reason::Empty) => Some(texts.call_code_empty),
        ("reference", Reason::Empty) => Some(texts.reference_empty),
        ("call_code", Reason::Length | Reason::TooLong) => Some(texts.call_code_length),
        ("call_code", Reason::NotOffered) => Some(texts.call_code_own),
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

    fn explained(refusal: &Refusal, context: DeskContext, language: Language) -> Explanation {
        explain_service_desk(refusal, context, (language.messages(), language.service_desk()), &desk())
    }

    #[test]
    fn refused_call_code_is_read_again_first_and_says_nothing_about_the_caller() {
        let again = "Laat de code nog een keer voorlezen.";
        let new = "Klopt de code dan nog niet? Vraag om een nieuwe gesprekscode.";
        for (attempts_left, more) in [
            (9, &[again, new] as &[&str]),
            (3, &[again, new, "Je kunt het nog 3 keer proberen."]),
            (1, &[again, new, "Je kunt het nog één keer proberen."]),
            (0, &["Je pogingen zijn op.", "Laat een collega helpen."]),
        ] {
            let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
            let explanation = explained(&refusal, DeskContext::Desk, Language::Nl);
            assert_eq!(explanation.title, "Niet bewezen");
            let expected: Vec<_> = ["Doe niets voor deze beller."].iter().chain(more).copied().collect();
            assert_eq!(explanation.todo, expected);
            assert!(explanation.why.is_empty() && explanation.list.is_empty() && explanation.call.is_none());
            assert!(explanation.reference.is_empty());
        }
        let limit = explained(&Refusal::TooMany { retry_after: 1800 }, DeskContext::Desk, Language::Nl);
        assert_eq!(limit.todo, ["Wacht 30 minuten. Probeer het dan opnieuw.", "Laat een collega helpen."]);
    }

    #[test]
    fn own_call_code_is_explained_at_its_field() {
        let refusal = Refusal::invalid("call_code", Reason::NotOffered);
        let explanation = explained(&refusal, DeskContext::Desk, Language::Nl);
        let sentence = "Dit is je eigen gesprekscode. Laat een collega je helpen.";
        assert_eq!(explanation.field, Some(("call_code".to_owned(), sentence.to_owned())));
    }

    #[test]
    fn action_that_is_not_possible_any_more_does_not_look_like_a_defect() {
        for language in Language::ALL.iter().copied() {
            let refusal = Refusal::invalid("action", Reason::NotOffered);
            let explanation = explained(&refusal, DeskContext::Caller, language);
            assert_eq!(explanation.title, language.service_desk().start_gone);
            assert_eq!(explanation.todo, [language.service_desk().action_gone_todo]);
        }
    }

    #[test]
    fn service_desk_is_never_asked_to_call_itself() {
        for language in Language::ALL.iter().copied() {
            for refusal in every_refusal() {
                for context in
                    [DeskContext::Password, DeskContext::Code, DeskContext::Desk, DeskContext::Caller]
                {
                    let explanation = explained(&refusal, context, language);
                    assert!(!explanation.todo.is_empty() || !explanation.why.is_empty(), "{refusal:?}");
                    let call = explanation.call.unwrap_or_default();
                    assert!(!call.contains("845 900"), "{call}");
                    assert_eq!(call.contains("K7Q2-9F4M"), !explanation.reference.is_empty(), "{call}");
                }
            }
        }
    }

    #[test]
    fn refused_password_speaks_of_no_code_and_a_refused_code_of_no_password() {
        let refusal = |attempts_left| Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
        for language in Language::ALL.iter().copied() {
            let texts = language.service_desk();
            let password = explained(&refusal(4), DeskContext::Password, language);
            assert_eq!(password.title, texts.sign_in_wrong);
            assert_eq!(password.why, [texts.password_wrong]);
            assert_eq!(password.todo, [texts.password_again, texts.password_wait]);
            assert!(!password.why.concat().contains("code") && !password.todo.concat().contains("code"));
            // How many attempts are left says whether a name is guessed elsewhere.
            assert_eq!(explained(&refusal(1), DeskContext::Password, language), password);
            let code = explained(&refusal(2), DeskContext::Code, language);
            assert_eq!(code.why, [texts.code_wrong]);
            assert_eq!(
                code.todo,
                [texts.code_again.to_owned(), language.messages().not_verified_left.fill(["2"])]
            );
            assert_eq!(explained(&refusal(0), DeskContext::Code, language).todo, [texts.sign_in_again]);
            for explanation in [password, code] {
                assert!(explanation.call.is_some_and(|call| call.contains("K7Q2-9F4M")));
            }
        }
    }

    #[test]
    fn account_without_a_start_code_has_one_explanation_whatever_the_reason() {
        for language in Language::ALL.iter().copied() {
            let texts = language.service_desk();
            let refusal = Refusal::invalid("username", Reason::NotOffered);
            let explanation = explained(&refusal, DeskContext::Desk, language);
            assert_eq!(explanation.title, texts.start_refused);
            assert_eq!(
                explanation.field,
                Some(("username".to_owned(), texts.start_refused_field.to_owned()))
            );
            assert_ne!(texts.start_refused_field, texts.start_refused, "the box would say it twice");
            let refusal = Refusal::invalid("request", Reason::NotOffered);
            let explanation = explained(&refusal, DeskContext::Desk, language);
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
            let explanation = explained(&refusal, DeskContext::Desk, Language::Nl);
            assert_eq!(explanation.field, Some(("username".to_owned(), sentence.to_owned())));
            assert_eq!(explanation.todo, ["Verbeter dit en probeer het nog een keer."]);
            let (_, own) = explained(&refusal, DeskContext::Password, Language::Nl).field.unwrap();
            assert_ne!(own, sentence);
        }
    }

    #[test]
    fn invalid_call_code_and_reference_are_explained_at_their_fields() {
        for field in ["call_code", "reference"] {
            for reason in [Reason::Empty, Reason::Length, Reason::TooLong, Reason::Characters] {
                let explanation =
                    explained(&Refusal::invalid(field, reason), DeskContext::Desk, Language::Nl);
                assert_eq!(explanation.field.unwrap().0, field, "{reason:?}");
                assert_eq!(explanation.todo, ["Verbeter dit en probeer het nog een keer."]);
            }
        }
    }
}
