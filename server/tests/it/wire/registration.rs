//! The registration API over HTTP: available in the allowed networks only, with the transport rules of the wizard.

use super::client::{HTTPS, REGISTRATION_CALLS, TestApi, settings};
use crate::reset::world::CURRENT_PASSWORD;
use app::api::enrollment_state::App;
use serde_json::json;

const ALLOWED_ADDRESS: &str = "10.1.2.3";

async fn api() -> TestApi {
    // A trusted proxy is configured, because it terminates TLS; the requests of these tests do not pass it.
    let api = TestApi::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", "")).await;
    api.world.authenticators.add("A.Janssen", App::Active);
    api.world.directory.add_account("E.Hendriks", "Eva Hendriks", CURRENT_PASSWORD);
    api.world.authenticators.add("E.Hendriks", App::None);
    api
}

fn sign_in(name: &str, password: &str) -> String {
    json!({ "username": name, "password": password }).to_string()
}

#[tokio::test]
async fn registration_calls_are_not_found_outside_the_allowed_networks() {
    let off = settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", "[registration]\nenabled = false\n");
    let open = settings(HTTPS, "trusted_proxies = [\"10.0.0.1/32\"]", "");
    let (plain, off, open) = (api().await, TestApi::with(off).await, TestApi::with(open).await);
    let unnamed = TestApi::new().await;
    for (api, peer, header) in [
        (&plain, "192.0.2.1", None),
        // A forwarded address from an untrusted peer is ignored.
        (&plain, "192.0.2.1", Some(("x-forwarded-for", ALLOWED_ADDRESS))),
        // Through an untrusted proxy, so that the client address is unknown.
        (&plain, "127.0.0.1", Some(("x-forwarded-for", "192.0.2.1"))),
        (&plain, "127.0.0.1", Some(("forwarded", "for=10.1.2.3"))),
        (&open, "10.0.0.1", None),
        (&open, "10.0.0.1", Some(("x-forwarded-for", "192.0.2.1"))),
        (&open, "10.0.0.1", Some(("x-forwarded-for", "rubbish"))),
        (&off, ALLOWED_ADDRESS, None),
        // A proxy terminates TLS but is not configured: all clients appear with its address.
        (&unnamed, "127.0.0.1", None),
        (&unnamed, ALLOWED_ADDRESS, None),
    ] {
        let mut unknown = api.client().at_address(peer);
        let expected = unknown.post("/api/registration/none", "{}").await.masked();
        for (method, path, body) in REGISTRATION_CALLS {
            let mut client = api.client().at_address(peer);
            client.extra_headers =
                header.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into_iter().collect();
            let answer = if method == "GET" { client.get(path).await } else { client.post(path, body).await };
            let answer = answer.masked();
            assert_eq!((answer.status, answer.text()), (404, expected.text()), "{path} {peer} {header:?}");
            assert_eq!(client.request("DELETE", path).await.status, 404);
        }
        assert_eq!(api.world.directory.binds(), 0);
    }
    let mut behind = open.client().at_address("10.0.0.1").with_header("x-forwarded-for", ALLOWED_ADDRESS);
    assert_eq!(behind.get("/api/registration/current").await.outcome(), "sign_in");
}

#[tokio::test]
async fn page_of_a_closed_registration_says_so_instead_of_sending_employees_to_work() {
    let top = "trusted_proxies = [\"203.0.113.9/32\"]";
    let shipped = TestApi::with(settings(HTTPS, top, "[registration]\nallowed_networks = []\n")).await;
    let off = "[registration]\nenabled = false\nallowed_networks = [\"10.0.0.0/8\"]\n";
    let off = TestApi::with(settings(HTTPS, top, off)).await;
    let open = api().await;
    for (api, address, is_closed) in
        [(&shipped, ALLOWED_ADDRESS, true), (&off, ALLOWED_ADDRESS, true), (&open, "192.0.2.1", false)]
    {
        let mut client = api.client().at_address(address);
        let text = client.get("/registratie?language=nl").await.text().to_owned();
        assert_eq!(text.contains("Registreren kan niet op deze website."), is_closed, "{text}");
        assert_eq!(text.contains("Daarom kan dat alleen op je werk."), !is_closed, "{text}");
        assert!(!text.contains("<form"));
        let text = client.get("/registratie?language=en").await.text().to_owned();
        assert_eq!(text.contains("You cannot register on this website."), is_closed, "{text}");
        assert_eq!(
            client.get("/api/registration/current").await.reason(),
            (404, "not_found".to_owned(), None)
        );
    }
}

