//! The first page under load: of the product, of nginx with the same bytes, and of LTB, in turn.

use super::ltb::Ltb;
use super::nginx::Nginx;
use super::{median, wrk};
use anyhow::ensure;
use std::time::Duration;

/// Connections that stay open and send one request after the other.
pub(super) const CONNECTIONS: u32 = 64;

/// Requests per second, each the median of the turns.
#[derive(Debug, Clone)]
pub(super) struct PageRates {
    /// The product, with brotli.
    pub(super) product: f64,
    /// nginx, with the same bytes.
    pub(super) nginx: f64,
    /// LTB, with gzip.
    pub(super) ltb: Option<f64>,
    /// The bytes of the product's page, without headers.
    pub(super) bytes: usize,
}

impl PageRates {
    pub(super) async fn measure(
        url: &str,
        ltb: Option<&Ltb>,
        turns: u32,
        duration: Duration,
    ) -> anyhow::Result<Self> {
        let page = compressed(url).await?;
        let nginx = Nginx::with_file(&[("br", &page)]).await?;
        let same = format!("{}/page", nginx.origin());
        ensure!(compressed(&same).await? == page, "nginx does not serve the same bytes");
        let (mut of_product, mut of_nginx, mut of_ltb) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..turns {
            of_product.push(wrk::requests_per_second(url, "br", CONNECTIONS, duration).await?);
            of_nginx.push(wrk::requests_per_second(&same, "br", CONNECTIONS, duration).await?);
            if let Some(ltb) = ltb {
                of_ltb.push(wrk::requests_per_second(&ltb.url(), "gzip", CONNECTIONS, duration).await?);
            }
        }
        Ok(Self {
            product: median(of_product),
            nginx: median(of_nginx),
            ltb: ltb.map(|_| median(of_ltb)),
            bytes: page.len(),
        })
    }
}

/// The body as transferred, compressed with brotli.
async fn compressed(url: &str) -> anyhow::Result<Vec<u8>> {
    let client = super::client()?;
    let response = client.get(url).header("accept-encoding", "br").send().await?.error_for_status()?;
    let encoding = response.headers().get("content-encoding").and_then(|value| value.to_str().ok());
    ensure!(encoding == Some("br"), "{url} is not compressed with brotli: {encoding:?}");
    Ok(response.bytes().await?.to_vec())
}
