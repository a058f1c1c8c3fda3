//! Paths pass each proxy as the client wrote them, and only the public listener is behind it.

use super::for_each_proxy;
use super::world::{Proxied, body, exchange, status};
use crate::product::world::get_text;
use end2end::reverse_proxy::{HOST, Kind};
use std::net::Ipv4Addr;
use tokio::net::TcpStream;

for_each_proxy!(paths_are_neither_decoded_nor_merged, admin_listener_is_not_reachable);

const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 8, 1);

/// Other spellings of `/api/site` and of pages.
const SPELLINGS: [&str; 18] = [
    "//api/site",
    "/api//site",
    "///api/site",
    "/api%2Fsite",
    "/api%2fsite",
    "/api%5csite",
    "/%61pi/site",
    "/api/%73ite",
    "/api/./site",
    "/api/../api/site",
    "/x/../api/site",
    "/%2e/api/site",
    "/api/%2e%2e/api/site",
    "/api/site/",
    "/api/site;x",
    "/api/site%00",
    "/API/site",
    "/../api/site",
];

fn get(path: &str, host: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")
}

async fn paths_are_neither_decoded_nor_merged(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let good = exchange(proxied.connect(CLIENT).await, &get("/api/site", HOST)).await;
    assert_eq!(status(&good), 200, "{good}");
    for path in SPELLINGS {
        let through = exchange(proxied.connect(CLIENT).await, &get(path, HOST)).await;
        let direct = exchange(TcpStream::connect(proxied.service()).await.unwrap(), &get(path, HOST)).await;
        assert_ne!(status(&direct), 200, "{path}");
        // A proxy may refuse a path itself.
        let is_same = status(&through) == status(&direct);
        assert!(is_same || status(&through) == 400, "{path}: {through}\n{direct}");
    }
    // A redirect shows the path that the service received.
    for (path, location) in [("//wachtwoordreset", "/wachtwoordreset"), ("/hulp%20?a=%2F", "/hulp?a=%2F")] {
        let through = exchange(proxied.connect(CLIENT).await, &get(path, HOST)).await;
        let head = through.split("\r\n\r\n").next().unwrap().to_lowercase();
        let line = head.lines().find_map(|line| line.strip_prefix("location: "));
        assert_eq!(
            (status(&through), line),
            (308, Some(location.to_lowercase().as_str())),
            "{path}: {through}"
        );
    }
}

async fn admin_listener_is_not_reachable(kind: Kind) {
    let proxied = Proxied::start(kind, "").await;
    let admin = proxied.product.demo.admin_url.trim_start_matches("http://").to_owned();
    let browser = proxied.product.browser();
    let (code, metrics) = get_text(&browser, &format!("http://{admin}/metrics")).await;
    assert!(code == 200 && metrics.contains("# TYPE"), "{code} {metrics}");
    let absolute = format!("http://{admin}/metrics");
    for (path, host) in [
        ("/metrics", HOST),
        ("/status", HOST),
        ("/metrics", admin.as_str()),
        ("/status", "127.0.0.1:9090"),
        ("/metrics", "localhost"),
        // The proxy is not a proxy for any address that a client names.
        (absolute.as_str(), HOST),
        (absolute.as_str(), admin.as_str()),
    ] {
        let answer = exchange(proxied.connect(CLIENT).await, &get(path, host)).await;
        let is_refused = answer.is_empty() || [200, 400, 404, 421].contains(&status(&answer));
        assert!(is_refused, "{path} {host}: {answer}");
        // Caddy answers an unknown host with an empty 200.
        let leaks = answer.contains("# TYPE") || answer.contains("findings");
        assert!(!leaks && (body(&answer).is_empty() || status(&answer) != 200), "{path} {host}: {answer}");
    }
    // It opens no tunnel either.
    let tunnelled = get("/metrics", &admin);
    let request = format!("CONNECT {admin} HTTP/1.1\r\nHost: {admin}\r\n\r\n{tunnelled}");
    let answer = exchange(proxied.connect(CLIENT).await, &request).await;
    assert!(!answer.contains("# TYPE"), "{answer}");
}
