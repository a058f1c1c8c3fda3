//! Requests and answers pass each proxy unchanged: status, body and every header that the service sends.

use super::for_each_proxy;
use super::world::Proxied;
use end2end::reverse_proxy::{HOST, Kind};
use reqwest::header::{HeaderMap, HeaderName};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::process::Command;

for_each_proxy!(
    answers_are_the_same_as_without_a_proxy,
    origin_rule_holds_and_cookies_pass,
    http2_is_served_and_plain_http_redirects,
    nothing_on_disk_holds_the_secret_of_a_link,
);

const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 8, 1);

/// Headers that belong to one connection or one answer, and those that name the software of a proxy.
const OWN: [&str; 8] = [
    "date",
    "x-request-id",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "server",
    "set-cookie",
];

/// All values of each header, in their order.
fn comparable(headers: &HeaderMap) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        if !OWN.contains(&name.as_str()) {
            all.entry(name.to_string()).or_default().push(value.to_str().unwrap().to_owned());
        }
    }
    all
}

async fn answers_are_the_same_as_without_a_proxy(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let browser = proxied.browser(CLIENT);
    let direct =
        reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let page = browser.client.get(format!("{}/wachtwoordreset", browser.origin)).send().await.unwrap().text();
    let page = page.await.unwrap();
    let file = |end: &str| {
        let paths = page.split('"').filter(|path| path.starts_with("/assets/") && path.ends_with(end));
        paths.map(str::to_owned).next().unwrap_or_else(|| panic!("{end}: {page}"))
    };
    let (wasm, style) = (file(".wasm"), file(".css"));
    let mut seen_statuses = Vec::new();
    for (path, request_headers) in [
        ("/wachtwoordreset", &[("accept-encoding", "br, gzip")][..]),
        ("/wachtwoordreset", &[("accept-encoding", "gzip")]),
        ("/wachtwoordreset", &[]),
        ("/wachtwoordreset", &[("accept-language", "en")]),
        (&wasm, &[("accept-encoding", "gzip, br")]),
        (&wasm, &[("accept-encoding", "gzip")]),
        (&wasm, &[]),
        (&style, &[("accept-encoding", "br")]),
        ("/api/site", &[]),
        ("/api/reset/current", &[]),
        ("/api/nothing", &[]),
        ("/", &[]),
        ("/Wachtwoordreset/?language=en", &[]),
        ("/HULP.", &[]),
        ("/nothing", &[]),
        ("/healthz", &[]),
        ("/readyz", &[]),
        ("/.well-known/change-password", &[]),
    ] {
        let send = async |client: &reqwest::Client, origin: &str| {
            let mut request = client.get(format!("{origin}{path}")).header("x-forwarded-for", "127.0.8.1");
            for (name, value) in request_headers {
                request = request.header(*name, *value);
            }
            let answer = request.send().await.unwrap();
            let (status, headers) = (answer.status().as_u16(), comparable(answer.headers()));
            (status, headers, answer.bytes().await.unwrap())
        };
        let through = send(&browser.client, &browser.origin).await;
        let without = send(&direct, &format!("http://{}", proxied.service())).await;
        assert_eq!((through.0, &through.1), (without.0, &without.1), "{path} {request_headers:?}");
        assert!(through.2 == without.2, "{path} {request_headers:?}: another body");
        assert_eq!(through.1["strict-transport-security"], ["max-age=63072000"], "{path}");
        assert_eq!(through.1["content-security-policy"].len(), 1, "{path}");
        seen_statuses.push(through.0);
    }
    for status in [200, 303, 308, 404] {
        assert!(seen_statuses.contains(&status), "{seen_statuses:?}");
    }
}

