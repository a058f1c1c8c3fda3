//! One HTTP call to Entrust, classified as response, refusal or error. Both Entrust adapters use it.

use super::endpoint::{ConnectionConfig, EntrustConfigError};
use super::wire::ErrorInfo;
use crate::adapters::clock::report_time_of;
use crate::adapters::http_failure::describe;
use crate::adapters::tls_failure::TlsServer;
use crate::ports::otp_provider::OtpProviderError;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use zeroize::Zeroizing;

pub(in crate::adapters) use reqwest::Method;

/// Longest error code that is passed on; the documented ones have at most 21 characters.
const MAX_ERROR_CODE_LENGTH: usize = 64;

/// Outcome of a call by status, with the body not yet decoded.
pub(in crate::adapters) enum ExchangeOutcome {
    /// 2xx.
    Ok { status: u16, body: Zeroizing<Vec<u8>> },
    /// 4xx.
    Refused {
        status: u16,
        /// The response's `errorCode`, or e.g. `http_404` if it has none.
        code: String,
    },
}

/// Decoded reply of Entrust.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// 200, in the published form.
    Answer(T),
    /// 4xx: the response's `errorCode`, or e.g. `http_404` if it has none.
    Refusal(String),
}

/// HTTP client for one Entrust API.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct ApiClient {
    client: Client,
    base: String,
    host: String,
    timeout: Duration,
    response_limit: usize,
}

impl ApiClient {
    pub(in crate::adapters) fn new(connection: &ConnectionConfig<'_>) -> Result<Self, EntrustConfigError> {
        let (client, url) = connection.client()?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        let host = url.host_str().unwrap_or_default().to_owned();
        Ok(Self {
            client,
            base,
            host,
            timeout: connection.timeout,
            response_limit: connection.response_limit,
        })
    }

    /// The base URL, for display.
    pub(in crate::adapters) fn base(&self) -> &str {
        &self.base
    }

    pub(super) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &B,
    ) -> Result<Reply<T>, OtpProviderError> {
        Ok(match self.exchange(Method::POST, path, token, Some(body)).await? {
            ExchangeOutcome::Ok { status: 200, body } => Reply::Answer(self.decode(path, &body)?),
            ExchangeOutcome::Ok { status, .. } => {
                return Err(self.unusable(path, &format!("status {status}")));
            }
            ExchangeOutcome::Refused { code, .. } => Reply::Refusal(code),
        })
    }

    /// Sends a request and classifies the response by its status.
    pub(in crate::adapters) async fn exchange<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&B>,
    ) -> Result<ExchangeOutcome, OtpProviderError> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|_| self.unusable(path, "the request cannot be serialized"))?;
        let response = self.send(method, path, token, body).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(ExchangeOutcome::Ok {
                status: status.as_u16(),
                body: self.read_body(path, response).await?,
            });
        }
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            return Err(self.unreachable(path, format!("status {}", status.as_u16())));
        }
        if status.is_client_error() {
            let text = self.read_body(path, response).await?;
            return Ok(ExchangeOutcome::Refused { status: status.as_u16(), code: error_code(status, &text) });
        }
        Err(self.unusable(path, &format!("status {}", status.as_u16())))
    }

    /// Decodes a JSON body.
    pub(in crate::adapters) fn decode<T: DeserializeOwned>(
        &self,
        path: &str,
        text: &[u8],
    ) -> Result<T, OtpProviderError> {
        // Only the position from serde's message: the message itself quotes the content.
        serde_json::from_slice(text).map_err(|error| {
            let what =
                format!("line {} column {}: {:?} error", error.line(), error.column(), error.classify());
            self.unusable(path, &what)
        })
    }

    /// Sends a request; the response body is not read yet.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Response, OtpProviderError> {
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = token {
            let mut value = HeaderValue::from_str(token)
                .map_err(|_| self.unusable(path, "a token that is not a valid header value"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(|error| self.transport_error(path, &error))?;
        if let Some(time) = date(&response) {
            report_time_of("entrust", time);
        }
        Ok(response)
    }

    async fn read_body(
        &self,
        path: &str,
        mut response: Response,
    ) -> Result<Zeroizing<Vec<u8>>, OtpProviderError> {
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.transport_error(path, &error))? {
            if text.len() + chunk.len() > self.response_limit {
                let limit_kb = self.response_limit / 1024;
                return Err(self.unusable(path, &format!("an answer of more than {limit_kb} kB")));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn transport_error(&self, path: &str, error: &reqwest::Error) -> OtpProviderError {
        let server = TlsServer { host: &self.host, address_key: "entrust.url", ca_key: "entrust.ca_file" };
        self.unreachable(path, describe(error, self.timeout, server))
    }

    fn unreachable(&self, path: &str, what: String) -> OtpProviderError {
        OtpProviderError::Unreachable { url: format!("{}{path}", self.base), what }
    }

    pub(in crate::adapters) fn unusable(&self, path: &str, what: &str) -> OtpProviderError {
        OtpProviderError::Unusable { url: format!("{}{path}", self.base), what: what.to_owned() }
    }
}

/// The header `Date` of a response.
fn date(response: &Response) -> Option<Timestamp> {
    let text = response.headers().get(DATE)?.to_str().ok()?;
    Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp())
}

/// Returns the response's error code if it looks like one: it is logged, so arbitrary text must not pass.
pub(super) fn error_code(status: StatusCode, text: &[u8]) -> String {
    let is_plain = |code: &String| {
        (1..=MAX_ERROR_CODE_LENGTH).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            // Only digits could be a user's one-time code echoed back.
            && !code.bytes().all(|byte| byte.is_ascii_digit())
    };
    serde_json::from_slice::<ErrorInfo>(text)
        .ok()
        .and_then(|info| info.error_code)
        .filter(is_plain)
        .unwrap_or_else(|| format!("http_{}", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plausible_error_codes_are_passed_on() {
        let code = |text: &str| error_code(StatusCode::UNAUTHORIZED, text.as_bytes());
        assert_eq!(code(r#"{"errorCode":"invalid_user_response"}"#), "invalid_user_response");
        for odd in [
            r#"{"errorCode":null}"#,
            r#"{"errorCode":"12345678"}"#,
            r#"{"errorCode":"code 12345678 is\nwrong"}"#,
            r#"{"errorCode":""}"#,
            "[]",
            "<html>",
            "",
        ] {
            assert_eq!(code(odd), "http_401", "{odd}");
        }
    }
}
