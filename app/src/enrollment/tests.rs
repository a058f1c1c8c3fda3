//! Tests of the enrollment's screens as the server renders them. The browser tests cover their behaviour.

mod overview_screen;

use super::*;
use crate::api::enrollment_state::{
    Activation, App, Known, Overview, Point, Qr, Readiness, Registration, Source, Stage,
};
use crate::static_pages::enroll_elsewhere::{self, Availability};
use crate::test_support::{assert_contains, assert_lacks, site, without_markers};
use screen::Section;
use std::sync::Arc;

/// The time of a device whose clock agrees with the server's time in [`overview`], in milliseconds.
const NOW: f64 = 1_773_000_000_000.0;

fn overview() -> Overview {
    let known = |masked: &str, source| Known {
        masked: masked.into(),
        source,
        since: "2026-03-09".into(),
        confirmed: true,
        usable_in: 0,
    };
    let points = [Readiness::Scope, Readiness::Birthdate, Readiness::Mobile, Readiness::App];
    Overview {
        may_change: true,
        birthdate: Some(known("", Source::Hr)),
        birthdate_elsewhere: false,
        mobile: Some(known("06-•• •• •• 78", Source::Employee)),
        proposed_birthdate: None,
        proposed_mobile: None,
        confirming: false,
        app: App::Active,
        can_activate: true,
        activation: None,
        points: points.map(|point| Point { point, ready: true }).into(),
        time: 1_773_000_000,
    }
}

fn empty_overview() -> Overview {
    let points = [Readiness::Scope, Readiness::Birthdate, Readiness::Mobile, Readiness::App];
    Overview {
        birthdate: None,
        mobile: None,
        app: App::None,
        points: points.map(|point| Point { point, ready: point == Readiness::Scope }).into(),
        ..overview()
    }
}

fn activating_overview() -> Overview {
    let activation = Activation {
        link: "igmobileotp://activate".into(),
        qr: Qr { size: 29, path: "M4 4h7v1h-7z".into() },
        password: Some("4711".into()),
    };
    Overview { app: App::Activating, activation: Some(activation), ..empty_overview() }
}

fn registration_at(step: Stage, overview: Option<Overview>) -> Registration {
    Registration { step, username: Some("A.Janssen".into()), expires_in: Some(900), overview }
}

fn rendered_in(language: Language, registration: Registration, section: Section) -> String {
    rendered_for(site(), language, registration, section)
}

fn rendered_for(site: Site, language: Language, registration: Registration, section: Section) -> String {
    let html = Owner::new().with(|| {
        let state = new_state(site, language);
        state.apply(registration, NOW);
        state.section.set(section);
        view! { <Enrollment state /> }.to_html()
    });
    without_markers(&html)
}

fn new_state(site: Site, language: Language) -> EnrollmentState {
    EnrollmentState::new(PageState::new(Arc::new(site), language))
}

/// The first screen, as the server sends it.
fn initial_html(site: &Site, language: Language) -> String {
    without_markers(&first_screen(site, language))
}

fn elsewhere_html(site: &Site, language: Language) -> String {
    without_markers(&enroll_elsewhere::html(site, language, Availability::OwnNetworks))
}

fn rendered(overview: Overview, section: Section) -> String {
    rendered_in(Language::Nl, registration_at(Stage::Overview, Some(overview)), section)
}

fn screens() -> Vec<String> {
    let mut screens = vec![
        rendered_in(Language::Nl, Registration::sign_in(), Section::Overview),
        rendered_in(Language::Nl, registration_at(Stage::Code, None), Section::Overview),
        rendered(overview(), Section::Activation),
        rendered(activating_overview(), Section::Activation),
        rendered(Overview { may_change: false, app: App::Locked, ..empty_overview() }, Section::Overview),
    ];
    for section in
        [Section::Overview, Section::Birthdate, Section::Mobile, Section::Confirm, Section::Activation]
    {
        screens.push(rendered(empty_overview(), section));
    }
    screens
}

#[test]
fn first_screen_is_complete_without_the_program() {
    assert_contains(
        &initial_html(&site(), Language::Nl),
        &[
            "06-nummer registratie",
            "Hier regel je dat je later zelf een nieuw wachtwoord kunt instellen.",
            "<label for=\"username\">Gebruikersnaam</label>",
            "<label for=\"password\">Wachtwoord</label>",
            "autocomplete=\"current-password\"",
            "type=\"password\"",
            "Toon wachtwoord",
            "Volgende",
            "method=\"dialog\"",
            "Wat we bewaren en waarom",
            "30 dagen nadat je uit dienst bent bij Pantein",
            "tel:+31485845900",
        ],
    );
}

