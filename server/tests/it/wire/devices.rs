//! Known devices: the cookie of a browser in which a reset was finished.

use super::client::{Answer, HTTPS, TestApi, settings};
use crate::reset::world::NEW_PASSWORD;
use jiff::SignedDuration;
use server::crypto::Purpose;
use server::ports::devices::Devices as _;
use server::ports::directory::AccountId;

const LIMITS: &str = "[limits]\nper_address = \"20/10m\"\nper_device = \"5/10m\"\nglobal = \"1000/10m\"\nflood_per_address = \"0\"\n";

async fn api() -> TestApi {
    TestApi::with(settings(HTTPS, "", LIMITS)).await
}

fn account(api: &TestApi) -> AccountId {
    api.world.directory.member("A.Janssen").unwrap().account.id
}

/// Finishes a reset, with this cookie if there is one; returns the cookie of the known device.
async fn finish_reset(api: &TestApi, device: Option<&str>) -> String {
    let mut client = api.client();
    if let Some(cookie) = device {
        client = client.with_header("cookie", cookie);
    }
    client.reach_password(api).await;
    // The history of the directory refuses a password twice.
    let done = client.password(&format!("{NEW_PASSWORD}{}", api.world.directory.writes())).await;
    assert_eq!(done.outcome(), "done");
    let line = done.cookie_line().unwrap();
    assert!(line.starts_with("__Host-device=") && line.contains("Max-Age=15552000"), "{line}");
    line.split(';').next().unwrap().to_owned()
}

/// Starts a session from an exhausted address, where only a known device can start one.
async fn start(api: &TestApi, cookie: &str) -> Answer {
    while api.client().identify("N.Iemand").await.status != 429 {}
    api.client().with_header("cookie", cookie).identify("N.Iemand").await
}

#[tokio::test]
async fn browser_of_a_finished_reset_is_known_until_its_device_is_revoked() {
    let api = api().await;
    let cookie = finish_reset(&api, None).await;
    assert_eq!(start(&api, &cookie).await.outcome(), "birthdate");
    assert_eq!(start(&api, &format!("{cookie}x")).await.status, 429, "not sealed by us");
    assert_eq!(api.world.store.revoke_devices(account(&api)).await.unwrap(), 1);
    assert_eq!(start(&api, &cookie).await.status, 429);
}

#[tokio::test]
async fn device_expires_180_days_after_its_last_proof() {
    let api = api().await;
    let cookie = finish_reset(&api, None).await;
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    api.world.clock.advance(days(179));
    assert_eq!(start(&api, &cookie).await.outcome(), "birthdate");
    // Starting a session is no proof, and does not renew.
    api.world.clock.advance(days(1));
    assert_eq!(start(&api, &cookie).await.status, 429);

    api.world.clock.advance(days(1));
    let first = finish_reset(&api, None).await;
    api.world.clock.advance(days(100));
    let renewed = finish_reset(&api, Some(&first)).await;
    let known = api.world.store.devices_of(account(&api)).await.unwrap();
    assert_eq!(known.len(), 2, "the expired one, which no purge has removed, and the renewed one: {known:?}");
    api.world.clock.advance(days(100));
    for cookie in [&first, &renewed] {
        assert_eq!(start(&api, cookie).await.outcome(), "birthdate", "one registration, sealed twice");
    }
}

#[tokio::test]
async fn cookie_of_an_earlier_version_is_unknown() {
    let api = api().await;
    let sealed = api.world.keys.seal(Purpose::Device, b"", account(&api).0.as_bytes()).unwrap();
    let value = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sealed);
    assert_eq!(start(&api, &format!("__Host-device={value}")).await.status, 429);
}

#[tokio::test]
async fn at_most_ten_devices_of_an_account_are_known() {
    let api = api().await;
    for _ in 0..12 {
        finish_reset(&api, None).await;
        api.world.clock.advance(SignedDuration::from_mins(30));
    }
    assert_eq!(api.world.store.devices_of(account(&api)).await.unwrap().len(), 10);
}
