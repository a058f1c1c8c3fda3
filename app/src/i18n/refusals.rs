//! Explains a refusal to the user: what happened, what to do now, and whom to call.

pub(crate) mod enrollment;

use super::date::duration_text;
use super::messages::Messages;
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::policy::Violation;

/// An action that an error summary offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SummaryAction {
    ChangeBirthdate,
}

/// The content of an error summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// What happened, as a heading.
    pub(crate) title: &'static str,
    /// Details, one sentence each.
    pub(crate) why: Vec<String>,
    /// The possible causes.
    pub(crate) list: Vec<String>,
    /// What to do now, one sentence each.
    pub(crate) todo: Vec<String>,
    /// What to do now, as a button.
    pub(crate) action: Option<SummaryAction>,
    /// Whether causes and contact are collapsed, so that the instructions come first.
    pub(crate) collapsed: bool,
    /// Whom to call, with the reference to mention.
    pub(crate) call: Option<String>,
    /// The invalid field, and the message at it.
    pub(crate) field: Option<(String, String)>,
}

impl Explanation {
    fn new(title: &'static str) -> Self {
        Self {
            title,
            why: vec![],
            list: vec![],
            todo: vec![],
            action: None,
            collapsed: false,
            call: None,
            field: None,
        }
    }

    /// The two new passwords differ. Only the browser detects this, so there is no refusal for it.
    pub(crate) fn password_mismatch(messages: &Messages) -> Self {
        Self::new(messages.input_error)
            .todo(messages.input_error_todo)
            .at_field("repeat", messages.password_not_repeated)
    }

    /// A code was not sent in time because the connection was lost.
    pub(crate) fn stale_code(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.online).todo(messages.online_code).call("", messages, desk)
    }

    /// The browser accepts no cookies, so the session cannot continue.
    pub(crate) fn no_cookies(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.no_cookies).todo(messages.no_cookies_todo).call("", messages, desk)
    }

    /// The account is not locked any more. Only the browser knows that the user wanted to unlock it.
    pub(crate) fn not_locked(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.not_locked).todo(messages.not_locked_todo).call("", messages, desk)
    }

    /// The request in progress has ended without reaching the next step.
    pub(crate) fn step_not_completed(messages: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(messages.not_done).todo(messages.not_done_todo).call("", messages, desk)
    }

    /// Removes the code from the causes: if the birthdate is verified separately («stepwise»), no code was entered yet.
    pub(crate) fn without_code(mut self, messages: &Messages) -> Self {
        self.list.pop();
        self.action = None;
        if let Some(why) = self.why.first_mut() {
            messages.not_verified_birthdate_only.clone_into(why);
        }
        self
    }

    fn why(mut self, sentence: &str) -> Self {
        self.why.push(sentence.to_owned());
        self
    }

    fn todo(mut self, sentence: impl Into<String>) -> Self {
        self.todo.push(sentence.into());
        self
    }

    fn action(mut self, action: SummaryAction) -> Self {
        self.action = Some(action);
        self
    }

    /// Whether it is about the value of a field, so that editing the field makes it outdated.
    pub(crate) fn concerns(&self, field: &str) -> bool {
        // A mismatch of the two passwords concerns both fields.
        self.field.as_ref().is_some_and(|(id, _)| id == field || (id == "repeat" && field == "password"))
    }

    fn at_field(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.field = Some((field.to_owned(), sentence.into()));
        self
    }

    fn call(mut self, reference: &str, messages: &Messages, desk: &ServiceDesk) -> Self {
        self.call = Some(if reference.is_empty() {
            messages.call.fill([&desk.name, &desk.phone])
        } else {
            messages.call_with_reference.fill([&desk.name, &desk.phone, reference])
        });
        self
    }
}

