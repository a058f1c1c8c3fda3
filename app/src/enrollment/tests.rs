//! The enrollment's screens as the server renders them. Their behaviour in a browser is in the browser tests.

use super::*;
use crate::api::enrollment_state::{
    Activation, App, Known, Overview, Point, Proposed, Qr, Readiness, Registration, Source, Stage,
};
use crate::static_pages::enroll_elsewhere;
use crate::wizard::tests::{site, without_markers};
use screen::Place;
use std::sync::Arc;

/// The server's time in [`overview`], in milliseconds, as a device whose clock is right has it.
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

fn empty() -> Overview {
    let points = [Readiness::Scope, Readiness::Birthdate, Readiness::Mobile, Readiness::App];
    Overview {
        birthdate: None,
        mobile: None,
        app: App::None,
        points: points.map(|point| Point { point, ready: point == Readiness::Scope }).into(),
        ..overview()
    }
}

fn activating() -> Overview {
    let activation = Activation {
        link: "igmobileotp://activate".into(),
        qr: Qr { size: 29, path: "M4 4h7v1h-7z".into() },
        password: Some("4711".into()),
    };
    Overview { app: App::Activating, activation: Some(activation), ..empty() }
}

fn at(step: Stage, overview: Option<Overview>) -> Registration {
    Registration { step, username: Some("A.Janssen".into()), expires_in: Some(900), overview }
}

fn drawn_in(language: Language, registration: Registration, place: Place) -> String {
    drawn_of(site(), language, registration, place)
}

fn drawn_of(site: Site, language: Language, registration: Registration, place: Place) -> String {
    let html = Owner::new().with(|| {
        let state = new_state(site, language);
        state.apply(registration, NOW);
        state.place.set(place);
        view! { <Enrollment state /> }.to_html()
    });
    without_markers(&html)
}

fn new_state(site: Site, language: Language) -> EnrollmentState {
    EnrollmentState::new(PageState::new(Arc::new(site), language))
}

/// The first screen, as the server sends it.
fn shell(site: &Site, language: Language) -> String {
    without_markers(&first_screen(site, language))
}

fn elsewhere_shell(site: &Site, language: Language) -> String {
    without_markers(&enroll_elsewhere::html(site, language))
}

fn drawn(overview: Overview, place: Place) -> String {
    drawn_in(Language::Nl, at(Stage::Overview, Some(overview)), place)
}

/// What stands on a screen, in its order, without the markup.
fn has(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(html.contains(part), "{part} is not in {html}");
    }
}

fn has_not(html: &str, parts: &[&str]) {
    for part in parts {
        assert!(!html.contains(part), "{part} is in {html}");
    }
}

fn screens() -> Vec<String> {
    let mut screens = vec![
        drawn_in(Language::Nl, Registration::sign_in(), Place::Overview),
        drawn_in(Language::Nl, at(Stage::Code, None), Place::Overview),
        drawn(overview(), Place::Activation),
        drawn(activating(), Place::Activation),
        drawn(Overview { may_change: false, app: App::Locked, ..empty() }, Place::Overview),
    ];
    for place in [Place::Overview, Place::Birthdate, Place::Mobile, Place::Confirm, Place::Activation] {
        screens.push(drawn(empty(), place));
    }
    screens
}

