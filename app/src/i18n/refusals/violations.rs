//! Explains why a new password is refused, and what the strength estimator warns of.

use super::Explanation;
use crate::api::site::ServiceDesk;
use crate::i18n::date::duration_text;
use crate::i18n::messages::Messages;
use crate::policy::Violation;

pub(super) fn weak_password(
    violations: &[Violation],
    messages: &Messages,
    desk: &ServiceDesk,
) -> Explanation {
    if let [Violation::TooRecent { hours }] = violations {
        // Another password would not help, so the user is not asked for one.
        return Explanation::new(messages.too_recent)
            .why(messages.too_recent_why)
            .todo(messages.too_recent_todo.fill([&in_hours(*hours, messages)]))
            .call("", messages, desk);
    }
    let mut explanation =
        Explanation::new(messages.weak_password).why(messages.weak_password_why).call("", messages, desk);
    explanation.list = violations.iter().map(|violation| violation_message(violation, messages)).collect();
    let message = match explanation.list.as_slice() {
        [only] => only.clone(),
        _ => messages.weak_password_field.to_owned(),
    };
    explanation.at_field("password", message)
}

/// The message for a violation.
fn violation_message(violation: &Violation, messages: &Messages) -> String {
    match violation {
        Violation::TooShort { min } => messages.violation_too_short.fill([&min.to_string()]),
        Violation::TooLong { max } => messages.violation_too_long.fill([&max.to_string()]),
        Violation::Complexity => messages.violation_complexity.to_owned(),
        Violation::ContainsName => messages.violation_name.to_owned(),
        Violation::BannedWord { word } => messages.violation_word.fill([word]),
        Violation::Invisible => messages.violation_invisible.to_owned(),
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
    use super::super::explain;
    use super::super::tests::desk;
    use super::*;
    use crate::api::refusal::Refusal;
    use crate::i18n::Language;

    fn explanation_of(violation: Violation) -> Explanation {
        explain(&Refusal::WeakPassword { violations: vec![violation] }, Language::Nl.messages(), &desk())
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
