//! A20, A31, A32: what a client says of its address, of the host and of the scheme.

use super::client::{Answer, HTTPS, Wire, settings};

/// Two calls per address, behind proxies in 10.0.0.0/8.
async fn behind_a_proxy() -> Wire {
    let limits = "[limits]\nper_address = \"2/10m\"\nglobal = \"0\"\n";
    Wire::with(settings(HTTPS, "trusted_proxies = [\"10.0.0.0/8\", \"fd00::/8\"]", limits)).await
}

/// Statuses of calls from this peer with these `X-Forwarded-For` lines.
async fn asks(wire: &Wire, peer: &str, lines: &[&[&str]]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for lines in lines {
        let mut client = wire.client().from(peer);
        for line in *lines {
            client = client.with("x-forwarded-for", line);
        }
        statuses.push(client.identify("A.Janssen").await.status);
    }
    statuses
}

#[tokio::test]
async fn a20_a_stranger_cannot_take_other_addresses() {
    let wire = behind_a_proxy().await;
    let claimed =
        [&["198.51.100.1"][..], &["198.51.100.2"], &["198.51.100.3"], &[], &["10.0.0.1", "127.0.0.1"]];
    assert_eq!(asks(&wire, "192.0.2.1", &claimed).await, [200, 200, 429, 429, 429]);
    assert_eq!(asks(&wire, "192.0.2.2", &[&[]]).await, [200]);
}

#[tokio::test]
async fn a20_a_trusted_proxys_word_counts_from_the_right() {
    let wire = behind_a_proxy().await;
    let lines = [
        &["203.0.113.1, 198.51.100.7"][..],
        &["203.0.113.2", "198.51.100.7"],
        &["203.0.113.3, 198.51.100.7, 10.9.9.9"],
    ];
    assert_eq!(asks(&wire, "10.0.0.1", &lines).await, [200, 200, 429]);
    assert_eq!(asks(&wire, "10.0.0.2", &[&["198.51.100.7"]]).await, [429], "another proxy, the same client");
    assert_eq!(asks(&wire, "10.0.0.1", &[&["198.51.100.8"]]).await, [200], "another client");
    assert_eq!(asks(&wire, "::ffff:10.0.0.1", &[&["198.51.100.8"]]).await, [200]);
    assert_eq!(asks(&wire, "fd00::1", &[&["::ffff:198.51.100.8"]]).await, [429]);
}

#[tokio::test]
async fn a20_garbage_counts_as_the_proxy_itself_and_never_as_nobody() {
    let wire = behind_a_proxy().await;
    let garbage =
        [&[""][..], &["unknown"], &["198.51.100.7:443"], &["_hidden, ,"], &["999.1.1.1"], &["<script>"]];
    assert_eq!(asks(&wire, "10.0.0.1", &garbage).await, [200, 200, 429, 429, 429, 429]);
}

#[tokio::test]
async fn a20_an_ipv6_customer_is_one_address() {
    let wire = behind_a_proxy().await;
    let lines =
        [&["2001:db8:0:1::1"][..], &["2001:db8:0:1::2"], &["2001:db8:0:1:ffff::3"], &["2001:db8:0:2::1"]];
    assert_eq!(asks(&wire, "10.0.0.1", &lines).await, [200, 200, 429, 200]);
}

#[tokio::test]
async fn a20_no_other_header_names_a_client() {
    let wire = behind_a_proxy().await;
    let mut statuses = Vec::new();
    for (name, value) in [
        ("x-real-ip", "198.51.100.1"),
        ("forwarded", "for=198.51.100.2"),
        ("client-ip", "198.51.100.3"),
        ("cf-connecting-ip", "198.51.100.4"),
        ("true-client-ip", "198.51.100.5"),
    ] {
        statuses.push(wire.client().from("10.0.0.1").with(name, value).identify("A.Janssen").await.status);
    }
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
}

#[tokio::test]
async fn a08_a_visit_goes_on_from_another_address() {
    let wire = Wire::new().await;
    let mut phone = wire.client();
    phone.reach_code("A.Janssen").await;
    let mut phone = phone.from("2001:db8::7");
    assert_eq!(phone.code(&wire.world.code_of("A.Janssen")).await.named(), "password");
}

/// One of everything, with the cookie's value and the reference taken out.
async fn everything(forged: &[(&'static str, &str)]) -> Vec<(&'static str, Answer, Option<usize>)> {
    let settings = settings(HTTPS, "security_contact = \"mailto:security@example.org\"", "");
    let wire = Wire::with(settings).await;
    let mut client = wire.client();
    for (name, value) in forged {
        client = client.with(name, value);
    }
    let code = wire.world.code_of("A.Janssen");
    let mut answers = Vec::new();
    for path in [
        "/",
        "/wachtwoordreset",
        "/.well-known/change-password",
        "/.well-known/security.txt",
        "/healthz",
        "/readyz",
        "/privacy",
        "/hulp",
        "/app",
        "/app.svg",
        "/api/site",
        "/nothing",
    ] {
        answers.push((path, client.get(path).await));
    }
    answers.push(("identify", client.identify("A.Janssen").await));
    answers.push(("birthdate", client.birthdate(crate::reset::world::BIRTHDATE).await));
    answers.push(("wrong code", client.code("00000000").await));
    answers.push(("code", client.code(&code).await));
    answers.push(("current", client.current().await));
    answers.push(("password", client.password(crate::reset::world::NEW).await));
    answers.push(("cancel", client.post("/api/reset/cancel", "{}").await));
    let masked = |(what, answer): (_, Answer)| {
        let cookie = answer.cookie_line().map(str::len);
        let attributes =
            answer.cookie_line().and_then(|line| line.split_once(';')).map(|(_, rest)| rest.to_owned());
        let mut answer = answer.masked();
        if let Some(attributes) = attributes {
            answer.headers.insert("set-cookie", attributes.parse().unwrap());
        }
        (what, answer, cookie)
    };
    answers.into_iter().map(masked).collect()
}

#[tokio::test]
async fn a31_a32_a_forged_host_scheme_or_tenant_changes_nothing_in_any_answer() {
    let honest = everything(&[("host", "reset.example.org")]).await;
    for forged in [
        &[("host", "evil.example.org")][..],
        &[("host", "evil.example.org:99")],
        &[("host", "")],
        &[("host", "reset.example.org"), ("x-forwarded-host", "evil.example.org")],
        &[("x-forwarded-proto", "http"), ("x-forwarded-port", "80"), ("x-forwarded-prefix", "/evil")],
        &[
            ("x-original-url", "/metrics"),
            ("x-rewrite-url", "/metrics"),
            ("x-http-method-override", "DELETE"),
        ],
        &[("forwarded", "host=evil.example.org;proto=http")],
        &[
            ("x-tenant", "evil"),
            ("x-organisation", "evil"),
            ("x-config", "evil"),
            ("x-forwarded-user", "B.Smits"),
        ],
    ] {
        for (honest, other) in honest.iter().zip(everything(forged).await) {
            assert_eq!(honest, &other, "{forged:?}");
        }
    }
}
