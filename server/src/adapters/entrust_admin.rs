//! Authenticators over Entrust's Administration API: looks a user up, writes the mobile number, gives a soft token.
//! Not the codes, and not onboarding without credentials: both are in `entrust`.
//!
//! As there, an error says where an answer was not as published and never what stood in it: the answers hold
//! numbers, names, and the secrets of an activation.

mod activation;
mod check;
mod session;
mod wire;

use crate::adapters::entrust::EntrustConfigError;
use crate::adapters::entrust::endpoint::Peer;
use crate::adapters::entrust::http::{ApiClient, Exchanged, Method};
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::de::IgnoredAny;
use session::Session;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wire::{Id, Mobile, User, UserGet};
use zeroize::Zeroizing;

/// A user's tokens carry the organisation's logo each, in base64.
const ANSWER_LIMIT: usize = 4 * 1024 * 1024;

/// To whom the calls go, as whom, and within which limits.
#[derive(Clone)]
pub struct EntrustAdminConfig {
    /// `https://{customer}.{region}.trustedauth.com`; http only on loopback.
    pub url: String,
    /// The id of the *Administration API application* in Entrust.
    pub application_id: String,
    /// Its shared secret.
    pub secret: Zeroizing<String>,
    /// An account in Entrust that belongs to nobody; only the check reads it.
    pub decoy_user: Option<String>,
    /// The holder's name is an alias in Entrust (`mail`, `userPrincipalName`). Its answers name the
    /// user by its own id, which then is another name, and is not compared.
    pub by_alias: bool,
    /// PEM: the only authorities that are trusted, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For a whole call, connection and answer.
    pub timeout: Duration,
}

impl EntrustAdminConfig {
    /// With the time limits that the Authentication API's adapter has.
    pub fn new(
        url: impl Into<String>,
        application_id: impl Into<String>,
        secret: impl Into<Zeroizing<String>>,
    ) -> Self {
        Self {
            url: url.into(),
            application_id: application_id.into(),
            secret: secret.into(),
            decoy_user: None,
            by_alias: false,
            ca_file: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(8),
        }
    }
}

impl std::fmt::Debug for EntrustAdminConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config")
            .field("url", &self.url)
            .field("application_id", &self.application_id)
            .finish_non_exhaustive()
    }
}

/// The clock, asked whether a session can still be used.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Entrust's administration.
#[derive(Debug)]
pub struct EntrustAdmin {
    session: Session,
    decoy_user: Option<String>,
    by_alias: bool,
}

const USER_BY_NAME: &str = "/api/web/v3/users/userid";

impl EntrustAdmin {
    /// Reads the authorities and prepares the connections; calls nobody.
    pub fn new(config: EntrustAdminConfig, now: Now) -> Result<Self, EntrustConfigError> {
        let peer = Peer {
            url: &config.url,
            ca_file: config.ca_file.as_deref(),
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
            answer_limit: ANSWER_LIMIT,
        };
        Ok(Self {
            session: Session::new(ApiClient::new(&peer)?, config.application_id, config.secret, now),
            decoy_user: config.decoy_user,
            by_alias: config.by_alias,
        })
    }

    /// `None` where Entrust has no such user.
    async fn find(&self, holder: &str) -> Result<Option<User>, OtpProviderError> {
        let request = UserGet { user_id: holder };
        let user: User = match self.session.call(Method::POST, USER_BY_NAME, Some(&request)).await? {
            Exchanged::Ok { body, .. } => self.caller().decode(USER_BY_NAME, &body)?,
            Exchanged::Refused { status: 404, .. } => return Ok(None),
            Exchanged::Refused { status, code } => return Err(self.refused(USER_BY_NAME, status, &code)),
        };
        let same = user.name.as_ref().is_none_or(|name| name.to_lowercase() == holder.to_lowercase());
        if !same && !self.by_alias {
            return Err(self.caller().unusable(USER_BY_NAME, "it is about another user"));
        }
        Ok(Some(user))
    }

    fn caller(&self) -> &ApiClient {
        self.session.caller()
    }

    /// A refusal that is none of the answers which the call may have. The code is sorted out by the caller:
    /// it can be no text of a stranger.
    fn refused(&self, path: &str, status: u16, code: &str) -> OtpProviderError {
        self.caller().unusable(path, &format!("refused with status {status} ({code})"))
    }

    /// Ids go into paths, so they must look like ids.
    fn id(&self, path: &str, text: Option<&str>) -> Result<Id, OtpProviderError> {
        text.and_then(Id::parse).ok_or_else(|| self.caller().unusable(path, "an id that is none"))
    }
}

#[async_trait]
impl Authenticators for EntrustAdmin {
    fn can_activate(&self) -> bool {
        true
    }

    async fn look(&self, holder: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        // An unknown user may be a wrong setting, and must not look like somebody who has no app yet.
        Ok(self.find(holder).await?.map_or_else(AuthenticatorStatus::unknown, User::look))
    }

    async fn set_mobile(&self, holder: &str, mobile: &str) -> Result<bool, OtpProviderError> {
        let Some(user) = self.find(holder).await? else { return Ok(false) };
        let path = format!("/api/web/v3/users/{}", self.id(USER_BY_NAME, user.id.as_deref())?);
        match self.session.call(Method::PUT, &path, Some(&Mobile { mobile })).await? {
            // The answer is the user, or nothing; a page of a proxy is neither.
            Exchanged::Ok { body, .. } if body.is_empty() => Ok(true),
            Exchanged::Ok { body, .. } => self.caller().decode::<IgnoredAny>(&path, &body).map(|_| true),
            Exchanged::Refused { status: 404, .. } => Ok(false),
            Exchanged::Refused { status, code } => Err(self.refused(&path, status, &code)),
        }
    }

    async fn activate(&self, holder: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        let Some(user) = self.find(holder).await? else { return Ok(None) };
        // Who was switched off by an administrator is not to be given anything.
        if !user.is_switched_on() {
            return Ok(None);
        }
        if let Some(token) = user.begun_token()
            && let Some(begun) = self.begin_again(&token).await?
        {
            return Ok(Some(begun));
        }
        let user_id = self.id(USER_BY_NAME, user.id.as_deref())?;
        self.begin(holder, &user_id).await.map(Some)
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}
