//! The TLS certificate: reloaded when its files change, and its expiry in log, metrics and `check`.

use super::hangup::{is_served, write_certificate};
use super::world::{Product, get_text, wait_for};
use end2end::tls::{Authority, Issued};
use std::fs;

async fn https_product() -> Product {
    let settings = "[connections]\ncertificate_interval = \"50ms\"\n";
    Product::with_settings(true, None, settings).await
}

#[tokio::test]
async fn changed_certificate_is_served_without_a_signal() {
    let product = https_product().await;
    let folder = product.demo.folder.clone();
    let renewed = Authority::new().unwrap();
    let issued = renewed.issue(&["localhost", "127.0.0.1"]).unwrap();
    fs::write(folder.join("tls_cert.pem"), &issued.certificate).unwrap();
    wait_for("the certificate without its key is reported", async || {
        product.log().contains("TLS certificate not reloaded").then_some(())
    })
    .await;
    assert!(!is_served(&product, &renewed).await);
    fs::write(folder.join("tls_key.pem"), &issued.key).unwrap();
    wait_for("the new certificate is served", async || is_served(&product, &renewed).await.then_some(()))
        .await;
    let log = product.log();
    assert_eq!(log.matches("TLS certificate not reloaded").count(), 1, "{log}");
    assert_eq!(log.matches("TLS certificate reloaded").count(), 1, "{log}");
}

/// A certificate that expires in ten days.
fn short_certificate() -> Issued {
    let mut params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the product uses the system's clock")]
    let end = std::time::SystemTime::now() + std::time::Duration::from_hours(10 * 24 + 1);
    params.not_after = end.into();
    let key = rcgen::KeyPair::generate().unwrap();
    Issued { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

#[tokio::test]
async fn certificate_that_expires_within_three_weeks_is_a_warning() {
    const WARNING: &str = "TLS certificate expires soon: renew it";
    let product = https_product().await;
    let expiry = async || {
        let (_, metrics) = get_text(&product.browser(), &format!("{}/metrics", product.demo.admin_url)).await;
        let line = metrics.lines().find(|line| line.starts_with("certificate_expiry_timestamp_seconds "));
        line.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
    };
    let first = wait_for("the metric", expiry).await;
    let check = product.command(&["check"]).await.out;
    let row = check.lines().find(|line| line.contains("days left")).unwrap();
    assert!(row.trim_start().starts_with("good") && row.contains("valid until"), "{row}");
    assert!(!product.log().contains(WARNING));

    write_certificate(&product.demo.folder, &short_certificate());
    wait_for("the warning", async || product.log().contains(WARNING).then_some(())).await;
    assert_eq!(product.log().matches(WARNING).count(), 1);
    assert!(expiry().await.unwrap() < first);
    let check = product.command(&["check"]).await.out;
    let row = check.lines().find(|line| line.contains("10 days left")).unwrap();
    assert!(row.starts_with("WARNING "), "{row}");
}