/// The explanation of a refusal.
pub(crate) fn explain(refusal: &Refusal, messages: &Messages, desk: &ServiceDesk) -> Explanation {
    match refusal {
        Refusal::Invalid { field, reason } => {
            match field.as_deref().and_then(|f| Some((f, field_message(f, *reason, messages)?))) {
                Some((field, sentence)) => Explanation::new(messages.input_error)
                    .todo(messages.input_error_todo)
                    .at_field(field, sentence),
                None => Explanation::new(messages.request_broken)
                    .todo(messages.request_broken_todo)
                    .call("", messages, desk),
            }
        }
        Refusal::NotVerified { reference, attempts_left } => {
            let mut explanation = match attempts_left {
                0 => Explanation::new(messages.attempts_over)
                    .todo(messages.not_verified_over)
                    .todo(messages.daily_limit),
                1 => Explanation::new(messages.not_verified)
                    .why(messages.not_verified_maybe)
                    .todo(messages.not_verified_last)
                    .action(SummaryAction::ChangeBirthdate),
                n => Explanation::new(messages.not_verified)
                    .why(messages.not_verified_maybe)
                    .todo(messages.not_verified_left.fill([&n.to_string()]))
                    .action(SummaryAction::ChangeBirthdate),
            };
            if *attempts_left > 0 {
                let causes = [
                    messages.not_verified_birthdate,
                    messages.not_verified_mobile,
                    messages.not_verified_code,
                ];
                explanation.list = causes.map(str::to_owned).into();
                explanation.collapsed = true;
            }
            explanation.call(reference, messages, desk)
        }
        Refusal::WeakPassword { breaches: violations } => weak_password(violations, messages, desk),
        Refusal::TooMany { retry_after } => Explanation::new(messages.too_many)
            .todo(messages.too_many_wait.fill([&duration_text(*retry_after, messages)]))
            .call("", messages, desk),
        Refusal::StartAgain => Explanation::new(messages.start_again)
            .why(messages.start_again_why)
            .todo(messages.start_again_todo)
            .call("", messages, desk),
        Refusal::InProgress => {
            Explanation::new(messages.in_progress).todo(messages.in_progress_todo).call("", messages, desk)
        }
        Refusal::Unavailable { reference, retry_after } => Explanation::new(messages.unavailable)
            .why(messages.unavailable_why)
            .todo(messages.unavailable_wait.fill([&duration_text(*retry_after, messages)]))
            .call(reference, messages, desk),
        Refusal::OutcomeUnknown { reference } => Explanation::new(messages.outcome_unknown)
            .why(messages.outcome_unknown_why)
            .todo(messages.outcome_unknown_todo)
            .call(reference, messages, desk),
        Refusal::CrossOrigin => {
            Explanation::new(messages.cross_origin).todo(messages.cross_origin_todo).call("", messages, desk)
        }
        Refusal::Fault { reference } => {
            Explanation::new(messages.fault).todo(messages.fault_todo).call(reference, messages, desk)
        }
        Refusal::NoConnection => {
            Explanation::new(messages.offline).why(messages.offline_retrying).call("", messages, desk)
        }
    }
}

fn weak_password(violations: &[Violation], messages: &Messages, desk: &ServiceDesk) -> Explanation {
    if let [Violation::TooRecent { hours }] = violations {
        // Another password would not help, so the user is not asked for one.
        return Explanation::new(messages.too_recent)
            .why(messages.too_recent_why)
            .todo(messages.too_recent_todo.fill([&in_hours(*hours, messages)]))
            .call("", messages, desk);
    }
    let mut explanation =
        Explanation::new(messages.weak_password).why(messages.weak_password_todo).call("", messages, desk);
    explanation.list = violations.iter().map(|violation| violation_message(violation, messages)).collect();
    let message = match explanation.list.as_slice() {
        [only] => only.clone(),
        _ => messages.weak_password_field.to_owned(),
    };
    explanation.at_field("password", message)
}

/// The message at a field; `None` if the user cannot correct it.
fn field_message(field: &str, reason: Reason, messages: &Messages) -> Option<&'static str> {
    match reason {
        Reason::Empty => Some(match field {
            "username" => messages.username_empty,
            "birthdate" => messages.birthdate_empty,
            "code" => messages.code_empty,
            _ => messages.password_empty,
        }),
        Reason::TooLong => {
            Some(if field == "username" { messages.username_too_long } else { messages.too_long })
        }
        Reason::Characters => (field == "username").then_some(messages.username_characters),
        Reason::NotADate => Some(messages.birthdate_not_a_date),
        Reason::ShortYear => Some(messages.birthdate_short_year),
        Reason::Future => Some(messages.birthdate_future),
        Reason::NotDigits => Some(messages.code_not_digits),
        Reason::Length => Some(messages.code_length),
        Reason::NotMobile
        | Reason::OtherCountry
        | Reason::NotOffered
        | Reason::Malformed
        | Reason::WrongType
        | Reason::Missing
        | Reason::Duplicate
        | Reason::UnknownField
        | Reason::NotFound
        | Reason::Method
        | Reason::TooLarge
        | Reason::ContentType => None,
    }
}

