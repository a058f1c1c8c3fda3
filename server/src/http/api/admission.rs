//! What may reach a server function: a known call by its method, from our own page, with one JSON
//! object of the right form. Not what the call does.
//!
//! Server functions by themselves parse a form-encoded body as JSON, answer 500 with the parser's
//! text, and redirect to the Referer when asked for HTML. None of that can be reached from here on.

use super::RequestContext;
use crate::http::{AppState, invalid, refuse};
use app::api::refusal::{Reason, Refusal};
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, FromRequest as _, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use leptos::context::provide_context;
use leptos::prelude::expect_context;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// No body of ours comes near this.
pub const BODY_LIMIT: usize = 16 * 1024;

/// Longer than the slowest step: a judgement asks the directory once and Entrust three times.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

struct Call {
    path: &'static str,
    method: Method,
    fields: &'static [Field],
}

struct Field {
    name: &'static str,
    required: bool,
}

const fn required(name: &'static str) -> Field {
    Field { name, required: true }
}

/// Every call there is. A server function that is missing here cannot be reached.
static CALLS: &[Call] = &[
    Call { path: "/api/site", method: Method::GET, fields: &[] },
    Call { path: "/api/reset/current", method: Method::GET, fields: &[] },
    Call { path: "/api/reset/identify", method: Method::POST, fields: &[required("username")] },
    Call { path: "/api/reset/birthdate", method: Method::POST, fields: &[required("birthdate")] },
    Call { path: "/api/reset/code", method: Method::POST, fields: &[required("code")] },
    Call {
        path: "/api/reset/resend",
        method: Method::POST,
        fields: &[Field { name: "way", required: false }],
    },
    Call { path: "/api/reset/password", method: Method::POST, fields: &[required("password")] },
    Call { path: "/api/reset/unlock", method: Method::POST, fields: &[] },
    Call { path: "/api/reset/extend", method: Method::POST, fields: &[] },
    Call { path: "/api/reset/cancel", method: Method::POST, fields: &[] },
    Call { path: "/api/registration/current", method: Method::GET, fields: &[] },
    Call {
        path: "/api/registration/sign_in",
        method: Method::POST,
        fields: &[required("username"), required("password")],
    },
    Call { path: "/api/registration/code", method: Method::POST, fields: &[required("code")] },
    Call { path: "/api/registration/birthdate", method: Method::POST, fields: &[required("birthdate")] },
    Call { path: "/api/registration/mobile", method: Method::POST, fields: &[required("mobile")] },
    Call { path: "/api/registration/confirm", method: Method::POST, fields: &[required("code")] },
    Call {
        path: "/api/registration/proposal",
        method: Method::POST,
        fields: &[required("what"), required("answer")],
    },
    Call { path: "/api/registration/activate", method: Method::POST, fields: &[] },
    Call { path: "/api/registration/app", method: Method::POST, fields: &[] },
    Call { path: "/api/registration/practice", method: Method::POST, fields: &[] },
    Call { path: "/api/registration/extend", method: Method::POST, fields: &[] },
    Call { path: "/api/registration/cancel", method: Method::POST, fields: &[] },
];

/// The calls that are there for the organisation's own networks only.
const REGISTRATION: &str = "/api/registration/";

/// Whether the path is a call's.
pub fn is_call(path: &str) -> bool {
    CALLS.iter().any(|call| call.path == path)
}

/// Answers `/api/…`.
pub async fn api(
    State(served): State<AppState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let Some(call) = CALLS.iter().find(|call| call.path == request.uri().path()) else {
        return invalid(None, Reason::NotFound);
    };
    // An open sign-in by name and password would be a target for trying passwords out.
    let certain =
        crate::http::client_ip::trusted_client_ip(peer.ip(), request.headers(), &served.trusted_proxies);
    if call.path.starts_with(REGISTRATION) && !served.registrar.admits(certain) {
        return invalid(None, Reason::NotFound);
    }
    if request.method() != call.method {
        let mut response = invalid(None, Reason::Method);
        response.headers_mut().insert(header::ALLOW, allow(&call.method));
        return response;
    }
    let address = crate::http::client_ip::address(peer.ip(), request.headers(), &served.trusted_proxies);
    let desk = RequestContext::new(&served, address, request.headers());
    let request = if call.method == Method::POST {
        match admit(request, call, &served.origin).await {
            Ok(request) => request,
            Err(refused) => return refused,
        }
    } else {
        without_preferences(request)
    };
    let answering = leptos_axum::handle_server_fns_with_context(
        move || {
            let desk = desk.clone().answering(expect_context());
            provide_context::<Arc<dyn app::api::Reset>>(Arc::new(desk.clone()));
            provide_context::<Arc<dyn app::api::enrollment::Register>>(Arc::new(desk));
        },
        request,
    );
    let Ok(answer) = tokio::time::timeout(REQUEST_TIMEOUT, answering).await else {
        // The step itself runs on; asking where the visit stands tells what became of it.
        return refuse(&late());
    };
    let mut response = answer.into_response();
    // The framework's own mark on every refusal, which nobody reads.
    response.headers_mut().remove(server_fn::error::SERVER_FN_ERROR_HEADER);
    response
}

fn late() -> Refusal {
    let reference = crate::random::reference().unwrap_or_default();
    tracing::error!(reference, "a step took longer than a minute");
    Refusal::Unavailable { reference, retry_after: 1 }
}