#[test]
fn the_first_screen_is_complete_before_any_program_is_there() {
    has(
        &shell(&site(), Language::Nl),
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
fn the_privacy_notice_is_linked_the_organisations_own_or_ours() {
    let mut site = site();
    // Once, in the footer, is not enough: here is where the data are asked for.
    assert_eq!(shell(&site, Language::Nl).matches("\"/privacy?language=nl\"").count(), 2);
    site.organisation.links.privacy = "https://pantein.example/privacy".into();
    assert_eq!(shell(&site, Language::Nl).matches("https://pantein.example/privacy").count(), 2);
}

#[test]
fn every_screen_has_one_heading_and_the_same_help_and_markup_that_the_policy_allows() {
    let mut screens = screens();
    screens.push(elsewhere_shell(&site(), Language::Nl));
    for html in screens {
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        has(&html, &["0485 – 845 900"]);
        has_not(&html, &["style=\"", "<script", "<style", "onclick", "javascript:"]);
    }
}

#[test]
fn the_code_screen_asks_as_the_wizard_does() {
    let html = drawn_in(Language::Nl, at(Stage::Code, None), Place::Overview);
    has(&html, &["<label for=\"code\">Wachtwoordcode</label>", "Niemand vraagt je ooit", "Annuleren"]);
}

#[test]
fn what_is_left_to_do_is_said_in_words_and_with_what_to_do() {
    let html = drawn(empty(), Place::Overview);
    has(
        &html,
        &[
            "Kun je zelf je wachtwoord instellen?",
            "Nog niet. Je moet nog 3 dingen doen.",
            "nog doen",
            "Vul je geboortedatum in.",
            "De app is nog niet gekoppeld.",
            "Geboortedatum invullen",
            "Nummer invullen",
            "Uitloggen",
        ],
    );
    has_not(&html, &["Oefen een keer"]);
}

#[test]
fn everything_in_order_is_a_success_and_a_clock_that_is_off_is_not() {
    has(&drawn(overview(), Place::Overview), &["Ja! Vergeet je je wachtwoord?", "in orde"]);
    let wrong = Overview { time: 1_773_000_000 - 61, ..overview() };
    let html = drawn(wrong, Place::Overview);
    has(&html, &["Nog niet. Je moet nog één ding doen.", "Zet de klok op automatisch."]);
}

#[test]
fn the_first_thing_to_do_is_the_one_that_stands_out() {
    let html = drawn(empty(), Place::Overview);
    assert_eq!(html.matches("button primary").count(), 1);
    let primary = html.split("button primary").nth(1).unwrap();
    assert!(primary.find("Geboortedatum invullen") < primary.find("Nummer invullen"), "{primary}");
    has_not(&drawn(Overview { may_change: false, ..empty() }, Place::Overview), &["button primary"]);
}

#[test]
fn where_birthdate_and_app_are_ready_a_practice_run_is_offered() {
    has(&drawn(overview(), Place::Overview), &["Oefen een keer", "Je wachtwoord verandert niet."]);
}

#[test]
fn a_birthdate_is_never_shown_and_a_number_is_read_out_by_its_end() {
    let html = drawn(overview(), Place::Overview);
    has(
        &html,
        &[
            "Ontvangen op 9 maart 2026 van Talent &amp; Salaris.",
            "Door jou ingevuld op 9 maart 2026.",
            "06-•• •• •• 78",
            "nummer dat eindigt op 78",
            "Geboortedatum wijzigen",
            "Nummer wijzigen",
        ],
    );
}

#[test]
fn what_the_directory_knows_has_no_day_and_no_button() {
    let mut known = overview();
    for value in [&mut known.birthdate, &mut known.mobile].into_iter().flatten() {
        (value.source, value.since) = (Source::Directory, String::new());
    }
    known.birthdate_elsewhere = true;
    let html = drawn(known, Place::Overview);
    assert_eq!(html.matches("Dit komt uit onze administratie.").count(), 2);
    has_not(&html, &["Ontvangen op", "ingevuld op", "Geboortedatum wijzigen"]);
    let html = drawn(Overview { birthdate_elsewhere: true, ..empty() }, Place::Overview);
    has(&html, &["nog doen", "Je kunt hier nu niets wijzigen. Bel Servicedesk ICT: 0485 – 845 900."]);
    has_not(&html, &["Geboortedatum invullen", "Vul je geboortedatum in."]);
    // The next thing to do stands out all the same.
    let primary = html.split("button primary").nth(1).unwrap();
    assert!(primary.find("Nummer invullen") < primary.find("Koppel de app"), "{primary}");
}

#[test]
fn a_change_says_from_when_on_it_counts() {
    let mut overview = overview();
    overview.mobile.as_mut().unwrap().usable_in = 82_000;
    for point in &mut overview.points {
        point.ready = point.point != Readiness::Mobile;
    }
    let html = drawn(overview, Place::Overview);
    assert_eq!(html.matches("Dit is pas gewijzigd. Je kunt dit over 23 uur gebruiken.").count(), 1);
    has(&html, &["data-check=\"wait\"", "nog wachten"]);
}

#[test]
fn what_hr_proposes_is_a_question_with_a_yes_and_a_no() {
    let proposed = |masked: &str| Some(Proposed { masked: masked.into(), since: "2026-03-09".into() });
    let overview = Overview {
        proposed_mobile: proposed("06-•• •• •• 12"),
        proposed_birthdate: proposed(""),
        ..overview()
    };
    let html = drawn(overview, Place::Overview);
    has(
        &html,
        &[
            "staat een ander nummer: 06\u{2011}••\u{a0}••\u{a0}••\u{a0}12. Wil je dat gebruiken?",
            "eindigt op 12",
            "Nee",
        ],
    );
    assert_eq!(html.matches("Ja, gebruik dit").count(), 2);
}

#[test]
fn where_nothing_can_be_changed_the_service_desk_is_the_way() {
    let html = drawn(Overview { may_change: false, app: App::Locked, ..overview() }, Place::Overview);
    has(&html, &["Je kunt hier nu niets wijzigen. Bel Servicedesk ICT", "De app is geblokkeerd. Bel"]);
    has_not(&html, &["Geboortedatum wijzigen", "Nummer wijzigen", "Koppel de app</button>"]);
}

#[test]
fn where_the_app_cannot_be_linked_from_here_the_way_by_hand_is_told() {
    let html = drawn(Overview { can_activate: false, ..empty() }, Place::Overview);
    has(&html, &["Installeer de app op je telefoon. Bel daarna Servicedesk ICT"]);
    has_not(&html, &["Koppel de app</button>"]);
}

#[test]
fn only_a_change_says_that_it_counts_later_and_whom_it_is_told() {
    for (place, warning) in [
        (Place::Mobile, "We sturen een bericht naar je oude nummer en je mail."),
        (Place::Birthdate, "kun je 24 uur lang niet zelf een wachtwoord instellen"),
    ] {
        has(&drawn(overview(), place), &[warning]);
        has_not(&drawn(empty(), place), &[warning]);
    }
    let html = drawn(empty(), Place::Mobile);
    has(&html, &["autocomplete=\"tel\"", "inputmode=\"tel\"", "Bijvoorbeeld 06-12 34 56 78", "Opslaan"]);
    has(&drawn(empty(), Place::Birthdate), &["Geboortedatum <span", "autocomplete=\"bday\""]);
}

#[test]
fn how_long_a_change_does_not_count_is_the_setting_and_nothing_where_it_counts_at_once() {
    let drawn_after = |waiting_seconds, place| {
        let site = Site { waiting_seconds, ..site() };
        drawn_of(site, Language::Nl, at(Stage::Overview, Some(overview())), place)
    };
    let told = "We sturen een bericht naar je oude nummer en je mail.";
    has(&drawn_after(7 * 86_400, Place::Mobile), &["kun je 7 dagen lang niet zelf", told]);
    has(&drawn_after(7 * 86_400, Place::Overview), &["kun je 7 dagen lang niet zelf"]);
    for place in [Place::Mobile, Place::Birthdate, Place::Overview] {
        has_not(&drawn_after(0, place), &[" lang niet zelf"]);
    }
    has(&drawn_after(0, Place::Mobile), &[told]);
}

#[test]
fn a_new_number_is_confirmed_by_the_code_that_was_sent_to_it() {
    has(
        &drawn(Overview { confirming: true, ..empty() }, Place::Confirm),
        &["We hebben een code gestuurd naar je nieuwe nummer", "<label for=\"code\">Code uit de sms</label>"],
    );
}

#[test]
fn the_app_is_linked_by_scanning_or_by_a_link_and_both_can_be_reached() {
    let install = drawn(activating(), Place::Activation);
    has(&install, &["Stap 1 van 2", "De app staat op mijn telefoon"]);
    has_not(&install, &["QR-code om de app te koppelen", "igmobileotp"]);
    let link = Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.apply(at(Stage::Overview, Some(activating())), NOW);
        state.place.set(Place::Activation);
        state.is_app_installed.set(true);
        without_markers(&view! { <Enrollment state /> }.to_html())
    });
    has_not(&link, &["/app.svg"]);
    has(
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
    has(&drawn(overview(), Place::Activation), &["De app is gekoppeld"]);
}

#[test]
fn elsewhere_it_is_told_where_to_register_and_nothing_is_asked() {
    let html = elsewhere_shell(&site(), Language::Nl);
    has(
        &html,
        &[
            "06-nummer registratie",
            "alleen regelen op een computer van Pantein, of op het netwerk van Pantein",
            "Servicedesk ICT",
            "href=\"/registratie?language=en\"",
        ],
    );
    has_not(&html, &["<input", "<form", "<button"]);
}

#[test]
fn every_screen_is_complete_in_english() {
    let html = drawn_in(Language::En, at(Stage::Overview, Some(overview())), Place::Overview);
    has(
        &html,
        &["Can you set a new password yourself?", "Try a practice run", "number ending in 78", "Sign out"],
    );
    has_not(&html, &["nummer", "Geboortedatum", "klaar"]);
}

#[test]
fn a_password_is_kept_no_longer_than_its_call() {
    Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.password.set(RawInput::new("Fiets-Regen-42!"));
        state.apply(at(Stage::Overview, Some(overview())), NOW);
        assert!(state.password.with_untracked(|password| password.expose().is_empty()));
    });
}

#[test]
fn nothing_of_a_session_is_left_when_it_has_ended() {
    Owner::new().with(|| {
        let state = new_state(site(), Language::Nl);
        state.apply(at(Stage::Overview, Some(activating())), NOW);
        state.mobile.set(RawInput::new("06-12345678"));
        assert!(state.activation.with_untracked(Option::is_some));
        state.apply(Registration::sign_in(), NOW);
        assert!(state.activation.with_untracked(Option::is_none));
        assert!(state.overview.with_untracked(Option::is_none));
        assert!(state.mobile.with_untracked(|mobile| mobile.expose().is_empty()));
    });
}
