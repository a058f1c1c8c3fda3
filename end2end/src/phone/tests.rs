//! The phone pages over HTTP, as HTML and as JSON.

use super::*;
use crate::entrust::{ADMIN_APPLICATION_ID, ADMIN_SECRET, DECOY, Options};
use serde_json::{Value, json};
use std::collections::HashMap;

struct OneLetter;

impl MessageSource for OneLetter {
    fn letters(&self, _: &str) -> Vec<Letter> {
        vec![Letter { subject: "Je wachtwoord <is> gewijzigd".into(), text: "Was jij dit niet?".into() }]
    }

    fn texts(&self, mobile: &str) -> Vec<String> {
        vec![format!("012345 is je code, {mobile}")]
    }
}

struct Answer {
    status: u16,
    text: String,
}

async fn start() -> (Entrust, String) {
    let person = Person {
        user_id: "G.Oezdemir".into(),
        first_name: "Gül".into(),
        last_name: "Özdemir".into(),
        mobile: Some("+31600000007".into()),
        has_app: true,
    };
    let without = Person { user_id: "E.Hendriks".into(), mobile: None, has_app: false, ..person.clone() };
    let seeds = HashMap::from([("G.Oezdemir".to_owned(), *b"12345678901234567890")]);
    let entrust =
        Entrust::start(vec![person, without], Options { seeds, ..Options::default() }).await.unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    entrust.set_phones(&url);
    let router = router(entrust.clone(), Arc::new(OneLetter), None);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (entrust, url)
}

fn client() -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]);
    client.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn request(url: String, accept: &str) -> Answer {
    let response = client().get(url).header("Accept", accept).send().await.unwrap();
    Answer { status: response.status().as_u16(), text: response.text().await.unwrap() }
}

#[tokio::test]
async fn the_list_shows_the_people_and_not_the_decoy() {
    let (_entrust, url) = start().await;
    let page = request(format!("{url}/telefoon"), "text/html").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Gül Özdemir") && page.text.contains("/telefoon/G.Oezdemir"));
    assert!(!page.text.contains(DECOY));
}

