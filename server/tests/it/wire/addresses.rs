//! A20, A31, A32: headers in which a client claims an address, a host or a scheme.

use super::client::{Answer, HTTPS, TestApi, deps, settings};
use jiff::SignedDuration;
use server::http::health::Health;
use server::ports::health_finding::State;

/// An API with trusted proxies in 10.0.0.0/8 and a limit of two calls per address.
async fn behind_a_proxy() -> TestApi {
    let limits = "[limits]\nper_address = \"2/10m\"\nglobal = \"0\"\n";
    TestApi::with(settings(HTTPS, "trusted_proxies = [\"10.0.0.0/8\", \"fd00::/8\"]", limits)).await
}

/// The statuses of calls from this peer, each with its own `X-Forwarded-For` lines.
async fn statuses(api: &TestApi, peer: &str, lines: &[&[&str]]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for lines in lines {
        let mut client = api.client().at_address(peer);
        for line in *lines {
            client = client.with_header("x-forwarded-for", line);
        }
        statuses.push(client.identify("A.Janssen").await.status);
    }
    statuses
}

#[tokio::test]
async fn a20_untrusted_client_cannot_choose_its_address() {
    let api = behind_a_proxy().await;
    let claimed =
        [&["198.51.100.1"][..], &["198.51.100.2"], &["198.51.100.3"], &[], &["10.0.0.1", "127.0.0.1"]];
    assert_eq!(statuses(&api, "192.0.2.1", &claimed).await, [200, 200, 429, 429, 429]);
    assert_eq!(statuses(&api, "192.0.2.2", &[&[]]).await, [200]);
}

#[tokio::test]
async fn a20_forwarded_address_of_a_trusted_proxy_is_read_from_the_right() {
    let api = behind_a_proxy().await;
    let lines = [
        &["203.0.113.1, 198.51.100.7"][..],
        &["203.0.113.2", "198.51.100.7"],
        &["203.0.113.3, 198.51.100.7, 10.9.9.9"],
    ];
    assert_eq!(statuses(&api, "10.0.0.1", &lines).await, [200, 200, 429]);
    assert_eq!(
        statuses(&api, "10.0.0.2", &[&["198.51.100.7"]]).await,
        [429],
        "another proxy, the same client"
    );
    assert_eq!(statuses(&api, "10.0.0.1", &[&["198.51.100.8"]]).await, [200], "another client");
    assert_eq!(statuses(&api, "::ffff:10.0.0.1", &[&["198.51.100.8"]]).await, [200]);
    assert_eq!(statuses(&api, "fd00::1", &[&["::ffff:198.51.100.8"]]).await, [429]);
}

#[tokio::test]
async fn a20_invalid_forwarded_address_counts_as_the_address_of_the_proxy() {
    let api = behind_a_proxy().await;
    let garbage =
        [&[""][..], &["unknown"], &["198.51.100.7:port"], &["_hidden, ,"], &["999.1.1.1"], &["<script>"]];
    assert_eq!(statuses(&api, "10.0.0.1", &garbage).await, [200, 200, 429, 429, 429, 429]);
}

#[tokio::test]
async fn a20_forwarded_address_with_port_brackets_or_quotes_is_the_address_of_the_client() {
    let api = behind_a_proxy().await;
    let lines = [
        &["198.51.100.7:51234"][..],
        &["\"198.51.100.7:51235\""],
        &[" 198.51.100.7 "],
        &["[2001:db8::1]:443"],
        &["\"[2001:db8::1]:444\""],
        &["[2001:db8::1]"],
        &["[::ffff:198.51.100.8]:1"],
    ];
    assert_eq!(statuses(&api, "10.0.0.1", &lines).await, [200, 200, 429, 200, 200, 429, 200]);
}

#[tokio::test]
async fn unreadable_header_of_a_trusted_proxy_is_a_finding_for_an_hour() {
    let api = behind_a_proxy().await;
    let health = Health::new(deps(&api.world));
    let findings = async || {
        let all = health.findings().await;
        all.into_iter()
            .filter(|row| row.part == "proxy")
            .map(|row| (row.state, row.detail))
            .collect::<Vec<_>>()
    };
    // Headers that are readable, that a client sent, or that come from elsewhere.
    statuses(&api, "10.0.0.1", &[&["198.51.100.7:1"], &["unknown, 198.51.100.7"]]).await;
    statuses(&api, "192.0.2.1", &[&["unknown"]]).await;
    assert_eq!(findings().await, []);

    statuses(&api, "10.0.0.1", &[&["geheim"], &["unknown"], &["unknown"]]).await;
    let rows = findings().await;
    let [(State::Warning, detail)] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(
        detail.starts_with("the proxy's header cannot be parsed; all clients share one limit"),
        "{detail}"
    );
    assert!(!detail.contains("geheim"));
    // Reported once: after an hour there would be several otherwise.
    api.world.clock.advance(SignedDuration::from_mins(59));
    statuses(&api, "10.0.0.1", &[&["unknown"]]).await;
    api.world.clock.advance(SignedDuration::from_mins(8));
    assert_eq!(findings().await, []);
    // The page of the registration is closed by such a header, and reports it too.
    api.client().at_address("10.0.0.1").with_header("x-forwarded-for", "unknown").get("/registratie").await;
    assert_eq!(findings().await.len(), 1);
}