/// The message for a violation.
fn violation_message(violation: &Violation, messages: &Messages) -> String {
    match violation {
        Violation::TooShort { min } => messages.violation_too_short.fill([&min.to_string()]),
        Violation::TooLong { max } => messages.violation_too_long.fill([&max.to_string()]),
        Violation::Complexity => messages.violation_complexity.to_owned(),
        Violation::ContainsName => messages.violation_name.to_owned(),
        Violation::BannedWord { word } => messages.violation_word.fill([word]),
        Violation::TooGuessable { .. } => messages.violation_guessable.to_owned(),
        Violation::Breached => messages.violation_leaked.to_owned(),
        Violation::InHistory { remembered: Some(n) } => messages.violation_history.fill([&n.to_string()]),
        Violation::InHistory { remembered: None } => messages.violation_history_unknown.to_owned(),
        Violation::TooRecent { hours } => messages.violation_recent.fill([&in_hours(*hours, messages)]),
        Violation::DirectoryRefused => messages.violation_directory.to_owned(),
    }
}

fn in_hours(hours: u16, messages: &Messages) -> String {
    duration_text(u64::from(hours) * 3600, messages)
}

/// The message for a warning of the estimator; `None` for an unknown key, which a later release may add.
pub(crate) fn warning(key: &str, messages: &Messages) -> Option<&'static str> {
    Some(match key {
        "straight_row_of_keys" => messages.warning_keys_row,
        "short_keyboard_pattern" => messages.warning_keys_pattern,
        "repeated_character" => messages.warning_repeat,
        "repeated_group" => messages.warning_repeat_group,
        "top_10" | "top_100" => messages.warning_top,
        "common" => messages.warning_common,
        "similar_to_common" => messages.warning_similar,
        "sequence" => messages.warning_sequence,
        "recent_year" => messages.warning_year,
        "single_word" => messages.warning_word,
        "date" => messages.warning_date,
        "single_name" | "common_name" => messages.warning_name,
        "predictable" => messages.warning_predictable,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;
    use crate::policy::Score;

    pub(super) fn desk() -> ServiceDesk {
        ServiceDesk {
            name: "Servicedesk ICT".into(),
            phone: "0485 – 845 900".into(),
            phone_link: "+31485845900".into(),
            mail: "ServiceDesk@Pantein.nl".into(),
            ..ServiceDesk::default()
        }
    }

    fn every_refusal() -> Vec<Refusal> {
        let reference = || "K7Q2-9F4M".to_owned();
        vec![
            Refusal::Invalid { field: Some("username".into()), reason: Reason::Empty },
            Refusal::Invalid { field: Some("birthdate".into()), reason: Reason::NotADate },
            Refusal::Invalid { field: None, reason: Reason::Malformed },
            Refusal::NotVerified { reference: reference(), attempts_left: 3 },
            Refusal::NotVerified { reference: reference(), attempts_left: 0 },
            Refusal::WeakPassword {
                breaches: vec![Violation::TooGuessable {
                    score: Score::new(1).unwrap(),
                    min: Score::new(3).unwrap(),
                }],
            },
            Refusal::TooMany { retry_after: 90 },
            Refusal::StartAgain,
            Refusal::InProgress,
            Refusal::Unavailable { reference: reference(), retry_after: 30 },
            Refusal::OutcomeUnknown { reference: reference() },
            Refusal::CrossOrigin,
            Refusal::Fault { reference: reference() },
            Refusal::NoConnection,
        ]
    }

    #[test]
    fn every_refusal_explains_what_happened_what_to_do_and_whom_to_call() {
        for language in Language::ALL.iter().copied() {
            for refusal in every_refusal() {
                let explanation = explain(&refusal, language.messages(), &desk());
                assert!(!explanation.title.is_empty(), "{refusal:?}");
                assert!(!explanation.todo.is_empty() || !explanation.why.is_empty(), "{refusal:?}");
                // An input error is corrected at its field; the service desk is shown below on every screen.
                let is_input_error = matches!(refusal, Refusal::Invalid { field: Some(_), .. });
                assert!(
                    is_input_error || explanation.call.is_some_and(|call| call.contains("0485 – 845 900")),
                    "{refusal:?}"
                );
            }
        }
    }

    #[test]
    fn problems_detected_by_the_browser_name_the_service_desk() {
        for language in Language::ALL.iter().copied() {
            let messages = language.messages();
            for explanation in [
                Explanation::stale_code(messages, &desk()),
                Explanation::not_locked(messages, &desk()),
                Explanation::step_not_completed(messages, &desk()),
                Explanation::no_cookies(messages, &desk()),
                Explanation::stale_sign_in(messages, language.enrollment(), &desk()),
            ] {
                assert!(!explanation.todo.is_empty(), "{explanation:?}");
                assert!(explanation.call.is_some_and(|call| call.contains("0485 – 845 900")));
            }
        }
    }

    #[test]
    fn refusal_before_the_code_step_does_not_mention_a_code() {
        let messages = Language::Nl.messages();
        for attempts_left in [3, 1, 0] {
            let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
            let explanation = explain(&refusal, messages, &desk()).without_code(messages);
            let text = format!("{} {}", explanation.list.join(" "), explanation.todo.join(" "));
            assert!(!text.contains("code"), "{text}");
            assert_eq!(text.contains("geboortedatum (dd-mm-jjjj)"), attempts_left > 0, "{text}");
            assert_eq!(
                explanation.action, None,
                "on the birthdate's own screen there is nothing to go back to"
            );
        }
    }

    #[test]
    fn reference_is_always_shown_with_the_service_desk() {
        for refusal in every_refusal() {
            let json = serde_json::to_value(&refusal).unwrap_or_default();
            if json.get("reference").is_some() {
                let call = explain(&refusal, Language::Nl.messages(), &desk()).call.unwrap();
                assert!(call.contains("0485 – 845 900") && call.contains("K7Q2-9F4M"), "{call}");
            }
        }
    }

    #[test]
    fn not_verified_lists_birthdate_mobile_number_and_code() {
        let explanation = explain(
            &Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 1 },
            Language::Nl.messages(),
            &desk(),
        );
        assert_eq!(explanation.list.len(), 3);
        assert!(explanation.list.iter().any(|s| s.contains("(dd-mm-jjjj)")));
    }

    fn explanation_of(violation: Violation) -> Explanation {
        explain(&Refusal::WeakPassword { breaches: vec![violation] }, Language::Nl.messages(), &desk())
    }

    #[test]
    fn too_recent_password_change_asks_to_wait_and_not_for_another_password() {
        for (hours, wait) in [(1, "Wacht nog 1 uur"), (23, "Wacht nog 23 uur")] {
            let explanation = explanation_of(Violation::TooRecent { hours });
            assert!(explanation.todo.iter().any(|sentence| sentence.contains(wait)), "{explanation:?}");
            assert!(
                explanation.field.is_none()
                    && explanation.call.is_some_and(|call| call.contains("0485 – 845 900"))
            );
        }
    }

    #[test]
    fn ambiguous_directory_refusal_lists_both_possible_reasons() {
        let explanation = explanation_of(Violation::InHistory { remembered: Some(24) });
        for part in ["Misschien", "laatste 24 wachtwoorden", "Of ons systeem vindt het te makkelijk"] {
            assert!(
                explanation.list.iter().any(|sentence| sentence.contains(part)),
                "{part}: {explanation:?}"
            );
        }
    }

    #[test]
    fn every_warning_of_the_estimator_has_a_message() {
        for key in [
            "straight_row_of_keys",
            "short_keyboard_pattern",
            "repeated_character",
            "repeated_group",
            "top_10",
            "top_100",
            "common",
            "similar_to_common",
            "sequence",
            "recent_year",
            "single_word",
            "date",
            "single_name",
            "common_name",
            "predictable",
        ] {
            assert!(warning(key, Language::Nl.messages()).is_some(), "{key}");
        }
        assert_eq!(warning("something_new", Language::Nl.messages()), None);
    }
}
