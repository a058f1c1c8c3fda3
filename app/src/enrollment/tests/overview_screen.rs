//! Tests of the overview: requirements, registered values and proposals.

use super::{
    Section, assert_contains, assert_lacks, empty_overview, overview, registration_at, rendered, rendered_in,
};
use crate::api::enrollment_state::{App, Overview, Proposed, Readiness, Source, Stage};
use crate::i18n::Language;

#[test]
fn overview_lists_unmet_requirements_with_instructions() {
    let html = rendered(empty_overview(), Section::Overview);
    assert_contains(
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
    assert_lacks(&html, &["Oefen een keer"]);
}

#[test]
fn met_requirements_are_a_success_and_a_wrong_clock_is_not() {
    assert_contains(&rendered(overview(), Section::Overview), &["Ja! Vergeet je je wachtwoord?", "in orde"]);
    let wrong = Overview { time: 1_773_000_000 - 61, ..overview() };
    let html = rendered(wrong, Section::Overview);
    assert_contains(&html, &["Nog niet. Je moet nog één ding doen.", "Zet de klok op automatisch."]);
}

#[test]
fn first_unmet_requirement_has_the_primary_button() {
    let html = rendered(empty_overview(), Section::Overview);
    assert_eq!(html.matches("button primary").count(), 1);
    let primary = html.split("button primary").nth(1).unwrap();
    assert!(primary.find("Geboortedatum invullen") < primary.find("Nummer invullen"), "{primary}");
    assert_lacks(
        &rendered(Overview { may_change: false, ..empty_overview() }, Section::Overview),
        &["button primary"],
    );
}

#[test]
fn practice_run_is_offered_when_birthdate_and_app_are_ready() {
    assert_contains(
        &rendered(overview(), Section::Overview),
        &["Oefen een keer", "Je wachtwoord verandert niet."],
    );
}

#[test]
fn birthdate_is_hidden_and_number_is_read_out_by_its_last_digits() {
    let html = rendered(overview(), Section::Overview);
    assert_contains(
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
fn value_from_the_directory_has_no_date_and_no_button() {
    let mut known = overview();
    for value in [&mut known.birthdate, &mut known.mobile].into_iter().flatten() {
        (value.source, value.since) = (Source::Directory, String::new());
    }
    known.birthdate_elsewhere = true;
    let html = rendered(known, Section::Overview);
    assert_eq!(html.matches("Dit komt uit onze administratie.").count(), 2);
    assert_lacks(&html, &["Ontvangen op", "ingevuld op", "Geboortedatum wijzigen"]);
    let html = rendered(Overview { birthdate_elsewhere: true, ..empty_overview() }, Section::Overview);
    assert_contains(
        &html,
        &["nog doen", "Je kunt hier nu niets wijzigen. Bel Servicedesk ICT: 0485 – 845 900."],
    );
    assert_lacks(&html, &["Geboortedatum invullen", "Vul je geboortedatum in."]);
    // The next requirement still has the primary button.
    let primary = html.split("button primary").nth(1).unwrap();
    assert!(primary.find("Nummer invullen") < primary.find("Koppel de app"), "{primary}");
}

#[test]
fn recent_change_shows_when_it_can_be_used() {
    let mut overview = overview();
    overview.mobile.as_mut().unwrap().usable_in = 82_000;
    for point in &mut overview.points {
        point.ready = point.point != Readiness::Mobile;
    }
    let html = rendered(overview, Section::Overview);
    assert_eq!(html.matches("Dit is pas gewijzigd. Je kunt dit over 23 uur gebruiken.").count(), 1);
    assert_contains(&html, &["data-check=\"wait\"", "nog wachten"]);
}

#[test]
fn hr_proposal_is_a_question_with_yes_and_no() {
    let proposed = |masked: &str| Some(Proposed { masked: masked.into(), since: "2026-03-09".into() });
    let overview = Overview {
        proposed_mobile: proposed("06-•• •• •• 12"),
        proposed_birthdate: proposed(""),
        ..overview()
    };
    let html = rendered(overview, Section::Overview);
    assert_contains(
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
fn read_only_overview_refers_to_the_service_desk() {
    let html = rendered(Overview { may_change: false, app: App::Locked, ..overview() }, Section::Overview);
    assert_contains(
        &html,
        &["Je kunt hier nu niets wijzigen. Bel Servicedesk ICT", "De app is vergrendeld. Bel"],
    );
    assert_lacks(&html, &["Geboortedatum wijzigen", "Nummer wijzigen", "Koppel de app</button>"]);
}

#[test]
fn manual_linking_is_explained_when_the_app_cannot_be_linked_here() {
    let html = rendered(Overview { can_activate: false, ..empty_overview() }, Section::Overview);
    assert_contains(&html, &["Installeer de app op je telefoon. Bel daarna Servicedesk ICT"]);
    assert_lacks(&html, &["Koppel de app</button>"]);
}

#[test]
fn overview_is_complete_in_english() {
    let html =
        rendered_in(Language::En, registration_at(Stage::Overview, Some(overview())), Section::Overview);
    assert_contains(
        &html,
        &["Can you set a new password yourself?", "Try a practice run", "number ending in 78", "Sign out"],
    );
    assert_lacks(&html, &["nummer", "Geboortedatum", "klaar"]);
}
