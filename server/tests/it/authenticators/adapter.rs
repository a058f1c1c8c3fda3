//! What the adapter asks of Entrust's administration, seen from the embedded Entrust: sessions, tokens, the check.
//! Not its troubles with the network, which are in `trouble`.

use super::world::{Real, World as _, config, is_unusable, now, real, states};
use app::api::enrollment_state::App;
use end2end::entrust::{Endpoint, TokenState};
use serde_json::json;
use server::adapters::entrust::EntrustAuthenticators;
use server::adapters::entrust_admin::{EntrustAdmin, EntrustAdminConfig};
use server::ports::authenticators::Authenticators as _;
use server::ports::health_finding::{Finding, State};
use std::time::Duration;

#[tokio::test]
async fn one_session_serves_many_calls() {
    let Real { entrust, admin, .. } = real().await;
    for _ in 0..3 {
        admin.app("A.Janssen").await.unwrap();
        admin.set_mobile("E.Hendriks", "+31612345678").await.unwrap();
    }
    assert_eq!(entrust.count(Endpoint::AdminSignIn), 1);
}

#[tokio::test]
async fn a_session_is_left_before_it_ends_in_both_forms_of_a_date() {
    let world = real().await;
    // Entrust writes the end of every other session in the other form.
    for session in 1..=4 {
        world.admin.app("A.Janssen").await.unwrap();
        world.advance(Duration::from_mins(14));
        world.admin.app("A.Janssen").await.unwrap();
        assert_eq!(world.entrust.count(Endpoint::AdminSignIn), session);
        world.advance(Duration::from_secs(55));
    }
    let refused = world.entrust.calls().iter().filter(|call| call.status == Some(401)).count();
    assert_eq!(refused, 0, "no call was made in a session that had ended");
}

#[tokio::test]
async fn a_session_that_entrust_forgot_is_replaced_once_and_the_call_repeated() {
    let Real { entrust, admin, .. } = real().await;
    admin.app("A.Janssen").await.unwrap();
    entrust.end_admin_sessions();
    entrust.forget_calls();
    assert!(admin.set_mobile("E.Hendriks", "+31612345678").await.unwrap());
    assert_eq!(entrust.mobile("E.Hendriks").as_deref(), Some("+31612345678"));
    assert_eq!(entrust.count(Endpoint::AdminSignIn), 1);
    assert_eq!(entrust.count(Endpoint::UserGet), 2);
    assert_eq!(entrust.count(Endpoint::UserUpdate), 1);
}

#[tokio::test]
async fn many_callers_at_once_all_get_their_answer() {
    let Real { entrust, admin, .. } = real().await;
    for _ in 0..2 {
        let asked = futures::future::join_all((0..20).map(|_| admin.app("A.Janssen"))).await;
        assert!(asked.into_iter().all(|app| app.unwrap() == App::Active));
        entrust.end_admin_sessions();
    }
}

#[tokio::test]
async fn only_the_number_is_written_to_a_user() {
    let Real { entrust, admin, .. } = real().await;
    admin.set_mobile("E.Hendriks", "+31612345678").await.unwrap();
    let calls = entrust.calls();
    let update = calls.iter().find(|call| call.endpoint == Endpoint::UserUpdate).unwrap();
    assert_eq!(update.request, Some(json!({"mobile": "+31612345678"})));
    assert_eq!(update.user.as_deref(), Some("E.Hendriks"));
}

#[tokio::test]
async fn an_activation_is_asked_without_mail_and_without_a_picture() {
    for in_answer in [false, true] {
        let world = real().await;
        world.entrust.set_phones("http://127.0.0.1:1");
        world.entrust.answer_with_activation(in_answer);
        let begun = world.begin("E.Hendriks").await;
        let activations = world.entrust.count(Endpoint::TokenActivate);
        assert_eq!(activations, usize::from(!in_answer), "asked only where the first answer had none");
        assert!(begun.scan.starts_with("http://127.0.0.1:1/telefoon/activeren/"));
        assert_eq!(begun.password.as_ref().map(|password| password.len()), Some(8));
        let wanted =
            json!({"type": ["ONLINE", "OFFLINE"], "deliverActivationEmail": false, "returnQRCode": false});
        let calls = world.entrust.calls();
        let create = calls.iter().find(|call| call.endpoint == Endpoint::TokenCreate).unwrap();
        assert_eq!(create.request, Some(json!({ "activateParms": wanted })));
        assert!(!format!("{begun:?}").contains("activeren"));
        world.finish("E.Hendriks", &begun);
    }
}

