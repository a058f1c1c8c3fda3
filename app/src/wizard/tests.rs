//! Tests of the wizard's screens as the server renders them. The browser tests cover their behaviour.

mod call_screens;
mod new_app_screens;

use super::*;
use crate::api::step::{OtpMethod, Purpose};
use crate::test_support::{site, without_markers};

/// The wizard's HTML at a step, without the comments that Leptos inserts as markers.
fn rendered(site: &Site, language: Language, step: Step) -> String {
    without_markers(&html_at(site, language, step))
}

fn rendered_at(step: Step) -> String {
    rendered(&site(), Language::Nl, step)
}

fn initial_html(site: &Site, language: Language) -> String {
    rendered(site, language, Step::Identify {})
}

#[test]
fn first_screen_is_complete_without_the_program() {
    let html = initial_html(&site(), Language::Nl);
    for part in [
        "Wachtwoord Reset",
        "Welkom op de website 'Wachtwoord opnieuw instellen'.",
        "<label for=\"username\">Gebruikersnaam</label>",
        "autocomplete=\"username\"",
        "Volgende",
        "Voor informatie:",
        "mailto:ServiceDesk@Pantein.nl",
        "tel:+31485845900",
        "Wachtwoordeisen",
        "Minstens 12 tekens",
        "Stap 1 van 5",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

#[test]
fn waiting_time_is_mentioned_only_if_configured() {
    let recently = "Heb je net iets gewijzigd?";
    assert!(
        initial_html(&site(), Language::Nl)
            .contains("Heb je net iets gewijzigd? Dan werkt dit pas na 24 uur.")
    );
    assert!(!initial_html(&Site { waiting_seconds: 0, ..site() }, Language::Nl).contains(recently));
}

#[test]
fn form_submitted_without_the_program_does_not_change_the_url() {
    assert!(initial_html(&site(), Language::Nl).contains("method=\"dialog\""));
}

#[test]
fn no_field_truncates_input() {
    for step in steps() {
        assert!(!rendered_at(step).to_lowercase().contains(" maxlength="));
    }
}

#[test]
fn markup_is_compatible_with_the_content_security_policy() {
    for step in steps() {
        let html = rendered_at(step);
        for forbidden in ["style=\"", "<script", "<style", "onclick", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden} in {html}");
        }
    }
}

#[test]
fn password_fields_have_rules_for_password_managers() {
    let html = rendered_at(locked_step(false));
    let rules = "minlength: 12; maxlength: 127; required: lower; required: upper; required: digit; \
                 allowed: ascii-printable;";
    assert_eq!(html.matches(&format!("passwordrules=\"{rules}\"")).count(), 2, "{html}");
}

#[test]
fn every_screen_links_to_the_privacy_notice_in_a_new_tab() {
    let link_to = |address: &str| {
        format!("<a href=\"{address}\" target=\"_blank\" rel=\"noopener noreferrer\">Privacyverklaring</a>")
    };
    for step in steps() {
        assert!(rendered_at(step).contains(&link_to("/privacy?language=nl")));
    }
    let mut customised = site();
    customised.organisation.links.privacy = "https://pantein.example/privacy".into();
    assert!(initial_html(&customised, Language::Nl).contains(&link_to("https://pantein.example/privacy")));
}

#[test]
fn unknown_value_help_links_to_registration_and_service_desk() {
    let mut site = site();
    site.organisation.links.registration = "https://pantein.example/registratie".into();
    for step in steps().into_iter().take(2) {
        let html = rendered(&site, Language::Nl, step);
        let (_, help) = html.split_once("<summary>Ik weet het niet meer</summary>").unwrap();
        let (help, _) = help.split_once("</details>").unwrap();
        for part in [
            "https://pantein.example/registratie",
            "Bel Servicedesk ICT: 0485 – 845 900",
            "Is je telefoon kwijt of kapot? Bel Servicedesk ICT: 0485 – 845 900.",
        ] {
            assert!(help.contains(part), "{part} is not in {help}");
        }
    }
}

#[test]
fn every_screen_has_one_heading_and_the_same_help() {
    for step in steps() {
        let html = rendered_at(step);
        assert_eq!(html.matches("<h1").count(), 1);
        assert!(html.contains("0485 – 845 900"));
    }
}

#[test]
fn practice_run_is_marked_on_every_screen_and_sets_no_password() {
    for step in practice_steps() {
        let html = rendered_at(step);
        assert!(html.contains("Oefening: er verandert niets."), "{html}");
    }
    let done = rendered_at(Step::Done {
        applications: vec![],
        groups: vec![],
        everywhere: None,
        unlocked: false,
        practice: true,
    });
    for part in
        ["Gelukt! Zo werkt het ook in het echt.", "Je wachtwoord is niet veranderd.", "href=\"/registratie\""]
    {
        assert!(done.contains(part), "{part} is not in {done}");
    }
    assert!(!done.contains("opnieuw ingesteld") && !done.contains("tablet"), "{done}");
    for step in steps() {
        assert!(!rendered_at(step).contains("Oefening"));
    }
}

/// The password step of a locked account.
fn locked_step(practice: bool) -> Step {
    Step::Password {
        username: "B.Smits".into(),
        rules: site().rules,
        personal: crate::policy::Personal::default(),
        expires_in: 900,
        unlock: true,
        practice,
    }
}

#[test]
fn unlocking_is_offered_only_for_a_locked_account_and_never_in_practice() {
    let html = rendered_at(locked_step(false));
    for part in ["Weet je je wachtwoord toch nog?", "Alleen ontgrendelen", "Nieuw wachtwoord", "Volgende"] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    for step in steps().into_iter().chain([locked_step(true)]) {
        assert!(!rendered_at(step).contains("ontgrendelen"));
    }
}

#[test]
fn unlocked_screen_confirms_that_the_password_is_unchanged() {
    let done = rendered_at(Step::Done {
        applications: vec![],
        groups: vec![],
        everywhere: None,
        unlocked: true,
        practice: false,
    });
    for part in [
        "Je account is ontgrendeld",
        "Je wachtwoord is niet veranderd.",
        "Je bent nu klaar en mag het scherm sluiten.",
    ] {
        assert!(done.contains(part), "{part} is not in {done}");
    }
    assert!(!done.contains("opnieuw ingesteld") && !done.contains("Hier geldt"), "{done}");
}

fn waiting_step() -> Step {
    Step::Waiting { from: "2026-11-29T15:05:00+01:00".into(), until: "2026-12-02T15:05:00+01:00".into() }
}

#[test]
fn waiting_screen_says_from_when_and_what_to_do_and_offers_no_password_field() {
    let html = rendered_at(waiting_step());
    for part in [
        "Je account heeft extra beveiliging",
        "vanaf 29 november 2026 om 15.05 uur.",
        "Dat kan tot 2 december 2026 om 15.05 uur.",
        "Heb je haast? Bel Servicedesk ICT: 0485 – 845 900.",
        "Stap 4 van 5",
        "Je mag het scherm nu sluiten.",
    ] {
        assert!(html.contains(part), "{part} is not in {html}");
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert!(!html.contains("type=\"password\"") && !html.contains("Oefening"), "{html}");
    let english = rendered(&site(), Language::En, waiting_step());
    assert!(english.contains("You can set your password from 29 November 2026 at 15:05."), "{english}");
}

fn practice_steps() -> Vec<Step> {
    let mut steps: Vec<Step> = steps().into_iter().skip(1).collect();
    for step in &mut steps {
        if let Step::Birthdate { practice, .. }
        | Step::Code { practice, .. }
        | Step::Password { practice, .. }
        | Step::Done { practice, .. } = step
        {
            *practice = true;
        }
    }
    steps
}

fn steps() -> [Step; 5] {
    [
        Step::Identify {},
        Step::Birthdate {
            username: "A.Janssen".into(),
            expires_in: 900,
            practice: false,
            purpose: Purpose::Reset,
        },
        Step::Code {
            username: "A.Janssen".into(),
            methods: vec![OtpMethod::Token, OtpMethod::Otp],
            method: OtpMethod::Token,
            resend_after: None,
            expires_in: 900,
            practice: false,
            purpose: Purpose::Reset,
        },
        Step::Password {
            username: "A.Janssen".into(),
            rules: site().rules,
            personal: crate::policy::Personal::default(),
            expires_in: 900,
            unlock: false,
            practice: false,
        },
        Step::Done {
            applications: vec!["Visma".into()],
            groups: vec![],
            everywhere: Some(true),
            unlocked: false,
            practice: false,
        },
    ]
}

#[test]
fn a36_code_screen_warns_of_callers_in_every_language() {
    for language in Language::ALL {
        let step = Step::Code {
            username: "A.Janssen".into(),
            methods: vec![OtpMethod::Token],
            method: OtpMethod::Token,
            resend_after: None,
            expires_in: 900,
            practice: false,
            purpose: Purpose::Reset,
        };
        let html = rendered(&site(), *language, step);
        assert!(html.contains(language.messages().code_secret), "{html}");
    }
}
