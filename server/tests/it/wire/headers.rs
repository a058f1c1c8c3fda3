//! The headers that every answer carries, pages and refusals alike.

use super::client::{Answer, HTTP, Wire, posts, settings};

const CSP: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; connect-src 'self'; \
                   img-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'none'; base-uri 'none'; \
                   frame-ancestors 'none'";

/// One of everything.
async fn everything(wire: &Wire) -> Vec<(String, Answer)> {
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
        answers.push((format!("GET {path}"), wire.client().get(path).await));
        answers.push((format!("PUT {path}"), wire.client().ask("PUT", path).await));
    }
    for (path, _) in posts() {
        answers.push((format!("POST {path}"), wire.client().post(path, "{}").await));
        answers.push((format!("POST [] {path}"), wire.client().post(path, "[]").await));
        let foreign = wire.client().with("sec-fetch-site", "cross-site").post(path, "{}").await;
        answers.push((format!("foreign {path}"), foreign));
    }
    answers
}

#[tokio::test]
async fn every_answer_carries_them() {
    let wire = Wire::new().await;
    for (what, answer) in everything(&wire).await {
        for (name, value) in [
            ("content-security-policy", CSP),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
            // The site may be shared: what stands under it is not ours to force.
            ("strict-transport-security", "max-age=63072000"),
        ] {
            let given: Vec<_> = answer.headers.get_all(name).iter().collect();
            assert_eq!(given, [value], "{what} {name}");
        }
        assert!(answer.header("x-request-id").is_some_and(|id| id.len() == 36), "{what}");
        assert_eq!((answer.header("server"), answer.header("x-powered-by")), (None, None), "{what}");
        assert!(answer.header("cache-control").is_some(), "{what}");
    }
}

#[tokio::test]
async fn on_http_no_browser_is_told_to_insist_on_https() {
    let wire = Wire::with(settings(HTTP, "", "")).await;
    for (what, answer) in everything(&wire).await {
        assert_eq!(answer.header("strict-transport-security"), None, "{what}");
        assert_eq!(answer.header("content-security-policy"), Some(CSP), "{what}");
    }
}

#[tokio::test]
async fn nothing_of_the_api_is_ever_kept_by_a_cache() {
    let wire = Wire::new().await;
    for (what, answer) in everything(&wire).await {
        if what.contains("/api/") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{what}");
            assert_eq!(answer.header("content-type"), Some("application/json"), "{what}");
            assert_eq!((answer.header("etag"), answer.header("last-modified")), (None, None), "{what}");
        }
    }
}

#[tokio::test]
async fn an_answer_says_nothing_of_the_framework() {
    let wire = Wire::new().await;
    for (what, answer) in everything(&wire).await {
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