/// Lets a POST through if it is ours and of the right form.
async fn admit(request: Request, call: &Call, origin: &str) -> Result<Request, Response> {
    if !is_from_our_page(request.headers(), origin) {
        return Err(refuse(&Refusal::CrossOrigin));
    }
    if !is_json(request.headers()) {
        return Err(invalid(None, Reason::ContentType));
    }
    let (parts, body) = request.into_parts();
    let whole = Bytes::from_request(Request::from_parts(parts.clone(), body), &()).await;
    let whole = whole.map_err(|rejection| {
        // A body that broke off, or came too slowly, is not a large one.
        let too_large = rejection.status() == StatusCode::PAYLOAD_TOO_LARGE;
        invalid(None, if too_large { Reason::TooLarge } else { Reason::Malformed })
    })?;
    check(&whole, call.fields).map_err(|(field, reason)| invalid(field, reason))?;
    Ok(without_preferences(Request::from_parts(parts, Body::from(whole))))
}

/// The framework redirects to the Referer when HTML is accepted: it gets to see neither.
fn without_preferences(mut request: Request) -> Request {
    let headers = request.headers_mut();
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.remove(header::REFERER);
    request
}

/// A browser says where a request comes from; what is no browser cannot be tricked by another site.
fn is_from_our_page(headers: &HeaderMap, origin: &str) -> bool {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_lowercase();
    if let Some(site) = headers.get("sec-fetch-site") {
        return text(site) == "same-origin";
    }
    match headers.get(header::ORIGIN) {
        Some(value) => same_origin(&text(value), origin),
        None => true,
    }
}

/// With http on loopback, the three names of this machine are one origin.
fn same_origin(given: &str, own: &str) -> bool {
    given == own || matches!((loopback_port(given), loopback_port(own)), (Some(a), Some(b)) if a == b)
}

fn loopback_port(origin: &str) -> Option<&str> {
    let host = origin.strip_prefix("http://")?;
    if !crate::config::is_loopback_host(host) {
        return None;
    }
    Some(host.rsplit_once(':').map_or("80", |(_, port)| port))
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn allow(method: &Method) -> HeaderValue {
    HeaderValue::from_str(method.as_str()).unwrap_or(HeaderValue::from_static("POST"))
}

/// One JSON object with exactly these fields, each a text.
fn check(body: &[u8], fields: &[Field]) -> Result<(), (Option<String>, Reason)> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let given = deserializer.deserialize_map(Pairs).map_err(|_| (None, Reason::Malformed))?;
    deserializer.end().map_err(|_| (None, Reason::Malformed))?;
    for (place, (name, value)) in given.iter().enumerate() {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            return Err((None, Reason::UnknownField));
        };
        if given.iter().skip(place + 1).any(|(other, _)| other == name) {
            return Err((Some(name.clone()), Reason::Duplicate));
        }
        if !(value.is_string() || (value.is_null() && !field.required)) {
            return Err((Some(name.clone()), Reason::WrongType));
        }
    }
    match fields.iter().find(|field| field.required && !given.iter().any(|(name, _)| name == field.name)) {
        Some(missing) => Err((Some(missing.name.to_owned()), Reason::Missing)),
        None => Ok(()),
    }
}

/// An object's pairs as they stand there: a map would swallow a field that is there twice.
struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = Vec<(String, Value)>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a09_a_body_is_one_object_of_texts_and_nothing_else() {
        let fields = [required("code")];
        for (body, expected) in [
            (r#"{"code":"1"}"#, Ok(())),
            (r#" {"code":""} "#, Ok(())),
            ("", Err((None, Reason::Malformed))),
            ("[]", Err((None, Reason::Malformed))),
            (r#"{"code":"1"}x"#, Err((None, Reason::Malformed))),
            (r#"{"code":"\ud800"}"#, Err((None, Reason::Malformed))),
            (r#"{"code":1}"#, Err((Some("code".into()), Reason::WrongType))),
            (r#"{"code":null}"#, Err((Some("code".into()), Reason::WrongType))),
            (r#"{"code":["1"]}"#, Err((Some("code".into()), Reason::WrongType))),
            (r#"{"code":{"a":"1"}}"#, Err((Some("code".into()), Reason::WrongType))),
            (r#"{"code":"1","code":"2"}"#, Err((Some("code".into()), Reason::Duplicate))),
            (r#"{"code":"1","user":"B"}"#, Err((None, Reason::UnknownField))),
            ("{}", Err((Some("code".into()), Reason::Missing))),
        ] {
            assert_eq!(check(body.as_bytes(), &fields), expected, "{body}");
        }
        let optional = [Field { name: "way", required: false }];
        for body in ["{}", r#"{"way":null}"#, r#"{"way":"OTP"}"#] {
            assert_eq!(check(body.as_bytes(), &optional), Ok(()), "{body}");
        }
    }

    #[test]
    fn only_our_own_page_may_post() {
        let headers = |pairs: &[(&'static str, &str)]| -> HeaderMap {
            pairs.iter().map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap())).collect()
        };
        let own = "https://reset.example.org";
        for (pairs, ours) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://reset.example.org")], false),
            (&[("origin", "https://reset.example.org")], true),
            (&[("origin", "https://reset.example.org:444")], false),
            (&[("origin", "http://reset.example.org")], false),
            (&[("origin", "null")], false),
        ] {
            assert_eq!(is_from_our_page(&headers(pairs), own), ours, "{pairs:?}");
        }
        for (origin, ours) in [
            ("http://localhost:8080", true),
            ("http://[::1]:8080", true),
            ("http://127.0.0.1:8081", false),
            ("http://localhost.example.org:8080", false),
        ] {
            assert_eq!(
                is_from_our_page(&headers(&[("origin", origin)]), "http://127.0.0.1:8080"),
                ours,
                "{origin}"
            );
        }
    }
}
