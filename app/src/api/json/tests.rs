//! Round trip of every variant of every API type: serialized as on the server, deserialized as in the browser.

use crate::api::enrollment_state::{
    Activation, App, Known, Overview, Point, Proposed, Qr, Readiness, Registration, Source, Stage,
};
use crate::api::refusal::{Reason, Refusal};
use crate::api::service_desk_state::{
    Caller, DeskAction, DeskStage, StartCodeState, Trail, TrailEvent, TrailKind, TrailReason,
};
use crate::api::site::{Links, Logo, Organisation, ServiceDesk, Site};
use crate::api::step::{OtpMethod, Purpose, Step};
use crate::i18n::{Language, Localised};
use crate::policy::{Personal, Rules, Score, Violation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn read<T: DeserializeOwned>(json: &str) -> Option<T> {
    super::read(json.as_bytes())
}

#[track_caller]
fn assert_round_trip<T: Serialize + DeserializeOwned + PartialEq + Debug>(written: T) {
    let json = serde_json::to_string(&written).unwrap();
    assert_eq!(read::<T>(&json), Some(written), "{json}");
}

fn rules() -> Rules {
    Rules {
        min_length: 12,
        max_length: 127,
        complexity: true,
        min_score: Score::new(3).unwrap(),
        banned_words: vec!["pantein".into()],
        history: Some(24),
    }
}

#[test]
fn every_step_round_trips() {
    let username = || "A.Janssen".to_owned();
    for practice in [false, true] {
        assert_round_trip(Step::Birthdate {
            username: username(),
            expires_in: 900,
            practice,
            purpose: if practice { Purpose::Call } else { Purpose::Reset },
        });
        for (method, resend_after) in [(OtpMethod::Token, None), (OtpMethod::Otp, Some(30))] {
            let methods = vec![OtpMethod::Token, OtpMethod::Otp];
            assert_round_trip(Step::Code {
                username: username(),
                methods,
                method,
                resend_after,
                expires_in: 9,
                practice,
                purpose: if practice { Purpose::Call } else { Purpose::Reset },
            });
        }
        for (unlock, history) in [(false, None), (true, Some(24))] {
            assert_round_trip(Step::Password {
                username: username(),
                rules: Rules { history, ..rules() },
                personal: Personal::from_names("A.Janssen", "Anna Janssen"),
                expires_in: 900,
                unlock,
                practice,
            });
        }
        for everywhere in [None, Some(false), Some(true)] {
            for unlocked in [false, true] {
                assert_round_trip(Step::Done {
                    applications: vec!["Visma".into()],
                    groups: vec![],
                    everywhere,
                    unlocked,
                    practice,
                });
            }
        }
    }
    assert_round_trip(Step::Waiting {
        from: "2026-11-29T15:05:00+01:00".into(),
        until: "2026-12-02T15:05:00+01:00".into(),
    });
    assert_round_trip(Step::Identify {});
}

#[test]
fn every_refusal_round_trips() {
    let reference = || "K7Q2-9F4M".to_owned();
    for field in [None, Some("username".to_owned())] {
        for reason in [
            Reason::Empty,
            Reason::TooLong,
            Reason::Characters,
            Reason::Invisible,
            Reason::OtherDomain,
            Reason::NotADate,
            Reason::Future,
            Reason::Implausible,
            Reason::NotDigits,
            Reason::Length,
            Reason::NotOffered,
            Reason::NotMobile,
            Reason::OtherCountry,
            Reason::Malformed,
            Reason::WrongType,
            Reason::Missing,
            Reason::Duplicate,
            Reason::UnknownField,
            Reason::NotFound,
            Reason::Method,
            Reason::TooLarge,
            Reason::ContentType,
        ] {
            assert_round_trip(Refusal::Invalid { field: field.clone(), reason });
        }
    }
    let score = |score| Score::new(score).unwrap();
    let violations = vec![
        Violation::TooShort { min: 12 },
        Violation::TooLong { max: 127 },
        Violation::Complexity,
        Violation::ContainsName,
        Violation::BannedWord { word: "pantein".into() },
        Violation::TooGuessable { score: score(0), min: score(4) },
        Violation::Invisible,
        Violation::Breached,
        Violation::InHistory { remembered: None },
        Violation::InHistory { remembered: Some(24) },
        Violation::TooRecent { hours: 23 },
        Violation::DirectoryRefused,
    ];
    for refusal in [
        Refusal::NotVerified { reference: reference(), attempts_left: 0 },
        Refusal::WeakPassword { violations },
        Refusal::TooMany { retry_after: 86_400 },
        Refusal::StartAgain,
        Refusal::InProgress,
        Refusal::Unavailable { reference: reference(), retry_after: 30 },
        Refusal::OutcomeUnknown { reference: reference() },
        Refusal::CrossOrigin,
        Refusal::Fault { reference: reference() },
    ] {
        assert_round_trip(refusal);
    }
}

#[test]
fn site_round_trips() {
    let in_both_languages = |text: &str| Localised { en: "<&\u{2028}\"".into(), ..Localised::same(text) };
    assert_round_trip(Site {
        logo: Some(Logo { address: "/logo?0f".into(), width: 240, height: 80 }),
        organisation: Organisation {
            logo_file: String::new(),
            name: "Pantein".into(),
            title: in_both_languages("Wachtwoord Reset"),
            welcome: in_both_languages("Welkom"),
            introduction: Localised::default(),
            domains: crate::domain::username::Domains {
                suffixes: vec!["pantein.nl".into()],
                prefixes: vec!["PANTEIN".into()],
            },
            service_desk: ServiceDesk {
                name: "Servicedesk ICT".into(),
                phone: "0485 – 845 900".into(),
                phone_link: "+31485845900".into(),
                mail: "ServiceDesk@Pantein.nl".into(),
                hours: in_both_languages("Op werkdagen."),
                ..ServiceDesk::default()
            },
            hr: "Talent & Salaris".into(),
            applications: vec!["Visma".into()],
            languages: vec![Language::Nl, Language::En],
            links: Links { privacy: "https://example.org/privacy".into(), ..Links::default() },
            accent: "#00637c".into(),
        },
        rules: rules(),
        methods: vec![OtpMethod::Token],
        kept_days: 30,
        waiting_seconds: 86_400,
        calls: false,
        application_groups: vec![],
    });
}

#[test]
fn every_registration_round_trips() {
    assert_round_trip(Registration::sign_in());
    let known = |source| Known {
        masked: "06-•• •• •• 78".into(),
        source,
        since: "2026-11-22".into(),
        confirmed: true,
        usable_in: 86_400,
    };
    let proposed = || Proposed { masked: String::new(), since: "2026-11-22".into() };
    let points = [Readiness::Scope, Readiness::Birthdate, Readiness::Mobile, Readiness::App];
    for app in [App::Active, App::None, App::Activating, App::Locked, App::Unknown] {
        for source in [Source::Employee, Source::Hr, Source::Directory] {
            assert_round_trip(Registration {
                step: Stage::Overview,
                username: Some("E.Hendriks".into()),
                expires_in: Some(3600),
                overview: Some(Overview {
                    may_change: true,
                    birthdate: None,
                    birthdate_elsewhere: false,
                    mobile: Some(known(source)),
                    proposed_birthdate: Some(proposed()),
                    proposed_mobile: None,
                    confirming: false,
                    app,
                    can_activate: true,
                    activation: Some(Activation {
                        link: "igmobileotp://x".into(),
                        qr: Qr { size: 45, path: "M4 4h7v1h-7z".into() },
                        password: None,
                    }),
                    points: points.map(|point| Point { point, ready: point == Readiness::App }).into(),
                    time: 1_800_000_000,
                }),
            });
        }
    }
    assert_round_trip(Registration { step: Stage::Code, ..Registration::sign_in() });
}

#[test]
fn every_state_of_a_session_with_a_start_code_round_trips() {
    assert_round_trip(Step::Birthdate {
        username: "A.Janssen".into(),
        expires_in: 900,
        practice: false,
        purpose: Purpose::NewApp,
    });
    let activation = |password| Activation {
        link: "igmobileotp://?action=secactivate&x=\"1\"".into(),
        qr: Qr { size: 45, path: "M4 4h7v7h-7z".into() },
        password,
    };
    let from = || Some("2026-11-29T15:05:00+01:00".to_owned());
    for (activation, linked, from) in [
        (None, false, None),
        (Some(activation(None)), false, None),
        (Some(activation(Some("4821 7730".into()))), true, from()),
        (None, true, from()),
    ] {
        assert_round_trip(Step::NewApp { activation, linked, from, expires_in: 900 });
    }
    assert_eq!(read::<Step>(r#"{"step":"new_app","activation":null,"from":null,"expires_in":9}"#), None);
}

#[test]
fn incomplete_or_unknown_value_is_refused() {
    for json in [
        r#"{"step":"birthdate","username":"A.Janssen"}"#,
        r#"{"step":"birthdate","username":"A.Janssen","expires_in":-1}"#,
        r#"{"step":"birthdate","username":"A.Janssen","expires_in":1.5}"#,
        r#"{"step":"birthdate","username":7,"expires_in":1}"#,
        r#"{"step":"done"}"#,
        r#"{"step":"done","applications":["Visma",1],"everywhere":null}"#,
        r#"{"step":"done","applications":[],"everywhere":"yes"}"#,
        r#"{"step":"other"}"#,
        "{}",
        "[]",
        "null",
    ] {
        assert_eq!(read::<Step>(json), None, "{json}");
    }
    for json in [
        r#"{"refusal":"weak_password","breaches":[{"breach":"too_short"}]}"#,
        r#"{"refusal":"weak_password","breaches":[{"breach":"too_guessable","score":5,"min":3}]}"#,
        r#"{"refusal":"too_many"}"#,
        r#"{"refusal":"no_connection"}"#,
    ] {
        assert_eq!(read::<Refusal>(json), None, "{json}");
    }
    assert_eq!(read::<u16>("65536"), None);
}

#[test]
fn every_service_desk_state_round_trips() {
    use crate::api::service_desk_state::ServiceDesk;
    let event = |why| TrailEvent {
        at: "2026-11-28T14:02:00+01:00".into(),
        what: TrailKind::NotVerified,
        why,
        action: None,
    };
    let failed = |action| TrailEvent { what: TrailKind::DeskFailed, action: Some(action), ..event(None) };
    let caller = |done, frozen_since| Caller {
        name: "Ömer \"<b>\" O’Neill \\ 王".into(),
        username: "O.Oneill".into(),
        verified_at: "2026-11-28T14:02:41+01:00".into(),
        expires_in: 600,
        may_act: true,
        locked: true,
        frozen_since,
        may_clear: true,
        may_activate: false,
        may_unlock: true,
        events: vec![event(Some(TrailReason::NoMobile)), event(None)],
        done,
    };
    let at = |step, caller, trail| ServiceDesk {
        step,
        username: Some("S.Visser".into()),
        expires_in: Some(900),
        lead: true,
        caller,
        trail,
        start_codes: Vec::new(),
        offers_start_codes: step == DeskStage::Desk,
    };
    assert_round_trip(ServiceDesk::sign_in());
    assert_round_trip(at(DeskStage::Code, None, None));
    for done in DeskAction::ALL.map(Some).into_iter().chain([None]) {
        let frozen = Some("2026-11-27T09:05:00+01:00".to_owned());
        assert_round_trip(at(DeskStage::Desk, Some(caller(done, frozen)), None));
        assert_round_trip(at(DeskStage::Desk, Some(caller(done, None)), None));
    }
    let trail = |events| Some(Trail { reference: "K7Q2-9F4M".into(), events });
    assert_round_trip(at(DeskStage::Desk, None, trail(vec![])));
    assert_round_trip(at(DeskStage::Desk, None, trail(vec![event(Some(TrailReason::WrongDetails))])));
    assert_round_trip(at(DeskStage::Desk, None, trail(DeskAction::ALL.map(failed).into())));
    let start_code = |own, code: Option<&str>| StartCodeState {
        id: "5f0c2a9b7d11e384".into(),
        name: "Ömer \"<b>\" O’Neill \\ 王".into(),
        username: "O.Oneill".into(),
        requested_by: "S. Visser".into(),
        requested_at: "2026-11-28T14:02:00+01:00".into(),
        identity_seen: own,
        own,
        may_approve: !own,
        approved: code.is_some(),
        code: code.map(str::to_owned),
        expires_in: 900,
    };
    let start_codes =
        vec![start_code(true, None), start_code(true, Some("K7Q29F4P")), start_code(false, None)];
    assert_round_trip(ServiceDesk { start_codes, ..at(DeskStage::Desk, None, None) });
}
