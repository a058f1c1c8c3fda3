//! Tests that an explanation of every refusal is complete.

use super::*;
use crate::i18n::Language;
use crate::policy::{Score, Violation};

pub(super) fn desk() -> ServiceDesk {
    ServiceDesk {
        name: "Servicedesk ICT".into(),
        phone: "0485 – 845 900".into(),
        phone_link: "+31485845900".into(),
        mail: "ServiceDesk@Pantein.nl".into(),
        ..ServiceDesk::default()
    }
}

pub(super) fn every_refusal() -> Vec<Refusal> {
    let reference = || "K7Q2-9F4M".to_owned();
    vec![
        Refusal::Invalid { field: Some("username".into()), reason: Reason::Empty },
        Refusal::Invalid { field: Some("birthdate".into()), reason: Reason::NotADate },
        Refusal::Invalid { field: None, reason: Reason::Malformed },
        Refusal::NotVerified { reference: reference(), attempts_left: 3 },
        Refusal::NotVerified { reference: reference(), attempts_left: 0 },
        Refusal::WeakPassword {
            violations: vec![Violation::TooGuessable {
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
            Explanation::session_not_kept(
                (messages.start_again, messages.start_again_todo),
                messages,
                &desk(),
            ),
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
        let explanation =
            explain(&refusal, messages, &desk()).without_code(messages.not_verified_code, messages);
        let text = format!("{} {}", explanation.list.join(" "), explanation.todo.join(" "));
        assert!(!text.contains("code"), "{text}");
        assert_eq!(text.contains("geboortedatum (dd-mm-jjjj)"), attempts_left > 0, "{text}");
        assert_eq!(explanation.action, None, "on the birthdate's own screen there is nothing to go back to");
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
fn not_verified_lists_birthdate_mobile_number_code_and_a_recent_change() {
    let explanation = explain(
        &Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 1 },
        Language::Nl.messages(),
        &desk(),
    );
    assert_eq!(explanation.list.len(), 4);
    assert!(explanation.list.iter().any(|s| s.contains("(dd-mm-jjjj)")));
}
