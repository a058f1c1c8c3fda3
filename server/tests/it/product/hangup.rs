//! SIGHUP: the service goes on, also during its start; a new certificate is served, an invalid one is not, and the audit
//! log continues in a new file.

use super::world::{Product, binary, get_text, wait_for};
use end2end::tls::{Authority, Issued};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tokio::process::Command;

const HANDLED: &str = "SIGHUP handled: files reopened";

async fn hang_up(process: u32) {
    let status = Command::new("kill").args(["-HUP", &process.to_string()]).status().await.unwrap();
    assert!(status.success());
}

/// Sends SIGHUP to the product and waits until it has handled it; returns the log lines since.
async fn hang_up_and_wait(product: &Product) -> String {
    let before = product.log().len();
    hang_up(product.demo.process().unwrap()).await;
    wait_for("SIGHUP is handled", async || {
        let log = product.log().split_off(before);
        log.contains(HANDLED).then_some(log)
    })
    .await
}

/// Whether the process has a handler for SIGHUP, signal 1.
fn handles_hangup(process: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.is_some_and(|mask| u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1)
}

pub(super) fn write_certificate(folder: &Path, issued: &Issued) {
    fs::write(folder.join("tls_cert.pem"), &issued.certificate).unwrap();
    fs::write(folder.join("tls_key.pem"), &issued.key).unwrap();
}

/// Whether a client that trusts this authority only can connect.
pub(super) async fn is_served(product: &Product, authority: &Authority) -> bool {
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    let client = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    let response = client.get(format!("{}/healthz", product.demo.origin())).send().await;
    response.is_ok_and(|response| response.status() == 200)
}

#[tokio::test]
async fn hangup_reloads_the_certificate_and_keeps_the_previous_one_if_the_new_one_is_invalid() {
    let product = Product::with(true, None).await;
    let folder = product.demo.folder.clone();
    let (renewed, other) = (Authority::new().unwrap(), Authority::new().unwrap());
    assert!(!is_served(&product, &renewed).await);
    let issued = renewed.issue(&["localhost", "127.0.0.1"]).unwrap();
    write_certificate(&folder, &issued);
    assert!(!is_served(&product, &renewed).await, "not reloaded yet");
    let log = hang_up_and_wait(&product).await;
    assert!(log.contains("TLS certificate reloaded"), "{log}");
    assert!(is_served(&product, &renewed).await);

    let next = other.issue(&["localhost", "127.0.0.1"]).unwrap();
    let broken = next.certificate.replacen("MI", "xx", 1);
    let broken_chain =
        format!("{}-----BEGIN CERTIFICATE-----\nbmVl\n-----END CERTIFICATE-----\n", next.certificate);
    for (certificate, key, expected) in [
        (Some(broken_chain.as_str()), Some(next.key.as_str()), "found a damaged certificate, number 2 of 2"),
        (Some(next.certificate.as_str()), Some(issued.key.as_str()), "tls_key_file: "),
        (Some("no certificate"), Some(&next.key), "tls_cert_file: "),
        (Some(""), Some(""), "tls_cert_file: "),
        (Some(&broken), Some(&next.key), "tls_cert_file: "),
        (Some(&next.certificate), Some("geheim"), "tls_key_file: "),
        (Some(&next.key), Some(&next.certificate), "tls_cert_file: "),
        (None, Some(&next.key), "tls_cert_file: "),
        (Some(&next.certificate), None, "tls_key_file: "),
    ] {
        for (name, content) in [("tls_cert.pem", certificate), ("tls_key.pem", key)] {
            match content {
                Some(content) => fs::write(folder.join(name), content).unwrap(),
                None => fs::remove_file(folder.join(name)).unwrap(),
            }
        }
        let log = hang_up_and_wait(&product).await;
        let errors: Vec<&str> = log.lines().filter(|line| line.contains("\"level\":\"ERROR\"")).collect();
        let [error] = errors.as_slice() else { panic!("{expected}: {log}") };
        assert!(error.contains("TLS certificate not reloaded: the previous one stays in use"), "{error}");
        assert!(error.contains(expected) && !error.contains("geheim"), "{expected}: {error}");
        assert!(next.key.lines().skip(1).all(|line| !error.contains(line)), "{error}");
        assert!(is_served(&product, &renewed).await, "{error}");
    }
    write_certificate(&folder, &next);
    assert!(hang_up_and_wait(&product).await.contains("TLS certificate reloaded"));
    assert!(is_served(&product, &other).await && !is_served(&product, &renewed).await);
}

