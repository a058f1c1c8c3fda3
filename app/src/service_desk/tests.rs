//! Tests of the service desk's screens as the server renders them. The browser tests cover their behaviour.

mod start_codes;
mod trail_events;

use super::*;
use crate::api::service_desk_state::{
    Caller, DeskAction, DeskStage, ServiceDesk, Trail, TrailEvent, TrailKind, TrailReason,
};
use crate::test_support::{assert_contains, assert_lacks, site, without_markers};
use state::Ended;
use std::sync::Arc;

fn event(what: TrailKind, why: Option<TrailReason>) -> TrailEvent {
    TrailEvent { at: "2026-11-28T13:58:30+01:00".into(), what, why, action: None }
}

fn caller() -> Caller {
    Caller {
        name: "A. Janssen".into(),
        username: "A.Janssen".into(),
        verified_at: "2026-11-28T14:02:41+01:00".into(),
        expires_in: 600,
        may_act: true,
        locked: false,
        frozen_since: None,
        may_clear: false,
        may_activate: false,
        may_unlock: true,
        events: vec![],
        done: None,
    }
}

fn at_code() -> ServiceDesk {
    ServiceDesk {
        step: DeskStage::Code,
        username: Some("S.Desk".into()),
        expires_in: Some(900),
        ..ServiceDesk::sign_in()
    }
}

fn at_desk() -> ServiceDesk {
    ServiceDesk { step: DeskStage::Desk, offers_start_codes: true, ..at_code() }
}

fn with_caller(caller: Caller) -> ServiceDesk {
    ServiceDesk { caller: Some(caller), ..at_desk() }
}

fn with_trail(events: Vec<TrailEvent>) -> ServiceDesk {
    ServiceDesk { trail: Some(Trail { reference: "K7Q2-9F4M".into(), events }), ..at_desk() }
}

fn new_state(language: Language) -> DeskState {
    DeskState::new(PageState::new(Arc::new(site()), language))
}

fn rendered_in(language: Language, desk: ServiceDesk) -> String {
    let html = Owner::new().with(|| {
        let state = new_state(language);
        state.apply(desk);
        view! { <ServiceDeskPage state /> }.to_html()
    });
    without_markers(&html)
}

fn rendered(desk: ServiceDesk) -> String {
    rendered_in(Language::Nl, desk)
}

fn screens() -> [ServiceDesk; 5] {
    [
        ServiceDesk::sign_in(),
        at_code(),
        at_desk(),
        with_caller(caller()),
        with_trail(vec![event(TrailKind::Started, None)]),
    ]
}

#[test]
fn first_screen_is_complete_without_the_program() {
    assert_contains(
        &without_markers(&first_screen(&site(), Language::Nl)),
        &[
            ">Servicedesk</h1>",
            "<label for=\"username\">Gebruikersnaam</label>",
            "<label for=\"password\">Wachtwoord</label>",
            "autocomplete=\"current-password\"",
            "type=\"password\"",
            "Volgende",
            "method=\"dialog\"",
            "Deze pagina werkt alleen met JavaScript.",
        ],
    );
}

#[test]
fn every_screen_has_one_heading_unique_ids_and_csp_compatible_markup() {
    for desk in screens() {
        let html = rendered(desk);
        assert_eq!(html.matches("<h1").count(), 1, "{html}");
        assert_lacks(&html, &["style=\"", "<script", "<style", "onclick", "javascript:"]);
        let mut ids: Vec<_> =
            html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count, "{html}");
    }
}

#[test]
fn every_screen_says_never_to_ask_for_a_code_or_a_password() {
    let expected = [
        (
            Language::Nl,
            [
                "Vraag een beller nooit om een code uit de Entrust-app of om een wachtwoord.",
                "Vraag de beller om de website Wachtwoord Reset te openen en «Ik bel met de servicedesk» te kiezen.",
            ],
        ),
        (
            Language::En,
            [
                "Never ask a caller for a code from the Entrust app or for a password.",
                "Ask the caller to open the website Wachtwoord Reset and choose “I am on the phone with the service desk”.",
            ],
        ),
    ];
    for (language, sentences) in expected {
        for desk in screens() {
            assert_contains(&rendered_in(language, desk), &sentences);
        }
    }
}

