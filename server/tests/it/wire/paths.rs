//! A14: no spelling of a path reaches a call past its guard.

use super::client::{CALLS, Wire, field};

/// Other spellings of one path, as proxies, browsers and attackers make them.
fn spellings(path: &str) -> Vec<String> {
    let rest = path.strip_prefix("/api/").unwrap();
    let mut all = vec![
        format!("/./api/{rest}"),
        format!("/x/../api/{rest}"),
        format!("//api/{rest}"),
        format!("/api//{rest}"),
        format!("/api/./{rest}"),
        format!("/api/../api/{rest}"),
        format!("/%2e/api/{rest}"),
        format!("/api/%2e/{rest}"),
        format!("/api/%2e%2e/api/{rest}"),
        format!("/api%2f{rest}"),
        format!("/api%5c{rest}"),
        format!("/%61pi/{rest}"),
        format!("/api;x/{rest}"),
        format!("/API/{rest}"),
        format!("/api/{}", rest.to_uppercase()),
        format!("{path}/"),
        format!("{path}//"),
        format!("{path}."),
        format!("{path}.."),
        format!("{path}/."),
        format!("{path}/.."),
        format!("{path};x"),
        format!("{path};x=y"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%3f"),
        format!("{path}%23"),
        format!("{path}.json"),
        format!("{path}%2e"),
        format!("/wachtwoordreset{path}"),
        format!("/wachtwoordreset/..{path}"),
    ];
    // One letter percent-encoded, at each place of the call's own name.
    all.extend(rest.char_indices().map(|(at, letter)| {
        let (before, after) = rest.split_at(at);
        format!("/api/{before}%{:02x}{}", u32::from(letter), &after[letter.len_utf8()..])
    }));
    all
}

#[tokio::test]
async fn a14_another_spelling_is_not_found_and_does_nothing() {
    let wire = Wire::new().await;
    for (_, path, name) in CALLS {
        for spelled in spellings(path) {
            for method in ["GET", "POST"] {
                let mut client = wire.client().with("content-type", "application/json");
                let body = name.map_or("{}".to_owned(), |name| field(name, "A.Janssen"));
                let request = axum::http::Request::builder().method(method).uri(spelled.as_str());
                let answer = client.send(request.body(body.into()).unwrap()).await;
                assert_eq!((answer.status, answer.cookie_line()), (404, None), "{method} {spelled}");
                if spelled.starts_with("/api/") {
                    assert_eq!(answer.reason().1, "not_found", "{method} {spelled}");
                }
            }
        }
    }
    assert_eq!(wire.world.store.visits(), 0);
}

#[tokio::test]
async fn a14_an_absolute_address_in_the_request_is_the_call_itself_and_guarded() {
    let wire = Wire::new().await;
    let mut client = wire.client().with("sec-fetch-site", "cross-site");
    let answer =
        client.post("http://other.example.org/api/reset/identify", field("username", "A.Janssen")).await;
    assert_eq!(answer.text(), r#"{"refusal":"foreign"}"#);
}

#[tokio::test]
async fn a14_a_file_of_the_site_has_one_spelling_too() {
    let wire = Wire::new().await;
    for path in [
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/..%2f..%2fetc/passwd",
        "/assets/",
        "/assets",
        "/index.html",
        "/.git/config",
        "/settings.toml",
        "/wachtwoordreset;x",
        "/metrics",
        "/status",
    ] {
        let answer = wire.client().get(path).await;
        assert_eq!((answer.status, answer.header("location")), (404, None), "{path}");
        assert!(answer.text().contains("<h1"), "{path}");
    }
}

#[tokio::test]
async fn a_page_is_found_however_people_and_mail_programs_spell_its_address() {
    let wire = Wire::new().await;
    for (page, spelled) in [
        ("/wachtwoordreset", "/wachtwoordreset/"),
        ("/wachtwoordreset", "/Wachtwoordreset"),
        ("/wachtwoordreset", "/WACHTWOORDRESET//"),
        ("/wachtwoordreset", "//wachtwoordreset"),
        ("/wachtwoordreset", "/wachtwoordreset."),
        ("/wachtwoordreset", "/wachtwoordreset)."),
        ("/wachtwoordreset", "/wachtwoordreset%20"),
        ("/registratie", "/registratie/"),
        ("/registratie", "/Registratie,"),
        ("/privacy", "/PRIVACY/"),
        ("/hulp", "/Hulp."),
        ("/app", "/App/"),
    ] {
        for method in ["GET", "HEAD"] {
            let answer = wire.client().ask(method, spelled).await;
            assert_eq!((answer.status, answer.header("location")), (308, Some(page)), "{method} {spelled}");
        }
        assert_eq!(wire.client().ask("POST", spelled).await.status, 404, "{spelled}");
    }
    let answer = wire.client().get("/Privacy/?language=en").await;
    assert_eq!(answer.header("location"), Some("/privacy?language=en"));
}

#[tokio::test]
async fn an_address_that_is_no_page_leads_on_in_the_readers_language() {
    let wire = Wire::new().await;
    for (language, says) in [("nl", "Deze pagina bestaat niet"), ("en", "This page does not exist")] {
        let answer = wire.client().with("accept-language", language).get("/wachtwoord").await;
        assert_eq!(answer.status, 404, "{language}");
        for part in [says, "href=\"/wachtwoordreset\"", "href=\"/registratie\"", "tel:"] {
            assert!(answer.text().contains(part), "{part}: {}", answer.text());
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("etag"), None);
    }
    let answer = wire.client().with("accept-language", "nl").get("/wachtwoord?language=en").await;
    assert!(answer.text().contains("This page does not exist"));
}
