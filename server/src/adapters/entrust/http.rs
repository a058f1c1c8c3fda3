//! One HTTP call to Entrust and what came back: an answer, a refusal, or neither. Not what the
//! calls mean. Both of Entrust's adapters call through it.

use super::endpoint::{EntrustConfigError, Peer};
use super::wire::ErrorInfo;
use crate::ports::otp_provider::OtpProviderError;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use zeroize::Zeroizing;

pub(in crate::adapters) use reqwest::Method;

/// The longest error code that is passed on; the documented ones have 21 characters at most.
const ERROR_CODE_LIMIT: usize = 64;

/// What came back from a call, before anybody read it.
pub(in crate::adapters) enum Exchanged {
    /// 2xx.
    Ok { status: u16, body: Zeroizing<Vec<u8>> },
    /// A 4xx.
    Refused {
        status: u16,
        /// Its `errorCode`, or `http_404` where it gave none.
        code: String,
    },
}

/// What Entrust said.
#[derive(Debug)]
pub(super) enum Reply<T> {
    /// 200, in the published form.
    Answer(T),
    /// A 4xx: its `errorCode`, or `http_404` where it gave none.
    Refusal(String),
}

/// Makes the calls.
#[derive(Debug, Clone)]
pub(in crate::adapters) struct ApiClient {
    client: Client,
    base: String,
    timeout: Duration,
    answer_limit: usize,
}

impl ApiClient {
    pub(in crate::adapters) fn new(peer: &Peer<'_>) -> Result<Self, EntrustConfigError> {
        let (client, url) = peer.client()?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, timeout: peer.timeout, answer_limit: peer.answer_limit })
    }

    /// The address to which all paths are added, for a person to read.
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
            Exchanged::Ok { status: 200, body } => Reply::Answer(self.decode(path, &body)?),
            Exchanged::Ok { status, .. } => return Err(self.unusable(path, &format!("status {status}"))),
            Exchanged::Refused { code, .. } => Reply::Refusal(code),
        })
    }

    /// Sends, and sorts the answer by its status.
    pub(in crate::adapters) async fn exchange<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&B>,
    ) -> Result<Exchanged, OtpProviderError> {
        let body = body.map(serde_json::to_vec).transpose();
        let body = body.map_err(|_| self.unusable(path, "our own request"))?;
        let response = self.send(method, path, token, body).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Exchanged::Ok { status: status.as_u16(), body: self.read(path, response).await? });
        }
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            return Err(self.unreachable(path, format!("status {}", status.as_u16())));
        }
        if status.is_client_error() {
            let text = self.read(path, response).await?;
            return Ok(Exchanged::Refused { status: status.as_u16(), code: error_code(status, &text) });
        }
        Err(self.unusable(path, &format!("status {}", status.as_u16())))
    }

    /// Reads a body as JSON.
    pub(in crate::adapters) fn decode<T: DeserializeOwned>(
        &self,
        path: &str,
        text: &[u8],
    ) -> Result<T, OtpProviderError> {
        // Of serde's message only the place: the message itself quotes the content.
        serde_json::from_slice(text).map_err(|e| {
            let what = format!("line {} column {}: {:?} error", e.line(), e.column(), e.classify());
            self.unusable(path, &what)
        })
    }

    /// Sends; the answer's body is not read yet.
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
                .map_err(|_| self.unusable(path, "a token no header can hold"))?;
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        request.send().await.map_err(|e| self.broken(path, &e))
    }

    async fn read(&self, path: &str, mut response: Response) -> Result<Zeroizing<Vec<u8>>, OtpProviderError> {
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(path, &e))? {
            if text.len() + chunk.len() > self.answer_limit {
                let most = self.answer_limit / 1024;
                return Err(self.unusable(path, &format!("an answer of more than {most} kB")));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn broken(&self, path: &str, error: &reqwest::Error) -> OtpProviderError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        let what = if error.is_timeout() && !error.is_connect() {
            format!("no answer within {:?}", self.timeout)
        } else if error.is_connect() {
            format!("no connection: {cause}")
        } else {
            format!("the exchange broke off: {cause}")
        };
        self.unreachable(path, what)
    }

    fn unreachable(&self, path: &str, what: String) -> OtpProviderError {
        OtpProviderError::Unreachable { url: format!("{}{path}", self.base), what }
    }

    pub(in crate::adapters) fn unusable(&self, path: &str, what: &str) -> OtpProviderError {
        OtpProviderError::Unusable { url: format!("{}{path}", self.base), what: what.to_owned() }
    }
}

/// It goes into logs, so it must look like a code: a stranger's text is not one.
fn error_code(status: StatusCode, text: &[u8]) -> String {
    let plain = |code: &String| {
        (1..=ERROR_CODE_LIMIT).contains(&code.len())
            && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
            // Eight digits would be somebody's code echoed back.
            && !code.bytes().all(|byte| byte.is_ascii_digit())
    };
    serde_json::from_slice::<ErrorInfo>(text)
        .ok()
        .and_then(|info| info.error_code)
        .filter(plain)
        .unwrap_or_else(|| format!("http_{}", status.as_u16()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_an_error_code_is_passed_on() {
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
