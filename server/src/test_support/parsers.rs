//! The fuzz targets: every parser of text that comes from outside, with what must hold for any input.
//!
//! `server/fuzz` runs them under cargo-fuzz; the integration tests run them on the corpus and on seeded mutations of it.

#![expect(clippy::missing_panics_doc, reason = "a target reports a violated property by a panic")]

use crate::adapters::entrust::parsers as entrust;
use crate::adapters::ldap::active_directory::parsers as directory;
use crate::adapters::smtp::parsers as smtp;
use crate::adapters::youforce::{Fields, parsers as hr};
use crate::breached::{builder, range::RangeQuery};
use crate::config::{ImportColumns, JsonPath, certificate_parsers};
use crate::crypto::{Keyring, Purpose};
use crate::date_text::DateText;
use crate::freeze::link::LinkToken;
use crate::http::{client_ip, parsers as headers};
use crate::import::{Encoding, parsers as import};
use crate::mobile::{Countries, Mobile};
use crate::ports::audit::AuditEntry;
use app::api::refusal::Refusal;
use app::api::{self, arguments};
use app::domain::birthdate::Birthdate;
use app::domain::code::Code;
use app::domain::raw_input::RawInput;
use app::domain::username::{self, Domains, Username};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::json;
use std::net::{IpAddr, Ipv4Addr};
use zeroize::Zeroizing;

/// A fuzz target.
pub type Target = fn(&[u8]);

/// All targets; each has a folder of this name in `server/fuzz/corpus`.
pub const TARGETS: [(&str, Target); 19] = [
    ("username", username),
    ("birthdate", birthdate),
    ("date_text", date_text),
    ("code", code),
    ("mobile", mobile),
    ("csv", csv),
    ("security_descriptor", security_descriptor),
    ("ldap_values", ldap_values),
    ("entrust", entrust_answers),
    ("hr_page", hr_page),
    ("smtp_reply", smtp_reply),
    ("certificate_file", certificate_file),
    ("cookie", cookie),
    ("forwarded_for", forwarded_for),
    ("origin", origin),
    ("sealed", sealed_and_audit),
    ("api_body", api_body),
    ("link", link),
    ("breach_list", breach_list),
];

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

fn domains() -> Domains {
    Domains { suffixes: vec!["example.org".to_owned()], prefixes: vec!["EXAMPLE".to_owned()] }
}

/// A user name is short, has no character that Active Directory forbids and no control character, and parses to itself.
pub fn username(data: &[u8]) {
    let Ok(name) = Username::parse(&text(data), &domains()) else { return };
    let name = name.as_str();
    assert!(!name.is_empty() && name.chars().count() <= username::MAX_CHARS, "length");
    let forbidden = r#""/\[]:;|=,+*?<>@"#;
    assert!(!name.contains(|c| forbidden.contains(c)), "a forbidden character: {name:?}");
    assert!(!name.chars().any(char::is_control), "a control character: {name:?}");
    let again = Username::parse(name, &Domains::default());
    assert_eq!(again.as_ref().map(Username::as_str), Ok(name), "not idempotent");
}

/// A birthdate round-trips through its ISO form, and the wire accepts no other form.
pub fn birthdate(data: &[u8]) {
    let text = text(data);
    for date in [Birthdate::parse_iso(&text), Birthdate::parse_typed(&text)].into_iter().flatten() {
        let iso = date.expose_iso();
        assert_eq!(iso.len(), 10, "{iso}");
        assert!(Birthdate::parse_iso(&iso) == Ok(date), "no round trip");
    }
}

/// A date of another system is the same date in ISO.
pub fn date_text(data: &[u8]) {
    let Ok(parsed) = DateText::parse(&text(data)) else { return };
    if let Some(usual) = parsed.usual() {
        let again = DateText::parse(&usual.to_string()).ok().and_then(DateText::usual);
        assert_eq!(again, Some(usual), "no round trip");
    }
}

/// A code is six to eight ASCII digits. The wire changes nothing; the form of the page is accepted by the wire.
pub fn code(data: &[u8]) {
    let text = text(data);
    if let Ok(code) = Code::parse(&text) {
        let code = code.expose();
        assert!((6..=8).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()), "form");
        // Invisible characters and no-break spaces at the ends are ignored.
        assert!(text.contains(code), "changed");
    }
    if let Ok(code) = Code::parse_typed(&text) {
        assert!(Code::parse(code.expose()).is_ok(), "the page sends what the service refuses");
    }
}

