//! The code service that is Entrust Identity as a Service, over its Authentication API. Not the
//! Administration API: registration and onboarding have an adapter of their own.
//!
//! Nothing is read from a body but what `wire` names, and nothing of a body is ever logged: an
//! error says where an answer was not as published, never what stood there.

mod check;
pub(in crate::adapters) mod endpoint;
pub(in crate::adapters) mod http;
mod lockout;
mod wire;

use crate::ports::health_finding::Finding;
use crate::ports::otp_provider::{
    Challenge, ChallengeOutcome, CodeVerdict, OtpProvider, OtpProviderError, OtpSubject,
};
use app::api::step::OtpMethod;
use app::domain::code::Code;
use async_trait::async_trait;
use endpoint::Peer;
use http::{ApiClient, Method, Reply};
use std::path::PathBuf;
use std::time::Duration;
use tracing::debug;
use wire::{
    AuthenticatedAnswer, ChallengeRequest, CompleteRequest, Lockout, QueryAnswer, QueryRequest, authenticator,
};
use zeroize::Zeroizing;

pub use endpoint::EntrustConfigError;
pub use lockout::EntrustAuthenticators;

/// To whom the calls go, and within which limits.
#[derive(Debug, Clone)]
pub struct EntrustConfig {
    /// `https://{customer}.{region}.trustedauth.com`; http only on loopback.
    pub url: String,
    /// The id of the *Authentication API application* in Entrust.
    pub application_id: String,
    /// An account in Entrust that belongs to nobody. Without one a decoy makes no calls.
    pub decoy_user: Option<String>,
    /// The ways that the organisation offers; only the check reads it.
    pub ways: Vec<OtpMethod>,
    /// The holder's name is an alias in Entrust (`mail`, `userPrincipalName`). Its answers name the
    /// user by its own id, which then is another name, and is not compared.
    pub by_alias: bool,
    /// The language of a sent code.
    pub locale: String,
    /// PEM: the only authorities that are trusted, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// For the connection.
    pub connect_timeout: Duration,
    /// For a whole call, connection and answer.
    pub timeout: Duration,
}

impl EntrustConfig {
    /// A connection is there in three seconds or not at all; a call takes eight at most, so that
    /// query and challenge together end before a browser or a proxy gives up (30 s and more).
    pub fn new(url: impl Into<String>, application_id: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            application_id: application_id.into(),
            decoy_user: None,
            ways: vec![OtpMethod::Token],
            by_alias: false,
            locale: "nl".into(),
            ca_file: None,
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(8),
        }
    }
}

/// Its answers are about 2 kB; a user with many grids has more.
const ANSWER_LIMIT: usize = 256 * 1024;

/// Entrust.
#[derive(Debug, Clone)]
pub struct Entrust {
    config: EntrustConfig,
    caller: ApiClient,
}

/// The reasons of our own for refusing; every other is Entrust's `errorCode`.
mod reason {
    /// Entrust's rule does not let this way come first, or the user does not have it.
    pub(super) const WAY_NOT_OFFERED: &str = "way_not_offered";
    /// Entrust was content before any code was typed (a rule whose first step is NONE or EXTERNAL).
    pub(super) const COMPLETED_WITHOUT_CODE: &str = "completed_without_code";
    /// Too many failures; an administrator must unlock.
    pub(super) const LOCKED: &str = "locked";
    /// No decoy is configured.
    pub(super) const NO_DECOY: &str = "no_decoy";
    /// The code was taken, but Entrust wants more than the code.
    pub(super) const NOT_COMPLETED: &str = "not_completed";
    /// The answer names somebody else.
    pub(super) const OTHER_USER: &str = "other_user";
}

impl Entrust {
    /// Reads the authorities and prepares the connections; calls nobody.
    pub fn new(config: EntrustConfig) -> Result<Self, EntrustConfigError> {
        let peer = Peer {
            url: &config.url,
            ca_file: config.ca_file.as_deref(),
            connect_timeout: config.connect_timeout,
            timeout: config.timeout,
            answer_limit: ANSWER_LIMIT,
        };
        Ok(Self { caller: ApiClient::new(&peer)?, config })
    }

    async fn query(&self, user: &str) -> Result<Reply<QueryAnswer>, OtpProviderError> {
        let request = QueryRequest {
            application_id: &self.config.application_id,
            user_id: user,
            return_default_challenge: false,
        };
        self.caller.post(QUERY, None, &request).await
    }

    async fn challenge(
        &self,
        user: &str,
        way: OtpMethod,
        auth_token: Option<&str>,
    ) -> Result<Reply<AuthenticatedAnswer>, OtpProviderError> {
        let request = ChallengeRequest {
            application_id: &self.config.application_id,
            user_id: user,
            auth_token,
            locale: &self.config.locale,
        };
        self.caller.post(&challenge_path(way), None, &request).await
    }

    /// An answer that lets somebody in before any code has opened a session that nobody will use.
    fn leave(&self, completed: Option<bool>, token: Option<&Zeroizing<String>>) {
        if let (Some(true), Some(token)) = (completed, token) {
            self.log_out(token.clone());
        }
    }

    /// Ends a session in Entrust. Best effort, and nobody waits for it: it would end by itself.
    fn log_out(&self, token: Zeroizing<String>) {
        let caller = self.caller.clone();
        tokio::spawn(async move {
            if let Err(e) = caller.send(Method::POST, LOGOUT, Some(&token), None).await {
                debug!(error = &e as &dyn std::error::Error, "the session in Entrust was not ended");
            }
        });
    }
}

