//! A9: unknown and malformed calls are refused in JSON and change nothing.

use super::client::{Client, RESET_CALLS, TestApi, json_field, posts};
use axum::body::Body;
use axum::http::{Request, header};

/// Posts a body with this content type.
async fn post_as(
    client: &mut Client,
    path: &str,
    content_type: Option<&str>,
    body: &str,
) -> super::client::Answer {
    let mut request = Request::post(path);
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    client.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// A valid body of the call.
fn valid_body(name: Option<&str>) -> String {
    name.map_or("{}".to_owned(), |name| json_field(name, "x"))
}

fn invalid(status: u16, reason: &str, field: Option<&str>) -> (u16, String, Option<String>) {
    (status, reason.to_owned(), field.map(ToOwned::to_owned))
}

#[tokio::test]
async fn a09_body_that_is_not_one_json_object_is_malformed() {
    let api = TestApi::new().await;
    let deep = format!("{}1{}", "[".repeat(4000), "]".repeat(4000));
    for (path, _) in posts() {
        for body in
            ["", " ", "{", "[]", "null", "1", "\"x\"", "{}{}", "{}x", "username=A.Janssen", deep.as_str()]
        {
            let answer = api.client().post(path, body.to_owned()).await;
            assert_eq!(answer.reason(), invalid(400, "malformed", None), "{path} {body:.20}");
        }
        for body in [&b"{\"\xff\":1}"[..], b"\xef\xbb\xbf{}", b"{\"code\":\"\\ud800\"}", b"\0"] {
            let answer = api.client().post(path, body.to_vec()).await;
            assert_eq!(answer.reason(), invalid(400, "malformed", None), "{path} {body:?}");
        }
    }
}

#[tokio::test]
async fn a09_field_of_wrong_type_duplicate_missing_or_unknown_is_reported_as_such() {
    let api = TestApi::new().await;
    for (path, name) in posts() {
        let mut client = api.client();
        let unknown = client.post(path, r#"{"domain":"x"}"#).await;
        // An unknown field is not named: it may be a secret in the wrong place.
        assert_eq!(unknown.reason(), invalid(400, "unknown_field", None), "{path}");
        let Some(name) = name else { continue };
        for value in ["1", "1.5", "true", "[]", r#"["x"]"#, "{}", r#"{"x":"y"}"#] {
            let answer = client.post(path, format!(r#"{{"{name}":{value}}}"#)).await;
            assert_eq!(answer.reason(), invalid(400, "wrong_type", Some(name)), "{path} {value}");
        }
        let twice = client.post(path, format!(r#"{{"{name}":"x","{name}":"y"}}"#)).await;
        assert_eq!(twice.reason(), invalid(400, "duplicate", Some(name)), "{path}");
        let also = client.post(path, format!(r#"{{"{name}":"x","username2":"y"}}"#)).await;
        assert_eq!(also.reason(), invalid(400, "unknown_field", None), "{path}");
        if name == "way" {
            continue;
        }
        let absent = client.post(path, "{}").await;
        assert_eq!(absent.reason(), invalid(400, "missing", Some(name)), "{path}");
        let null = client.post(path, format!(r#"{{"{name}":null}}"#)).await;
        assert_eq!(null.reason(), invalid(400, "wrong_type", Some(name)), "{path}");
    }
    assert_eq!(api.world.store.session_count(), 0);
}

#[tokio::test]
async fn a09_wrong_method_is_refused_and_the_allowed_one_is_named() {
    let api = TestApi::new().await;
    for (right, path, _) in RESET_CALLS {
        for method in ["GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            if method == right {
                continue;
            }
            let answer = api.client().request(method, path).await;
            assert_eq!((answer.status, answer.header("allow")), (405, Some(right)), "{method} {path}");
            if method != "HEAD" {
                assert_eq!(answer.reason(), invalid(405, "method", None), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a09_unknown_call_is_not_found_with_any_method() {
    let api = TestApi::new().await;
    for path in
        ["/api", "/api/", "/api/reset", "/api/reset/", "/api/reset/frobnicate", "/api/site/x", "/api/status"]
    {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            let answer = api.client().request(method, path).await;
            assert_eq!(answer.reason(), invalid(404, "not_found", None), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a09_body_over_sixteen_kilobytes_is_too_large_also_when_chunked() {
    let api = TestApi::new().await;
    for (path, name) in posts() {
        let name = name.unwrap_or("x");
        let ten_megabytes = json_field(name, &"x".repeat(10 * 1024 * 1024));
        let answer = api.client().post(path, ten_megabytes).await;
        assert_eq!(answer.reason(), invalid(413, "too_large", None), "{path}");
        let chunks = (0..64).map(|_| Ok::<_, std::io::Error>("x".repeat(1024)));
        let answer = api.client().post(path, Body::from_stream(futures::stream::iter(chunks))).await;
        assert_eq!(answer.reason(), invalid(413, "too_large", None), "{path}");
    }
    let exactly = 16 * 1024 - json_field("username", "").len();
    let at_the_limit = api.client().identify(&"x".repeat(exactly)).await;
    assert_eq!(at_the_limit.reason(), invalid(422, "too_long", Some("username")));
    let above = api.client().identify(&"x".repeat(exactly + 1)).await;
    assert_eq!(above.reason(), invalid(413, "too_large", None));
    assert_eq!(api.world.store.session_count(), 0);
}

#[tokio::test]
async fn a09_other_content_types_are_refused_including_those_of_html_forms() {
    let api = TestApi::new().await;
    for (path, name) in posts() {
        let json = valid_body(name);
        let form = format!("{}=x", name.unwrap_or("x"));
        for content_type in [
            None,
            Some(""),
            Some("application/x-www-form-urlencoded"),
            Some("multipart/form-data; boundary=x"),
            Some("text/plain"),
            Some("text/plain; application/json"),
            Some("application/jsonp"),
            Some("application/json, text/plain"),
            Some("application/cbor"),
        ] {
            for body in [&json, &form] {
                let answer = post_as(&mut api.client(), path, content_type, body).await;
                assert_eq!(answer.reason(), invalid(415, "content_type", None), "{path} {content_type:?}");
            }
        }
        for content_type in
            ["application/json", "Application/JSON", "application/json; charset=utf-8", "application/json ;x"]
        {
            let answer = post_as(&mut api.client(), path, Some(content_type), &json).await;
            assert!([200, 409, 422].contains(&answer.status), "{path} {content_type}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn call_never_redirects_for_any_accept_or_referer_header() {
    let api = TestApi::new().await;
    for (method, path, name) in RESET_CALLS {
        for accept in
            ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "application/x-leptos"]
        {
            let mut client = api
                .client()
                .with_header("accept", accept)
                .with_header("referer", "https://reset.example.org/wachtwoordreset")
                .with_header("accepts-stream", "true");
            let answer = match method {
                "GET" => client.get(path).await,
                _ => client.post(path, valid_body(name)).await,
            };
            assert!([200, 409, 422].contains(&answer.status), "{path} {accept}: {}", answer.status);
            assert_eq!(
                (answer.header("location"), answer.header("refresh")),
                (None, None),
                "{path} {accept}"
            );
            answer.json();
        }
    }
}

#[tokio::test]
async fn query_parameters_are_ignored() {
    let api = TestApi::new().await;
    let mut client = api.client();
    let answer = client.post("/api/reset/identify?username=A.Janssen", "{}").await;
    assert_eq!(answer.reason(), invalid(400, "missing", Some("username")));
    assert_eq!(
        client.get("/api/reset/current?visit=x&username=A.Janssen").await.text(),
        r#"{"step":"identify"}"#
    );
}