/// A mobile number is E.164, parses to itself, and shows two digits when masked.
pub fn mobile(data: &[u8]) {
    let Ok(countries) = Countries::parse(&["NL".to_owned(), "BE".to_owned(), "DE".to_owned()]) else {
        return;
    };
    let Ok(mobile) = Mobile::parse(&text(data), &countries) else { return };
    let number = mobile.expose();
    assert!(Mobile::from_e164(number).is_some(), "not E.164");
    assert!(["+31", "+32", "+49"].iter().any(|code| number.starts_with(code)), "another country");
    assert!(Mobile::parse(number, &countries).is_ok_and(|again| again == mobile), "not idempotent");
    let masked = mobile.masked();
    let shown = masked.rsplit('•').next().unwrap_or_default();
    assert_eq!(shown.chars().filter(char::is_ascii_digit).count(), 2, "digits after the mask");
}

/// Cells of an import file are trimmed and no longer than a line.
pub fn csv(data: &[u8]) {
    let columns = ImportColumns {
        username: "username".to_owned(),
        employee_number: "employee_number".to_owned(),
        birthdate: "birthdate".to_owned(),
        mobile: "mobile".to_owned(),
        since: "since".to_owned(),
    };
    for encoding in [Encoding::Utf8, Encoding::Windows1252, Encoding::Auto] {
        import::cells(data, encoding, &columns, |cell| {
            // A character of Windows-1252 has up to three bytes in UTF-8.
            assert!(cell.len() <= 3 * import::MAX_LINE, "length");
            assert_eq!(cell, app::domain::typed_text::trim(cell), "not trimmed");
            assert!(!cell.contains('\0'), "NUL");
        });
    }
}

/// The entries of a security descriptor are no more than its bytes can hold, and have the form of SDDL.
pub fn security_descriptor(data: &[u8]) {
    let Some(entries) = directory::security_descriptor(data) else { return };
    // The smallest entry: header, mask and a SID without sub-authorities.
    assert!(entries.len() * 16 <= data.len(), "too many");
    for entry in &entries {
        assert!(entry.starts_with('(') && entry.ends_with(')'), "{entry}");
        assert_eq!(entry.matches(';').count(), 5, "{entry}");
    }
}

/// Values of a directory: SIDs, times and paging cookies.
pub fn ldap_values(data: &[u8]) {
    if let Some(sid) = directory::sid(data) {
        assert!(sid.starts_with("S-1-"), "{sid}");
        assert_eq!(sid.matches('-').count(), 2 + (data.len() - 8) / 4, "{sid}");
    }
    if let Some(cookie) = directory::paging_cookie(data) {
        assert!(cookie.len() < data.len(), "longer than its value");
    }
    // The value is only parsed: any time of the calendar is possible.
    let _ = directory::generalized_time(&text(data));
}

/// Answers of Entrust. An error code for the log is short and is not a code of a user.
pub fn entrust_answers(data: &[u8]) {
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(data).is_ok();
    assert!(is_json || entrust::query_answer(data).is_none(), "no JSON");
    assert!(is_json || entrust::authenticated_answer(data).is_none(), "no JSON");
    let code = entrust::error_code(StatusCode::UNAUTHORIZED, data);
    assert!((1..=100).contains(&code.len()), "{code}");
    assert!(code.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte)), "{code}");
    assert!(!code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
}

/// A page of the HR system. Its next link stays at the HR system; an error quotes nothing.
pub fn hr_page(data: &[u8]) {
    const BASE: &str = "https://hr.example.org/iam/v1";
    let Some(fields) = hr_fields() else { return };
    match hr::page(data, &fields) {
        Ok((people, next)) => {
            assert!(people.len() <= data.len(), "more persons than bytes");
            let link =
                next.and_then(|next| hr::next_link(BASE, "https://hr.example.org/iam/v1/persons", &next));
            assert!(link.is_none_or(|link| link.starts_with("https://hr.example.org/iam/v1/")), "leads away");
        }
        Err(error) => assert!(error.len() < 200, "{error}"),
    }
    let link = hr::next_link(BASE, "https://hr.example.org/iam/v1/persons", &text(data));
    assert!(link.is_none_or(|link| link.starts_with("https://hr.example.org/iam/v1/")), "leads away");
}