const QUERY: &str = "/api/web/v2/authentication/users";
const LOGOUT: &str = "/api/web/v1/authentication/logout";

fn challenge_path(way: OtpMethod) -> String {
    format!("/api/web/v2/authentication/users/authenticate/{}", authenticator(way))
}

fn complete_path(way: OtpMethod) -> String {
    format!("/api/web/v1/authentication/users/authenticate/{}/complete", authenticator(way))
}

/// What the answer to the query says about the way.
struct AuthenticatorState {
    /// Why no code can be verified, as far as this answer tells.
    refused: Option<&'static str>,
    attempts_left: Option<u32>,
}

impl AuthenticatorState {
    fn read(answer: &QueryAnswer, way: OtpMethod) -> Self {
        let of_this_way = |status: &&Lockout| status.kind.as_deref() == Some(authenticator(way));
        let statuses = || answer.authenticator_lockout_status.iter().flatten().filter(of_this_way);
        let attempts_left = statuses()
            .filter_map(|status| status.remaining_authentication_attempts)
            .map(|left| u32::try_from(left).unwrap_or(0))
            .min();
        let refused = if answer.authentication_completed == Some(true) {
            Some(reason::COMPLETED_WITHOUT_CODE)
        } else if statuses().any(|status| status.locked == Some(true)) {
            Some(reason::LOCKED)
        } else if !offers(answer, way) {
            Some(reason::WAY_NOT_OFFERED)
        } else {
            None
        };
        Self { refused, attempts_left }
    }
}

/// Whether the way is a first factor. The list holds alternatives, the default one first; only
/// another of our own ways may stand before the wanted one, since a rule that begins with PASSWORD
/// makes every reset fail.
fn offers(answer: &QueryAnswer, way: OtpMethod) -> bool {
    let ours = [authenticator(OtpMethod::Token), authenticator(OtpMethod::Otp)];
    answer
        .authentication_types
        .iter()
        .flatten()
        .take_while(|kind| ours.contains(&kind.as_str()))
        .any(|kind| kind == authenticator(way))
}

#[async_trait]
impl OtpProvider for Entrust {
    async fn open(&self, holder: &OtpSubject, way: OtpMethod) -> Result<ChallengeOutcome, OtpProviderError> {
        let user = match holder {
            OtpSubject::Employee(name) => name.as_str(),
            OtpSubject::Decoy => match self.config.decoy_user.as_deref() {
                Some(decoy) => decoy,
                None => return Ok(ChallengeOutcome::Refused(reason::NO_DECOY.into())),
            },
        };
        let queried = self.query(user).await?;
        let auth_token = match &queried {
            Reply::Answer(answer) => answer.token.as_deref().map(String::as_str),
            Reply::Refusal(_) => None,
        };
        // Also after a refusal: one call less would tell that this name is unknown.
        let challenged = self.challenge(user, way, auth_token).await?;

        if let Reply::Answer(answer) = &queried {
            self.leave(answer.authentication_completed, answer.token.as_ref());
        }
        if let Reply::Answer(answer) = &challenged {
            self.leave(answer.authentication_completed, answer.token.as_ref());
        }

        let attempts_left = match queried {
            Reply::Answer(answer) => {
                let standing = AuthenticatorState::read(&answer, way);
                if let Some(refused) = standing.refused {
                    return Ok(ChallengeOutcome::Refused(refused.into()));
                }
                standing.attempts_left
            }
            Reply::Refusal(code) => return Ok(ChallengeOutcome::Refused(code)),
        };
        let answer = match challenged {
            Reply::Answer(answer) => answer,
            Reply::Refusal(code) => return Ok(ChallengeOutcome::Refused(code)),
        };
        if answer.authentication_completed == Some(true) {
            return Ok(ChallengeOutcome::Refused(reason::COMPLETED_WITHOUT_CODE.into()));
        }
        let Some(token) = answer.token.filter(|token| !token.is_empty()) else {
            return Err(self.caller.unusable(&challenge_path(way), "no token"));
        };
        Ok(ChallengeOutcome::Challenge(Challenge { token, holder: user.to_owned(), way, attempts_left }))
    }

    async fn verify(&self, challenge: &Challenge, code: &Code) -> Result<CodeVerdict, OtpProviderError> {
        let path = complete_path(challenge.way);
        let request = CompleteRequest {
            application_id: &self.config.application_id,
            user_id: &challenge.holder,
            response: code.expose(),
        };
        let answer: AuthenticatedAnswer =
            match self.caller.post(&path, Some(&challenge.token), &request).await? {
                Reply::Answer(answer) => answer,
                Reply::Refusal(code) => return Ok(CodeVerdict::Wrong(code)),
            };
        let Some(completed) = answer.authentication_completed else {
            return Err(self.caller.unusable(&path, "no authenticationCompleted"));
        };
        if !completed {
            return Ok(CodeVerdict::Wrong(reason::NOT_COMPLETED.into()));
        }
        if let Some(token) = answer.token {
            self.log_out(token);
        }
        let same = answer.user_id.is_none_or(|user| user.to_lowercase() == challenge.holder.to_lowercase());
        if !same && !self.config.by_alias {
            return Ok(CodeVerdict::Wrong(reason::OTHER_USER.into()));
        }
        Ok(CodeVerdict::Right)
    }

    async fn check(&self) -> Vec<Finding> {
        check::check(self).await
    }
}
