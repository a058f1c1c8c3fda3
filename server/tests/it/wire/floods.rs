//! Floods of requests: the flood limiter rejects them before the store does any work.

use super::client::{HTTPS, TestApi, settings};

const LIMITS: &str = "[limits]\nper_address = \"0\"\nglobal = \"0\"\nflood_per_address = \"20/1000h\"\n\
     own_networks = [\"198.51.100.0/24\"]\n";

async fn api() -> TestApi {
    TestApi::with(settings(HTTPS, "trusted_proxies = [\"10.0.0.0/8\"]", LIMITS)).await
}

#[tokio::test]
async fn flood_is_answered_with_too_many_and_does_not_reach_the_store() {
    let api = api().await;
    for _ in 0..20 {
        assert_eq!(api.client().current().await.status, 200);
    }
    // Every request that reaches the store is `unavailable` from here on.
    api.world.store.set_unavailable(true);
    for path in ["/api/reset/current", "/api/site", "/api/nothing", "/api"] {
        let answer = api.client().get(path).await;
        assert_eq!((answer.status, answer.outcome().as_str()), (429, "too_many"), "{path}");
        let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert_eq!(answer.json()["retry_after"], seconds, "{path}");
        assert!((1..=180_001).contains(&seconds), "1000 hours for 20 requests: {seconds}");
    }
    for path in ["/readyz", "/app.svg"] {
        let answer = api.client().get(path).await;
        assert_eq!((answer.status, answer.text()), (429, "too many requests\n"), "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    let known = api.client().identify("A.Janssen").await;
    let unknown = api.client().identify("N.Iemand").await;
    assert_eq!((known.status, known.masked()), (429, unknown.masked()));
    let large = api.client().post("/api/reset/identify", "x".repeat(1_000_000)).await;
    assert_eq!(large.outcome(), "too_many", "the body is not read");
}

#[tokio::test]
async fn flood_of_one_client_concerns_no_other_client_and_no_page() {
    let api = api().await;
    for _ in 0..30 {
        api.client().current().await;
    }
    assert_eq!(api.client().current().await.status, 429);
    assert_eq!(api.client().at_address("203.0.113.1").identify("A.Janssen").await.outcome(), "birthdate");
    let behind_proxy = api.client().at_address("10.0.0.1").with_header("x-forwarded-for", "203.0.113.2");
    assert_eq!({ behind_proxy }.current().await.status, 200);
    let forged = api.client().with_header("x-forwarded-for", "203.0.113.3");
    assert_eq!({ forged }.current().await.status, 429, "the peer is no trusted proxy");
    for path in ["/wachtwoordreset", "/hulp", "/privacy", "/app", "/healthz"] {
        assert_ne!(api.client().get(path).await.status, 429, "{path}");
    }
}

#[tokio::test]
async fn building_behind_one_own_address_is_not_rejected() {
    let api = api().await;
    for _ in 0..400 {
        assert_eq!(api.client().at_address("198.51.100.7").current().await.status, 200);
    }
    assert_eq!(api.client().at_address("198.51.100.7").current().await.status, 429, "20 times the limit");
}
