//! The phones of the demo's employees as web pages: the code in the Entrust Identity app, and the received messages.
//! The pages are not protected: for loopback only.

mod activation;
mod inbox;
mod next_day;

pub use inbox::{Inbox, Letter, MessageSource, NoMessages};

use crate::entrust::{Entrust, Message, Person, STEP, Shown};
use crate::people;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

/// The maximum time until a page shows a new message.
const REFRESH_SECONDS: u64 = 5;

const STYLE: &str = include_str!("phone.css");

#[derive(Clone)]
struct Phones {
    entrust: Entrust,
    messages: Arc<dyn MessageSource>,
    /// The embedded store of the service, if there is one.
    store: Option<PathBuf>,
}

/// The pages: `/telefoon`, `/telefoon/{user}`, and `/telefoon/{user}/berichten` as JSON. `store` is the embedded store of the
/// service, if there is one: a button on the first page then ends the waiting times in it.
pub fn router(entrust: Entrust, messages: Arc<dyn MessageSource>, store: Option<PathBuf>) -> Router {
    Router::new()
        .route("/", get(|| async { axum::response::Redirect::temporary("/telefoon") }))
        .route("/telefoon", get(list))
        .route("/telefoon/een-dag-later", post(next_day::pass))
        .route("/telefoon/{user}", get(phone))
        .route("/telefoon/activeren/{secret}", get(activation::confirm).post(activation::activate))
        .route("/telefoon/{user}/berichten", get(message_api))
        .with_state(Phones { entrust, messages, store })
}

#[derive(Serialize)]
struct CodeJson {
    code: String,
    valid_for: u64,
}

/// A message. The channel is `entrust`, `sms` or `mail`; `code` is empty if there is none; only a mail has a subject.
#[derive(Serialize)]
struct MessageJson {
    text: String,
    code: String,
    #[serde(rename = "way")]
    channel: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
}

impl Phones {
    /// The SMS on a person's phone.
    fn texts(&self, person: &Person) -> Vec<String> {
        // The number of the phone itself, which can differ from the registered one.
        let number = people::Person::named(&person.user_id).map(|employee| employee.mobile);
        let number = number.or(person.mobile.as_deref());
        number.map(|number| self.messages.texts(number)).unwrap_or_default()
    }

    fn person(&self, user: &str) -> Option<Person> {
        self.entrust.people().into_iter().find(|person| person.user_id.eq_ignore_ascii_case(user))
    }
}

async fn list(State(phones): State<Phones>) -> Response {
    let mut rows = String::new();
    for person in phones.entrust.people() {
        // Writing to a String cannot fail.
        let _ = write!(
            rows,
            r#"<li><a href="/telefoon/{id}"><span class="face" aria-hidden="true">{initial}</span><span><b>{name}</b><br><small>{id}</small></span></a></li>"#,
            id = escape(&person.user_id),
            initial = escape(&person.first_name.chars().take(1).collect::<String>()),
            name = escape(&full_name(&person)),
        );
    }
    let body = format!(
        "<main class=\"list\"><h1>Telefoons</h1><p>De telefoons van de medewerkers in deze demo. Kies er een om \
         de code in de Entrust Identity-app te zien.</p><ul>{rows}</ul>{day}</main>",
        day = next_day::button(&phones),
    );
    page(StatusCode::OK, "Telefoons", None, &body)
}

async fn phone(State(phones): State<Phones>, Path(user): Path<String>, headers: HeaderMap) -> Response {
    let wants_json = wants_json(&headers);
    let Some(person) = phones.person(&user) else { return not_found(wants_json) };
    let shown = phones.entrust.shown(&user);
    if wants_json {
        let Some(Shown { code, valid_for }) = shown else { return not_found(true) };
        return without_caching((StatusCode::OK, Json(CodeJson { code, valid_for })).into_response());
    }
    let body = format!(
        r#"<main class="phone"><p class="who">Telefoon van {name}</p>{app}{messages}{letters}<p><a href="/telefoon">Alle telefoons</a></p></main>"#,
        name = escape(&full_name(&person)),
        app = shown.as_ref().map_or_else(activation::no_account, |shown| app(&person, shown)),
        messages = message_list(&phones.entrust.messages(&user), &phones.texts(&person)),
        letters = letter_list(&phones.messages.letters(&user)),
    );
    page(
        StatusCode::OK,
        &format!("Telefoon van {}", full_name(&person)),
        Some(shown.map_or(REFRESH_SECONDS, |shown| shown.valid_for.min(REFRESH_SECONDS))),
        &body,
    )
}

