//! Attacks on the availability of the real binary, with short deadlines: connections that stay silent, send or read too
//! slowly are closed, and a reset completes while a listener is full.

use super::world::{Product, get_text, wait_for};
use end2end::attack::employee::Employee;
use end2end::attack::report::Ended;
use end2end::attack::target::Target;
use end2end::attack::{self, Attack, Options};
use std::fs;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SHORT: &str = "[connections]\nfirst_byte = \"200ms\"\nhandshake = \"400ms\"\nheaders = \"1500ms\"\nbody = \"1500ms\"\n\
     write_stall = \"500ms\"\nanswer = \"2s\"\nidle = \"300ms\"\n";
/// Far above the deadlines, also on a busy machine, and far below the defaults of a client.
const CLOSE_TIMEOUT: Duration = Duration::from_mins(1);

fn target(product: &Product) -> Arc<Target> {
    Arc::new(Target::read(&product.demo.folder.join("demo.json")).unwrap())
}

fn named(target: &Target, name: &str) -> Arc<dyn Attack> {
    attack::all(target).into_iter().find(|attack| attack.name() == name).unwrap()
}

async fn metrics(product: &Product) -> String {
    get_text(&product.browser(), &format!("{}/metrics", product.demo.admin_url)).await.1
}

/// The value of a counter or gauge with these labels.
fn value(metrics: &str, name_and_labels: &str) -> Option<u64> {
    let line = metrics.lines().find(|line| line.starts_with(name_and_labels))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Every attack that waits for the service must be ended by the service.
async fn every_attack_is_closed(https: bool, reasons: &[&str]) {
    let product = Product::with_settings(https, None, SHORT).await;
    let target = target(&product);
    let mut attacks = tokio::task::JoinSet::new();
    for attack in attack::all(&target) {
        let target = Arc::clone(&target);
        attacks.spawn(async move {
            let source = Ipv4Addr::LOCALHOST.into();
            let ended = tokio::time::timeout(CLOSE_TIMEOUT, attack.connection(&target, source)).await;
            (attack.name(), ended)
        });
    }
    while let Some(attack) = attacks.join_next().await {
        let (name, ended) = attack.unwrap();
        // With TLS a client that offers HTTP/2 only gets no connection.
        let is_refused = https && name.contains("HTTP/2") && matches!(ended, Ok(Ended::NotConnected));
        assert!(is_refused || matches!(ended, Ok(Ended::Closed | Ended::Completed)), "{name}: {ended:?}");
    }
    let metrics = metrics(&product).await;
    for reason in reasons {
        let name = format!("connections_closed_total{{listener=\"public\",reason=\"{reason}\"}}");
        assert!(value(&metrics, &name).is_some_and(|count| count > 0), "{name}: {metrics}");
    }
    assert!(
        metrics.contains("connections_closed_total{listener=\"admin\",reason=\"first_byte\"}"),
        "{metrics}"
    );
    let open = wait_for("all are closed", async || {
        let metrics = self::metrics(&product).await;
        (value(&metrics, "connections_open{listener=\"public\"}") == Some(0)).then_some(())
    });
    open.await;
}

#[tokio::test]
async fn silent_slow_and_idle_connections_are_closed() {
    every_attack_is_closed(false, &["first_byte", "headers", "body", "write_stall", "idle"]).await;
}

#[tokio::test]
async fn silent_slow_and_idle_tls_connections_are_closed() {
    every_attack_is_closed(true, &["first_byte", "handshake", "headers", "body", "write_stall", "idle"])
        .await;
}

#[tokio::test]
async fn http2_is_not_offered() {
    let product = Product::with(true, None).await;
    let response = product
        .https_browser()
        .client
        .get(format!("{}/healthz", product.demo.origin()))
        .send()
        .await
        .unwrap();
    assert_eq!((response.status().as_u16(), response.version()), (200, reqwest::Version::HTTP_11));
    let mut stream = target(&product).connect(Ipv4Addr::LOCALHOST.into(), b"http/1.1", None).await.unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    // The connection may be reset instead of closed.
    let _ = stream.read_to_end(&mut answer).await;
    assert!(!answer.starts_with(&[0, 0]), "no SETTINGS frame: {answer:?}");
}

/// An employee can reset the password while this many connections are held.
async fn reset_completes_during(product: &Product, employee: &mut Employee, attack: &str, sockets: usize) {
    let target = target(product);
    let options = Options { sockets, duration: Duration::from_secs(3) };
    let report = attack::run(named(&target, attack), &target, employee, options).await;
    assert!(attack::is_served(&report), "{report}");
}

#[tokio::test]
async fn reset_completes_while_one_address_or_many_hold_every_connection() {
    let product = Product::with_settings(false, None, "[connections]\nmax = 16\nadmin_max = 4\n").await;
    // One for all attacks: a code cannot be used twice.
    let mut employee = Employee::new(&target(&product)).unwrap();
    for attack in [
        "silent",
        "silent, from many addresses",
        "headers, one byte a second",
        "silent, at the admin listener",
    ] {
        reset_completes_during(&product, &mut employee, attack, 100).await;
    }
    let log = product.log();
    let warnings = log.matches("connection limit reached: connections displaced or refused").count();
    assert!((1..=4).contains(&warnings), "not a line per connection: {warnings}");
    let metrics = metrics(&product).await;
    let displaced = value(&metrics, "connections_closed_total{listener=\"public\",reason=\"displaced\"}");
    assert!(displaced.is_some_and(|count| count > 0), "{metrics}");
}

#[tokio::test]
async fn few_descriptors_lower_the_limit_and_the_reset_completes() {
    let product = Product::with_descriptors(160).await;
    let log = product.log();
    assert!(log.contains("connections.max lowered") && log.contains("\"descriptors\":160"), "{log}");
    let mut employee = Employee::new(&target(&product)).unwrap();
    reset_completes_during(&product, &mut employee, "silent, from many addresses", 267).await;
    assert!(!product.log().contains("connection not accepted"), "{}", product.log());
}

#[tokio::test]
async fn process_raises_its_descriptors_and_writes_no_core_file() {
    let product = Product::start().await;
    let process = product.demo.process().unwrap();
    let limits = fs::read_to_string(format!("/proc/{process}/limits")).unwrap();
    let limit = |name: &str| -> Vec<String> {
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().take(2).map(str::to_owned).collect()
    };
    assert_eq!(limit("Max core file size"), ["0", "0"], "{limits}");
    let files: Vec<u64> = limit("Max open files").iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(files[0], files[1].min(65_536), "{limits}");
}
