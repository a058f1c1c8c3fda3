//! One HTTP exchange with the API or its token service, bounded in time and size.

use crate::adapters::http_failure::describe;
use crate::adapters::tls_failure::TlsServer;
use crate::ports::hr::HrError;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use std::time::Duration;
use zeroize::Zeroizing;

/// Largest response body; a thousand persons take about two million bytes.
const MAX_RESPONSE_BYTES: usize = 20 * 1024 * 1024;

/// A response, classified by its status.
pub(super) enum ExchangeOutcome {
    /// 200, with the body.
    Ok(Zeroizing<Vec<u8>>),
    /// 401.
    Unauthorized,
    /// 429, with the `Retry-After` header.
    Busy(Option<String>),
    /// Any other 4xx, with status and body.
    Refused(u16, Zeroizing<Vec<u8>>),
}

/// The server that a call goes to; named in errors.
pub(super) struct Endpoint<'a> {
    pub(super) url: &'a Url,
    /// The settings key of the URL.
    pub(super) key: &'static str,
    pub(super) timeout: Duration,
}

impl Endpoint<'_> {
    /// Sends a request and classifies the response by its status.
    pub(super) async fn exchange(&self, request: RequestBuilder) -> Result<ExchangeOutcome, HrError> {
        let response = request.send().await.map_err(|error| self.transport_error(&error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(ExchangeOutcome::Ok(self.read_body(response).await?));
        }
        if status == StatusCode::UNAUTHORIZED {
            return Ok(ExchangeOutcome::Unauthorized);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let retry_after = response.headers().get(reqwest::header::RETRY_AFTER);
            return Ok(ExchangeOutcome::Busy(
                retry_after.and_then(|value| Some(value.to_str().ok()?.to_owned())),
            ));
        }
        let what = format!("status {}", status.as_u16());
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Err(self.unreachable(what));
        }
        if status.is_client_error() {
            return Ok(ExchangeOutcome::Refused(status.as_u16(), self.read_body(response).await?));
        }
        Err(self.unusable(what))
    }

    async fn read_body(&self, mut response: Response) -> Result<Zeroizing<Vec<u8>>, HrError> {
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport_error(&error))? {
            if text.len() + chunk.len() > MAX_RESPONSE_BYTES {
                return Err(self.unusable("an answer of more than 20 MB".to_owned()));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn transport_error(&self, error: &reqwest::Error) -> HrError {
        let (host, address_key) = (self.url.host_str().unwrap_or_default(), self.key);
        self.unreachable(describe(error, self.timeout, TlsServer { host, address_key, ca_key: "hr.ca_file" }))
    }

    fn host(&self) -> String {
        self.url.host_str().unwrap_or_default().to_owned()
    }

    pub(super) fn unreachable(&self, what: String) -> HrError {
        HrError::Unreachable { host: self.host(), what }
    }

    pub(super) fn refused(&self, what: String) -> HrError {
        HrError::Refused { host: self.host(), what }
    }

    pub(super) fn unusable(&self, what: String) -> HrError {
        HrError::Unusable { host: self.host(), what }
    }
}
