//! Sends traces to a collector: OTLP over HTTP with protobuf.

use super::http_client::{self, Trust};
use super::root_certificates::TrustError;
use crate::config::HttpsUrl;
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{
    ExporterBuildError, Protocol, SpanExporter, WithExportConfig as _, WithHttpConfig as _,
};
use reqwest::Client;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tracing::{info, warn};

/// For one batch; while it lasts, further spans wait in a queue of limited length.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The collector answers with an empty message.
const RESPONSE_LIMIT: usize = 64 * 1024;

/// The exporter cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum OtlpConfigError {
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for telemetry.otlp_url could not be set up")]
    Tls(#[source] reqwest::Error),
    /// The exporter refuses its configuration.
    #[error("the exporter of traces could not be made")]
    Exporter(#[from] ExporterBuildError),
}

/// Creates an exporter to the collector at `url`. It sends on `runtime`.
pub fn exporter(
    url: &HttpsUrl,
    ca_file: Option<&Path>,
    runtime: Handle,
) -> Result<SpanExporter, OtlpConfigError> {
    let trust = Trust { key: "telemetry.otlp_ca_file", ca_file, is_plain: url.is_plain() };
    let builder = http_client::builder(trust, TIMEOUT)?;
    let client = builder.build().map_err(OtlpConfigError::Tls)?;
    let endpoint = format!("{}/v1/traces", url.url().as_str().trim_end_matches('/'));
    let collector = Collector { client, runtime, is_down: Arc::default() };
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(collector)
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT);
    Ok(exporter.build()?)
}

/// The HTTP client of the exporter.
#[derive(Debug, Clone)]
struct Collector {
    client: Client,
    /// The exporter has a thread of its own, on which the HTTP client cannot work.
    runtime: Handle,
    is_down: Arc<AtomicBool>,
}

impl Collector {
    /// Logs the start and the end of an outage.
    fn report(&self, result: &Result<Response<Bytes>, HttpError>) {
        let failure = match result {
            Ok(response) if response.status().is_success() => None,
            Ok(response) => Some(format!("status {}", response.status().as_u16())),
            Err(error) => Some(causes(&**error)),
        };
        match failure {
            None if self.is_down.swap(false, Ordering::Relaxed) => info!("trace collector available again"),
            Some(error) if !self.is_down.swap(true, Ordering::Relaxed) => {
                warn!(error, "trace collector unavailable: spans are lost");
            }
            None | Some(_) => {}
        }
    }
}

fn causes(mut error: &(dyn Error + 'static)) -> String {
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[async_trait]
impl HttpClient for Collector {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        let sent = self.runtime.spawn(async move { send(&client, request).await }).await;
        let result = sent.map_err(HttpError::from).and_then(|result| result);
        self.report(&result);
        result
    }
}

async fn send(client: &Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let mut response = client.execute(request.try_into()?).await?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > RESPONSE_LIMIT {
            return Err("the answer of the collector is too long".into());
        }
        body.extend_from_slice(&chunk);
    }
    let mut answer = Response::new(Bytes::from(body));
    *answer.status_mut() = response.status();
    Ok(answer)
}