/// A self-signed certificate that expired in 2021.
fn expired_certificate() -> Issued {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2020, 1, 1);
    params.not_after = rcgen::date_time_ymd(2021, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    Issued { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

#[tokio::test]
async fn expired_certificate_is_used_with_a_warning_in_the_log_and_in_check() {
    const WARNING: &str = "TLS certificate is not valid now: browsers refuse it";
    let mut product = Product::with(true, None).await;
    let valid = fs::read_to_string(product.demo.folder.join("tls_cert.pem")).unwrap();
    let valid_key = fs::read_to_string(product.demo.folder.join("tls_key.pem")).unwrap();
    assert!(!product.log().contains(WARNING));
    assert!(!product.command(&["check"]).await.out.contains("has expired"));

    let expired = expired_certificate();
    write_certificate(&product.demo.folder, &expired);
    let log = hang_up_and_wait(&product).await;
    assert!(log.contains("TLS certificate reloaded") && !log.contains("\"level\":\"ERROR\""), "{log}");
    let warnings: Vec<&str> = log.lines().filter(|line| line.contains(WARNING)).collect();
    let [warning] = warnings.as_slice() else { panic!("{log}") };
    assert!(warning.contains("tls_cert.pem: certificate 1 of 1 has expired at 2021-01-01"), "{warning}");
    let check = product.command(&["check"]).await;
    let row = check.out.lines().find(|line| line.contains("has expired at 2021-01-01")).unwrap();
    assert!(row.starts_with("WARNING ") && row.contains("tls_cert_file"), "{row}");

    let restored = Issued { certificate: valid, key: valid_key };
    write_certificate(&product.demo.folder, &restored);
    assert!(!hang_up_and_wait(&product).await.contains(WARNING));
    product.demo.kill().await.unwrap();
    write_certificate(&product.demo.folder, &expired);
    let _child = Command::new(binary())
        .args(["serve", "--settings", product.demo.settings().to_str().unwrap()])
        .stdin(Stdio::null())
        .stderr(fs::File::create(product.demo.folder.join("start.log")).unwrap())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    wait_for("the warning at the start", async || {
        let log = fs::read_to_string(product.demo.folder.join("start.log")).unwrap();
        (log.contains(WARNING) && log.contains("ready at")).then_some(())
    })
    .await;
}

#[tokio::test]
async fn hangup_continues_the_audit_log_in_a_new_file() {
    let product = Product::start().await;
    let (audit, rotated) =
        (product.demo.folder.join("audit.jsonl"), product.demo.folder.join("audit.jsonl.1"));
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    browser.code(super::world::WRONG_CODE).await;
    let entries = product.audit_log().len();
    assert!(entries > 0);
    fs::rename(&audit, &rotated).unwrap();
    let log = hang_up_and_wait(&product).await;
    assert!(!log.contains("ERROR"), "{log}");
    assert_eq!(product.audit_log().len(), 0, "the new file exists");
    browser.code(super::world::WRONG_CODE).await;
    assert!(!product.audit_log().is_empty());
    assert_eq!(fs::read_to_string(&rotated).unwrap().lines().count(), entries);

    // A file that cannot be opened is reported at once, and not with the next reset.
    fs::remove_file(&audit).unwrap();
    fs::create_dir(&audit).unwrap();
    let log = hang_up_and_wait(&product).await;
    assert!(log.contains("audit log not reopened") && log.contains("audit.jsonl"), "{log}");
}

#[tokio::test]
async fn repeated_hangups_do_not_interrupt_an_open_session() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    for _ in 0..3 {
        hang_up_and_wait(&product).await;
    }
    assert_eq!(browser.code(&product.code("A.Janssen")).await.outcome(), "password");
}

#[tokio::test]
async fn hangup_during_the_start_does_not_end_the_service() {
    let mut product = Product::start().await;
    product.demo.kill().await.unwrap();
    let log = fs::File::create(product.demo.folder.join("start.log")).unwrap();
    let mut child = Command::new(binary())
        .args(["serve", "--settings", product.demo.settings().to_str().unwrap()])
        .stdin(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let process = child.id().unwrap();
    wait_for("the process handles SIGHUP", async || handles_hangup(process).then_some(())).await;
    hang_up(process).await;
    let url = format!("{}/healthz", product.demo.origin());
    let client = product.browser();
    wait_for("the service is ready", async || {
        let ready = client.client.get(&url).send().await.is_ok();
        assert!(child.try_wait().unwrap().is_none(), "SIGHUP ended the service");
        ready.then_some(())
    })
    .await;
    assert_eq!(get_text(&client, &url).await.0, 200);
    let text = async || fs::read_to_string(product.demo.folder.join("start.log")).unwrap().contains(HANDLED);
    wait_for("the signal is handled after the start", async || text().await.then_some(())).await;
}
