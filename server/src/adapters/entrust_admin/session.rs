//! The session with the Administration API: signs in when there is none, keeps it while it lasts, signs in once
//! more when Entrust does not know it any longer. Not what is asked in it.

use super::Now;
use super::wire::{SignIn, SignedIn};
use crate::adapters::entrust::http::{ApiClient, Exchanged, Method};
use crate::ports::otp_provider::OtpProviderError;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// A session is left so long before its end: a call that begins in time must also arrive in time.
const MARGIN: SignedDuration = SignedDuration::from_secs(30);

/// Longer than this none is kept, whatever Entrust says; its default is 15 minutes.
const LONGEST: SignedDuration = SignedDuration::from_hours(1);

const SIGN_IN: &str = "/api/web/v1/adminapi/authenticate";

type Token = Arc<Zeroizing<String>>;

pub(super) struct Session {
    caller: ApiClient,
    application_id: String,
    secret: Zeroizing<String>,
    now: Now,
    /// The token and until when it is used.
    kept: Mutex<Option<(Token, Timestamp)>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("at", &self.caller.base()).finish_non_exhaustive()
    }
}

impl Session {
    pub(super) fn new(
        caller: ApiClient,
        application_id: String,
        secret: Zeroizing<String>,
        now: Now,
    ) -> Self {
        Self { caller, application_id, secret, now, kept: Mutex::new(None) }
    }

    pub(super) fn caller(&self) -> &ApiClient {
        &self.caller
    }

    /// Calls in the session. A 401 says that nothing was done, so the call is made once more in a new session.
    pub(super) async fn call<B: Serialize>(
        &self,
        method: Method,
        path: &str,
        body: Option<&B>,
    ) -> Result<Exchanged, OtpProviderError> {
        let token = match self.current() {
            Some(token) => token,
            None => self.sign_in().await?,
        };
        let first = self.caller.exchange(method.clone(), path, Some(&token), body).await?;
        if !is_unauthorized(&first) {
            return Ok(first);
        }
        self.forget(&token);
        let token = match self.current() {
            Some(token) => token,
            None => self.sign_in().await?,
        };
        let second = self.caller.exchange(method, path, Some(&token), body).await?;
        if is_unauthorized(&second) {
            self.forget(&token);
            return Err(self.caller.unusable(path, "signed in, and refused with status 401 all the same"));
        }
        Ok(second)
    }

    /// Signs in, whether there is a session or not. Two callers at once sign in twice: waiting for another's
    /// sign-in would make a queue of all of them when Entrust hangs.
    pub(super) async fn sign_in(&self) -> Result<Token, OtpProviderError> {
        let request = SignIn { application_id: &self.application_id, shared_secret: &self.secret };
        let asked = (self.now)();
        let answer: SignedIn = match self.caller.exchange(Method::POST, SIGN_IN, None, Some(&request)).await?
        {
            Exchanged::Ok { body, .. } => self.caller.decode(SIGN_IN, &body)?,
            Exchanged::Refused { status, code } => {
                let what = format!(
                    "entrust.admin_application_id or its secret is refused with status {status} ({code})"
                );
                return Err(self.caller.unusable(SIGN_IN, &what));
            }
        };
        let Some(token) = answer.auth_token.clone().filter(|token| !token.is_empty()) else {
            return Err(self.caller.unusable(SIGN_IN, "no authToken"));
        };
        let token = Arc::new(token);
        let until = answer.life(asked).and_then(|life| asked.checked_add(life.min(LONGEST) - MARGIN).ok());
        // An end that cannot be read: the session serves this call, the next one gets its own.
        *self.kept() = until.map(|until| (Arc::clone(&token), until));
        Ok(token)
    }

    fn current(&self) -> Option<Token> {
        let now = (self.now)();
        self.kept().as_ref().filter(|(_, until)| now < *until).map(|(token, _)| Arc::clone(token))
    }

    /// Unless another call has replaced it already.
    fn forget(&self, token: &Token) {
        let mut kept = self.kept();
        if kept.as_ref().is_some_and(|(current, _)| current == token) {
            *kept = None;
        }
    }

    fn kept(&self) -> MutexGuard<'_, Option<(Token, Timestamp)>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_unauthorized(exchanged: &Exchanged) -> bool {
    match exchanged {
        Exchanged::Ok { .. } => false,
        Exchanged::Refused { status, .. } => *status == 401,
    }
}