#[test]
fn desk_has_forms_for_a_call_code_and_for_a_reference() {
    let html = rendered(at_desk());
    assert_contains(
        &html,
        &[
            "<label for=\"call_code\">Gesprekscode</label>",
            "bijvoorbeeld K7Q 29F",
            ">Controleer<",
            "<label for=\"reference\">Nummer van de melding</label>",
            ">Zoek op<",
            "Je bent ingelogd als S.Desk.",
            ">Uitloggen<",
        ],
    );
    assert_lacks(&html, &["Bewezen", "Gesprek beëindigen", "maxlength"]);
    assert_eq!(html.matches("autocomplete=\"off\"").count(), 3);
}

#[test]
fn verified_caller_is_named_with_the_local_time_of_the_proof() {
    for (language, text) in
        [(Language::Nl, "Bewezen: A. Janssen, 14:02</h1>"), (Language::En, "Proved: A. Janssen, 14:02</h1>")]
    {
        assert_contains(&rendered_in(language, with_caller(caller())), &[text]);
    }
    let html = rendered(with_caller(caller()));
    assert_contains(
        &html,
        &["A.Janssen", "niet vergrendeld", "niet geblokkeerd", "Gesprek beëindigen", "Nummer van de melding"],
    );
    assert_lacks(&html, &["id=\"call_code\""]);
}

#[test]
fn display_name_cannot_add_markup() {
    let html = rendered(with_caller(Caller { name: "<img src=x onerror=alert(1)>&\"".into(), ..caller() }));
    assert_lacks(&html, &["<img src=x"]);
    assert_contains(&html, &["Bewezen: &lt;img src=x onerror=alert(1)&gt;&amp;"]);
}

#[test]
fn only_actions_that_make_sense_are_offered() {
    let labels = [
        "Ontgrendel het account",
        "Wis de foute codes",
        "Stuur een link voor de app",
        "Blokkeer het account",
        "Haal de blokkade weg",
    ];
    let frozen = || Some("2026-11-27T09:05:00+01:00".to_owned());
    for (caller, lead, offered) in [
        (caller(), false, [false, false, false, true, false]),
        (Caller { locked: true, ..caller() }, false, [true, false, false, true, false]),
        (Caller { locked: true, may_unlock: false, ..caller() }, false, [false, false, false, true, false]),
        (Caller { may_clear: true, may_activate: true, ..caller() }, false, [false, true, true, true, false]),
        (Caller { frozen_since: frozen(), ..caller() }, true, [false, false, false, false, true]),
        (Caller { frozen_since: frozen(), ..caller() }, false, [false; 5]),
        (
            Caller { frozen_since: frozen(), locked: true, may_unlock: false, ..caller() },
            true,
            [false, false, false, false, true],
        ),
        (Caller { locked: true, may_clear: true, may_act: false, ..caller() }, true, [false; 5]),
    ] {
        let html = rendered(ServiceDesk { lead, ..with_caller(caller) });
        for (label, is_offered) in labels.into_iter().zip(offered) {
            assert_eq!(html.contains(&format!(">{label}</button>")), is_offered, "{label} in {html}");
        }
    }
    let html = rendered(with_caller(Caller { frozen_since: frozen(), ..caller() }));
    assert_contains(
        &html,
        &[
            "geblokkeerd sinds 27 november 2026, 09:05 uur",
            "Alleen een coördinator kan de blokkade weghalen.",
        ],
    );
}

#[test]
fn every_action_is_confirmed_in_both_languages() {
    for language in Language::ALL.iter().copied() {
        let mut confirmations = Vec::new();
        for done in DeskAction::ALL {
            let text = actions::done_text(done, language.service_desk());
            let html = rendered_in(language, with_caller(Caller { done: Some(done), ..caller() }));
            assert_contains(&html, &[&format!("<p class=\"notice good strong\">{text}</p>")]);
            confirmations.push(text);
        }
        confirmations.sort_unstable();
        confirmations.dedup();
        assert_eq!(confirmations.len(), DeskAction::ALL.len());
    }
    assert_lacks(&rendered(with_caller(caller())), &["notice good"]);
}

