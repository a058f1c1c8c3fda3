//! The session cookie: its attributes, and when it is set, renewed and removed.

use super::client::{Client, HTTP, TestApi, settings};
use crate::reset::world::{BIRTHDATE, NEW_PASSWORD};

fn value(client: &Client) -> String {
    let (_, value) = client.cookie.as_deref().unwrap().split_once('=').unwrap();
    value.to_owned()
}

#[tokio::test]
async fn session_cookie_on_https_is_bound_to_host_and_https() {
    let api = TestApi::new().await;
    let mut client = api.client();
    let answer = client.identify("A.Janssen").await;
    let value = value(&client);
    assert_eq!(value.len(), 43, "32 random bytes");
    assert_eq!(
        answer.cookie_line().unwrap(),
        format!("__Host-visit={value}; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600")
    );
}

#[tokio::test]
async fn session_cookie_on_http_has_no_host_prefix() {
    let api = TestApi::with(settings(HTTP, "", "")).await;
    let mut client = api.client();
    let answer = client.identify("A.Janssen").await;
    let line = format!("visit={}; HttpOnly; SameSite=Strict; Path=/; Max-Age=3600", value(&client));
    assert_eq!(answer.cookie_line().unwrap(), line);
    assert_eq!(client.current().await.outcome(), "birthdate");
}

#[tokio::test]
async fn reading_the_current_step_never_sets_a_cookie() {
    let api = TestApi::new().await;
    let unknown = format!("__Host-visit={}", "A".repeat(43));
    for cookie in
        [None, Some(unknown), Some("__Host-visit=".into()), Some("__Host-visit=x".into()), Some(";;=".into())]
    {
        let mut client = api.client();
        client.cookie.clone_from(&cookie);
        let answer = client.current().await;
        assert_eq!((answer.text(), answer.cookie_line()), (r#"{"step":"identify"}"#, None), "{cookie:?}");
    }
    let mut client = api.client();
    client.identify("A.Janssen").await;
    assert_eq!(client.current().await.cookie_line(), None);
    assert_eq!(client.get("/api/site").await.cookie_line(), None);
    assert_eq!(client.get("/wachtwoordreset").await.cookie_line(), None);
}

#[tokio::test]
async fn cancel_removes_session_and_cookie() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let mut attacker = client.clone();
    let answer = client.post("/api/reset/cancel", "{}").await;
    assert_eq!(
        (answer.text(), answer.cookie_line()),
        (
            r#"{"step":"identify"}"#,
            Some("__Host-visit=; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=0")
        )
    );
    assert_eq!(
        attacker.current().await.outcome(),
        "identify",
        "the session itself is removed, not only its cookie"
    );
    assert_eq!(api.world.store.session_count(), 0);
    assert_eq!(client.post("/api/reset/cancel", "{}").await.text(), r#"{"step":"identify"}"#, "and again");
}

#[tokio::test]
async fn a07_session_id_is_renewed_for_a_new_name_and_after_verification() {
    let api = TestApi::new().await;
    let mut client = api.client();
    // A session id that an attacker fixed in advance is not used.
    client.cookie = Some(format!("__Host-visit={}", "B".repeat(43)));
    client.identify("A.Janssen").await;
    let first = value(&client);
    assert_ne!(first, "B".repeat(43));
    let before = client.clone();
    client.identify("A.Janssen").await;
    let second = value(&client);
    assert_ne!(first, second);
    assert_eq!(before.clone().current().await.outcome(), "identify", "the earlier session has ended");
    assert_eq!(client.birthdate(BIRTHDATE).await.cookie_line(), None, "an ordinary step keeps it");
    let mut attacker = client.clone();
    let answer = client.code(&api.world.code_of("A.Janssen")).await;
    assert!(
        answer.cookie_line().unwrap().ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=3600")
    );
    assert_ne!(second, value(&client));
    // The session id from before the verification does not lead to the verified session.
    assert_eq!(attacker.password(NEW_PASSWORD).await.outcome(), "start_again");
    let done = client.password(NEW_PASSWORD).await;
    let device = done.cookie_line().unwrap();
    assert!(device.starts_with("__Host-device="), "{device}");
    assert!(device.ends_with("; HttpOnly; SameSite=Strict; Secure; Path=/; Max-Age=15552000"), "{device}");
    assert_eq!(
        client.password("Een-Ander-Wachtwoord-9").await.outcome(),
        "done",
        "a finished session writes nothing"
    );
    assert_eq!(api.world.directory.writes(), 1);
}

#[tokio::test]
async fn duplicate_session_cookies_are_ignored_and_other_cookies_do_not_matter() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.identify("A.Janssen").await;
    let own = client.cookie.clone().unwrap();
    for (cookie, step) in [
        (format!("a=b; {own}; c=d"), "birthdate"),
        (format!("visit=x; {own}"), "birthdate"),
        (format!("{own}; {own}"), "identify"),
        (format!("{own}; __Host-visit=x"), "identify"),
        (own.to_lowercase(), "identify"),
        (own.replace("__Host-", "__Secure-"), "identify"),
        (format!("{own}x"), "identify"),
    ] {
        let mut other = api.client();
        other.cookie = Some(cookie.clone());
        assert_eq!(other.current().await.outcome(), step, "{cookie}");
    }
}
