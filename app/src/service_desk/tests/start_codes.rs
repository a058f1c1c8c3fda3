//! Start codes on the page of the service desk.

use super::*;
use crate::api::service_desk_state::StartCodeState;
use crate::service_desk::start_codes::PART_HEADING;

fn requested() -> StartCodeState {
    StartCodeState {
        id: "5f0c2a9b7d11e384".into(),
        name: "A. Janssen".into(),
        username: "A.Janssen".into(),
        requested_by: "S. Visser".into(),
        requested_at: "2026-11-28T14:02:41+01:00".into(),
        identity_seen: false,
        own: true,
        may_approve: false,
        approved: false,
        code: None,
        expires_in: 900,
    }
}

fn of_a_colleague() -> StartCodeState {
    StartCodeState { own: false, may_approve: true, ..requested() }
}

fn with_code() -> StartCodeState {
    StartCodeState { approved: true, code: Some("K7Q29F4P".into()), ..requested() }
}

fn with_codes(start_codes: Vec<StartCodeState>) -> ServiceDesk {
    ServiceDesk { start_codes, ..at_desk() }
}

#[test]
fn desk_that_can_issue_no_start_codes_offers_none() {
    for language in Language::ALL.iter().copied() {
        let html = rendered_in(language, ServiceDesk { offers_start_codes: false, ..at_desk() });
        assert_lacks(&html, &[language.service_desk().start_heading, "id=\"username\""]);
    }
}

fn lead(desk: ServiceDesk) -> ServiceDesk {
    ServiceDesk { lead: true, ..desk }
}

#[test]
fn only_the_desk_offers_start_codes_and_no_identity_is_recorded_with_a_request() {
    for (language, heading, label, request, identity) in [
        (
            Language::Nl,
            "Telefoon kwijt</h2>",
            "<label for=\"username\">Gebruikersnaam van de medewerker</label>",
            "Vraag een startcode aan</button>",
            "Ik heb de legitimatie gezien</label>",
        ),
        (
            Language::En,
            "Phone lost</h2>",
            "<label for=\"username\">User name of the employee</label>",
            "Request a start code</button>",
            "I have seen the identity document</label>",
        ),
    ] {
        for html in [rendered_in(language, at_desk()), rendered_in(language, lead(at_desk()))] {
            assert_contains(&html, &[heading, label, request, &format!("id=\"{PART_HEADING}\"")]);
            // The agent who sees the code must not be the one who vouches for the identity.
            assert_lacks(&html, &[identity, "type=\"checkbox\"", "class=\"start-codes\""]);
        }
        for desk in [ServiceDesk::sign_in(), at_code(), with_caller(caller())] {
            assert_lacks(&rendered_in(language, desk), &[heading, request]);
        }
    }
}

#[test]
fn own_request_waits_for_a_colleague_and_is_then_shown() {
    for (language, waits, refresh, withdraw, show) in [
        (
            Language::Nl,
            "Wacht op een collega</p>",
            "Ververs</button>",
            "Trek in</button>",
            "Toon de startcode</button>",
        ),
        (
            Language::En,
            "Waiting for a colleague</p>",
            "Refresh</button>",
            "Withdraw</button>",
            "Show the start code</button>",
        ),
    ] {
        let approve = [">", language.service_desk().start_approve, "</button>"].concat();
        let waiting = rendered_in(language, lead(with_codes(vec![requested()])));
        assert_contains(&waiting, &["A. Janssen</h3>", "A.Janssen", "S. Visser", waits, refresh, withdraw]);
        assert_lacks(&waiting, &[show, &approve, "call-code"]);
        let approved = StartCodeState { approved: true, ..requested() };
        let approved = rendered_in(language, with_codes(vec![approved]));
        assert_contains(&approved, &[language.service_desk().start_approved, show, withdraw]);
        assert_lacks(&approved, &[waits, refresh, &approve, "call-code"]);
    }
    assert_contains(
        &rendered(with_codes(vec![requested()])),
        &["Aangevraagd door S. Visser, 28 november 2026, 14:02 uur"],
    );
}

#[test]
fn start_code_is_shown_in_two_groups_and_read_out_by_character() {
    for language in Language::ALL.iter().copied() {
        let (messages, texts) = (language.messages(), language.service_desk());
        let html = rendered_in(language, with_codes(vec![with_code()]));
        assert_contains(
            &html,
            &[
                "<span aria-hidden=\"true\">K7Q2 9F4P</span>",
                "<span class=\"unseen\">K 7 Q 2 9 F 4 P</span>",
                texts.start_warning,
                texts.start_valid,
                messages.call_start,
                messages.new_app_start,
            ],
        );
        assert_lacks(&html, &[texts.start_show, texts.start_waits, "K7Q29F4P"]);
    }
    let html = rendered(with_codes(vec![with_code()]));
    assert_contains(
        &html,
        &[
            "Lees deze code alleen voor aan de medewerker zelf. Je kunt er geen wachtwoord mee instellen.",
            "Laat de medewerker de website Wachtwoord Reset openen.",
        ],
    );
}