#[test]
fn privacy_link_is_the_configured_or_the_built_in_notice() {
    let mut site = site();
    // In the footer, and where the personal data are entered.
    assert_eq!(initial_html(&site, Language::Nl).matches("\"/privacy?language=nl\"").count(), 2);
    site.organisation.links.privacy = "https://pantein.example/privacy".into();
    assert_eq!(initial_html(&site, Language::Nl).matches("https://pantein.example/privacy").count(), 2);
}

#[test]
fn every_screen_has_one_heading_the_same_help_and_csp_compatible_markup() {
    let mut screens = screens();
    screens.push(elsewhere_html(&site(), Language::Nl));
    for html in screens {
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        assert_contains(&html, &["0485 – 845 900"]);
        assert_lacks(&html, &["style=\"", "<script", "<style", "onclick", "javascript:"]);
    }
}

#[test]
fn code_screen_has_the_same_texts_as_in_the_wizard() {
    let html = rendered_in(Language::Nl, registration_at(Stage::Code, None), Section::Overview);
    assert_contains(
        &html,
        &["<label for=\"code\">Wachtwoordcode</label>", "Niemand vraagt je ooit", "Annuleren"],
    );
}

#[test]
fn only_a_change_shows_waiting_time_and_notification() {
    for (section, warning) in [
        (Section::Mobile, "We sturen een bericht naar je oude nummer en je mail."),
        (Section::Birthdate, "kun je 24 uur lang niet zelf een wachtwoord instellen"),
    ] {
        assert_contains(&rendered(overview(), section), &[warning]);
        assert_lacks(&rendered(empty_overview(), section), &[warning]);
    }
    let html = rendered(empty_overview(), Section::Mobile);
    assert_contains(
        &html,
        &["autocomplete=\"tel\"", "inputmode=\"tel\"", "Bijvoorbeeld 06-12 34 56 78", "Opslaan"],
    );
    assert_contains(
        &rendered(empty_overview(), Section::Birthdate),
        &["Geboortedatum <span", "autocomplete=\"bday\""],
    );
}

#[test]
fn waiting_time_comes_from_the_settings_and_is_omitted_when_zero() {
    let rendered_after = |waiting_seconds, section| {
        let site = Site { waiting_seconds, ..site() };
        rendered_for(site, Language::Nl, registration_at(Stage::Overview, Some(overview())), section)
    };
    let notice = "We sturen een bericht naar je oude nummer en je mail.";
    assert_contains(&rendered_after(7 * 86_400, Section::Mobile), &["kun je 7 dagen lang niet zelf", notice]);
    assert_contains(&rendered_after(7 * 86_400, Section::Overview), &["kun je 7 dagen lang niet zelf"]);
    for section in [Section::Mobile, Section::Birthdate, Section::Overview] {
        assert_lacks(&rendered_after(0, section), &[" lang niet zelf"]);
    }
    assert_contains(&rendered_after(0, Section::Mobile), &[notice]);
}

#[test]
fn typed_value_is_shown_for_confirmation_before_it_is_saved() {
    for (language, section, typed, expected) in [
        (
            Language::Nl,
            Section::Birthdate,
            "01101984",
            ["Klopt deze datum?", "1 oktober 1984", "Klopt, opslaan", "Wijzigen"],
        ),
        (
            Language::Nl,
            Section::Birthdate,
            "9-2-1990",
            ["Klopt deze datum?", "9 februari 1990", "Klopt, opslaan", "Wijzigen"],
        ),
        (
            Language::En,
            Section::Birthdate,
            "1/10/1984",
            ["Is this date correct?", "1 October 1984", "Correct, save it", "Change"],
        ),
        (
            Language::En,
            Section::Birthdate,
            "2 sep 1990",
            ["Is this date correct?", "2 September 1990", "Correct, save it", "Change"],
        ),
        (
            Language::Nl,
            Section::Mobile,
            "0612345678",
            ["Klopt dit nummer?", "06-12 34 56 78", "Klopt, opslaan", "Wijzigen"],
        ),
        (
            Language::En,
            Section::Mobile,
            "+31 6 12345678",
            ["Is this number correct?", "+31 6 12345678", "Correct, save it", "Change"],
        ),
    ] {
        let html = Owner::new().with(|| {
            let state = new_state(site(), language);
            state.apply(registration_at(Stage::Overview, Some(empty_overview())), NOW);
            state.section.set(section);
            state.birthdate.set(RawInput::new(typed));
            state.mobile.set(RawInput::new(typed));
            state.is_checking.set(true);
            without_markers(&view! { <Enrollment state /> }.to_html())
        });
        assert_contains(&html, &expected);
        assert_contains(&html, &["translate=\"no\""]);
        assert_lacks(&html, &["<input", "<form"]);
    }
}

