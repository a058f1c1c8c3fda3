//! Requests of the Entrust administration adapter to the Entrust simulator: sessions, tokens, the check. Network and
//! protocol errors are in `failures`.

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
async fn session_is_renewed_before_it_expires_for_both_date_formats() {
    let world = real().await;
    // The simulator alternates between the two formats of the expiry date.
    for session in 1..=4 {
        world.admin.app("A.Janssen").await.unwrap();
        world.advance(Duration::from_mins(14));
        world.admin.app("A.Janssen").await.unwrap();
        assert_eq!(world.entrust.count(Endpoint::AdminSignIn), session);
        world.advance(Duration::from_secs(55));
    }
    let refused = world.entrust.calls().iter().filter(|call| call.status == Some(401)).count();
    assert_eq!(refused, 0, "no call used an expired session");
}

#[tokio::test]
async fn revoked_session_is_replaced_once_and_the_call_repeated() {
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
async fn parallel_calls_all_succeed() {
    let Real { entrust, admin, .. } = real().await;
    for _ in 0..2 {
        let states = futures::future::join_all((0..20).map(|_| admin.app("A.Janssen"))).await;
        assert!(states.into_iter().all(|app| app.unwrap() == App::Active));
        entrust.end_admin_sessions();
    }
}

#[tokio::test]
async fn only_the_mobile_number_is_written() {
    let Real { entrust, admin, .. } = real().await;
    admin.set_mobile("E.Hendriks", "+31612345678").await.unwrap();
    let calls = entrust.calls();
    let update = calls.iter().find(|call| call.endpoint == Endpoint::UserUpdate).unwrap();
    assert_eq!(update.request, Some(json!({"mobile": "+31612345678"})));
    assert_eq!(update.user.as_deref(), Some("E.Hendriks"));
}

#[tokio::test]
async fn activation_is_requested_without_mail_and_qr_code() {
    for in_response in [false, true] {
        let world = real().await;
        world.entrust.set_phones("http://127.0.0.1:1");
        world.entrust.set_activation_in_answer(in_response);
        let activation = world.start_activation("E.Hendriks").await;
        let activations = world.entrust.count(Endpoint::TokenActivate);
        assert_eq!(
            activations,
            usize::from(!in_response),
            "requested only if the first response had no activation"
        );
        assert!(activation.scan.starts_with("http://127.0.0.1:1/telefoon/activeren/"));
        assert_eq!(activation.password.as_ref().map(|password| password.len()), Some(8));
        let expected =
            json!({"type": ["ONLINE", "OFFLINE"], "deliverActivationEmail": false, "returnQRCode": false});
        let calls = world.entrust.calls();
        let create = calls.iter().find(|call| call.endpoint == Endpoint::TokenCreate).unwrap();
        assert_eq!(create.request, Some(json!({ "activateParms": expected })));
        assert!(!format!("{activation:?}").contains("activeren"));
        world.finish("E.Hendriks", &activation);
    }
}

#[tokio::test]
async fn unactivated_token_is_reused() {
    for state in [TokenState::New, TokenState::Activating] {
        let world = real().await;
        let first = world.start_activation("E.Hendriks").await;
        world.entrust.set_tokens("E.Hendriks", state);
        for _ in 0..6 {
            assert_eq!(world.start_activation("E.Hendriks").await.token, first.token);
        }
        assert_eq!(states(&world.entrust, "E.Hendriks"), [TokenState::Activating]);
        let latest = world.start_activation("E.Hendriks").await;
        let (_, stale) = first.link.rsplit_once('/').unwrap();
        assert_eq!(world.entrust.finish(stale), None, "only the latest activation is valid");
        world.finish("E.Hendriks", &latest);
    }
}

#[tokio::test]
async fn token_limit_is_an_error_and_leaves_no_partial_token() {
    let world = real().await;
    for _ in 0..4 {
        let activation = world.start_activation("A.Janssen").await;
        world.finish("A.Janssen", &activation);
    }
    assert!(is_unusable(&world.admin.activate("A.Janssen").await));
    assert_eq!(states(&world.entrust, "A.Janssen"), [TokenState::Active; 5]);
}

#[tokio::test]
async fn codes_of_every_active_token_are_accepted() {
    let world = real().await;
    let activation = world.start_activation("A.Janssen").await;
    world.finish("A.Janssen", &activation);
    let codes = world.entrust.unused_codes("A.Janssen");
    assert_eq!(codes.len(), 2);
    assert_eq!(world.entrust.unused_code("A.Janssen").as_ref(), codes.last(), "the app shows the new one");
    let provider =
        server::adapters::entrust::Entrust::new(crate::otp_provider::config(world.entrust.url())).unwrap();
    for code in codes {
        assert!(crate::otp_provider::is_right(&provider, "A.Janssen", &code).await);
    }
}

#[tokio::test]
async fn deactivated_token_or_user_is_not_reactivated() {
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
async fn check_reports_credentials_and_rights() {
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

    let without_credentials = EntrustAuthenticators::new(crate::otp_provider::config(url)).unwrap();
    let findings = without_credentials.check().await;
    assert_eq!(rows(&findings), [State::Good]);
    assert!(findings[0].detail.starts_with("not configured"));
}
