//! A14: no other spelling of a path reaches a call and bypasses its checks. Misspelled page addresses redirect.

use super::client::{RESET_CALLS, TestApi, json_field};

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
    // Each letter of the name of the call, percent-encoded.
    all.extend(rest.char_indices().map(|(at, letter)| {
        let (before, after) = rest.split_at(at);
        format!("/api/{before}%{:02x}{}", u32::from(letter), &after[letter.len_utf8()..])
    }));
    all
}

#[tokio::test]
async fn a14_other_spelling_of_a_path_is_not_found_and_has_no_effect() {
    let api = TestApi::new().await;
    for (_, path, name) in RESET_CALLS {
        for spelling in spellings(path) {
            for method in ["GET", "POST"] {
                let mut client = api.client().with_header("content-type", "application/json");
                let body = name.map_or("{}".to_owned(), |name| json_field(name, "A.Janssen"));
                let request = axum::http::Request::builder().method(method).uri(spelling.as_str());
                let answer = client.send(request.body(body.into()).unwrap()).await;
                assert_eq!((answer.status, answer.cookie_line()), (404, None), "{method} {spelling}");
                if spelling.starts_with("/api/") {
                    assert_eq!(answer.reason().1, "not_found", "{method} {spelling}");
                }
            }
        }
    }
    assert_eq!(api.world.store.session_count(), 0);
}

#[tokio::test]
async fn a14_absolute_request_uri_is_subject_to_the_origin_rule() {
    let api = TestApi::new().await;
    let mut client = api.client().with_header("sec-fetch-site", "cross-site");
    let answer =
        client.post("http://other.example.org/api/reset/identify", json_field("username", "A.Janssen")).await;
    assert_eq!(answer.text(), r#"{"refusal":"foreign"}"#);
}

#[tokio::test]
async fn a14_static_path_has_only_one_spelling() {
    let api = TestApi::new().await;
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
        let answer = api.client().get(path).await;
        assert_eq!((answer.status, answer.header("location")), (404, None), "{path}");
        assert!(answer.text().contains("<h1"), "{path}");
    }
}

#[tokio::test]
async fn misspelled_page_address_redirects_to_the_page() {
    let api = TestApi::new().await;
    for (page, spelling) in [
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
            let answer = api.client().request(method, spelling).await;
            assert_eq!((answer.status, answer.header("location")), (308, Some(page)), "{method} {spelling}");
        }
        assert_eq!(api.client().request("POST", spelling).await.status, 404, "{spelling}");
    }
    let answer = api.client().get("/Privacy/?language=en").await;
    assert_eq!(answer.header("location"), Some("/privacy?language=en"));
}

#[tokio::test]
async fn not_found_page_is_in_the_language_of_the_reader_and_links_to_the_pages() {
    let api = TestApi::new().await;
    for (language, title) in [("nl", "Deze pagina bestaat niet"), ("en", "This page does not exist")] {
        let answer = api.client().with_header("accept-language", language).get("/wachtwoord").await;
        assert_eq!(answer.status, 404, "{language}");
        for part in [title, "href=\"/wachtwoordreset\"", "href=\"/registratie\"", "tel:"] {
            assert!(answer.text().contains(part), "{part}: {}", answer.text());
        }
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("etag"), None);
    }
    let answer = api.client().with_header("accept-language", "nl").get("/wachtwoord?language=en").await;
    assert!(answer.text().contains("This page does not exist"));
}
