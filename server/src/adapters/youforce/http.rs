//! One HTTP exchange with the API or its token service, bounded in time and size. Not what an answer means.

use crate::ports::hr::HrError;
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use std::time::Duration;
use zeroize::Zeroizing;

/// The largest answer that is read: a thousand persons are about two million bytes.
const MOST_BYTES: usize = 20 * 1024 * 1024;

/// An answer, by its status.
pub(super) enum Exchanged {
    /// 200, and its body.
    Ok(Zeroizing<Vec<u8>>),
    /// 401.
    Unauthorised,
    /// 429, and its `Retry-After`.
    Busy(Option<String>),
    /// Any other 4xx, and its body.
    Refused(u16, Zeroizing<Vec<u8>>),
}

/// Whom a call goes to, for its errors.
pub(super) struct Peer<'a> {
    pub(super) url: &'a Url,
    pub(super) timeout: Duration,
}

impl Peer<'_> {
    /// Sends, and sorts the answer by its status.
    pub(super) async fn exchange(&self, request: RequestBuilder) -> Result<Exchanged, HrError> {
        let response = request.send().await.map_err(|error| self.broken(&error))?;
        let status = response.status();
        if status == StatusCode::OK {
            return Ok(Exchanged::Ok(self.read(response).await?));
        }
        if status == StatusCode::UNAUTHORIZED {
            return Ok(Exchanged::Unauthorised);
        }
        if status == StatusCode::TOO_MANY_REQUESTS {
            let after = response.headers().get(reqwest::header::RETRY_AFTER);
            return Ok(Exchanged::Busy(after.and_then(|value| Some(value.to_str().ok()?.to_owned()))));
        }
        let what = format!("status {}", status.as_u16());
        if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
            return Err(self.unreachable(what));
        }
        if status.is_client_error() {
            return Ok(Exchanged::Refused(status.as_u16(), self.read(response).await?));
        }
        Err(self.unusable(what))
    }

    async fn read(&self, mut response: Response) -> Result<Zeroizing<Vec<u8>>, HrError> {
        let mut text = Zeroizing::new(Vec::with_capacity(64 * 1024));
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if text.len() + chunk.len() > MOST_BYTES {
                return Err(self.unusable("an answer of more than 20 MB".to_owned()));
            }
            text.extend_from_slice(&chunk);
        }
        Ok(text)
    }

    fn broken(&self, error: &reqwest::Error) -> HrError {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        self.unreachable(if error.is_timeout() && !error.is_connect() {
            format!("no whole answer within {:?}", self.timeout)
        } else if error.is_connect() {
            format!("no connection: {cause}")
        } else {
            format!("the exchange broke off: {cause}")
        })
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
