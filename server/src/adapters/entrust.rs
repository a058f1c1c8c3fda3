//! [`OtpProvider`] for Entrust Identity as a Service, over its Authentication API. `entrust_admin` is the adapter
//! of the Administration API.
//!
//! Response bodies are read only as far as `wire` declares them and are never logged: an error says where a
//! response differs from the published form, not what it contained.

mod authenticators;
mod check;
pub(in crate::adapters) mod endpoint;
pub(in crate::adapters) mod http;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod wire;

use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use endpoint::ConnectionConfig;
use http::{ApiClient, Method, Reply};
use std::path::PathBuf;
use std::time::Duration;
use tracing::debug;
use wire::{
    AuthenticatedAnswer, ChallengeRequest, CompleteRequest, Lockout, QueryAnswer, QueryRequest, authenticator,
};
use zeroize::Zeroizing;

pub use authenticators::EntrustAuthenticators;
pub use endpoint::EntrustConfigError;

/// Endpoint, application and time limits of the Authentication API.
#[derive(Debug, Clone)]
pub struct EntrustConfig {
    /// `https://{customer}.{region}.trustedauth.com`; http only on loopback.
    pub url: String,
    /// The id of the *Authentication API application* in Entrust.
    pub application_id: String,
    /// An Entrust user that belongs to no employee. Without it a decoy makes no calls.
    pub decoy_user: Option<String>,
    /// The methods that the organisation offers; only `check` reads them.
    pub methods: Vec<OtpMethod>,
    /// The user name is an alias in Entrust (`mail`, `userPrincipalName`). Responses name the user by its own id,
    /// which differs from the alias and is therefore not compared.
    pub by_alias: bool,
    /// Language of the message with a sent code.
    pub locale: String,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Time limit for the connection.
    pub connect_timeout: Duration,
    /// Time limit for a whole call: connection and response.
    pub timeout: Duration,
}

impl EntrustConfig {
    /// Connections time out after 3 s and calls after 8 s, so that query and challenge together end before a
    /// browser or a proxy gives up (30 s or more).
    pub fn new(url: impl Into<String>, application_id: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            application_id: application_id.into(),
            decoy_user: None,
            methods: vec![OtpMethod::Token],
            by_alias: false,
            locale: "nl".into(),
            ca_file: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(8),
        }
    }
}

/// Largest response in bytes. Usual responses are about 2 kB; a user with many grid cards has a larger one.
const RESPONSE_LIMIT_BYTES: usize = 256 * 1024;

/// Client of Entrust's Authentication API.
#[derive(Debug, Clone)]
pub struct Entrust {
    config: EntrustConfig,
    client: ApiClient,
}

/// Reason codes of this adapter; all others are Entrust's `errorCode`.
mod reason {
    /// The resource rule does not offer this method as first factor, or the user does not have it.
    pub(super) const METHOD_NOT_OFFERED: &str = "way_not_offered";
    /// Entrust completed the authentication without a code (a rule whose first step is NONE or EXTERNAL).
    pub(super) const COMPLETED_WITHOUT_CODE: &str = "completed_without_code";
    /// Locked after too many failures; an administrator must unlock it.
    pub(super) const LOCKED: &str = "locked";
    /// No decoy is configured.
    pub(super) const NO_DECOY: &str = "no_decoy";
    /// The code was accepted, but Entrust requires another factor.
    pub(super) const NOT_COMPLETED: &str = "not_completed";
    /// The response names another user.
    pub(super) const OTHER_USER: &str = "other_user";
}

impl Entrust {
    /// Reads the root certificates and prepares the HTTP client; opens no connection.
    pub fn new(config: EntrustConfig) -> Result<Self, EntrustConfigError> {
        let connection = ConnectionConfig {
            url: &config.url,
            ca_file: config.ca_file.as_deref(),
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
            response_limit: RESPONSE_LIMIT_BYTES,
        };
        Ok(Self { client: ApiClient::new(&connection)?, config })
    }

    async fn query(&self, user: &str) -> Result<Reply<QueryAnswer>, OtpProviderError> {
        let request = QueryRequest {
            application_id: &self.config.application_id,
            user_id: user,
            return_default_challenge: false,
        };
        let reply: Reply<QueryAnswer> = self.client.post(QUERY, None, &request).await?;
        match &reply {
            Reply::Answer(answer) if answer.has_authentication_types() => Ok(reply),
            Reply::Answer(_) => Err(self.client.unusable(QUERY, "no authenticationTypes")),
            Reply::Refusal(_) => Ok(reply),
        }
    }

    async fn challenge(
        &self,
        user: &str,
        method: OtpMethod,
        auth_token: Option<&str>,
    ) -> Result<Reply<AuthenticatedAnswer>, OtpProviderError> {
        let request = ChallengeRequest {
            application_id: &self.config.application_id,
            user_id: user,
            auth_token,
            locale: &self.config.locale,
        };
        self.client.post(&challenge_path(method), None, &request).await
    }

    /// Logs out if the response completed an authentication without a code: that opened a session nobody will use.
    fn end_unused_session(&self, completed: Option<bool>, token: Option<&Zeroizing<String>>) {
        if let (Some(true), Some(token)) = (completed, token) {
            self.log_out(token.clone());
        }
    }

    /// Ends a session in Entrust. Best effort and in the background: the session would expire anyway.
    fn log_out(&self, token: Zeroizing<String>) {
        let client = self.client.clone();
        tokio::spawn(async move {
            if let Err(e) = client.send(Method::POST, LOGOUT, Some(&token), None).await {
                debug!(error = &e as &dyn std::error::Error, "Entrust session not ended");
            }
        });
    }
}

