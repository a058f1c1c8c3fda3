//! What the samples say in numbers agrees with the settings of the service.

use end2end::machine::workspace;
use end2end::reverse_proxy::Kind;
use std::fs;
use std::time::Duration;

/// The value of a key of the shipped settings.
fn shipped(key: &str) -> Duration {
    let settings = fs::read_to_string(workspace().join("server/settings.toml")).unwrap();
    let (_, connections) = settings.split_once("\n[connections]").unwrap();
    let line = connections.lines().find_map(|line| line.strip_prefix(&format!("{key} = "))).unwrap();
    duration(line.trim_matches('"'))
}

fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap());
    let number = number.parse().unwrap();
    match unit {
        "s" => Duration::from_secs(number),
        "m" => Duration::from_mins(number),
        unit => panic!("{unit}"),
    }
}

/// The word after this text.
fn after<'a>(sample: &'a str, text: &str) -> &'a str {
    let lines = sample.lines().filter(|line| !line.trim_start().starts_with('#'));
    let line =
        lines.map(str::trim).find_map(|line| line.split_once(text)).unwrap_or_else(|| panic!("{text}")).1;
    line.split([' ', ';']).next().unwrap()
}

#[test]
fn idle_connections_to_the_service_end_before_the_service_closes_them() {
    for (kind, key) in [
        (Kind::Nginx, "keepalive_timeout "),
        (Kind::HaProxy, "pool-purge-delay "),
        (Kind::Caddy, "keepalive "),
    ] {
        let kept = duration(after(&kind.sample().unwrap(), key));
        assert!(kept * 2 <= shipped("proxy_idle"), "{kind:?}: {kept:?}");
    }
}

#[test]
fn time_limits_let_the_service_answer_first() {
    let call = Duration::from_mins(1);
    for (kind, key) in [
        (Kind::Nginx, "proxy_read_timeout "),
        (Kind::HaProxy, "timeout server "),
        (Kind::Caddy, "response_header_timeout "),
    ] {
        assert!(duration(after(&kind.sample().unwrap(), key)) > call, "{kind:?}");
    }
    let body = duration(after(&Kind::Nginx.sample().unwrap(), "client_body_timeout "));
    assert!(body > shipped("body"), "{body:?}");
}

#[test]
fn sample_for_iis_has_the_limits_of_the_service_and_changes_no_answer() {
    let sample = fs::read_to_string(workspace().join("server/packaging/proxies/web.config")).unwrap();
    for part in [
        "maxAllowedContentLength=\"16384\"",
        "existingResponse=\"PassThrough\"",
        "{UNENCODED_URL}",
        "useOriginalURLEncoding=\"false\"",
        "appendQueryString=\"false\"",
        "doDynamicCompression=\"false\"",
    ] {
        assert!(sample.contains(part), "{part}");
    }
    let code: String =
        sample.split("<!--").map(|part| part.split_once("-->").map_or(part, |(_, rest)| rest)).collect();
    assert!(!code.contains("Strict-Transport-Security"), "{code}");
    // Every element that is opened is closed.
    let mut open = Vec::new();
    for tag in code.split('<').skip(1).map(|rest| rest.split_once('>').unwrap().0) {
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag}");
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}