#[test]
fn new_number_is_confirmed_with_the_code_sent_to_it() {
    assert_contains(
        &rendered(Overview { confirming: true, ..empty_overview() }, Section::Confirm),
        &["We hebben een code gestuurd naar je nieuwe nummer", "<label for=\"code\">Code uit de sms</label>"],
    );
}

#[test]
fn app_can_be_linked_by_qr_code_and_by_link() {
    let install = rendered(activating_overview(), Section::Activation);
    assert_contains(&install, &["Stap 1 van 2", "De app staat op mijn telefoon"]);
    assert_lacks(&install, &["QR-code om de app te koppelen", "igmobileotp"]);
    let link = Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.apply(registration_at(Stage::Overview, Some(activating_overview())), NOW);
        state.section.set(Section::Activation);
        state.is_app_installed.set(true);
        without_markers(&view! { <Enrollment state /> }.to_html())
    });
    assert_lacks(&link, &["/app.svg"]);
    assert_contains(
        &link,
        &[
            "Koppel de app",
            "Stap 2 van 2",
            "role=\"img\"",
            "QR-code om de app te koppelen",
            "0 0 29 29",
            "M4 4h7v1h-7z",
            "href=\"igmobileotp://activate\"",
            "Lees je dit op je telefoon?",
            "4711",
        ],
    );
    assert_contains(&rendered(overview(), Section::Activation), &["De app is gekoppeld"]);
}

#[test]
fn page_outside_the_organisation_explains_where_to_register_and_has_no_fields() {
    let html = elsewhere_html(&site(), Language::Nl);
    assert_contains(
        &html,
        &[
            "06-nummer registratie",
            "alleen regelen op een computer van Pantein, of op het netwerk van Pantein",
            "Servicedesk ICT",
            "href=\"/registratie?language=en\"",
        ],
    );
    assert_lacks(&html, &["<input", "<form", "<button"]);
}

#[test]
fn page_of_a_closed_registration_does_not_send_anyone_to_work() {
    for (language, expected) in [
        (Language::Nl, "Registreren kan niet op deze website."),
        (Language::En, "You cannot register on this website."),
    ] {
        let html = without_markers(&enroll_elsewhere::html(&site(), language, Availability::Closed));
        assert_contains(&html, &[expected, "0485 – 845 900", "href=\"/wachtwoordreset\""]);
        assert_lacks(
            &html,
            &["op je werk", "op het netwerk", "at work", "network", "<input", "<form", "<button"],
        );
    }
}

#[test]
fn servers_time_is_known_from_the_overview_whatever_the_clock_of_the_device() {
    for deviation in [0.0, 90_000.0, -3_600_000.0, 40.0 * 365.0 * 86_400_000.0] {
        Owner::new().with(|| {
            let state = new_state(site(), Language::Nl);
            let device = NOW - deviation;
            assert_eq!(state.server_time(device), None);
            state.apply(registration_at(Stage::Overview, Some(overview())), device);
            // Ten seconds later, after the time was taken out of the overview.
            assert_eq!(state.server_time(device + 10_000.0), Some(NOW + 10_000.0), "{deviation}");
        });
    }
}

#[test]
fn password_is_wiped_after_sign_in() {
    Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.password.set(RawInput::new("Fiets-Regen-42!"));
        state.apply(registration_at(Stage::Overview, Some(overview())), NOW);
        assert!(state.password.with_untracked(|password| password.expose().is_empty()));
    });
}

#[test]
fn session_data_is_wiped_when_the_session_ends() {
    Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.apply(registration_at(Stage::Overview, Some(activating_overview())), NOW);
        state.mobile.set(RawInput::new("06-12345678"));
        assert!(state.activation.with_untracked(Option::is_some));
        state.apply(Registration::sign_in(), NOW);
        assert!(state.activation.with_untracked(Option::is_none));
        assert!(state.overview.with_untracked(Option::is_none));
        assert!(state.mobile.with_untracked(|mobile| mobile.expose().is_empty()));
    });
}
