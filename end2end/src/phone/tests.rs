//! The phone pages, asked over HTTP as a browser and as a script.

use super::*;
use crate::entrust::{DECOY, Options};
use std::collections::HashMap;

struct OneLetter;

impl Mail for OneLetter {
    fn letters(&self, _: &str) -> Vec<Letter> {
        vec![Letter { subject: "Je wachtwoord <is> gewijzigd".into(), text: "Was jij dit niet?".into() }]
    }

    fn texts(&self, mobile: &str) -> Vec<String> {
        vec![format!("012345 is je code, {mobile}")]
    }
}

struct Asked {
    status: u16,
    text: String,
}

async fn start() -> (Entrust, String) {
    let person = Person {
        user_id: "G.Oezdemir".into(),
        first_name: "Gül".into(),
        last_name: "Özdemir".into(),
        mobile: Some("+31600000007".into()),
    };
    let seeds = HashMap::from([("G.Oezdemir".to_owned(), *b"12345678901234567890")]);
    let entrust = Entrust::start(vec![person], Options { seeds, ..Options::default() }).await.unwrap();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = router(entrust.clone(), Arc::new(OneLetter));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (entrust, url)
}

async fn ask(url: String, accept: &str) -> Asked {
    drop(rustls::crypto::ring::default_provider().install_default());
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
    let response = client.get(url).header("Accept", accept).send().await.unwrap();
    Asked { status: response.status().as_u16(), text: response.text().await.unwrap() }
}

#[tokio::test]
async fn the_list_shows_the_people_and_not_the_decoy() {
    let (_entrust, url) = start().await;
    let page = ask(format!("{url}/telefoon"), "text/html").await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("Gül Özdemir") && page.text.contains("/telefoon/G.Oezdemir"));
    assert!(!page.text.contains(DECOY));
}

#[tokio::test]
async fn a_script_gets_the_running_code() {
    let (entrust, url) = start().await;
    let before = entrust.current_code("G.Oezdemir").unwrap();
    let answer = ask(format!("{url}/telefoon/g.oezdemir"), "application/json").await;
    let after = entrust.current_code("G.Oezdemir").unwrap();
    let answer: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let code = answer["code"].as_str().unwrap();
    assert!(code == before || code == after, "a new step may have begun in between");
    assert!((1..=30).contains(&answer["valid_for"].as_u64().unwrap()));
    assert_eq!(answer.as_object().unwrap().len(), 2);
}

#[tokio::test]
async fn a_person_sees_the_code_and_the_mail() {
    let (_entrust, url) = start().await;
    let page = ask(format!("{url}/telefoon/G.Oezdemir"), "text/html,application/xhtml+xml").await;
    assert_eq!(page.status, 200);
    for part in ["data-code=\"", "http-equiv=\"refresh\"", "Entrust Identity", "&lt;is&gt; gewijzigd", "012345 is je code"] {
        assert!(page.text.contains(part), "{part}");
    }
    assert!(!page.text.contains("<script") && !page.text.contains("http://"));
}

#[tokio::test]
async fn a_script_gets_every_message_with_its_way() {
    let (_entrust, url) = start().await;
    let answer = ask(format!("{url}/telefoon/G.Oezdemir/berichten"), "application/json").await;
    let messages: serde_json::Value = serde_json::from_str(&answer.text).unwrap();
    let sms = serde_json::json!({"text": "012345 is je code, +31600000007", "code": "012345", "way": "sms"});
    assert_eq!(messages[0], sms);
    assert_eq!(messages[1]["way"], "mail");
    assert_eq!(messages[1]["subject"], "Je wachtwoord <is> gewijzigd");
    assert_eq!(messages[1]["code"], "");
    assert_eq!(messages.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_else_has_a_phone() {
    let (_entrust, url) = start().await;
    for name in ["E.Hendriks", DECOY] {
        for path in [format!("{url}/telefoon/{name}"), format!("{url}/telefoon/{name}/berichten")] {
            let answer = ask(path, "application/json").await;
            assert_eq!((answer.status, answer.text.as_str()), (404, r#"{"error":"onbekend"}"#));
        }
        assert_eq!(ask(format!("{url}/telefoon/{name}"), "text/html").await.status, 404);
    }
}