#[tokio::test]
async fn json_request_returns_the_current_code() {
    let (entrust, url) = start().await;
    let before = entrust.current_code("G.Oezdemir").unwrap();
    let answer = request(format!("{url}/telefoon/g.oezdemir"), "application/json").await;
    let after = entrust.current_code("G.Oezdemir").unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let code = answer["code"].as_str().unwrap();
    assert!(code == before || code == after, "a new time step may have begun in between");
    assert!((1..=30).contains(&answer["valid_for"].as_u64().unwrap()));
    assert_eq!(answer.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn page_shows_the_code_and_the_messages() {
    let (_entrust, url) = start().await;
    let page = request(format!("{url}/telefoon/G.Oezdemir"), "text/html,application/xhtml+xml").await;
    assert_eq!(page.status, 200);
    for part in [
        "data-code=\"",
        "http-equiv=\"refresh\"",
        "Entrust Identity",
        "&lt;is&gt; gewijzigd",
        "012345 is je code",
    ] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(!page.text.contains("<script") && !page.text.contains("http://"));
}

#[tokio::test]
async fn json_request_returns_every_message_with_its_channel() {
    let (_entrust, url) = start().await;
    let answer = request(format!("{url}/telefoon/G.Oezdemir/berichten"), "application/json").await;
    let messages: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    // SMS to the number of the phone itself, which differs from the one in Entrust.
    let sms = serde_json::json!({"text": "012345 is je code, +31612345607", "code": "012345", "way": "sms"});
    assert_eq!(messages[0], sms);
    assert_eq!(messages[1]["way"], "mail");
    assert_eq!(messages[1]["subject"], "Je wachtwoord <is> gewijzigd");
    assert_eq!(messages[1]["code"], "");
    assert_eq!(messages.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn unknown_user_and_decoy_have_no_phone() {
    let (_entrust, url) = start().await;
    for name in ["N.Nobody", DECOY] {
        for path in [format!("{url}/telefoon/{name}"), format!("{url}/telefoon/{name}/berichten")] {
            let answer = request(path, "application/json").await;
            assert_eq!((answer.status, answer.text.as_str()), (404, r#"{"error":"onbekend"}"#));
        }
        assert_eq!(request(format!("{url}/telefoon/{name}"), "text/html").await.status, 404);
    }
}

/// Starts an activation as the product does, and returns its link.
async fn start_activation(entrust: &Entrust) -> String {
    let sign_in = json!({"applicationId": ADMIN_APPLICATION_ID, "sharedSecret": ADMIN_SECRET});
    let session = admin(entrust, "v1/adminapi/authenticate", "", &sign_in).await;
    let session = session["authToken"].as_str().unwrap();
    let user = admin(entrust, "v3/users/userid", session, &json!({"userId": "e.hendriks"})).await;
    let path = format!("v1/users/{}/tokens/ENTRUST_SOFT_TOKEN", user["id"].as_str().unwrap());
    let token = admin(entrust, &path, session, &json!({})).await;
    let path = format!("v1/tokens/{}/activation", token["id"].as_str().unwrap());
    let activation = admin(entrust, &path, session, &json!({"type": ["OFFLINE"]})).await;
    assert_eq!(activation["activationOnlineURL"], json!(null), "not requested");
    activation["activationURL"].as_str().unwrap().to_owned()
}

async fn admin(entrust: &Entrust, path: &str, session: &str, body: &Value) -> Value {
    let call = client().post(format!("{}/api/web/{path}", entrust.url())).header("Authorization", session);
    call.json(body).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn phone_without_the_app_shows_a_hint() {
    let (_entrust, url) = start().await;
    assert!(request(format!("{url}/telefoon"), "text/html").await.text.contains("/telefoon/E.Hendriks"));
    let page = request(format!("{url}/telefoon/E.Hendriks"), "text/html").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Nog geen account in de app") && !page.text.contains("data-code"));
    let answer = request(format!("{url}/telefoon/E.Hendriks"), "application/json").await;
    assert_eq!((answer.status, answer.text.as_str()), (404, r#"{"error":"onbekend"}"#));
}

#[tokio::test]
async fn activation_link_asks_for_confirmation_and_works_once() {
    let (entrust, url) = start().await;
    let link = start_activation(&entrust).await;
    assert!(link.starts_with(&format!("{url}/telefoon/activeren/")));
    for _ in 0..2 {
        let page = request(link.clone(), "text/html").await;
        assert_eq!(page.status, 200);
        assert!(
            page.text.contains("Entrust Identity: account toevoegen?"),
            "opening the link does not use it"
        );
    }
    assert_eq!(entrust.shown("E.Hendriks"), None);

    let answer = client().post(&link).send().await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "/telefoon/E.Hendriks");
    assert!(request(format!("{url}/telefoon/E.Hendriks"), "text/html").await.text.contains("data-code"));

    let used = request(link.clone(), "text/html").await;
    assert_eq!(used.status, 404);
    assert!(used.text.contains("Deze link werkt niet"));
    assert_eq!(client().post(&link).send().await.unwrap().status(), 404);
    let wrong = request(format!("{url}/telefoon/activeren/guessed"), "text/html").await;
    assert_eq!((wrong.status, wrong.text.contains("Deze link werkt niet")), (404, true));
}

#[tokio::test]
async fn an_activation_expires() {
    let (entrust, _url) = start().await;
    let first = start_activation(&entrust).await;
    entrust.advance(std::time::Duration::from_mins(5));
    assert_eq!(request(first, "text/html").await.status, 404);
    let second = start_activation(&entrust).await;
    assert_eq!(client().post(second).send().await.unwrap().status(), 303);
    assert_eq!(entrust.tokens("E.Hendriks").len(), 2);
}
