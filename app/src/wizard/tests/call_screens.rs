//! The screens of a call to the service desk.

use super::*;
use crate::client::PageState;

pub(super) fn calling_site() -> Site {
    Site { calls: true, ..site() }
}

/// The step in a call.
fn in_call(mut step: Step) -> Step {
    if let Step::Birthdate { purpose, .. } | Step::Code { purpose, .. } = &mut step {
        *purpose = Purpose::Call;
    }
    step
}

fn call_step() -> Step {
    Step::Call {
        call_code: "K7Q29F".into(),
        until: "2026-11-28T14:07:41+01:00".into(),
        used: false,
        expires_in: 300,
    }
}

fn first_screen_of_a_call(language: Language) -> String {
    let html = Owner::new().with(|| {
        let state = WizardState::new(
            PageState::new(std::sync::Arc::new(calling_site()), language),
            Step::Identify {},
        );
        state.purpose.set(Purpose::Call);
        view! { <Wizard state /> }.to_html()
    });
    without_markers(&html)
}

#[test]
fn a_call_is_offered_only_if_the_organisation_takes_call_codes() {
    for (language, text) in [
        (Language::Nl, "Ik bel met de servicedesk"),
        (Language::En, "I am on the phone with the service desk"),
    ] {
        let html = rendered(&calling_site(), language, Step::Identify {});
        assert!(html.contains(text), "{html}");
        assert!(
            html.contains(if language == Language::Nl { "Stap 1 van 5" } else { "Step 1 of 5" }),
            "{html}"
        );
        for step in steps() {
            assert!(!rendered(&site(), language, step).contains(text));
        }
    }
}

#[test]
fn every_screen_of_a_call_says_so_and_counts_four_steps() {
    for language in Language::ALL.iter().copied() {
        let messages = language.messages();
        let [_, birthdate, code, ..] = steps();
        let screens = [
            first_screen_of_a_call(language),
            rendered(&calling_site(), language, in_call(birthdate)),
            rendered(&calling_site(), language, in_call(code)),
        ];
        for (number, html) in ["1", "2", "3"].into_iter().zip(&screens) {
            assert!(html.contains(messages.call_banner), "{html}");
            assert!(html.contains(&messages.step_of.fill([number, "4"])), "{html}");
            assert_eq!(html.matches("data-part").count(), 4, "{html}");
        }
        let [first, ..] = screens;
        assert!(first.contains(messages.call_stop) && !first.contains(messages.call_start), "{first}");
        for step in steps() {
            assert!(!rendered(&calling_site(), language, step).contains(messages.call_banner));
        }
    }
}

#[test]
fn code_step_of_a_call_warns_as_well_not_to_give_the_code_of_the_app() {
    let [_, _, code, ..] = steps();
    for language in Language::ALL.iter().copied() {
        let html = rendered(&calling_site(), language, in_call(code.clone()));
        assert!(html.contains(language.messages().code_secret), "{html}");
    }
}

#[test]
fn call_code_is_shown_in_two_groups_and_read_out_by_character() {
    let html = rendered_at(call_step());
    for part in [
        "Lees deze code voor",
        "<span aria-hidden=\"true\">K7Q 29F</span>",
        "<span class=\"unseen\">K 7 Q 2 9 F</span>",
        "De code werkt één keer, tot 14.07 uur.",
        "Lees nooit een code uit de Entrust-app voor. De servicedesk vraagt daar niet om.",
        "Dan mag je het scherm sluiten.",
        "data-at=\"5\"",
        "Klaar",
        "Opnieuw beginnen",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    for absent in
        ["wachtwoord is", "Nieuw wachtwoord", "<input", "style=\"", "Je laat aan de servicedesk zien"]
    {
        assert!(!html.contains(absent), "{absent} is in {html}");
    }
    let english = rendered(&site(), Language::En, call_step());
    assert!(english.contains(Language::En.messages().call_warning), "{english}");
}

#[test]
fn first_screen_of_a_call_does_not_speak_of_a_new_password() {
    let password =
        ["opnieuw instellen'", "wachtwoord opnieuw in te stellen", "Wachtwoordeisen", "id=\"rules\""];
    let call = first_screen_of_a_call(Language::Nl);
    assert!(call.contains(Language::Nl.messages().call_lead), "{call}");
    for absent in password {
        assert!(!call.contains(absent), "{absent} is in {call}");
    }
    let reset = rendered(&calling_site(), Language::Nl, Step::Identify {});
    for part in password {
        assert!(reset.contains(part), "{part} is not in {reset}");
    }
    assert!(!reset.contains(Language::Nl.messages().call_lead), "{reset}");
}

#[test]
fn used_call_code_is_not_shown_any_more() {
    for language in Language::ALL.iter().copied() {
        let mut step = call_step();
        if let Step::Call { used, .. } = &mut step {
            *used = true;
        }
        let html = rendered(&calling_site(), language, step);
        let messages = language.messages();
        for part in [messages.call_over_heading, messages.call_over, messages.call_close, messages.done_again]
        {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        for absent in ["K7Q", "call-code", messages.call_heading, messages.call_warning] {
            assert!(!html.contains(absent), "{absent} is in {html}");
        }
    }
}
