//! The address of the client: the service sees the right one behind each proxy, and no header of a client changes it.

use super::for_each_proxy;
use super::world::Proxied;
use crate::product::world::{NEW_PASSWORD, Product, WRONG_CODE};
use end2end::reverse_proxy::Kind;
use serde_json::json;
use std::net::Ipv4Addr;

for_each_proxy!(
    registration_is_open_for_its_networks_and_no_header_opens_it,
    rate_limit_and_audit_log_have_the_address_of_the_client,
    reset_is_completed,
);

const INSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 7, 1);
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 8, 1);

/// Headers with which a client claims the address INSIDE.
const FORGED: [&[(&str, &str)]; 9] = [
    &[("x-forwarded-for", "127.0.7.1")],
    &[("x-forwarded-for", "127.0.7.1, 127.0.0.1")],
    &[("x-forwarded-for", "127.0.7.1"), ("x-forwarded-for", "127.0.7.1")],
    &[("x-forwarded-for", "127.0.7.1,")],
    &[("x-forwarded-for", "unknown")],
    &[("forwarded", "for=127.0.7.1")],
    &[("x-real-ip", "127.0.7.1"), ("client-ip", "127.0.7.1"), ("true-client-ip", "127.0.7.1")],
    &[("via", "1.1 127.0.7.1"), ("x-forwarded-host", "127.0.7.1"), ("x-forwarded-proto", "http")],
    // A header that the client asks the proxy to remove.
    &[("connection", "close, x-forwarded-for"), ("x-forwarded-for", "127.0.7.1")],
];

fn proxy_warnings(product: &Product) -> usize {
    product.log().matches("X-Forwarded-For").count()
}

async fn registration_is_open_for_its_networks_and_no_header_opens_it(kind: Kind) {
    let proxied = Proxied::start(kind, "[registration]\nallowed_networks = [\"127.0.7.0/24\"]\n").await;
    let path = format!("{}/api/registration/current", proxied.proxy.origin());
    let status = async |from: Ipv4Addr, headers: &[(&str, &str)]| {
        let mut request = proxied.browser(from).client.get(&path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(status(INSIDE, &[]).await, 200);
    assert_eq!(status(OUTSIDE, &[]).await, 404);
    for headers in FORGED {
        assert_eq!(status(OUTSIDE, headers).await, 404, "{headers:?}");
    }
    for headers in [&[("x-forwarded-for", "127.0.8.1")][..], &[("x-forwarded-for", "unknown")]] {
        assert_eq!(status(INSIDE, headers).await, 200, "a client cannot close it for itself: {headers:?}");
    }
    assert_eq!(proxy_warnings(&proxied.product), 0, "{}", proxied.product.log());
}

async fn rate_limit_and_audit_log_have_the_address_of_the_client(kind: Kind) {
    let settings = "[verification]\nenvelope = \"20ms\"\n[limits]\nper_address = \"4/10m\"\nglobal = \"0\"\n";
    let proxied = Proxied::start(kind, settings).await;
    let mut statuses = Vec::new();
    for headers in FORGED {
        let url = format!("{}/api/reset/identify", proxied.proxy.origin());
        let mut request = proxied.browser(OUTSIDE).client.post(url).json(&json!({ "username": "A.Janssen" }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429, 429, 429, 429]);
    let mut neighbour = proxied.browser(INSIDE);
    neighbour.reach_code("A.Janssen").await;
    assert_eq!(neighbour.code(WRONG_CODE).await.outcome(), "not_verified");
    let networks: Vec<_> = proxied.product.audit_log().iter().map(|line| line["network"].clone()).collect();
    assert!(networks.contains(&json!("127.0.7.0/24")), "{networks:?}");
    assert!(!networks.contains(&json!("127.0.0.0/24")), "the address of the proxy: {networks:?}");
    assert_eq!(proxy_warnings(&proxied.product), 0, "{}", proxied.product.log());
}

async fn reset_is_completed(kind: Kind) {
    let proxied = Proxied::start(kind, "[verification]\nenvelope = \"20ms\"\n").await;
    let mut browser = proxied.browser(OUTSIDE);
    browser.reach_password(&proxied.product, "A.Janssen").await;
    assert!(browser.cookie.as_ref().unwrap().starts_with("__Host-visit="), "{:?}", browser.cookie);
    assert_eq!(browser.password(NEW_PASSWORD).await.outcome(), "done");
    assert!(proxied.product.directory().has_password("A.Janssen", NEW_PASSWORD));
    let check = proxied.product.command(&["check"]).await;
    assert!(!check.out.contains("X-Forwarded-For"), "{}", check.out);
}
