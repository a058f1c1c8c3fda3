//! What Entrust's adapter asks and accepts, seen from the embedded Entrust. Not its troubles with
//! the network, which are in `trouble`.

use super::world::{Real, World, challenge, config, employee, real, refused};
use app::api::step::OtpMethod;
use end2end::entrust::{DECOY, Endpoint, Rule};
use server::adapters::entrust::{Entrust, EntrustConfig};
use server::ports::health_finding::{Finding, State};
use server::ports::otp_provider::{CodeVerdict, OtpProvider, OtpSubject};
use std::time::Duration;

#[tokio::test]
async fn everybody_costs_a_query_and_a_challenge() {
    let Real { entrust, codes } = real().await;
    let locked = challenge(&*codes, "B.Smits", OtpMethod::Token).await;
    let wrong = app::domain::code::Code::parse(&entrust.wrong_code("B.Smits").unwrap()).unwrap();
    for _ in 0..5 {
        codes.verify(&locked, &wrong).await.unwrap();
    }
    for rule in [Rule::CodeOnly, Rule::PasswordFirst, Rule::CompletedBeforeCode] {
        entrust.set_rule(rule);
        for holder in [employee("A.Janssen"), employee("B.Smits"), employee("N.Nobody"), OtpSubject::Decoy] {
            entrust.forget_calls();
            codes.open(&holder, OtpMethod::Token).await.unwrap();
            assert_eq!(entrust.count(Endpoint::Query), 1, "{rule:?} {holder:?}");
            assert_eq!(entrust.count(Endpoint::Challenge), 1, "{rule:?} {holder:?}");
            assert_eq!(entrust.count(Endpoint::Complete), 0, "{rule:?} {holder:?}");
        }
    }
}

#[tokio::test]
async fn the_decoys_calls_go_to_the_decoy() {
    let Real { entrust, codes } = real().await;
    codes.open(&OtpSubject::Decoy, OtpMethod::Token).await.unwrap();
    assert_eq!(entrust.count_for(Endpoint::Query, DECOY), 1);
    assert_eq!(entrust.count_for(Endpoint::Challenge, DECOY), 1);
    assert_eq!(entrust.calls().len(), 2);
}

#[tokio::test]
async fn without_a_decoy_nobody_is_called_for_it() {
    let Real { entrust, .. } = real().await;
    let codes = Entrust::new(EntrustConfig { decoy_user: None, ..config(entrust.url()) }).unwrap();
    assert_eq!(refused(&codes, &OtpSubject::Decoy, OtpMethod::Token).await, "no_decoy");
    assert!(entrust.calls().is_empty());
}

#[tokio::test]
async fn a_sent_code_counts_and_only_for_five_minutes() {
    let world = real().await;
    let codes = world.codes();
    for (late, expected) in [(false, true), (true, false)] {
        let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Otp).await;
        if late {
            world.entrust.advance(Duration::from_mins(5));
        }
        let message = world.entrust.messages("A.Janssen").pop().unwrap();
        let code = app::domain::code::Code::parse(&message.code).unwrap();
        assert_eq!(codes.verify(&challenge, &code).await.unwrap() == CodeVerdict::Right, expected);
    }
}

#[tokio::test]
async fn the_code_of_the_app_is_accepted_ten_steps_around_now() {
    let world = real().await;
    let codes = world.codes();
    for (steps, expected) in [(9, true), (12, false)] {
        let challenge = challenge(&*codes, "A.Janssen", OtpMethod::Token).await;
        let code = world.code("A.Janssen");
        world.entrust.advance(Duration::from_secs(steps * end2end::entrust::STEP));
        assert_eq!(codes.verify(&challenge, &code).await.unwrap() == CodeVerdict::Right, expected, "{steps}");
    }
}

#[tokio::test]
async fn a_challenge_expires() {
    let world = real().await;
    let challenge = challenge(&*world.codes, "A.Janssen", OtpMethod::Token).await;
    world.entrust.advance(Duration::from_mins(15));
    let verdict = world.codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap();
    assert_eq!(verdict, CodeVerdict::Wrong("INVALID_TRANSACTION".into()));
}

#[tokio::test]
async fn who_is_let_in_before_any_code_is_refused_and_logged_out() {
    let world = real().await;
    world.entrust.set_rule(Rule::CompletedBeforeCode);
    let code = refused(&*world.codes, &employee("A.Janssen"), OtpMethod::Token).await;
    assert_eq!(code, "completed_without_code");
    world.entrust.arrived(Endpoint::Logout, 1).await;
}

#[tokio::test]
async fn a_rule_that_asks_a_password_first_refuses_everybody() {
    let world = real().await;
    world.entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(refused(&*world.codes, &employee("A.Janssen"), OtpMethod::Token).await, "way_not_offered");
}

#[tokio::test]
async fn a_foreign_application_id_verifies_nobody() {
    let world = real().await;
    let codes = Entrust::new(EntrustConfig::new(world.entrust.url(), "22222222-2222-4222-8222-222222222222"))
        .unwrap();
    assert_eq!(refused(&codes, &employee("A.Janssen"), OtpMethod::Token).await, "application_not_found");
}

#[tokio::test]
async fn after_a_right_code_the_session_in_entrust_is_ended() {
    let world = real().await;
    let challenge = challenge(&*world.codes, "A.Janssen", OtpMethod::Token).await;
    assert_eq!(world.codes.verify(&challenge, &world.code("A.Janssen")).await.unwrap(), CodeVerdict::Right);
    world.entrust.arrived(Endpoint::Logout, 1).await;
    world.entrust.until_open_sessions(0).await;
}

fn rows(findings: &[Finding]) -> Vec<State> {
    assert!(findings.iter().all(|row| row.part == "entrust" && !row.detail.is_empty()), "{findings:?}");
    findings.iter().map(|row| row.state).collect()
}

#[tokio::test]
async fn the_check_tells_a_good_rule_from_a_bad_one() {
    let Real { entrust, codes } = real().await;
    // The first row is a warning in all of these: it says that this address has no TLS.
    assert_eq!(rows(&codes.check().await), [State::Warning, State::Good, State::Good]);

    entrust.offer(&["TOKEN"]);
    assert_eq!(rows(&codes.check().await), [State::Warning, State::Good, State::Bad]);

    let token_only =
        Entrust::new(EntrustConfig { ways: vec![OtpMethod::Token], ..config(entrust.url()) }).unwrap();
    assert_eq!(rows(&token_only.check().await), [State::Warning, State::Good]);

    entrust.offer(&["TOKEN", "OTP"]);
    assert_eq!(rows(&token_only.check().await), [State::Warning, State::Warning], "OTP is offered as well");

    entrust.set_rule(Rule::PasswordFirst);
    assert_eq!(rows(&codes.check().await), [State::Warning, State::Bad, State::Bad]);
    entrust.set_rule(Rule::CompletedBeforeCode);
    assert_eq!(rows(&codes.check().await), [State::Warning, State::Bad]);

    assert_eq!(entrust.count(Endpoint::Challenge) + entrust.count(Endpoint::Complete), 0, "it only queries");
}

#[tokio::test]
async fn the_check_names_what_is_missing() {
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
    let foreign = with(|config| config.application_id = "x".into()).check().await;
    assert_eq!(rows(&foreign), [State::Warning, State::Bad]);
    let nowhere = with(|config| config.url = "http://127.0.0.1:1".into()).check().await;
    assert_eq!(rows(&nowhere), [State::Bad]);
}