async fn origin_rule_holds_and_cookies_pass(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let browser = proxied.browser(CLIENT);
    let send = async |name: &'static str, value: &str| {
        let request = browser.client.post(format!("{}/api/reset/identify", browser.origin));
        let request = request.json(&json!({ "username": "A.Janssen" }));
        request.header(HeaderName::from_static(name), value).send().await.unwrap()
    };
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "https://other.example.org"),
        // Without the port, which belongs to the origin.
        ("origin", "https://reset.example.org"),
        ("origin", "null"),
    ] {
        let answer = send(name, value).await;
        assert_eq!(answer.status(), 403, "{name}: {value}");
        assert_eq!(answer.text().await.unwrap(), r#"{"refusal":"foreign"}"#, "{name}: {value}");
    }
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", browser.origin.as_str())] {
        let answer = send(name, value).await;
        assert_eq!(answer.status(), 200, "{name}: {value}");
        let cookies: Vec<_> = answer.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 1, "no cookie of the proxy: {cookies:?}");
        let line = cookies[0].to_str().unwrap();
        assert!(line.starts_with("__Host-visit="), "{line}");
        for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Strict"] {
            assert!(line.split("; ").any(|part| part == attribute), "{attribute}: {line}");
        }
        assert_eq!(answer.headers()["cache-control"], "no-store");
    }
}

/// Runs curl, which speaks HTTP/2; returns what it prints.
fn curl(proxied: &Proxied, arguments: &[&str]) -> String {
    let ca = proxied.proxy.folder().join("client-ca.pem");
    std::fs::write(&ca, proxied.authority.pem()).unwrap();
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "60", "--interface", "127.0.8.1", "--cacert"]);
    command.arg(&ca);
    for address in [proxied.proxy.address(), proxied.proxy.http_address()] {
        command.arg("--resolve").arg(format!("{HOST}:{}:{}", address.port(), address.ip()));
    }
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

async fn http2_is_served_and_plain_http_redirects(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let (origin, plain) = (proxied.proxy.origin(), proxied.proxy.http_address().port());
    let call = format!("{origin}/api/reset/identify");
    let answer = curl(
        &proxied,
        &[
            "--http2",
            "--write-out",
            "\n%{http_version} %{http_code}",
            "--header",
            "content-type: application/json",
            "--header",
            "sec-fetch-site: same-origin",
            "--data",
            r#"{"username":"A.Janssen"}"#,
            &call,
        ],
    );
    assert!(answer.contains(r#""step":"birthdate""#) && answer.ends_with("\n2 200"), "{answer}");
    let target = format!("http://{HOST}:{plain}/a%2Fb?x=1");
    let redirect =
        curl(&proxied, &["--write-out", "%{http_code} %{redirect_url}", "--output", "/dev/null", &target]);
    assert_eq!(redirect, format!("308 https://{HOST}/a%2Fb?x=1"));
    // The client does not choose where it is sent.
    let redirect = curl(
        &proxied,
        &[
            "--write-out",
            "%{redirect_url}",
            "--output",
            "/dev/null",
            "--header",
            "Host: evil.example.org",
            &target,
        ],
    );
    assert!(!redirect.contains("evil"), "{redirect}");
}

async fn nothing_on_disk_holds_the_secret_of_a_link(kind: Kind) {
    const SECRET: &str = "c2VjcmV0LW9mLWEtbGluaw";
    let proxied = Proxied::start(kind, "").await;
    let browser = proxied.browser(CLIENT);
    let link = format!("{}/dit-was-ik-niet/{SECRET}", browser.origin);
    browser.client.get(&link).send().await.unwrap();
    let form = browser.client.post(&link).header("origin", &browser.origin);
    form.header("content-type", "application/x-www-form-urlencoded")
        .body("confirm=yes")
        .send()
        .await
        .unwrap();
    let mut files = 0;
    for entry in std::fs::read_dir(proxied.proxy.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let content = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            assert!(
                !content.contains(SECRET) && !content.contains("127.0.8.1"),
                "{}: {content}",
                path.display()
            );
            files += 1;
        }
    }
    assert!(files >= 5, "{files}");
}