#[tokio::test]
async fn trusted_proxy_without_the_header_is_a_finding_for_an_hour() {
    let api = behind_a_proxy().await;
    let health = Health::new(deps(&api.world));
    let findings = async || -> Vec<String> {
        let rows = health.findings().await.into_iter().filter(|row| row.part == "proxy");
        rows.map(|row| row.detail).collect()
    };
    // A client that needs no header, and a proxy that sends it.
    statuses(&api, "192.0.2.1", &[&[]]).await;
    statuses(&api, "10.0.0.1", &[&["198.51.100.7"]]).await;
    // Probes of a balancer have no header either.
    for path in ["/healthz", "/readyz"] {
        api.client().at_address("10.0.0.1").get(path).await;
    }
    assert_eq!(findings().await, Vec::<String>::new());

    statuses(&api, "10.0.0.1", &[&[], &[]]).await;
    let rows = findings().await;
    let [detail] = rows.as_slice() else { panic!("{rows:?}") };
    assert!(
        detail.starts_with("an address in trusted_proxies sends requests without the header"),
        "{detail}"
    );
    // The other defect is reported beside it.
    statuses(&api, "10.0.0.1", &[&["unknown"]]).await;
    assert_eq!(findings().await.len(), 2);
    api.world.clock.advance(SignedDuration::from_mins(67));
    assert_eq!(findings().await, Vec::<String>::new());
    api.client().at_address("10.0.0.1").get("/registratie").await;
    assert_eq!(findings().await.len(), 1);
}

#[tokio::test]
async fn a20_ipv6_network_of_one_customer_counts_as_one_address() {
    let api = behind_a_proxy().await;
    let lines =
        [&["2001:db8:0:1::1"][..], &["2001:db8:0:1::2"], &["2001:db8:0:1:ffff::3"], &["2001:db8:0:2::1"]];
    assert_eq!(statuses(&api, "10.0.0.1", &lines).await, [200, 200, 429, 200]);
}

#[tokio::test]
async fn a20_no_other_header_sets_the_client_address() {
    let api = behind_a_proxy().await;
    let mut statuses = Vec::new();
    for (name, value) in [
        ("x-real-ip", "198.51.100.1"),
        ("forwarded", "for=198.51.100.2"),
        ("client-ip", "198.51.100.3"),
        ("cf-connecting-ip", "198.51.100.4"),
        ("true-client-ip", "198.51.100.5"),
    ] {
        statuses.push(
            api.client().at_address("10.0.0.1").with_header(name, value).identify("A.Janssen").await.status,
        );
    }
    assert_eq!(statuses, [200, 200, 429, 429, 429]);
}

#[tokio::test]
async fn a08_session_continues_from_another_address() {
    let api = TestApi::new().await;
    let mut phone = api.client();
    phone.reach_code("A.Janssen").await;
    let mut phone = phone.at_address("2001:db8::7");
    assert_eq!(phone.code(&api.world.code_of("A.Janssen")).await.outcome(), "password");
}

/// One response of every kind, without cookie value and reference, and with the length of the cookie line.
async fn all_answers(forged: &[(&'static str, &str)]) -> Vec<(&'static str, Answer, Option<usize>)> {
    let settings = settings(HTTPS, "security_contact = \"mailto:security@example.org\"", "");
    let api = TestApi::with(settings).await;
    let mut client = api.client();
    for (name, value) in forged {
        client = client.with_header(name, value);
    }
    let code = api.world.code_of("A.Janssen");
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
    answers.push(("password", client.password(crate::reset::world::NEW_PASSWORD).await));
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
async fn a31_a32_forged_host_scheme_or_tenant_changes_no_answer() {
    let honest = all_answers(&[("host", "reset.example.org")]).await;
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
        for (honest, other) in honest.iter().zip(all_answers(forged).await) {
            assert_eq!(honest, &other, "{forged:?}");
        }
    }
}
