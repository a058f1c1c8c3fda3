//! The origin rule: a page of another site cannot post.

use super::client::{HTTP, HTTPS, TestApi, json_field, posts, settings};

/// Whether the origin rule accepts a POST with these headers.
async fn is_accepted(api: &TestApi, headers: &[(&'static str, &str)]) -> bool {
    let mut client = api.client();
    for (name, value) in headers {
        client = client.with_header(name, value);
    }
    let answer = client.identify("A.Janssen").await;
    if answer.status == 200 {
        return true;
    }
    assert_eq!((answer.status, answer.text()), (403, r#"{"refusal":"foreign"}"#), "{headers:?}");
    assert_eq!(answer.cookie_line(), None, "{headers:?}");
    false
}

#[tokio::test]
async fn origin_rule_accepts_and_refuses_each_header_combination() {
    let api = TestApi::new().await;
    let (own, other) = (HTTPS, "https://evil.example.org");
    for (headers, accepted) in [
        (&[][..], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", own)], true),
        // `Sec-Fetch-Site` takes precedence over `Origin`, which a proxy may have changed.
        (&[("sec-fetch-site", "same-origin"), ("origin", other)], true),
        (&[("sec-fetch-site", "cross-site"), ("origin", own)], false),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("sec-fetch-site", "none")], false),
        (&[("sec-fetch-site", "")], false),
        (&[("sec-fetch-site", "same-origin, cross-site")], false),
        (&[("origin", own)], true),
        (&[("origin", "HTTPS://Reset.Example.org")], true),
        (&[("origin", other)], false),
        (&[("origin", "http://reset.example.org")], false),
        (&[("origin", "https://reset.example.org:8443")], false),
        (&[("origin", "https://reset.example.org.evil.example")], false),
        (&[("origin", "https://reset.example.org@evil.example")], false),
        (&[("origin", "https://sub.reset.example.org")], false),
        (&[("origin", "null")], false),
        (&[("origin", "")], false),
        (&[("origin", "https://localhost")], false),
        (&[("referer", other)], true),
    ] {
        assert_eq!(is_accepted(&api, headers).await, accepted, "{headers:?}");
    }
}

#[tokio::test]
async fn loopback_names_are_one_origin_on_the_same_port() {
    let api = TestApi::with(settings(HTTP, "", "")).await;
    for (origin, accepted) in [
        ("http://127.0.0.1:8080", true),
        ("http://localhost:8080", true),
        ("http://[::1]:8080", true),
        ("http://LocalHost:8080", true),
        ("http://127.0.0.1:8081", false),
        ("http://127.0.0.1", false),
        ("https://127.0.0.1:8080", false),
        ("http://localhost.evil.example:8080", false),
        ("http://192.0.2.1:8080", false),
        ("http://127.0.0.1.evil.example:8080", false),
    ] {
        assert_eq!(is_accepted(&api, &[("origin", origin)]).await, accepted, "{origin}");
    }
    let https = TestApi::with(settings("https://127.0.0.1:8443", "", "")).await;
    assert!(
        !is_accepted(&https, &[("origin", "https://localhost:8443")]).await,
        "the names are equivalent with http only"
    );
}

#[tokio::test]
async fn cross_site_post_is_refused_by_every_call_and_changes_nothing() {
    let api = TestApi::new().await;
    let mut own = api.client();
    own.reach_code("A.Janssen").await;
    for (path, name) in posts() {
        let mut forged = own.clone().with_header("sec-fetch-site", "cross-site");
        let answer = forged.post(path, name.map_or("{}".to_owned(), |name| json_field(name, "x"))).await;
        assert_eq!((answer.status, answer.text()), (403, r#"{"refusal":"foreign"}"#), "{path}");
        assert_eq!(answer.cookie_line(), None, "{path}");
        assert_eq!(own.current().await.outcome(), "code", "{path}");
    }
}

#[tokio::test]
async fn no_response_allows_other_origins() {
    let api = TestApi::new().await;
    for path in ["/api/site", "/api/reset/current", "/wachtwoordreset", "/healthz"] {
        let answer = api.client().with_header("origin", "https://evil.example.org").get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
    }
}
