//! One HTTP call to Entrust and what came back: an answer, a refusal, or neither. Not what the
//! calls mean.

use super::Config;
use super::wire::ErrorInfo;
use crate::ports::codes::CodesError;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Certificate, Client, Response, StatusCode, Url, redirect, retry};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

/// The largest answer that is read. Entrust's are about 2 kB; a user with many grids has more.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Shorter than the minute after which balancers usually drop an idle connection: a `complete` on a
/// connection that just died cannot be repeated.
const IDLE: Duration = Duration::from_secs(30);

/// The longest error code that is passed on; the documented ones have 21 characters at most.
const ERROR_CODE_LIMIT: usize = 64;

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Not an address.
    #[error("entrust.url is {what}; expected https://customer.region.trustedauth.com")]
    Url {
        /// What is wrong with it.
        what: &'static str,
    },
    /// The file with authorities cannot be read.
    #[error("entrust.ca_file {path} cannot be read")]
    CaFile {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is not a list of certificates.
    #[error("entrust.ca_file {path} holds no usable PEM certificate")]
    Certificates {
        /// Which.
        path: PathBuf,
    },
    /// TLS could not be set up, e.g. because the system has no authorities at all.
    #[error("the TLS client for Entrust could not be set up")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
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
pub(super) struct Caller {
    client: Client,
    base: String,
    timeout: Duration,
}

impl Caller {
    pub(super) fn new(config: &Config) -> Result<Self, ConfigError> {
        let url = address(&config.url)?;
        // An `Err` means that one is installed already, which does as well.
        drop(rustls::crypto::ring::default_provider().install_default());
        let mut builder = Client::builder()
            .user_agent(concat!("wachtwoord-reset/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            .redirect(redirect::Policy::none())
            // A code may be counted twice when a call is repeated.
            .retry(retry::never())
            .referer(false)
            // A variable in the environment must not lead the codes elsewhere.
            .no_proxy();
        if let Some(path) = &config.ca_file {
            builder = builder.tls_certs_only(authorities(path)?);
        } else if url.scheme() == "http" {
            // Saves reading the system's authorities, of which a small machine may have none.
            builder = builder.tls_certs_only([]);
        }
        let client = builder.build().map_err(|e| ConfigError::Tls(e.into()))?;
        Ok(Self { client, base: url.as_str().trim_end_matches('/').to_owned(), timeout: config.timeout })
    }

    /// The address to which all paths are added, for a person to read.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    pub(super) async fn post<B: Serialize, T: DeserializeOwned>(
        &self,
        path: &str,
        token: Option<&str>,
        body: &B,
    ) -> Result<Reply<T>, CodesError> {
        let body = serde_json::to_vec(body).map_err(|_| self.unusable(path, "our own request"))?;
        let response = self.send(path, token, Some(body)).await?;
        let status = response.status();
        if status == StatusCode::OK {
            let text = self.read(path, response).await?;
            // Of serde's message only the place: the message itself quotes the content.
            return serde_json::from_slice(&text).map(Reply::Answer).map_err(|e| {
                let what = format!("line {} column {}: {:?} error", e.line(), e.column(), e.classify());
                self.unusable(path, &what)
            });
        }
        if status.is_server_error()
            || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
        {
            return Err(self.unreachable(path, format!("status {}", status.as_u16())));
        }
        if status.is_client_error() {
            let text = self.read(path, response).await?;
            return Ok(Reply::Refusal(error_code(status, &text)));
        }
        Err(self.unusable(path, &format!("status {}", status.as_u16())))
    }

    /// Sends; the answer's body is not read yet.
    pub(super) async fn send(
        &self,
        path: &str,
        token: Option<&str>,
        body: Option<Vec<u8>>,
    ) -> Result<Response, CodesError> {
        let mut request = self.client.post(format!("{}{path}", self.base));
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

    async fn read(&self, path: &str, mut response: Response) -> Result<Zeroizing<Vec<u8>>, CodesError> {
        let mut text = Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(path, &e))? {
            if text.len() + chunk.len() > ANSWER_LIMIT {
                return Err(self.unusable(path, "an answer of more than 256 kB"));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn broken(&self, path: &str, error: &reqwest::Error) -> CodesError {
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

    fn unreachable(&self, path: &str, what: String) -> CodesError {
        CodesError::Unreachable { url: format!("{}{path}", self.base), what }
    }

    pub(super) fn unusable(&self, path: &str, what: &str) -> CodesError {
        CodesError::Unusable { url: format!("{}{path}", self.base), what: what.to_owned() }
    }
}

fn address(text: &str) -> Result<Url, ConfigError> {
    let url = Url::parse(text).map_err(|_| ConfigError::Url { what: "not an address" })?;
    let Some(host) = url.host_str() else {
        return Err(ConfigError::Url { what: "without a host" });
    };
    let loopback = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    let what = match url.scheme() {
        "https" => None,
        "http" if loopback => None,
        "http" => Some("http on another machine, where codes could be read on the way"),
        _ => Some("not https"),
    };
    let what = what.or_else(|| {
        (!url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some())
        .then_some("more than scheme, host, port and path")
    });
    what.map_or(Ok(url), |what| Err(ConfigError::Url { what }))
}

fn authorities(path: &std::path::Path) -> Result<Vec<Certificate>, ConfigError> {
    let pem = std::fs::read(path).map_err(|source| ConfigError::CaFile { path: path.to_owned(), source })?;
    let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(ConfigError::Certificates { path: path.to_owned() });
    }
    Ok(certificates)
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
    fn http_is_for_loopback_only() {
        for good in [
            "https://customer.us.trustedauth.com",
            "https://gateway.example/entrust/",
            "http://127.0.0.1:8082",
            "http://localhost:8082/",
            "http://[::1]:8082",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://customer.us.trustedauth.com",
            "http://127.0.0.1.example",
            "http://192.168.1.4",
            "ftp://127.0.0.1",
            "customer.us.trustedauth.com",
            "https://name:secret@customer.us.trustedauth.com",
            "https://customer.us.trustedauth.com?x=1",
            "",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

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
