//! Session with the Administration API: signs in on demand, caches the token until shortly before it expires and
//! signs in again once if Entrust rejects it.

use super::TimeSource;
use super::wire::{AuthenticationRequest, AuthenticationResult};
use crate::adapters::entrust::http::{ApiClient, ExchangeOutcome, Method};
use crate::ports::otp_provider::OtpProviderError;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A session is abandoned this long before it expires, so that a call that starts in time also reaches Entrust in
/// time.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// Upper bound for the cached lifetime, whatever Entrust says; Entrust's default is 15 minutes.
const MAX_SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(1);

const SIGN_IN_PATH: &str = "/api/web/v1/adminapi/authenticate";

type Token = Arc<Zeroizing<String>>;

pub(super) struct ApiSession {
    client: ApiClient,
    application_id: String,
    secret: Zeroizing<String>,
    now: TimeSource,
    /// The token and the time after which it is no longer used.
    cached: Mutex<Option<(Token, Timestamp)>>,
}

impl std::fmt::Debug for ApiSession {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("at", &self.client.base()).finish_non_exhaustive()
    }
}

impl ApiSession {
    pub(super) fn new(
        client: ApiClient,
        application_id: String,
        secret: Zeroizing<String>,
        now: TimeSource,
    ) -> Self {
        Self { client, application_id, secret, now, cached: Mutex::new(None) }
    }

    pub(super) fn client(&self) -> &ApiClient {
        &self.client
    }

    /// Makes a call in the session. A 401 means that nothing was done, so the call is repeated once in a new
    /// session.
    pub(super) async fn call<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<ExchangeOutcome, OtpProviderError> {
        let token = match self.current() {
            Some(token) => token,
            None => self.sign_in().await?,
        };
        let first = self.client.exchange(method.clone(), path, Some(&token), body).await?;
        if !is_unauthorized(&first) {
            return Ok(first);
        }
        self.invalidate(&token);
        let token = match self.current() {
            Some(token) => token,
            None => self.sign_in().await?,
        };
        let second = self.client.exchange(method, path, Some(&token), body).await?;
        if is_unauthorized(&second) {
            self.invalidate(&token);
            return Err(self.client.unusable(path, "refused with status 401 although the sign-in succeeded"));
        }
        Ok(second)
    }

    /// Signs in even if there is a session. Two concurrent calls sign in twice: waiting for another call's sign-in
    /// would queue all of them while Entrust hangs.
    pub(super) async fn sign_in(&self) -> Result<Token, OtpProviderError> {
        let request =
            AuthenticationRequest { application_id: &self.application_id, shared_secret: &self.secret };
        let requested_at = (self.now)();
        let answer: AuthenticationResult =
            match self.client.exchange(Method::POST, SIGN_IN_PATH, None, Some(&request)).await? {
                ExchangeOutcome::Ok { body, .. } => self.client.decode(SIGN_IN_PATH, &body)?,
                ExchangeOutcome::Refused { status, code } => {
                    let what = format!(
                        "entrust.admin_application_id or its secret is refused with status {status} ({code})"
                    );
                    return Err(self.client.unusable(SIGN_IN_PATH, &what));
                }
            };
        let Some(token) = answer.auth_token.clone().filter(|token| !token.is_empty()) else {
            return Err(self.client.unusable(SIGN_IN_PATH, "no authToken"));
        };
        let token = Arc::new(token);
        let expires_at = answer.lifetime(requested_at).and_then(|lifetime| {
            requested_at.checked_add(lifetime.min(MAX_SESSION_LIFETIME) - EXPIRY_MARGIN).ok()
        });
        // Without a readable expiry the token serves this call only.
        *self.cached() = expires_at.map(|expires_at| (Arc::clone(&token), expires_at));
        Ok(token)
    }

    fn current(&self) -> Option<Token> {
        let now = (self.now)();
        self.cached().as_ref().filter(|(_, expires_at)| now < *expires_at).map(|(token, _)| Arc::clone(token))
    }

    /// Drops the cached token unless another call has already replaced it.
    fn invalidate(&self, token: &Token) {
        let mut cached = self.cached();
        if cached.as_ref().is_some_and(|(current, _)| current == token) {
            *cached = None;
        }
    }

    fn cached(&self) -> MutexGuard<'_, Option<(Token, Timestamp)>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_unauthorized(outcome: &ExchangeOutcome) -> bool {
    match outcome {
        ExchangeOutcome::Ok { .. } => false,
        ExchangeOutcome::Refused { status, .. } => *status == 401,
    }
}
