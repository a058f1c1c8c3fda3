//! A refusal in words: what happened, what to do now, and whom to call. It decides nothing, and it
//! knows no more than the wire does.

pub(crate) mod enrollment;

use super::date::duration;
use super::messages::Messages;
use crate::api::refusal::{Reason, Refusal};
use crate::api::site::ServiceDesk;
use crate::policy::Violation;

/// What a summary lets the user do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SummaryAction {
    ChangeBirthdate,
}

/// What the summary on the screen says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Explanation {
    /// What happened, as a heading.
    pub(crate) title: &'static str,
    /// More about it, sentence by sentence.
    pub(crate) why: Vec<String>,
    /// The things that may have caused it.
    pub(crate) list: Vec<String>,
    /// What to do now.
    pub(crate) todo: Vec<String>,
    /// What to do now, as a button.
    pub(crate) action: Option<SummaryAction>,
    /// Whether the causes and whom to call are folded away: what to do comes first.
    pub(crate) folded: bool,
    /// Whom to call, with the reference to mention.
    pub(crate) call: Option<String>,
    /// The field that it is about, and the words at that field.
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
            folded: false,
            call: None,
            field: None,
        }
    }

    /// The two new passwords differ: only the browser knows, so the wire has no refusal for it.
    pub(crate) fn at_repeat(words: &Messages) -> Self {
        Self::new(words.mend).todo(words.mend_todo).at("repeat", words.password_not_repeated)
    }

    /// The connection was away while a code was on its way.
    pub(crate) fn code_waited(words: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(words.online).todo(words.online_code).call("", words, desk)
    }

    /// Without a cookie nobody is known on the second screen.
    pub(crate) fn no_cookies(words: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(words.no_cookies).todo(words.no_cookies_todo).call("", words, desk)
    }

    /// There was nothing to unlock any more: only the browser knows that this was asked.
    pub(crate) fn not_locked(words: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(words.not_locked).todo(words.not_locked_todo).call("", words, desk)
    }

    /// What was waited for has ended without a step forward.
    pub(crate) fn not_done(words: &Messages, desk: &ServiceDesk) -> Self {
        Self::new(words.not_done).todo(words.not_done_todo).call("", words, desk)
    }

    /// Where a birthdate is judged by itself («stepwise»), no code was asked for yet.
    pub(crate) fn before_the_code(mut self, words: &Messages) -> Self {
        self.list.pop();
        self.action = None;
        if let Some(why) = self.why.first_mut() {
            words.not_verified_birthdate_only.clone_into(why);
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

    /// Whether it is about what a field holds, so that it is outdated once the field is edited.
    pub(crate) fn concerns(&self, field: &str) -> bool {
        // That two passwords differ is about both.
        self.field.as_ref().is_some_and(|(id, _)| id == field || (id == "repeat" && field == "password"))
    }

    fn at(mut self, field: &str, sentence: impl Into<String>) -> Self {
        self.field = Some((field.to_owned(), sentence.into()));
        self
    }

    fn call(mut self, reference: &str, words: &Messages, desk: &ServiceDesk) -> Self {
        self.call = Some(if reference.is_empty() {
            words.call.fill([&desk.name, &desk.phone])
        } else {
            words.call_with_reference.fill([&desk.name, &desk.phone, reference])
        });
        self
    }
}

/// The words for a refusal.
pub(crate) fn explain(refusal: &Refusal, words: &Messages, desk: &ServiceDesk) -> Explanation {
    match refusal {
        Refusal::Invalid { field, reason } => match field
            .as_deref()
            .and_then(|f| Some((f, at_field(f, *reason, words)?)))
        {
            Some((field, sentence)) => Explanation::new(words.mend).todo(words.mend_todo).at(field, sentence),
            None => {
                Explanation::new(words.request_broken).todo(words.request_broken_todo).call("", words, desk)
            }
        },
        Refusal::NotVerified { reference, attempts_left } => {
            let mut explanation = match attempts_left {
                0 => Explanation::new(words.attempts_over)
                    .todo(words.not_verified_over)
                    .todo(words.daily_limit),
                1 => Explanation::new(words.not_verified)
                    .why(words.not_verified_maybe)
                    .todo(words.not_verified_last)
                    .action(SummaryAction::ChangeBirthdate),
                n => Explanation::new(words.not_verified)
                    .why(words.not_verified_maybe)
                    .todo(words.not_verified_left.fill([&n.to_string()]))
                    .action(SummaryAction::ChangeBirthdate),
            };
            if *attempts_left > 0 {
                let causes =
                    [words.not_verified_birthdate, words.not_verified_mobile, words.not_verified_code];
                explanation.list = causes.map(str::to_owned).into();
                explanation.folded = true;
            }
            explanation.call(reference, words, desk)
        }
        Refusal::WeakPassword { breaches } => weak_password(breaches, words, desk),
        Refusal::TooMany { retry_after } => Explanation::new(words.too_many)
            .todo(words.too_many_wait.fill([&duration(*retry_after, words)]))
            .call("", words, desk),
        Refusal::StartAgain => Explanation::new(words.start_again)
            .why(words.start_again_why)
            .todo(words.start_again_todo)
            .call("", words, desk),
        Refusal::InProgress => {
            Explanation::new(words.in_progress).todo(words.in_progress_todo).call("", words, desk)
        }
        Refusal::Unavailable { reference, retry_after } => Explanation::new(words.unavailable)
            .why(words.unavailable_why)
            .todo(words.unavailable_wait.fill([&duration(*retry_after, words)]))
            .call(reference, words, desk),
        Refusal::OutcomeUnknown { reference } => Explanation::new(words.outcome_unknown)
            .why(words.outcome_unknown_why)
            .todo(words.outcome_unknown_todo)
            .call(reference, words, desk),
        Refusal::CrossOrigin => {
            Explanation::new(words.foreign).todo(words.foreign_todo).call("", words, desk)
        }
        Refusal::Fault { reference } => {
            Explanation::new(words.fault).todo(words.fault_todo).call(reference, words, desk)
        }
        Refusal::NoConnection => {
            Explanation::new(words.offline).why(words.offline_retrying).call("", words, desk)
        }
    }
}

fn weak_password(breaches: &[Violation], words: &Messages, desk: &ServiceDesk) -> Explanation {
    if let [Violation::TooRecent { hours }] = breaches {
        // Another password would not help, so none is asked for.
        return Explanation::new(words.too_recent)
            .why(words.too_recent_why)
            .todo(words.too_recent_todo.fill([&in_hours(*hours, words)]))
            .call("", words, desk);
    }
    let mut explanation =
        Explanation::new(words.weak_password).why(words.weak_password_todo).call("", words, desk);
    explanation.list = breaches.iter().map(|b| breach(b, words)).collect();
    let at_field = match explanation.list.as_slice() {
        [only] => only.clone(),
        _ => words.weak_password_field.to_owned(),
    };
    explanation.at("password", at_field)
}

/// What stands at a field; `None` where the person cannot mend it.
fn at_field(field: &str, reason: Reason, words: &Messages) -> Option<&'static str> {
    match reason {
        Reason::Empty => Some(match field {
            "username" => words.username_empty,
            "birthdate" => words.birthdate_empty,
            "code" => words.code_empty,
            _ => words.password_empty,
        }),
        Reason::TooLong => Some(if field == "username" { words.username_too_long } else { words.too_long }),
        Reason::Characters => (field == "username").then_some(words.username_characters),
        Reason::NotADate => Some(words.birthdate_not_a_date),
        Reason::ShortYear => Some(words.birthdate_short_year),
        Reason::Future => Some(words.birthdate_future),
        Reason::NotDigits => Some(words.code_not_digits),
        Reason::Length => Some(words.code_length),
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

/// The words for one broken rule.
fn breach(breach: &Violation, words: &Messages) -> String {
    match breach {
        Violation::TooShort { min } => words.breach_too_short.fill([&min.to_string()]),
        Violation::TooLong { max } => words.breach_too_long.fill([&max.to_string()]),
        Violation::Complexity => words.breach_complexity.to_owned(),
        Violation::ContainsName => words.breach_name.to_owned(),
        Violation::BannedWord { word } => words.breach_word.fill([word]),
        Violation::TooGuessable { .. } => words.breach_guessable.to_owned(),
        Violation::Breached => words.breach_leaked.to_owned(),
        Violation::InHistory { remembered: Some(n) } => words.breach_history.fill([&n.to_string()]),
        Violation::InHistory { remembered: None } => words.breach_history_unknown.to_owned(),
        Violation::TooRecent { hours } => words.breach_recent.fill([&in_hours(*hours, words)]),
        Violation::DirectoryRefused => words.breach_directory.to_owned(),
    }
}

fn in_hours(hours: u16, words: &Messages) -> String {
    duration(u64::from(hours) * 3600, words)
}

/// The words for the estimator's warning, by the key that it sends; `None` for one that a later release
/// may bring.
pub(crate) fn warning(key: &str, words: &Messages) -> Option<&'static str> {
    Some(match key {
        "straight_row_of_keys" => words.warning_keys_row,
        "short_keyboard_pattern" => words.warning_keys_pattern,
        "repeated_character" => words.warning_repeat,
        "repeated_group" => words.warning_repeat_group,
        "top_10" | "top_100" => words.warning_top,
        "common" => words.warning_common,
        "similar_to_common" => words.warning_similar,
        "sequence" => words.warning_sequence,
        "recent_year" => words.warning_year,
        "single_word" => words.warning_word,
        "date" => words.warning_date,
        "single_name" | "common_name" => words.warning_name,
        "predictable" => words.warning_predictable,
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
    fn every_refusal_says_what_happened_what_to_do_now_and_whom_to_call() {
        for language in Language::ALL.iter().copied() {
            for refusal in every_refusal() {
                let said = explain(&refusal, language.words(), &desk());
                assert!(!said.title.is_empty(), "{refusal:?}");
                assert!(!said.todo.is_empty() || !said.why.is_empty(), "{refusal:?}");
                // A slip of the finger is mended at its field; the service desk stands below on every screen.
                let slip = matches!(refusal, Refusal::Invalid { field: Some(_), .. });
                assert!(slip || said.call.is_some_and(|call| call.contains("0485 – 845 900")), "{refusal:?}");
            }
        }
    }

    #[test]
    fn what_only_the_page_knows_says_whom_to_call_too() {
        for language in Language::ALL.iter().copied() {
            let words = language.words();
            for said in [
                Explanation::code_waited(words, &desk()),
                Explanation::not_locked(words, &desk()),
                Explanation::not_done(words, &desk()),
                Explanation::no_cookies(words, &desk()),
                Explanation::sign_in_waited(words, language.enrollment(), &desk()),
            ] {
                assert!(!said.todo.is_empty(), "{said:?}");
                assert!(said.call.is_some_and(|call| call.contains("0485 – 845 900")));
            }
        }
    }

    #[test]
    fn who_was_asked_for_no_code_yet_is_told_of_none() {
        let words = Language::Nl.words();
        for attempts_left in [3, 1, 0] {
            let refusal = Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left };
            let said = explain(&refusal, words, &desk()).before_the_code(words);
            let whole = format!("{} {}", said.list.join(" "), said.todo.join(" "));
            assert!(!whole.contains("code"), "{whole}");
            assert_eq!(whole.contains("geboortedatum (dd-mm-jjjj)"), attempts_left > 0, "{whole}");
            assert_eq!(said.action, None, "on the birthdate's own screen there is nothing to go back to");
        }
    }

    #[test]
    fn a_reference_is_always_said_together_with_whom_to_call() {
        for refusal in every_refusal() {
            let json = serde_json::to_value(&refusal).unwrap_or_default();
            if json.get("reference").is_some() {
                let call = explain(&refusal, Language::Nl.words(), &desk()).call.unwrap();
                assert!(call.contains("0485 – 845 900") && call.contains("K7Q2-9F4M"), "{call}");
            }
        }
    }

    #[test]
    fn not_verified_names_birthdate_mobile_number_and_code() {
        let said = explain(
            &Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 1 },
            Language::Nl.words(),
            &desk(),
        );
        assert_eq!(said.list.len(), 3);
        assert!(said.list.iter().any(|s| s.contains("(dd-mm-jjjj)")));
    }

    fn said_of(breach: Violation) -> Explanation {
        explain(&Refusal::WeakPassword { breaches: vec![breach] }, Language::Nl.words(), &desk())
    }

    #[test]
    fn whoever_changed_the_password_only_just_is_asked_to_wait_and_not_for_another_one() {
        for (hours, wait) in [(1, "Wacht nog 1 uur"), (23, "Wacht nog 23 uur")] {
            let said = said_of(Violation::TooRecent { hours });
            assert!(said.todo.iter().any(|sentence| sentence.contains(wait)), "{said:?}");
            assert!(said.field.is_none() && said.call.is_some_and(|call| call.contains("0485 – 845 900")));
        }
    }

    #[test]
    fn what_the_directory_does_not_tell_apart_is_not_told_apart() {
        let said = said_of(Violation::InHistory { remembered: Some(24) });
        for part in ["Misschien", "laatste 24 wachtwoorden", "Of ons systeem vindt het te makkelijk"] {
            assert!(said.list.iter().any(|sentence| sentence.contains(part)), "{part}: {said:?}");
        }
    }

    #[test]
    fn every_warning_of_the_estimator_has_words() {
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
            assert!(warning(key, Language::Nl.words()).is_some(), "{key}");
        }
        assert_eq!(warning("something_new", Language::Nl.words()), None);
    }
}
