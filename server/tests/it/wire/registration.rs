//! The registration's API on the wire: there for the organisation's own networks only, and by the same rules
//! of transport as the wizard's.

use super::client::{HTTPS, REGISTRATION, Wire, settings};
use crate::reset::world::FIRST;
use app::api::enrollment_state::App;
use serde_json::json;

const OWN: &str = "10.1.2.3";

async fn wire() -> Wire {
    // Somewhere there is a proxy that does TLS; these tests come without it.
    let wire = Wire::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", "")).await;
    wire.world.onboarding.add("A.Janssen", App::Active);
    wire.world.directory.hire("E.Hendriks", "Eva Hendriks", FIRST);
    wire.world.onboarding.add("E.Hendriks", App::None);
    wire
}

fn sign_in(name: &str, password: &str) -> String {
    json!({ "username": name, "password": password }).to_string()
}

#[tokio::test]
async fn elsewhere_there_is_no_such_call() {
    let off = settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", "[registration]\nenabled = false\n");
    let open = settings(HTTPS, "trusted_proxies = [\"10.0.0.1/32\"]", "");
    let (plain, off, open) = (wire().await, Wire::with(off).await, Wire::with(open).await);
    let unnamed = Wire::new().await;
    for (wire, peer, header) in [
        (&plain, "192.0.2.1", None),
        // Who says so of himself is not believed.
        (&plain, "192.0.2.1", Some(("x-forwarded-for", OWN))),
        // Through a proxy that nobody trusts, from nobody knows where.
        (&plain, "127.0.0.1", Some(("x-forwarded-for", "192.0.2.1"))),
        (&plain, "127.0.0.1", Some(("forwarded", "for=10.1.2.3"))),
        (&open, "10.0.0.1", None),
        (&open, "10.0.0.1", Some(("x-forwarded-for", "192.0.2.1"))),
        (&open, "10.0.0.1", Some(("x-forwarded-for", "rubbish"))),
        (&off, OWN, None),
        // A proxy does TLS and is not named: its own address is everybody's.
        (&unnamed, "127.0.0.1", None),
        (&unnamed, OWN, None),
    ] {
        let mut unknown = wire.client().from(peer);
        let expected = unknown.post("/api/registration/none", "{}").await.masked();
        for (method, path, body) in REGISTRATION {
            let mut client = wire.client().from(peer);
            client.extra =
                header.map(|(name, value)| (name.parse().unwrap(), value.to_owned())).into_iter().collect();
            let answer = if method == "GET" { client.get(path).await } else { client.post(path, body).await };
            let answer = answer.masked();
            assert_eq!((answer.status, answer.text()), (404, expected.text()), "{path} {peer} {header:?}");
            assert_eq!(client.ask("DELETE", path).await.status, 404);
        }
        assert_eq!(wire.world.directory.binds(), 0);
    }
    let mut behind = open.client().from("10.0.0.1").with("x-forwarded-for", OWN);
    assert_eq!(behind.get("/api/registration/current").await.named(), "sign_in");
}

#[tokio::test]
async fn a_session_has_a_cookie_of_its_own() {
    let wire = wire().await;
    let mut client = wire.client().from(OWN);
    let answer = client.post("/api/registration/sign_in", sign_in("E.Hendriks", FIRST)).await;
    assert_eq!(answer.named(), "overview");
    let line = answer.cookie_line().unwrap();
    assert!(line.starts_with("__Host-registration="), "{line}");
    assert!(line.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure"), "{line}");
    assert_eq!(client.get("/api/registration/current").await.named(), "overview");
    // It is no visit of the wizard, and a visit is no session.
    client.cookie = client.cookie.map(|cookie| cookie.replace("registration", "visit"));
    assert_eq!(client.get("/api/reset/current").await.named(), "identify");
    client.identify("A.Janssen").await;
    client.cookie = client.cookie.map(|cookie| cookie.replace("visit", "registration"));
    assert_eq!(client.get("/api/registration/current").await.named(), "sign_in");
}

#[tokio::test]
async fn an_employee_registers_over_the_wire() {
    let wire = wire().await;
    let mut client = wire.client().from(OWN);
    client.post("/api/registration/sign_in", sign_in("e.hendriks@pantein.nl", FIRST)).await;
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
async fn a_practice_run_sets_the_wizards_cookie() {
    let wire = wire().await;
    let mut client = wire.client().from(OWN);
    client.post("/api/registration/sign_in", sign_in("E.Hendriks", FIRST)).await;
    let answer = client.post("/api/registration/practice", "{}").await;
    assert!(answer.cookie_line().unwrap().starts_with("__Host-visit="));
    let shown = client.get("/api/reset/current").await.json();
    assert_eq!((&shown["step"], &shown["practice"]), (&json!("birthdate"), &json!(true)));
}

#[tokio::test]
async fn a09_the_transport_rules_are_the_wizards() {
    let wire = wire().await;
    for (method, path, body) in REGISTRATION {
        let mut client = wire.client().from(OWN);
        let other = if method == "GET" { "POST" } else { "GET" };
        assert_eq!(client.ask(other, path).await.status, 405, "{path}");
        if method == "POST" {
            assert_eq!(client.post(path, "[]").await.status, 400, "{path}");
            let more = body.replacen('{', r#"{"more":"1","#, 1).replace(",}", "}");
            assert_eq!(client.post(path, more).await.reason().1, "unknown_field", "{path}");
            let mut foreign = wire.client().from(OWN).with("origin", "https://evil.example");
            assert_eq!(foreign.post(path, body).await.named(), "foreign", "{path}");
            let large = format!("{{\"x\":\"{}\"}}", "x".repeat(20_000));
            assert_eq!(client.post(path, large).await.status, 413, "{path}");
        }
    }
}