#[tokio::test]
async fn a_token_that_was_made_and_never_activated_is_used() {
    for state in [TokenState::New, TokenState::Activating] {
        let world = real().await;
        let first = world.begin("E.Hendriks").await;
        world.entrust.set_tokens("E.Hendriks", state);
        for _ in 0..6 {
            assert_eq!(world.begin("E.Hendriks").await.token, first.token);
        }
        assert_eq!(states(&world.entrust, "E.Hendriks"), [TokenState::Activating]);
        let last = world.begin("E.Hendriks").await;
        let (_, stale) = first.link.rsplit_once('/').unwrap();
        assert_eq!(world.entrust.finish(stale), None, "the latest activation counts");
        world.finish("E.Hendriks", &last);
    }
}

#[tokio::test]
async fn where_entrust_allows_no_more_tokens_there_is_an_error_and_no_half_of_one() {
    let world = real().await;
    for _ in 0..4 {
        let begun = world.begin("A.Janssen").await;
        world.finish("A.Janssen", &begun);
    }
    assert!(is_unusable(&world.admin.activate("A.Janssen").await));
    assert_eq!(states(&world.entrust, "A.Janssen"), [TokenState::Active; 5]);
}

#[tokio::test]
async fn codes_of_every_active_token_count() {
    let world = real().await;
    let begun = world.begin("A.Janssen").await;
    world.finish("A.Janssen", &begun);
    let codes = world.entrust.unused_codes("A.Janssen");
    assert_eq!(codes.len(), 2);
    assert_eq!(world.entrust.unused_code("A.Janssen").as_ref(), codes.last(), "the app shows the new one");
    let entrust = server::adapters::entrust::Entrust::new(crate::otp_provider::config(world.entrust.url())).unwrap();
    for code in codes {
        assert!(crate::otp_provider::is_right(&entrust, "A.Janssen", &code).await);
    }
}

#[tokio::test]
async fn what_an_administrator_switched_off_is_not_for_us_to_switch_on() {
    let Real { entrust, admin, .. } = real().await;
    entrust.set_tokens("A.Janssen", TokenState::Inactive);
    assert_eq!(admin.app("A.Janssen").await.unwrap(), App::Unknown);
    entrust.set_tokens("A.Janssen", TokenState::Active);
    let (token, _) = entrust.tokens("A.Janssen").pop().unwrap();
    assert!(admin.is_active("A.Janssen", &token).await.unwrap());

    for name in ["A.Janssen", "E.Hendriks"] {
        entrust.switch(name, false);
        assert_eq!(admin.app(name).await.unwrap(), App::Unknown);
        assert_eq!(admin.activate(name).await.unwrap(), None);
    }
    assert!(!admin.is_active("A.Janssen", &token).await.unwrap());
    assert_eq!(entrust.tokens("E.Hendriks"), []);
}

#[tokio::test]
async fn five_wrong_codes_lock_the_app_until_an_administrator_unlocks() {
    let Real { entrust, admin, .. } = real().await;
    crate::otp_provider::lock(&entrust, "A.Janssen").await;
    assert_eq!(admin.app("A.Janssen").await.unwrap(), App::Locked);
    entrust.unlock("A.Janssen");
    assert_eq!(admin.app("A.Janssen").await.unwrap(), App::Active);
}

fn rows(findings: &[Finding]) -> Vec<State> {
    assert!(findings.iter().all(|row| row.part == "onboarding" && !row.detail.is_empty()), "{findings:?}");
    findings.iter().map(|row| row.state).collect()
}

#[tokio::test]
async fn the_check_tells_credentials_and_rights() {
    let world = real().await;
    let url = world.entrust.url();
    let with = |config: EntrustAdminConfig| EntrustAdmin::new(config, now(&world.clock)).unwrap();
    assert_eq!(rows(&world.admin.check().await), [State::Good, State::Good]);
    assert_eq!(world.entrust.count(Endpoint::UserUpdate) + world.entrust.count(Endpoint::TokenCreate), 0);

    let no_decoy = with(EntrustAdminConfig { decoy_user: None, ..config(url) });
    assert_eq!(rows(&no_decoy.check().await), [State::Good, State::Warning]);
    let other_decoy = with(EntrustAdminConfig { decoy_user: Some("nobody".into()), ..config(url) });
    assert_eq!(rows(&other_decoy.check().await), [State::Good, State::Bad]);

    let wrong_secret = with(EntrustAdminConfig { secret: "guessed".to_owned().into(), ..config(url) });
    let findings = wrong_secret.check().await;
    assert_eq!(rows(&findings), [State::Bad]);
    assert!(
        findings[0].detail.contains("entrust.admin_application_id")
            && !findings[0].detail.contains("guessed")
    );
    let wrong_id = with(EntrustAdminConfig {
        application_id: "22222222-2222-4222-8222-222222222222".into(),
        ..config(url)
    });
    assert_eq!(rows(&wrong_id.check().await), [State::Bad]);

    let unset = EntrustAuthenticators::new(crate::otp_provider::config(url)).unwrap();
    let findings = unset.check().await;
    assert_eq!(rows(&findings), [State::Good]);
    assert!(findings[0].detail.starts_with("not configured"));
}