fn hr_fields() -> Option<Fields> {
    let field = |text| JsonPath::parse(text).ok();
    Some(Fields {
        people: field("value")?,
        next: field("nextLink")?,
        employee_number: field("personCode"),
        username: field("userName"),
        birthdate: field("dateOfBirth"),
        since: field("hireDate"),
        phones: field("phoneNumbers")?,
        phone_type: field("type")?,
        phone_number: field("number")?,
        mobile_type: "mobile".to_owned(),
    })
}

/// The text of a mail server's reply for the log: one short line without the recipient.
pub fn smtp_reply(data: &[u8]) {
    let line = smtp::reply_for_log(&text(data), "a.janssen@example.org");
    assert!(line.chars().count() <= 101, "length");
    assert!(!line.chars().any(char::is_control), "{line:?}");
    assert!(!line.contains('@') && !line.to_lowercase().contains("a.janssen"), "an address: {line:?}");
}

/// A file of certificates: its PEM text is normal, and normalising it again changes nothing.
pub fn certificate_file(data: &[u8]) {
    let pem = certificate_parsers::pem_text(data);
    assert!(!pem.contains(&b'\r'), "a carriage return");
    assert!(pem.len() <= 2 * data.len() + 1, "grows");
    assert!(!certificate_parsers::describe(data).is_empty(), "no description");
    assert!(certificate_parsers::der_body(data).is_none_or(|body| body.len() < data.len()), "longer");
}

/// A session id is 32 bytes in canonical base64url, and two cookies of one name are none.
pub fn cookie(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let Some(id) = headers::session_id(value.clone()) else { return };
    let encoded = data_encoding::BASE64URL_NOPAD.encode(&id);
    assert!(text(data).contains(&encoded), "another form of the id");
    let twice = [data, b"; ", data].concat();
    if let Ok(twice) = HeaderValue::from_bytes(&twice) {
        assert_eq!(headers::session_id(twice), None, "a duplicate is accepted");
    }
}

