//! A3: the client holds nothing but a random id, so nothing that it changes has an effect.

use super::client::{Client, HTTPS, TestApi, posts, settings};
use crate::reset::world::{CURRENT_PASSWORD, NEW_PASSWORD};

fn value(client: &Client) -> String {
    client.cookie.as_deref().unwrap().split_once('=').unwrap().1.to_owned()
}

/// Every value that differs from this one in one character, and some of other lengths.
fn tampered(value: &str) -> Vec<String> {
    let mut all = vec![
        String::new(),
        value[1..].to_owned(),
        value[..value.len() - 1].to_owned(),
        format!("{value}A"),
        format!("{value}="),
        format!("A{value}"),
        value.repeat(2),
        value.to_lowercase(),
        value.chars().rev().collect(),
    ];
    for at in 0..value.len() {
        let replacement = if &value[at..=at] == "A" { "B" } else { "A" };
        all.push(format!("{}{replacement}{}", &value[..at], &value[at + 1..]));
    }
    all
}

#[tokio::test]
async fn a03_tampered_session_id_reaches_no_session_and_writes_nothing() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_password(&api).await;
    for value in tampered(&value(&client)) {
        let mut attacker = api.client();
        attacker.cookie = Some(format!("__Host-visit={value}"));
        assert_eq!(attacker.current().await.outcome(), "identify", "{value}");
        attacker.cookie = Some(format!("__Host-visit={value}"));
        assert_eq!(attacker.password(NEW_PASSWORD).await.outcome(), "start_again", "{value}");
    }
    assert_eq!(api.world.directory.writes(), 0);
    assert_eq!(client.password(NEW_PASSWORD).await.outcome(), "done", "the session itself is untouched");
}

#[tokio::test]
async fn a03_session_of_the_registration_is_no_session_of_the_reset_or_the_reverse() {
    let api = TestApi::with(settings(HTTPS, "trusted_proxies = [\"203.0.113.9/32\"]", "")).await;
    let mut reset = api.client();
    reset.reach_password(&api).await;
    let mut client = api.client().at_address("10.1.2.3");
    let body = format!(r#"{{"username":"A.Janssen","password":"{CURRENT_PASSWORD}"}}"#);
    assert_eq!(client.post("/api/registration/sign_in", body).await.status, 200);
    let (reset_id, registration_id) = (value(&reset), value(&client));
    let mut attacker = api.client().at_address("10.1.2.3");
    attacker.cookie = Some(format!("__Host-visit={registration_id}; __Host-registration={reset_id}"));
    assert_eq!(attacker.current().await.outcome(), "identify");
    let answer = attacker.get("/api/registration/current").await;
    assert_eq!(answer.outcome(), "sign_in", "{}", answer.text());
    assert_eq!(attacker.password(NEW_PASSWORD).await.outcome(), "start_again");
    assert_eq!(api.world.directory.writes(), 0);
}

#[tokio::test]
async fn a03_state_in_a_request_body_is_refused_and_changes_nothing() {
    let api = TestApi::new().await;
    let mut client = api.client();
    client.reach_code("A.Janssen").await;
    let before = client.current().await.text().to_owned();
    for (path, field) in posts() {
        let argument = field.map(|field| format!(r#""{field}":"1984-10-01","#)).unwrap_or_default();
        for state in [
            r#""step":"password""#,
            r#""account":"B.Smits""#,
            r#""verified":"true""#,
            r#""session":"x""#,
            r#""expires_in":"9999""#,
        ] {
            let answer = client.post(path, format!("{{{argument}{state}}}")).await;
            assert_eq!(answer.reason(), (400, "unknown_field".to_owned(), None), "{path} {state}");
        }
    }
    assert_eq!(client.current().await.text(), before);
    assert_eq!(api.world.directory.writes(), 0);
}
