//! Requests and results of the Entrust adapter with the Entrust simulator. Network and protocol errors are in
//! `failures`.

use super::world::{Real, World, config, employee, open_challenge, real, refusal};
use app::api::step::OtpMethod;
use end2end::entrust::{DECOY, Endpoint, Rule};
use server::adapters::entrust::{Entrust, EntrustConfig};
use server::ports::health_finding::{Finding, State};
use server::ports::otp_provider::{CodeVerdict, OtpProvider, OtpSubject};
use std::time::Duration;

#[tokio::test]
async fn every_subject_causes_one_query_and_one_challenge() {
    let Real { entrust, provider } = real().await;
    let locked = open_challenge(&*provider, "B.Smits", OtpMethod::Token).await;
    let wrong = app::domain::code::Code::parse(&entrust.wrong_code("B.Smits").unwrap()).unwrap();
    for _ in 0..5 {
        provider.verify(&locked, &wrong).await.unwrap();
    }
    for rule in [Rule::CodeOnly, Rule::PasswordFirst, Rule::CompletedBeforeCode] {
        entrust.set_rule(rule);
        for subject in [employee("A.Janssen"), employee("B.Smits"), employee("N.Nobody"), OtpSubject::Decoy] {
            entrust.forget_calls();
            provider.open(&subject, OtpMethod::Token).await.unwrap();
            assert_eq!(entrust.count(Endpoint::Query), 1, "{rule:?} {subject:?}");
            assert_eq!(entrust.count(Endpoint::Challenge), 1, "{rule:?} {subject:?}");
            assert_eq!(entrust.count(Endpoint::Complete), 0, "{rule:?} {subject:?}");
        }
    }
}

#[tokio::test]
async fn decoy_calls_use_the_decoy_user() {
    let Real { entrust, provider } = real().await;
    provider.open(&OtpSubject::Decoy, OtpMethod::Token).await.unwrap();
    assert_eq!(entrust.count_for(Endpoint::Query, DECOY), 1);
    assert_eq!(entrust.count_for(Endpoint::Challenge, DECOY), 1);
    assert_eq!(entrust.calls().len(), 2);
}

#[tokio::test]
async fn no_call_is_made_without_a_decoy_user() {
    let Real { entrust, .. } = real().await;
    let provider = Entrust::new(EntrustConfig { decoy_user: None, ..config(entrust.url()) }).unwrap();
    assert_eq!(refusal(&provider, &OtpSubject::Decoy, OtpMethod::Token).await, "no_decoy");
    assert!(entrust.calls().is_empty());
}

#[tokio::test]
async fn sent_code_is_accepted_for_five_minutes() {
    let world = real().await;
    let provider = world.provider();
    for (is_late, expected) in [(false, true), (true, false)] {
        let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Otp).await;
        if is_late {
            world.entrust.advance(Duration::from_mins(5));
        }
        let message = world.entrust.messages("A.Janssen").pop().unwrap();
        let code = app::domain::code::Code::parse(&message.code).unwrap();
        assert_eq!(provider.verify(&challenge, &code).await.unwrap() == CodeVerdict::Right, expected);
    }
}

#[tokio::test]
async fn app_code_is_accepted_within_ten_time_steps() {
    let world = real().await;
    let provider = world.provider();
    for (steps, expected) in [(9, true), (12, false)] {
        let challenge = open_challenge(&*provider, "A.Janssen", OtpMethod::Token).await;
        let code = world.code("A.Janssen");
        world.entrust.advance(Duration::from_secs(steps * end2end::entrust::STEP));
        assert_eq!(
            provider.verify(&challenge, &code).await.unwrap() == CodeVerdict::Right,
            expected,
            "{steps}"
        );
    }
}

#[tokio::test]
async fn challenge_expires() {
    let world = real().await;
    let challenge = open_challenge(&*world.provider, "A.Janssen", OtpMethod::Token).await;
    world.entrust.advance(Duration::from_mins(15));
    let verdict = world.provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap();
    assert_eq!(verdict, CodeVerdict::Wrong("INVALID_TRANSACTION".into()));
}