#[tokio::test]
async fn registration_session_has_a_separate_cookie() {
    let api = api().await;
    let mut client = api.client().at_address(ALLOWED_ADDRESS);
    let answer = client.post("/api/registration/sign_in", sign_in("E.Hendriks", CURRENT_PASSWORD)).await;
    assert_eq!(answer.outcome(), "overview");
    let line = answer.cookie_line().unwrap();
    assert!(line.starts_with("__Host-registration="), "{line}");
    assert!(line.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600"), "{line}");
    assert_eq!(client.get("/api/registration/current").await.outcome(), "overview");
    // The ids of registration sessions and reset sessions are not interchangeable.
    client.cookie = client.cookie.map(|cookie| cookie.replace("registration", "visit"));
    assert_eq!(client.get("/api/reset/current").await.outcome(), "identify");
    client.identify("A.Janssen").await;
    client.cookie = client.cookie.map(|cookie| cookie.replace("visit", "registration"));
    assert_eq!(client.get("/api/registration/current").await.outcome(), "sign_in");
}

#[tokio::test]
async fn employee_registers_over_http() {
    let api = api().await;
    let mut client = api.client().at_address(ALLOWED_ADDRESS);
    client.post("/api/registration/sign_in", sign_in("e.hendriks@pantein.nl", CURRENT_PASSWORD)).await;
    client.post("/api/registration/birthdate", r#"{"birthdate":"1990-12-24"}"#).await;
    let answer = client.post("/api/registration/mobile", r#"{"mobile":"06 12 34 56 78"}"#).await.json();
    assert_eq!(answer["username"], "e.hendriks");
    assert_eq!(
        answer["overview"]["mobile"],
        json!({ "masked": "06-•• •• •• 78", "source": "employee", "since": "2027-01-15", "confirmed": true, "usable_in": 0 })
    );
    assert_eq!(answer["overview"]["birthdate"]["masked"], "");
    assert!(!answer.to_string().contains("1990"), "{answer}");
    let invalid = client.post("/api/registration/mobile", r#"{"mobile":"0485-845900"}"#).await;
    assert_eq!(invalid.reason(), (422, "not_mobile".to_owned(), Some("mobile".to_owned())));
}

#[tokio::test]
async fn practice_run_sets_the_cookie_of_the_wizard() {
    let api = api().await;
    let mut client = api.client().at_address(ALLOWED_ADDRESS);
    client.post("/api/registration/sign_in", sign_in("E.Hendriks", CURRENT_PASSWORD)).await;
    let answer = client.post("/api/registration/practice", "{}").await;
    assert!(answer.cookie_line().unwrap().starts_with("__Host-visit="));
    let shown = client.get("/api/reset/current").await.json();
    assert_eq!((&shown["step"], &shown["practice"]), (&json!("birthdate"), &json!(true)));
}

#[tokio::test]
async fn a09_registration_calls_follow_the_transport_rules_of_the_wizard() {
    let api = api().await;
    for (method, path, body) in REGISTRATION_CALLS {
        let mut client = api.client().at_address(ALLOWED_ADDRESS);
        let other = if method == "GET" { "POST" } else { "GET" };
        assert_eq!(client.request(other, path).await.status, 405, "{path}");
        if method == "POST" {
            assert_eq!(client.post(path, "[]").await.status, 400, "{path}");
            let more = body.replacen('{', r#"{"more":"1","#, 1).replace(",}", "}");
            assert_eq!(client.post(path, more).await.reason().1, "unknown_field", "{path}");
            let mut foreign =
                api.client().at_address(ALLOWED_ADDRESS).with_header("origin", "https://evil.example");
            assert_eq!(foreign.post(path, body).await.outcome(), "foreign", "{path}");
            let large = format!("{{\"x\":\"{}\"}}", "x".repeat(20_000));
            assert_eq!(client.post(path, large).await.status, 413, "{path}");
        }
    }
}