#[test]
fn request_of_a_colleague_is_approved_by_whom_the_server_allows() {
    for language in Language::ALL.iter().copied() {
        let texts = language.service_desk();
        let approve = [">", texts.start_approve, "</button>"].concat();
        let (refuse, withdraw) = (
            [">", texts.start_refuse, "</button>"].concat(),
            [">", texts.start_withdraw, "</button>"].concat(),
        );
        let html = rendered_in(language, with_codes(vec![of_a_colleague()]));
        assert_contains(&html, &[&approve, texts.start_rule_approve]);
        assert_lacks(&html, &["checkbox", &withdraw, &refuse, texts.start_not_yours]);
        let html = rendered_in(language, lead(with_codes(vec![of_a_colleague()])));
        assert_contains(&html, &[&approve, "id=\"identity-5f0c2a9b7d11e384\"", texts.identity_seen]);
        let not_mine = StartCodeState { may_approve: false, ..of_a_colleague() };
        let html = rendered_in(language, lead(with_codes(vec![not_mine])));
        assert_contains(&html, &[texts.start_not_yours, &refuse]);
        assert_lacks(&html, &[&approve, "identity-5f0c"]);
        let approved = StartCodeState { approved: true, may_approve: false, ..of_a_colleague() };
        let html = rendered_in(language, with_codes(vec![approved]));
        assert_contains(&html, &[texts.start_approved_other]);
        assert_lacks(&html, &[&approve, texts.start_show, &withdraw]);
        let approved = StartCodeState { approved: true, may_approve: false, ..of_a_colleague() };
        let html = rendered_in(language, lead(with_codes(vec![approved])));
        assert_contains(&html, &[texts.start_approved_other, &withdraw]);
    }
}

#[test]
fn seen_identity_document_is_recorded_once() {
    let seen = StartCodeState { identity_seen: true, ..of_a_colleague() };
    let html = rendered(lead(with_codes(vec![seen])));
    assert_contains(&html, &["Legitimatie gezien: geen wachttijd.", ">Keur goed</button>"]);
    assert_lacks(&html, &["identity-5f0c"]);
    assert_lacks(&rendered(with_codes(vec![requested()])), &["Legitimatie gezien"]);
}

#[test]
fn ids_are_unique_and_names_are_text() {
    let start_codes = vec![
        of_a_colleague(),
        StartCodeState {
            id: "7d11e3845f0c2a9b".into(),
            name: "<img src=x>".into(),
            username: "B.Smits".into(),
            ..of_a_colleague()
        },
        with_code(),
    ];
    let html = rendered(lead(with_codes(start_codes)));
    assert_lacks(&html, &["<img src=x", "style=\""]);
    assert_contains(&html, &["&lt;img src=x&gt;"]);
    let mut ids: Vec<_> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "{html}");
}

#[test]
fn request_form_and_codes_are_wiped_with_the_session_or_for_a_caller() {
    for next in [ServiceDesk::sign_in(), with_caller(caller())] {
        Owner::new().with(|| {
            let state = new_state(Language::Nl);
            state.apply(with_codes(vec![with_code()]));
            state.employee.set(RawInput::new("A.Janssen"));
            state.apply(with_codes(vec![with_code()]));
            assert_eq!(state.employee.get_untracked(), RawInput::new("A.Janssen"));
            state.apply(next);
            assert_eq!(state.employee.get_untracked(), RawInput::default());
            assert_eq!(state.start_codes.get_untracked(), []);
        });
    }
}

#[test]
fn remaining_time_does_not_rebuild_the_list() {
    Owner::new().with(|| {
        let state = new_state(Language::Nl);
        state.apply(with_codes(vec![requested()]));
        let before = state.start_codes.get_untracked();
        state.apply(with_codes(vec![StartCodeState { expires_in: 1, ..requested() }]));
        assert_eq!(state.start_codes.get_untracked(), before);
    });
}

#[test]
fn rule_of_a_start_code_is_on_the_page_where_it_is_requested() {
    for (language, rule) in [
        (
            Language::Nl,
            "Bel de medewerker eerst terug op een nummer dat je al kende, of zie de medewerker zelf.",
        ),
        (
            Language::En,
            "First call the employee back on a number that you already knew, or see the employee yourself.",
        ),
    ] {
        assert_contains(&rendered_in(language, at_desk()), &[rule]);
    }
}

#[test]
fn lead_in_a_call_sees_what_waits_for_an_approval_and_no_form() {
    let in_call = |start_codes| ServiceDesk { start_codes, ..lead(with_caller(caller())) };
    let other = StartCodeState { id: "7d11e3845f0c2a9b".into(), name: "B. Smits".into(), ..requested() };
    let html = rendered(in_call(vec![of_a_colleague(), other]));
    assert_contains(
        &html,
        &["Telefoon kwijt</h2>", "A. Janssen</h3>", ">Keur goed</button>", ">Wijs af</button>"],
    );
    assert_lacks(&html, &["B. Smits", "id=\"username\"", "Vraag een startcode aan"]);
    assert_lacks(&rendered(in_call(vec![requested()])), &["Telefoon kwijt</h2>"]);
}

#[test]
fn what_was_done_about_a_start_code_is_shown() {
    use crate::service_desk::state::StartCodeDone;
    for desk in [at_desk(), with_caller(caller())] {
        for (done, text) in [
            (StartCodeDone::Requested, "De startcode is aangevraagd. Een collega moet die goedkeuren."),
            (StartCodeDone::Approved, "De startcode is goedgekeurd. Je collega leest de code voor."),
            (StartCodeDone::Withdrawn, "De startcode is ingetrokken."),
        ] {
            let html = Owner::new().with(|| {
                let state = new_state(Language::Nl);
                state.apply(desk.clone());
                state.start_code_done.set(Some(done));
                let html = without_markers(&view! { <ServiceDeskPage state /> }.to_html());
                state.apply(ServiceDesk::sign_in());
                assert_eq!(state.start_code_done.get_untracked(), None);
                html
            });
            assert_contains(&html, &[&format!("<p class=\"notice good strong\">{text}</p>")]);
        }
    }
}
