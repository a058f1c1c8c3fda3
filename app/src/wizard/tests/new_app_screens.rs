//! The screens of a session with a start code.

use super::call_screens::calling_site;
use super::*;
use crate::api::enrollment_state::{Activation, Qr};
use crate::client::PageState;
use crate::test_support::{assert_contains, assert_lacks};

fn activation() -> Activation {
    Activation {
        link: "igmobileotp://activate".into(),
        qr: Qr { size: 29, path: "M4 4h7v1h-7z".into() },
        password: Some("4711".into()),
    }
}

fn new_app(activation: Option<Activation>) -> Step {
    Step::NewApp { activation, linked: false, from: None, expires_in: 900 }
}

fn linked(from: Option<&str>) -> Step {
    Step::NewApp {
        activation: Some(activation()),
        linked: true,
        from: from.map(str::to_owned),
        expires_in: 900,
    }
}

/// The steps before the verification, in a session with a start code.
fn steps_before() -> [Step; 2] {
    let [_, mut birthdate, mut code, ..] = steps();
    for step in [&mut birthdate, &mut code] {
        if let Step::Birthdate { purpose, .. } | Step::Code { purpose, .. } = step {
            *purpose = Purpose::NewApp;
        }
    }
    [birthdate, code]
}

fn rendered_with(language: Language, step: Step, change: impl Fn(WizardState)) -> String {
    let html = Owner::new().with(|| {
        let page = PageState::new(std::sync::Arc::new(calling_site()), language);
        let state = WizardState::new(page, step);
        change(state);
        view! { <Wizard state /> }.to_html()
    });
    without_markers(&html)
}

fn first_screen(language: Language, purpose: Purpose) -> String {
    rendered_with(language, Step::Identify {}, |state| state.purpose.set(purpose))
}

#[test]
fn start_code_is_offered_after_the_call_was_chosen_and_can_be_left() {
    for (language, [call, stop, start_code, no_start_code]) in [
        (
            Language::Nl,
            [
                "Ik bel met de servicedesk",
                "Toch zelf een nieuw wachtwoord instellen",
                "Ik heb een startcode",
                "Ik heb geen startcode",
            ],
        ),
        (
            Language::En,
            [
                "I am on the phone with the service desk",
                "Set a new password myself after all",
                "I have a start code",
                "I have no start code",
            ],
        ),
    ] {
        let html = first_screen(language, Purpose::Reset);
        assert_contains(&html, &[call]);
        assert_lacks(&html, &[stop, start_code, no_start_code]);
        let html = first_screen(language, Purpose::Call);
        assert_contains(&html, &[stop, start_code]);
        assert_lacks(&html, &[call, no_start_code]);
        let html = first_screen(language, Purpose::NewApp);
        assert_contains(&html, &[stop, no_start_code]);
        assert_lacks(&html, &[call, start_code]);
    }
}

#[test]
fn first_screen_lists_what_the_purpose_needs() {
    for language in Language::ALL.iter().copied() {
        let (messages, texts) = (language.messages(), language.activation());
        let line = |text: &str| format!("<li>{text}</li>");
        let (app, start_code) = (line(messages.need_phone), line(texts.need_start_code));
        for purpose in [Purpose::Reset, Purpose::Call] {
            let html = first_screen(language, purpose);
            assert_contains(&html, &[&app]);
            assert_lacks(&html, &[&start_code]);
        }
        let html = first_screen(language, Purpose::NewApp);
        assert_contains(&html, &[&start_code, &line(texts.need_new_phone)]);
        assert_lacks(&html, &[&app]);
    }
}

#[test]
fn every_screen_until_the_app_is_linked_says_what_the_session_is_for_and_counts_four_steps() {
    for language in Language::ALL.iter().copied() {
        let (messages, banner) = (language.messages(), language.activation().new_app_banner);
        let [birthdate, code] = steps_before();
        let screens = [
            first_screen(language, Purpose::NewApp),
            rendered(&calling_site(), language, birthdate),
            rendered(&calling_site(), language, code),
            rendered(&calling_site(), language, new_app(None)),
        ];
        for (number, html) in ["1", "2", "3", "4"].into_iter().zip(&screens) {
            assert_contains(html, &[banner, &messages.step_of.fill([number, "4"])]);
            assert_eq!(html.matches("data-part").count(), 4, "{html}");
            assert_lacks(html, &[messages.call_banner]);
        }
        let html = rendered(&calling_site(), language, linked(None));
        assert_lacks(&html, &[banner]);
        assert_contains(&html, &[messages.step_done, "data-at=\"5\""]);
        for step in steps() {
            assert_lacks(&rendered(&calling_site(), language, step), &[banner]);
        }
    }
}