/// The client's address behind a proxy: the peer without a trusted proxy, and never a trusted address if an untrusted one
/// follows.
pub fn forwarded_for(data: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let header = HeaderMap::from_iter([(HeaderName::from_static("x-forwarded-for"), value)]);
    let Ok(trusted) = "10.0.0.0/8".parse::<ipnet::IpNet>() else { return };
    let (proxy, stranger) = (IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    let direct = client_ip::client(stranger, &header, &[trusted]);
    assert_eq!(
        (direct.address, direct.is_header_unreadable),
        (stranger, false),
        "a stranger chose an address"
    );
    assert_eq!(client_ip::trusted_client_ip(stranger, &header, &[trusted]), None, "an untrusted proxy");
    let behind = client_ip::client(proxy, &header, &[trusted]).address;
    assert_eq!(behind, behind.to_canonical(), "an IPv4 address in IPv6 form");
    let sure = client_ip::trusted_client_ip(proxy, &header, &[trusted]);
    assert!(sure.is_none_or(|address| !trusted.contains(&address)), "a proxy's address as a client's");
}

/// A request of another origin is refused.
pub fn origin(data: &[u8]) {
    const OWN: &str = "https://reset.example.org";
    let Ok(value) = HeaderValue::from_bytes(data) else { return };
    let is = |name: HeaderName| headers::is_same_origin(&HeaderMap::from_iter([(name, value.clone())]), OWN);
    let equals = |expected: &str| value.as_bytes().eq_ignore_ascii_case(expected.as_bytes());
    assert_eq!(is(HeaderName::from_static("sec-fetch-site")), equals("same-origin"), "Sec-Fetch-Site");
    assert_eq!(is(header::ORIGIN), equals(OWN), "Origin");
}

/// A sealed value that was not sealed with the key opens nothing, and a sealed one opens to itself only where it belongs.
/// An audit line that can be read is the same line when written again.
pub fn sealed_and_audit(data: &[u8]) {
    let Ok(keys) = Keyring::new(vec![Zeroizing::new([7; 32])]) else { return };
    assert!(keys.open(Purpose::Session, b"id", data).is_err(), "opens a forged value");
    if let Ok(sealed) = keys.seal(Purpose::Session, b"id", data) {
        let opened = keys.open(Purpose::Session, b"id", &sealed);
        assert!(opened.is_ok_and(|opened| opened.as_slice() == data), "no round trip");
        assert!(keys.open(Purpose::Session, b"other", &sealed).is_err(), "bound to nothing");
        assert!(keys.open(Purpose::Device, b"id", &sealed).is_err(), "the same for all purposes");
    }
    if let Ok(entry) = serde_json::from_slice::<AuditEntry>(data) {
        let line = serde_json::to_vec(&entry).unwrap_or_default();
        assert!(
            serde_json::from_slice::<AuditEntry>(&line).is_ok_and(|again| again == entry),
            "no round trip"
        );
    }
}

/// The body of a call is one object of exactly its arguments; a refusal has the published form and quotes nothing.
pub fn api_body(data: &[u8]) {
    // Without duplicates, which the strict reader refuses.
    let object = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(data).ok();
    let is_object = |fields: serde_json::Value| {
        assert_eq!(object.clone().map(serde_json::Value::from), Some(fields), "other arguments");
    };
    match arguments::decode::<api::Code>(data) {
        Ok(call) => is_object(json!({ "code": call.code.expose() })),
        Err(refusal) => assert_refusal(&refusal, &["code"]),
    }
    match arguments::decode::<api::enrollment::RegistrationSignIn>(data) {
        Ok(call) => {
            is_object(json!({ "username": call.username.expose(), "password": call.password.expose() }));
        }
        Err(refusal) => assert_refusal(&refusal, &["username", "password"]),
    }
    match arguments::decode::<api::Resend>(data) {
        Ok(call) => {
            let way = call.way.as_ref().map(RawInput::expose);
            let sent =
                object.as_ref().and_then(|object| object.get("way")).and_then(serde_json::Value::as_str);
            assert_eq!(way, sent, "another method");
        }
        Err(refusal) => assert_refusal(&refusal, &["way"]),
    }
    match arguments::decode::<api::Cancel>(data) {
        Ok(_) => is_object(json!({})),
        Err(refusal) => assert_refusal(&refusal, &[]),
    }
}

/// The field of a refusal is one of the call's own names, and never text of the client.
fn assert_refusal(json: &str, names: &[&str]) {
    let is_own = |field: &Option<String>| field.as_deref().is_none_or(|field| names.contains(&field));
    let refusal = serde_json::from_str::<Refusal>(json);
    assert!(matches!(&refusal, Ok(Refusal::Invalid { field, .. }) if is_own(field)), "{json}");
}

/// The token of a notice's link is the same in the link that it makes.
pub fn link(data: &[u8]) {
    let Some(token) = LinkToken::parse(&text(data)) else { return };
    let link = token.link("https://reset.example.org");
    let again = link.rsplit('/').next().and_then(LinkToken::parse);
    assert!(again.is_some_and(|again| again.digest() == token.digest()), "no round trip");
}

/// Lists of breached passwords: an answer of a range API, and the file of `breached build`.
pub fn breach_list(data: &[u8]) {
    let query = RangeQuery::of("password");
    let upper = text(data).to_ascii_uppercase();
    match query.is_listed_in(data) {
        Ok(true) => assert!(upper.contains("1E4C9B93F3F0682250B6CF8331B7EE68FD8:"), "not in the answer"),
        Ok(false) => assert!(upper.contains(':'), "an answer without lines"),
        Err(what) => assert!(what.len() < 100, "{what}"),
    }
    for line in data.split(|byte| *byte == b'\n') {
        match builder::parse(line) {
            Ok(Some(digest)) => {
                let hex = data_encoding::HEXUPPER.encode(&digest);
                assert!(text(line).to_ascii_uppercase().trim_start().starts_with(&hex), "another digest");
            }
            Ok(None) => {}
            Err(what) => assert!(what.len() < 100, "{what}"),
        }
    }
}
