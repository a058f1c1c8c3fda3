//! The successful response of each call, byte for byte as in the contract.

use super::client::{REGISTRATION_CALLS, RESET_CALLS, SERVICE_DESK_CALLS, TestApi, json_field};
use crate::reset::world::{BIRTHDATE, CURRENT_PASSWORD, NEW_PASSWORD};
use serde_json::{Value, json};

const RULES: &str = r#"{"min_length":12,"max_length":127,"complexity":true,"min_score":3,"banned_words":["pantein"],"history":24}"#;

#[tokio::test]
async fn all_wizard_answers_match_the_contract_exactly() {
    let api = TestApi::new().await;
    let mut client = api.client();
    let code_step = |seconds: u64| {
        format!(
            r#"{{"step":"code","username":"A.Janssen","ways":["TOKEN"],"way":"TOKEN","resend_after":null,"expires_in":{seconds}}}"#
        )
    };
    assert_eq!(client.current().await.text(), r#"{"step":"identify"}"#);
    let birthdate_step = r#"{"step":"birthdate","username":"A.Janssen","expires_in":900}"#;
    assert_eq!(client.identify("A.Janssen").await.text(), birthdate_step);
    assert_eq!(client.current().await.text(), birthdate_step);
    assert_eq!(client.birthdate(BIRTHDATE).await.text(), code_step(900));
    assert_eq!(client.birthdate(BIRTHDATE).await.text(), code_step(900), "a correction");
    for body in ["{}", r#"{"way":null}"#, r#"{"way":"TOKEN"}"#] {
        assert_eq!(client.post("/api/reset/resend", body).await.text(), code_step(900), "{body}");
    }
    api.world.clock.advance(jiff::SignedDuration::from_secs(10));
    assert_eq!(client.current().await.text(), code_step(890), "reading extends nothing");
    assert_eq!(client.post("/api/reset/extend", "{}").await.text(), code_step(900));
    let password_step = format!(
        r#"{{"step":"password","username":"A.Janssen","rules":{RULES},"personal":["a.janssen","anna","janssen"],"expires_in":900}}"#
    );
    assert_eq!(client.code(&api.world.code_of("A.Janssen")).await.text(), password_step);
    let done = json!({
        "step": "done",
        "applications": api.settings.organisation.applications,
        "everywhere": true,
        "groups": api.settings.application_groups,
    });
    for _ in 0..2 {
        let answer = client.password(NEW_PASSWORD).await;
        assert_eq!((answer.status, answer.json()), (200, done.clone()));
        assert!(
            answer
                .text()
                .starts_with(r#"{"step":"done","applications":["Accountinstellingen smartphone/tablet","#)
        );
        assert!(
            answer
                .text()
                .contains(r#""HiX"],"everywhere":true,"groups":[{"group":"phone","applications":[{"name":{"#)
        );
    }
    assert_eq!(api.world.directory.writes(), 1);
    assert_eq!(client.current().await.json(), done);
    assert_eq!(client.post("/api/reset/cancel", "{}").await.text(), r#"{"step":"identify"}"#);
    assert_eq!(client.current().await.text(), r#"{"step":"identify"}"#);
}

#[tokio::test]
async fn user_name_is_shown_as_typed_without_its_domain() {
    let api = TestApi::new().await;
    for (typed, shown) in [
        ("a.JANSSEN", "a.JANSSEN"),
        ("  A.Janssen ", "A.Janssen"),
        ("A.Janssen@pantein.nl", "A.Janssen"),
        ("A.Janssen@PANTEIN.GRP", "A.Janssen"),
        (r"PANTEIN\A.Janssen", "A.Janssen"),
        ("niemand", "niemand"),
    ] {
        assert_eq!(api.client().identify(typed).await.json()["username"], shown, "{typed}");
    }
}

#[tokio::test]
async fn site_call_returns_what_the_first_screen_needs() {
    let api = TestApi::new().await;
    let answer = api.client().get("/api/site").await;
    let site = answer.json();
    assert_eq!(answer.status, 200);
    assert_eq!(site, serde_json::to_value(api.settings.site()).unwrap());
    assert_eq!(site["rules"].to_string().len(), RULES.len() + 2, "null for 24");
    assert_eq!(site["rules"]["history"], Value::Null);
    assert_eq!(site["ways"], json!(["TOKEN"]));
    let organisation = &site["organisation"];
    assert_eq!(organisation["name"], "Pantein");
    assert_eq!(organisation["languages"], json!(["nl", "en"]));
    assert_eq!(organisation["service_desk"]["mail"], "ServiceDesk@Pantein.nl");
    let phone = &organisation["service_desk"]["phone"];
    assert_eq!(phone, "0485\u{a0}–\u{a0}845\u{a0}900", "a number stays on one line");
    assert_eq!(site["waiting_seconds"], 24 * 3600);
    assert!(organisation["links"]["play_store"].as_str().unwrap().starts_with("https://play.google.com/"));
    for secret in ["dc1.example.org", "entrust.example.org", "svc"] {
        assert!(!answer.text().contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn otp_step_returns_the_time_until_another_code_may_be_sent() {
    let settings = super::client::settings(super::client::HTTPS, "", "");
    let mut settings = settings;
    settings.entrust.authenticators = vec![app::api::step::OtpMethod::Token, app::api::step::OtpMethod::Otp];
    let api = TestApi::with(settings).await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let answer = client.post("/api/reset/resend", r#"{"way":"OTP"}"#).await;
    assert_eq!(
        answer.text(),
        r#"{"step":"code","username":"A.Janssen","ways":["TOKEN","OTP"],"way":"OTP","resend_after":30,"expires_in":900}"#
    );
    let again = client.post("/api/reset/resend", "{}").await;
    assert_eq!((again.status, again.outcome().as_str()), (429, "too_many"));
    // The background sending may let the clock of the test run.
    let wait = again.json()["retry_after"].as_u64().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(again.header("retry-after"), Some(wait.to_string().as_str()));
}

#[tokio::test]
async fn server_functions_and_documented_calls_are_the_same() {
    let mut registered: Vec<(String, String)> = server_fn::axum::server_fn_paths()
        .map(|(path, method)| (method.to_string(), path.to_owned()))
        .collect();
    let mut known: Vec<(String, String)> =
        RESET_CALLS.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    known.extend(
        SERVICE_DESK_CALLS.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())),
    );
    known.extend(
        REGISTRATION_CALLS.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())),
    );
    registered.sort();
    known.sort();
    assert_eq!(registered, known);
    let api = TestApi::new().await;
    for (method, path, name) in RESET_CALLS {
        assert!(server::http::api::admission::is_call(path), "{path}");
        let mut client = api.client();
        let answer = match (method, name) {
            ("GET", _) => client.get(path).await,
            (_, Some(name)) => client.post(path, json_field(name, "x")).await,
            (_, None) => client.post(path, "{}").await,
        };
        assert!([200, 409, 422].contains(&answer.status), "{path}: {}", answer.text());
        answer.json();
    }
}

#[tokio::test]
async fn a17_first_steps_are_the_same_for_every_user_name() {
    let api = TestApi::new().await;
    api.world.directory.add_account("E.Hendriks", "Eva Hendriks", CURRENT_PASSWORD);
    let mut answers = Vec::new();
    for name in ["A.Janssen", "E.Hendriks", "N.Iemand"] {
        let mut client = api.client();
        let identify = client.identify(name).await;
        let birthdate = client.birthdate(BIRTHDATE).await;
        answers.push([identify, birthdate].map(|answer| {
            let (cookie, masked) = (answer.cookie_line().map(str::len), answer.masked());
            (masked.status, masked.text().replace(name, "#"), cookie)
        }));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
    assert_eq!((api.world.directory.finds(), api.world.provider_calls()), (0, (0, 0)));
}
