//! The origin rule: another site's page cannot post. Not what a browser would have prevented by itself.

use super::client::{HTTP, HTTPS, Wire, field, posts, settings};

/// Whether a post with these headers reaches the call.
async fn reaches(wire: &Wire, headers: &[(&'static str, &str)]) -> bool {
    let mut client = wire.client();
    for (name, value) in headers {
        client = client.with(name, value);
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
async fn the_rule_holds_line_by_line() {
    let wire = Wire::new().await;
    let (own, other) = (HTTPS, "https://evil.example.org");
    for (headers, reached) in [
        (&[][..], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "same-origin"), ("origin", own)], true),
        // What the browser says of itself counts before an origin that a proxy may have changed.
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
        assert_eq!(reaches(&wire, headers).await, reached, "{headers:?}");
    }
}

#[tokio::test]
async fn on_loopback_the_three_names_of_this_machine_are_one_origin_on_one_port() {
    let wire = Wire::with(settings(HTTP, "", "")).await;
    for (origin, reached) in [
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
        assert_eq!(reaches(&wire, &[("origin", origin)]).await, reached, "{origin}");
    }
    let https = Wire::with(settings("https://127.0.0.1:8443", "", "")).await;
    assert!(!reaches(&https, &[("origin", "https://localhost:8443")]).await, "only with http");
}

#[tokio::test]
async fn every_post_is_held_to_it_and_another_sites_post_changes_nothing() {
    let wire = Wire::new().await;
    let mut own = wire.client();
    own.reach_code("A.Janssen").await;
    for (path, name) in posts() {
        let mut forged = own.clone().with("sec-fetch-site", "cross-site");
        let answer = forged.post(path, name.map_or("{}".to_owned(), |name| field(name, "x"))).await;
        assert_eq!((answer.status, answer.text()), (403, r#"{"refusal":"foreign"}"#), "{path}");
        assert_eq!(answer.cookie_line(), None, "{path}");
        assert_eq!(own.current().await.named(), "code", "{path}");
    }
}

#[tokio::test]
async fn no_answer_opens_itself_to_other_origins() {
    let wire = Wire::new().await;
    for path in ["/api/site", "/api/reset/current", "/wachtwoordreset", "/healthz"] {
        let answer = wire.client().with("origin", "https://evil.example.org").get(path).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"), "{path}");
    }
}