#[test]
fn code_step_takes_a_start_code_and_offers_no_code_of_the_app() {
    let [_, code] = steps_before();
    let html = rendered(&calling_site(), Language::Nl, code.clone());
    assert_contains(
        &html,
        &[
            "Vul je startcode in</h1>",
            "<label for=\"code\">Startcode</label>",
            "Acht letters en cijfers, bijvoorbeeld K7Q2 9F4P.",
            "aria-describedby=\"code-hint code-error\"",
            "autocapitalize=\"characters\"",
            "autocomplete=\"off\"",
            "inputmode=\"text\"",
            "Bel Servicedesk ICT: 0485 – 845 900. Vraag om een nieuwe startcode.",
            "Geboortedatum wijzigen",
        ],
    );
    let messages = Language::Nl.messages();
    assert_lacks(
        &html,
        &[
            "one-time-code",
            "pattern=",
            messages.code_method_sent,
            messages.code_resend,
            messages.code_secret,
            messages.code_from_app,
            "/app.svg",
        ],
    );
    let english = rendered(&calling_site(), Language::En, code);
    assert_contains(&english, &["Enter your start code</h1>", "<label for=\"code\">Start code</label>"]);
}

#[test]
fn app_is_installed_before_its_activation_starts() {
    for (language, heading, button) in [
        (Language::Nl, "Koppel de app op je nieuwe telefoon</h1>", "Koppel de app</button>"),
        (Language::En, "Link the app on your new phone</h1>", "Link the app</button>"),
    ] {
        let html = rendered(&calling_site(), language, new_app(None));
        assert_contains(&html, &[heading, button, language.activation().link_install, "/app.svg"]);
        assert_lacks(&html, &["class=\"qr\"", "<input", language.activation().link_step_install]);
    }
}

#[test]
fn app_is_linked_by_qr_code_link_and_password() {
    for language in Language::ALL.iter().copied() {
        let texts = language.activation();
        let html = rendered_with(language, new_app(Some(activation())), |state| {
            state.is_app_installed.set(true);
        });
        assert_contains(
            &html,
            &[
                "role=\"img\"",
                texts.link_qr,
                "M4 4h7v1h-7z",
                "href=\"igmobileotp://activate\"",
                "4711",
                texts.link_waiting,
                texts.link_not_installed,
            ],
        );
        assert_lacks(&html, &["/app.svg", texts.link_step_link]);
        // After a reload it is not known whether the app is installed.
        let html = rendered(&calling_site(), language, new_app(Some(activation())));
        assert_contains(&html, &[texts.link_installed]);
        assert_lacks(&html, &["igmobileotp"]);
    }
}

#[test]
fn linked_app_says_from_when_a_password_can_be_set() {
    for (language, from_text, now_text, reset) in [
        (
            Language::Nl,
            "Je kunt een nieuw wachtwoord instellen vanaf 29 november 2026 om 15.05 uur.",
            "Je kunt nu een nieuw wachtwoord instellen.",
            "Stel een nieuw wachtwoord in</button>",
        ),
        (
            Language::En,
            "You can set a new password from 29 November 2026 at 15:05.",
            "You can set a new password now.",
            "Set a new password</button>",
        ),
    ] {
        let texts = language.activation();
        let later = rendered(&calling_site(), language, linked(Some("2026-11-29T15:05:00+01:00")));
        assert_contains(&later, &[texts.new_app_linked_heading, from_text, texts.new_app_old]);
        assert_contains(&later, &[language.messages().done_again]);
        assert_lacks(&later, &[reset, now_text, "igmobileotp"]);
        let now = rendered(&calling_site(), language, linked(None));
        assert_contains(&now, &[texts.new_app_linked_heading, now_text, reset, texts.new_app_old]);
        assert_lacks(&now, &[from_text, "igmobileotp"]);
    }
}

#[test]
fn every_screen_has_one_heading_unique_ids_and_csp_compatible_markup() {
    let [birthdate, code] = steps_before();
    for step in [birthdate, code, new_app(None), new_app(Some(activation())), linked(None)] {
        let html = rendered_with(Language::Nl, step, |state| state.is_app_installed.set(true));
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        assert_lacks(&html, &["style=\"", "<script", "onclick", "javascript:"]);
        let mut ids: Vec<_> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{html}");
    }
}

#[test]
fn session_with_a_start_code_explains_refusals_of_its_own() {
    let [_, code] = steps_before();
    let wrong = || {
        crate::client::Problem::Refused(crate::api::refusal::Refusal::NotVerified {
            reference: "K7Q2-9F4M".into(),
            attempts_left: 2,
        })
    };
    let html = rendered_with(Language::Nl, code, |state| state.page.report(wrong()));
    assert_contains(&html, &["Je geboortedatum (dd-mm-jjjj) of je startcode klopt misschien niet."]);
    let [_, _, reset_code, ..] = steps();
    let html = rendered_with(Language::Nl, reset_code, |state| state.page.report(wrong()));
    assert_lacks(&html, &["startcode klopt"]);
}

#[test]
fn first_screen_with_a_start_code_does_not_speak_of_a_new_password() {
    let html = first_screen(Language::Nl, Purpose::NewApp);
    assert_contains(&html, &[Language::Nl.activation().new_app_lead]);
    assert_lacks(&html, &["opnieuw instellen'", "wachtwoord opnieuw in te stellen", "id=\"rules\""]);
}
