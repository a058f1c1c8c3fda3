//! The security and cache headers of every response, pages and refusals alike.

use super::client::{Answer, HTTP, TestApi, posts, settings};

const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
                   img-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; \
                   frame-ancestors 'none'";

/// One response of every kind, with its request.
async fn all_answers(api: &TestApi) -> Vec<(String, Answer)> {
    let mut answers = Vec::new();
    for path in [
        "/",
        "/wachtwoordreset",
        "/healthz",
        "/readyz",
        "/.well-known/change-password",
        "/.well-known/security.txt",
        "/privacy",
        "/hulp",
        "/app",
        "/app.svg",
        "/favicon.svg",
        server::http::static_files::START,
        server::http::static_files::FRONTEND_WASM,
        "/nothing",
        "/api/site",
        "/api/reset/current",
        "/api/reset/identify",
        "/api/nothing",
    ] {
        answers.push((format!("GET {path}"), api.client().get(path).await));
        answers.push((format!("PUT {path}"), api.client().request("PUT", path).await));
    }
    for (path, _) in posts() {
        answers.push((format!("POST {path}"), api.client().post(path, "{}").await));
        answers.push((format!("POST [] {path}"), api.client().post(path, "[]").await));
        let foreign = api.client().with_header("sec-fetch-site", "cross-site").post(path, "{}").await;
        answers.push((format!("foreign {path}"), foreign));
    }
    answers
}

#[tokio::test]
async fn every_response_has_the_security_headers() {
    let api = TestApi::new().await;
    for (what, answer) in all_answers(&api).await {
        for (name, value) in [
            ("content-security-policy", CSP),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
            // Without `includeSubDomains`, because other services may use subdomains.
            ("strict-transport-security", "max-age=63072000"),
        ] {
            let values: Vec<_> = answer.headers.get_all(name).iter().collect();
            assert_eq!(values, [value], "{what} {name}");
        }
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{what}");
        assert_eq!((answer.header("server"), answer.header("x-powered-by")), (None, None), "{what}");
        assert!(answer.header("cache-control").is_some(), "{what}");
    }
}

#[tokio::test]
async fn hsts_is_not_sent_on_http() {
    let api = TestApi::with(settings(HTTP, "", "")).await;
    for (what, answer) in all_answers(&api).await {
        assert_eq!(answer.header("strict-transport-security"), None, "{what}");
        assert_eq!(answer.header("content-security-policy"), Some(CSP), "{what}");
    }
}

#[tokio::test]
async fn api_responses_are_never_cached() {
    let api = TestApi::new().await;
    for (what, answer) in all_answers(&api).await {
        if what.contains("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
            assert_eq!((answer.header("etag"), answer.header("last-modified")), (None, None), "{what}");
        }
    }
}

#[tokio::test]
async fn responses_do_not_reveal_the_framework() {
    let api = TestApi::new().await;
    for (what, answer) in all_answers(&api).await {
        for (name, _) in &answer.headers {
            let name = name.as_str();
            assert!(!name.contains("serverfn") && !name.contains("leptos"), "{what} {name}");
        }
        if answer.header("content-type").is_some_and(|kind| kind == "application/json") {
            for word in ["serde", "expected", "line 1", "leptos", "ServerFn"] {
                assert!(!answer.text().contains(word), "{what} {word}");
            }
        }
    }
}
