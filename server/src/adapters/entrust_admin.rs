//! [`Authenticators`] over Entrust's Administration API: looks up users, writes mobile numbers and starts
//! activations of soft tokens.
//!
//! An error says where a response differs from the published form, never what it contained: responses hold numbers,
//! names and the secrets of an activation.

mod activation;
mod check;
mod session;
mod wire;

use crate::adapters::entrust::EntrustConfigError;
use crate::adapters::entrust::endpoint::ConnectionConfig;
use crate::adapters::entrust::http::{ApiClient, ExchangeOutcome, Method};
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, StartedActivation};
use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::OtpProviderError;
use async_trait::async_trait;
use jiff::Timestamp;
use session::ApiSession;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use wire::{ActivationState, Id, Mobile, User, UserGet};
use zeroize::Zeroizing;

/// Largest response in bytes: every token of a user contains the organisation's logo in base64.
const RESPONSE_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// Endpoint, credentials and time limits of the Administration API.
#[derive(Clone)]
pub struct EntrustAdminConfig {
    /// `https://{customer}.{region}.trustedauth.com`; http only on loopback.
    pub url: String,
    /// The id of the *Administration API application* in Entrust.
    pub application_id: String,
    /// The application's shared secret.
    pub secret: Zeroizing<String>,
    /// An Entrust user that belongs to no employee; only `check` reads it.
    pub decoy_user: Option<String>,
    /// The user name is an alias in Entrust (`mail`, `userPrincipalName`). Responses name the user by its own id,
    /// which differs from the alias and is therefore not compared.
    pub by_alias: bool,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time limit for the connection.
    pub connect_timeout: Duration,
    /// Time limit for a whole call: connection and response.
    pub timeout: Duration,
}

impl EntrustAdminConfig {
    /// Configuration with the same time limits as the Authentication API's adapter.
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

/// Returns the current time; used to decide whether a session is still valid.
pub type TimeSource = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Client of Entrust's Administration API.
#[derive(Debug)]
pub struct EntrustAdmin {
    session: ApiSession,
    decoy_user: Option<String>,
    by_alias: bool,
}

const USER_BY_NAME: &str = "/api/web/v3/users/userid";

impl EntrustAdmin {
    /// Reads the root certificates and prepares the HTTP client; opens no connection.
    pub fn new(config: EntrustAdminConfig, now: TimeSource) -> Result<Self, EntrustConfigError> {
        let connection = ConnectionConfig {
            url: &config.url,
            ca_file: config.ca_file.as_deref(),
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
            response_limit: RESPONSE_LIMIT_BYTES,
        };
        Ok(Self {
            session: ApiSession::new(ApiClient::new(&connection)?, config.application_id, config.secret, now),
            decoy_user: config.decoy_user,
            by_alias: config.by_alias,
        })
    }

    /// Returns `None` if Entrust has no such user.
    async fn find(&self, name: &str) -> Result<Option<User>, OtpProviderError> {
        let request = UserGet { user_id: name };
        let user: User = match self.session.call(Method::POST, USER_BY_NAME, Some(&request)).await? {
            ExchangeOutcome::Ok { body, .. } => self.client().decode(USER_BY_NAME, &body)?,
            ExchangeOutcome::Refused { status: 404, .. } => return Ok(None),
            ExchangeOutcome::Refused { status, code } => {
                return Err(self.unexpected_refusal(USER_BY_NAME, status, &code));
            }
        };
        if let Some(field) = user.missing_field() {
            return Err(self.client().unusable(USER_BY_NAME, &format!("no {field}")));
        }
        let same_user = user.name.as_ref().is_none_or(|found| found.to_lowercase() == name.to_lowercase());
        if !same_user && !self.by_alias {
            return Err(self.client().unusable(USER_BY_NAME, "the response is about another user"));
        }
        Ok(Some(user))
    }

    fn client(&self) -> &ApiClient {
        self.session.client()
    }

    /// Error for a refusal that the call does not expect. The code is safe to log: `http` passes on only plausible
    /// error codes.
    fn unexpected_refusal(&self, path: &str, status: u16, code: &str) -> OtpProviderError {
        self.client().unusable(path, &format!("refused with status {status} ({code})"))
    }

    /// Parses an id. Ids become part of paths, so anything else is an error.
    fn id(&self, path: &str, text: Option<&str>) -> Result<Id, OtpProviderError> {
        text.and_then(Id::parse).ok_or_else(|| self.client().unusable(path, "an invalid id"))
    }
}

#[async_trait]
impl Authenticators for EntrustAdmin {
    fn name(&self) -> &'static str {
        "entrust"
    }

    fn can_activate(&self) -> bool {
        true
    }

    async fn status(&self, name: &str) -> Result<AuthenticatorStatus, OtpProviderError> {
        // An unknown user may be caused by a wrong setting, so it is not reported as a user without the app.
        Ok(self.find(name).await?.map_or_else(AuthenticatorStatus::unknown, User::into_status))
    }

    async fn set_mobile(&self, name: &str, mobile: &str) -> Result<bool, OtpProviderError> {
        let Some(user) = self.find(name).await? else { return Ok(false) };
        let id = self.id(USER_BY_NAME, user.id.as_deref())?;
        let path = format!("/api/web/v3/users/{id}");
        match self.session.call(Method::PUT, &path, Some(&Mobile { mobile })).await? {
            ExchangeOutcome::Ok { status: 204, .. } => Ok(true),
            // Also the answer of a proxy, so the number is read back.
            ExchangeOutcome::Ok { body, .. } if body.is_empty() => {
                let written = self.find(name).await?.is_some_and(|user| user.has_mobile(mobile));
                let missing =
                    || self.client().unusable(&path, "an empty answer, and the number is not written");
                written.then_some(true).ok_or_else(missing)
            }
            ExchangeOutcome::Ok { body, .. } => {
                let written: User = self.client().decode(&path, &body)?;
                let is_same = self.id(&path, written.id.as_deref())? == id;
                let other = || self.client().unusable(&path, "the response is about another user");
                is_same.then_some(true).ok_or_else(other)
            }
            ExchangeOutcome::Refused { status: 404, .. } => Ok(false),
            ExchangeOutcome::Refused { status, code } => Err(self.unexpected_refusal(&path, status, &code)),
        }
    }

    async fn activate(&self, name: &str) -> Result<Option<StartedActivation>, OtpProviderError> {
        let Some(user) = self.find(name).await? else { return Ok(None) };
        // A user disabled by an administrator gets no activation.
        if !user.is_enabled() {
            return Ok(None);
        }
        if let Some(token) = user.pending_token()
            && let Some(activation) = self.restart_activation(&token).await?
        {
            return Ok(Some(activation));
        }
        let user_id = self.id(USER_BY_NAME, user.id.as_deref())?;
        self.start_activation(name, &user_id).await.map(Some)
    }

    async fn withdraw_activation(&self, name: &str, token: &str) -> Result<bool, OtpProviderError> {
        let Some(user) = self.find(name).await? else { return Ok(true) };
        match user.activation_state(token) {
            ActivationState::Completed => Ok(false),
            ActivationState::Gone => Ok(true),
            ActivationState::Pending => {
                let token = self.id(USER_BY_NAME, Some(token))?;
                self.invalidate_activation(&token).await?;
                Ok(true)
            }
        }
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}