const QUERY: &str = "/api/web/v2/authentication/users";
const LOGOUT: &str = "/api/web/v1/authentication/logout";

fn challenge_path(method: OtpMethod) -> String {
    format!("/api/web/v2/authentication/users/authenticate/{}", authenticator(method))
}

fn complete_path(method: OtpMethod) -> String {
    format!("/api/web/v1/authentication/users/authenticate/{}/complete", authenticator(method))
}

/// State of the authenticator for one method, from the response to the query.
struct AuthenticatorState {
    /// Reason code if no code can be verified, as far as this response shows.
    refusal: Option<&'static str>,
    attempts_left: Option<u32>,
}

impl AuthenticatorState {
    fn from_response(answer: &QueryAnswer, method: OtpMethod) -> Self {
        let of_this_method = |status: &&Lockout| status.kind.as_deref() == Some(authenticator(method));
        let statuses = || answer.authenticator_lockout_status.iter().flatten().filter(of_this_method);
        let attempts_left = statuses()
            .filter_map(|status| status.remaining_authentication_attempts)
            .map(|left| u32::try_from(left).unwrap_or(0))
            .min();
        let refusal = if answer.authentication_completed == Some(true) {
            Some(reason::COMPLETED_WITHOUT_CODE)
        } else if statuses().any(|status| status.locked == Some(true)) {
            Some(reason::LOCKED)
        } else if !is_first_factor(answer, method) {
            Some(reason::METHOD_NOT_OFFERED)
        } else {
            None
        };
        Self { refusal, attempts_left }
    }
}

/// Whether the method is a first factor. The list holds alternatives, the default first. Only another supported
/// method may precede the wanted one: a rule that starts with PASSWORD makes every reset fail.
fn is_first_factor(answer: &QueryAnswer, method: OtpMethod) -> bool {
    let supported = [authenticator(OtpMethod::Token), authenticator(OtpMethod::Otp)];
    answer
        .authentication_types
        .iter()
        .flatten()
        .take_while(|kind| supported.contains(&kind.as_str()))
        .any(|kind| kind == authenticator(method))
}

#[async_trait]
impl OtpProvider for Entrust {
    fn name(&self) -> &'static str {
        "entrust"
    }

    async fn open(
        &self,
        subject: &OtpSubject,
        method: OtpMethod,
    ) -> Result<ChallengeOutcome, OtpProviderError> {
        let user = match subject {
            OtpSubject::Employee(name) => name.as_str(),
            OtpSubject::Decoy => match self.config.decoy_user.as_deref() {
                Some(decoy) => decoy,
                None => return Ok(ChallengeOutcome::Refused(reason::NO_DECOY.into())),
            },
        };
        let query_reply = self.query(user).await?;
        let auth_token = match &query_reply {
            Reply::Answer(answer) => answer.token.as_deref().map(String::as_str),
            Reply::Refusal(_) => None,
        };
        // The challenge is requested even after a refusal: one call less would reveal that the name is unknown.
        let challenge_reply = self.challenge(user, method, auth_token).await?;

        if let Reply::Answer(answer) = &query_reply {
            self.end_unused_session(answer.authentication_completed, answer.token.as_ref());
        }
        if let Reply::Answer(answer) = &challenge_reply {
            self.end_unused_session(answer.authentication_completed, answer.token.as_ref());
        }

        let attempts_left = match query_reply {
            Reply::Answer(answer) => {
                let state = AuthenticatorState::from_response(&answer, method);
                if let Some(refusal) = state.refusal {
                    return Ok(ChallengeOutcome::Refused(refusal.into()));
                }
                state.attempts_left
            }
            Reply::Refusal(code) => return Ok(ChallengeOutcome::Refused(code)),
        };
        let answer = match challenge_reply {
            Reply::Answer(answer) => answer,
            Reply::Refusal(code) => return Ok(ChallengeOutcome::Refused(code)),
        };
        if answer.authentication_completed == Some(true) {
            return Ok(ChallengeOutcome::Refused(reason::COMPLETED_WITHOUT_CODE.into()));
        }
        let Some(token) = answer.token.filter(|token| !token.is_empty()) else {
            return Err(self.client.unusable(&challenge_path(method), "no token"));
        };
        Ok(ChallengeOutcome::Challenge(Challenge {
            token,
            user_name: user.to_owned(),
            method,
            attempts_left,
        }))
    }

    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError> {
        let path = complete_path(challenge.method);
        let request = CompleteRequest {
            application_id: &self.config.application_id,
            user_id: &challenge.user_name,
            response: code.expose(),
        };
        let answer: AuthenticatedAnswer =
            match self.client.post(&path, Some(&challenge.token), &request).await? {
                Reply::Answer(answer) => answer,
                Reply::Refusal(code) => return Ok(CodeVerdict::Wrong(code)),
            };
        let Some(completed) = answer.authentication_completed else {
            return Err(self.client.unusable(&path, "no authenticationCompleted"));
        };
        if !completed {
            return Ok(CodeVerdict::Wrong(reason::NOT_COMPLETED.into()));
        }
        // The published examples omit the name, and the transaction token is bound to it; an empty name is a fault.
        if answer.user_id.as_deref().is_some_and(|user| user.trim().is_empty()) {
            return Err(self.client.unusable(&path, "an empty userId"));
        }
        if let Some(token) = answer.token {
            self.log_out(token);
        }
        let same_user =
            answer.user_id.is_none_or(|user| user.to_lowercase() == challenge.user_name.to_lowercase());
        if !same_user && !self.config.by_alias {
            return Ok(CodeVerdict::Wrong(reason::OTHER_USER.into()));
        }
        Ok(CodeVerdict::Right)
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}
