//! The visit's cookie: its attributes, and when it is set, changed and taken away.

use super::client::{Client, HTTP, Wire, settings};
use crate::reset::world::{BIRTHDATE, NEW};

fn value(client: &Client) -> String {
    let (_, value) = client.cookie.as_deref().unwrap().split_once('=').unwrap();
    value.to_owned()
}

#[tokio::test]
async fn on_https_it_is_bound_to_this_host_and_to_https() {
    let wire = Wire::new().await;
    let mut client = wire.client();
    let answer = client.identify("A.Janssen").await;
    let value = value(&client);
    assert_eq!(value.len(), 43, "32 random bytes");
    assert_eq!(
        answer.cookie_line().unwrap(),
        format!("__Host-visit={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure")
    );
}

#[tokio::test]
async fn on_http_it_has_the_plain_name() {
    let wire = Wire::with(settings(HTTP, "", "")).await;
    let mut client = wire.client();
    let answer = client.identify("A.Janssen").await;
    let line = format!("visit={}; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600", value(&client));
    assert_eq!(answer.cookie_line().unwrap(), line);
    assert_eq!(client.current().await.named(), "birthdate");
}

#[tokio::test]
async fn asking_where_one_stands_never_sets_a_cookie() {
    let wire = Wire::new().await;
    let stranger = format!("__Host-visit={}", "A".repeat(43));
    for cookie in [
        None,
        Some(stranger),
        Some("__Host-visit=".into()),
        Some("__Host-visit=x".into()),
        Some(";;=".into()),
    ] {
        let mut client = wire.client();
        client.cookie.clone_from(&cookie);
        let answer = client.current().await;
        assert_eq!((answer.text(), answer.cookie_line()), (r#"{"step":"identify"}"#, None), "{cookie:?}");
    }
    let mut client = wire.client();
    client.identify("A.Janssen").await;
    assert_eq!(client.current().await.cookie_line(), None);
    assert_eq!(client.get("/api/site").await.cookie_line(), None);
    assert_eq!(client.get("/wachtwoordreset").await.cookie_line(), None);
}

#[tokio::test]
async fn cancel_takes_visit_and_cookie_away() {
    let wire = Wire::new().await;
    let mut client = wire.client();
    client.reach_code("A.Janssen").await;
    let mut thief = client.clone();
    let answer = client.post("/api/reset/cancel", "{}").await;
    assert_eq!(
        (answer.text(), answer.cookie_line()),
        (
            r#"{"step":"identify"}"#,
            Some("__Host-visit=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0; Secure")
        )
    );
    assert_eq!(thief.current().await.named(), "identify", "the visit itself is gone, not only its cookie");
    assert_eq!(wire.world.store.visits(), 0);
    assert_eq!(client.post("/api/reset/cancel", "{}").await.text(), r#"{"step":"identify"}"#, "and again");
}

#[tokio::test]
async fn a07_a_new_name_gets_a_new_id_and_so_does_the_proof() {
    let wire = Wire::new().await;
    let mut client = wire.client();
    // Fixed beforehand by somebody else: worth nothing.
    client.cookie = Some(format!("__Host-visit={}", "B".repeat(43)));
    client.identify("A.Janssen").await;
    let first = value(&client);
    assert_ne!(first, "B".repeat(43));
    let before = client.clone();
    client.identify("A.Janssen").await;
    let second = value(&client);
    assert_ne!(first, second);
    assert_eq!(before.clone().current().await.named(), "identify", "the earlier visit has ended");
    assert_eq!(client.birthdate(BIRTHDATE).await.cookie_line(), None, "a plain step keeps it");
    let mut watcher = client.clone();
    let answer = client.code(&wire.world.code_of("A.Janssen")).await;
    assert!(
        answer.cookie_line().unwrap().ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600; Secure")
    );
    assert_ne!(second, value(&client));
    // Who knew the id of before the proof does not have the proof.
    assert_eq!(watcher.password(NEW).await.named(), "start_again");
    let done = client.password(NEW).await;
    let device = done.cookie_line().unwrap();
    assert!(device.starts_with("__Host-device="), "{device}");
    assert!(device.ends_with("; Path=/; HttpOnly; SameSite=Strict; Max-Age=15552000; Secure"), "{device}");
    assert_eq!(client.password("Een-Ander-Wachtwoord-9").await.named(), "done", "and useless after success");
    assert_eq!(wire.world.directory.writes(), 1);
}

#[tokio::test]
async fn two_cookies_of_the_name_are_none_and_other_cookies_do_not_matter() {
    let wire = Wire::new().await;
    let mut client = wire.client();
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
        let mut other = wire.client();
        other.cookie = Some(cookie.clone());
        assert_eq!(other.current().await.named(), step, "{cookie}");
    }
}