#[tokio::test]
async fn authentication_completed_before_a_code_is_refused_and_logged_out() {
    let world = real().await;
    world.entrust.set_rule(Rule::CompletedBeforeCode);
    let code = refusal(&*world.provider, &employee("A.Janssen"), OtpMethod::Token).await;
    assert_eq!(code, "completed_without_code");
    world.entrust.arrived(Endpoint::Logout, 1).await;
}

#[tokio::test]
async fn resource_rule_with_password_first_is_refused() {
    let world = real().await;
    world.entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(refusal(&*world.provider, &employee("A.Janssen"), OtpMethod::Token).await, "way_not_offered");
}

#[tokio::test]
async fn unknown_application_id_is_refused() {
    let world = real().await;
    let provider =
        Entrust::new(EntrustConfig::new(world.entrust.url(), "22222222-2222-4222-8222-222222222222"))
            .unwrap();
    assert_eq!(refusal(&provider, &employee("A.Janssen"), OtpMethod::Token).await, "application_not_found");
}

#[tokio::test]
async fn right_code_ends_the_entrust_session() {
    let world = real().await;
    let challenge = open_challenge(&*world.provider, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(
        world.provider.verify(&challenge, &world.code("A.Janssen")).await.unwrap(),
        CodeVerdict::Right
    );
    world.entrust.arrived(Endpoint::Logout, 1).await;
    world.entrust.wait_for_open_sessions(0).await;
}

fn rows(findings: &[Finding]) -> Vec<State> {
    assert!(findings.iter().all(|row| row.part == "entrust" && !row.detail.is_empty()), "{findings:?}");
    findings.iter().map(|row| row.state).collect()
}

#[tokio::test]
async fn check_distinguishes_valid_and_invalid_resource_rules() {
    let Real { entrust, provider } = real().await;
    // The first row is always a warning: this address has no TLS.
    assert_eq!(rows(&provider.check().await), [State::Warning, State::Good, State::Good, State::Good]);

    entrust.offer(&["TOKEN"]);
    assert_eq!(rows(&provider.check().await), [State::Warning, State::Good, State::Bad]);

    let token_only =
        Entrust::new(EntrustConfig { methods: vec![OtpMethod::Token], ..config(entrust.url()) }).unwrap();
    assert_eq!(rows(&token_only.check().await), [State::Warning, State::Good, State::Good]);

    entrust.offer(&["TOKEN", "OTP"]);
    let with_otp = rows(&token_only.check().await);
    assert_eq!(with_otp, [State::Warning, State::Warning, State::Good], "OTP is offered as well");

    entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(rows(&provider.check().await), [State::Warning, State::Bad, State::Bad]);
    entrust.set_rule(Rule::CompletedBeforeCode);
    assert_eq!(rows(&provider.check().await), [State::Warning, State::Bad]);

    assert_eq!(entrust.count(Endpoint::Challenge), entrust.count_for(Endpoint::Challenge, DECOY));
    assert_eq!(entrust.count(Endpoint::Complete), 0, "check uses no attempt");
}

#[tokio::test]
async fn check_names_what_is_missing() {
    let Real { entrust, .. } = real().await;
    let with = |change: fn(&mut EntrustConfig)| {
        let mut config = config(entrust.url());
        change(&mut config);
        Entrust::new(config).unwrap()
    };
    let no_decoy = with(|config| config.decoy_user = None).check().await;
    assert_eq!(rows(&no_decoy), [State::Warning, State::Warning]);
    let unknown = with(|config| config.decoy_user = Some("N.Nobody".into())).check().await;
    assert_eq!(rows(&unknown), [State::Warning, State::Bad]);
    assert!(unknown.iter().any(|row| row.detail.contains("user_not_found")));
    let unknown_application = with(|config| config.application_id = "x".into()).check().await;
    assert_eq!(rows(&unknown_application), [State::Warning, State::Bad]);
    let unreachable = with(|config| config.url = "http://127.0.0.1:1".into()).check().await;
    assert_eq!(rows(&unreachable), [State::Bad]);
}