#[test]
fn confirmation_survives_a_query_and_not_the_call() {
    Owner::new().with(|| {
        let state = new_state(Language::Nl);
        state.apply(with_caller(Caller { done: Some(DeskAction::Freeze), ..caller() }));
        state.apply(with_caller(Caller { expires_in: 590, ..caller() }));
        assert_eq!(state.done.get_untracked(), Some(DeskAction::Freeze));
        state.apply(at_desk());
        assert_eq!(state.done.get_untracked(), None);
        assert_eq!(state.screen.get_untracked(), Screen::Desk);
    });
}

#[test]
fn remaining_time_does_not_rebuild_the_caller() {
    Owner::new().with(|| {
        let state = new_state(Language::Nl);
        state.apply(with_caller(caller()));
        let before = state.caller.get_untracked();
        state.apply(with_caller(Caller { expires_in: 1, ..caller() }));
        assert_eq!(state.caller.get_untracked(), before);
    });
}

#[test]
fn typed_text_is_wiped_when_it_is_no_longer_needed() {
    Owner::new().with(|| {
        let state = new_state(Language::Nl);
        state.password.set(RawInput::new("Fiets-Regen-42!"));
        state.apply(at_code());
        assert_eq!(state.password.get_untracked(), RawInput::default());
        state.code.set(RawInput::new("12345678"));
        state.apply(at_desk());
        assert_eq!(state.code.get_untracked(), RawInput::default());
        state.call_code.set(RawInput::new("K7Q29F"));
        state.reference.set(RawInput::new("K7Q2-9F4M"));
        state.apply(with_caller(caller()));
        assert_eq!(state.call_code.get_untracked(), RawInput::default());
        assert_eq!(state.reference.get_untracked(), RawInput::new("K7Q2-9F4M"));
        state.apply(ServiceDesk::sign_in());
        assert_eq!(state.reference.get_untracked(), RawInput::default());
        assert_eq!(state.caller.get_untracked(), None);
        assert_eq!(state.trail.get_untracked(), None);
    });
}

#[test]
fn end_of_session_call_and_proof_is_shown_until_the_next_one() {
    for (ended, text, desk) in [
        (Ended::Session, "Je bent uitgelogd.", ServiceDesk::sign_in()),
        (Ended::Call, "Het gesprek is beëindigd.", at_desk()),
        (Ended::Proof, "De beller is niet meer bewezen.", at_desk()),
    ] {
        let html = Owner::new().with(|| {
            let state = new_state(Language::Nl);
            state.apply(desk);
            state.ended.set(Some(ended));
            let html = without_markers(&view! { <ServiceDeskPage state /> }.to_html());
            state.apply(with_caller(caller()));
            assert_eq!(state.ended.get_untracked(), None);
            html
        });
        assert_contains(&html, &[text]);
    }
}

#[test]
fn freezing_is_confirmed_first_and_the_question_ends_with_the_call_or_the_freeze() {
    let frozen = || Caller { frozen_since: Some("2026-11-27T09:05:00+01:00".into()), ..caller() };
    for (language, question, yes) in [
        (Language::Nl, "Alleen een coördinator kan de blokkade weer weghalen.", ">Ja, blokkeer</button>"),
        (Language::En, "Only a lead can lift the block.", ">Yes, block</button>"),
    ] {
        assert_lacks(&rendered_in(language, with_caller(caller())), &[question, yes]);
        for next in [at_desk(), with_caller(frozen())] {
            let html = Owner::new().with(|| {
                let state = new_state(language);
                state.apply(with_caller(caller()));
                state.is_freezing.set(true);
                state.apply(with_caller(caller()));
                let html = without_markers(&view! { <ServiceDeskPage state /> }.to_html());
                state.apply(next);
                assert!(!state.is_freezing.get_untracked());
                html
            });
            assert_contains(&html, &[question, yes]);
            assert_lacks(&html, &[&format!(">{}</button>", language.service_desk().freeze)]);
        }
    }
}