async fn message_api(State(phones): State<Phones>, Path(user): Path<String>) -> Response {
    let Some(person) = phones.person(&user) else { return not_found(true) };
    let sent = phones.entrust.messages(&user).into_iter();
    let sent =
        sent.map(|Message { text, code, .. }| MessageJson { text, code, channel: "entrust", subject: None });
    let texts = phones.texts(&person).into_iter();
    let texts = texts.map(|text| {
        let code = text.chars().take_while(char::is_ascii_digit).collect();
        MessageJson { text, code, channel: "sms", subject: None }
    });
    let letters = phones.messages.letters(&user).into_iter();
    let letters = letters.map(|Letter { subject, text }| MessageJson {
        text,
        code: String::new(),
        channel: "mail",
        subject: Some(subject),
    });
    let messages: Vec<MessageJson> = sent.chain(texts).chain(letters).collect();
    without_caching((StatusCode::OK, Json(messages)).into_response())
}

fn not_found(wants_json: bool) -> Response {
    if wants_json {
        return without_caching(
            (StatusCode::NOT_FOUND, Json(serde_json::json!({"error": "onbekend"}))).into_response(),
        );
    }
    let body = "<main class=\"list\"><h1>Geen telefoon</h1><p>Onder deze naam is er geen telefoon met de Entrust \
                Identity-app.</p><p><a href=\"/telefoon\">Alle telefoons</a></p></main>";
    page(StatusCode::NOT_FOUND, "Geen telefoon", None, body)
}

fn app(person: &Person, shown: &Shown) -> String {
    // The app groups the digits; half and half, whether there are six or eight.
    let (left, right) = shown.code.split_at_checked(shown.code.len() / 2).unwrap_or((&shown.code, ""));
    format!(
        r#"<section class="app" aria-label="Entrust Identity"><h1>Entrust Identity</h1><p class="id">Pantein · {id}</p>
<p class="code" id="code" data-code="{left}{right}"><span>{left}</span> <span>{right}</span></p>
<div class="bar" aria-hidden="true"><i style="animation-duration:{STEP}s;animation-delay:-{spent}s"></i></div>
<p class="left">Nog <span class="seconds" role="img" aria-label="{valid_for}" style="animation-duration:{STEP}s;animation-delay:-{spent}s"></span> seconden geldig</p></section>"#,
        id = escape(&person.user_id),
        spent = STEP.saturating_sub(shown.valid_for),
        valid_for = shown.valid_for,
    )
}

/// Entrust's messages, then the SMS of the gateway: they cannot be sorted by time, because the two have no common
/// clock.
fn message_list(messages: &[Message], texts: &[String]) -> String {
    let texts = texts.iter().rev();
    let texts = messages.iter().rev().map(|message| &message.text).chain(texts);
    let items = texts.fold(String::new(), |mut items, text| {
        let _ = write!(items, "<li>{}</li>", with_links(text));
        items
    });
    section("Berichten", &items)
}

fn letter_list(letters: &[Letter]) -> String {
    let items = letters.iter().rev().fold(String::new(), |mut items, letter| {
        let _ = write!(
            items,
            "<li class=\"letter\"><b>{}</b><br>{}</li>",
            escape(&letter.subject),
            with_links(&letter.text)
        );
        items
    });
    section("E-mail", &items)
}

fn section(title: &str, items: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    format!("<section class=\"messages\"><h2>{title}</h2><ul>{items}</ul></section>")
}

fn page(status: StatusCode, title: &str, refresh: Option<u64>, body: &str) -> Response {
    let refresh = refresh
        .map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"))
        .unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=\"nl\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\">{refresh}<title>{}</title><style>{STYLE}</style></head>\
         <body>{body}</body></html>",
        escape(title)
    );
    without_caching((status, Html(html)).into_response())
}

/// Forbids caching, because an old code is worse than none, and loading of any external resource.
fn without_caching(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        HeaderName::from_static("content-security-policy"),
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'"),
    );
    response
}

fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
}

/// The text as HTML, with its links to follow.
fn with_links(text: &str) -> String {
    text.split_inclusive(char::is_whitespace)
        .map(|word| {
            let address = word.trim_end();
            let is_link = address.starts_with("http") && address.contains("/dit-was-ik-niet/");
            let (address, word) = (escape(address), escape(word));
            if is_link {
                word.replacen(&address, &format!("<a href=\"{address}\">{address}</a>"), 1)
            } else {
                word
            }
        })
        .collect()
}

fn full_name(person: &Person) -> String {
    format!("{} {}", person.first_name, person.last_name)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests;
