//! The sessions of the enrollment. Cookie and key differ from those of the reset.

use super::{EnrollmentClient, EnrollmentService};
use crate::crypto::{Keyring, Purpose};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId};
use crate::ports::sessions::Sessions;
use crate::reset::MAX_SESSION_DURATION;
use crate::reset::state::CLAIM_LIFETIME;
use crate::reset::state::projection::seconds_until;
use crate::sealed_sessions::{self, SealedSessions, SessionState};
use app::api::enrollment_state::{Activation, App};
use app::api::refusal::Refusal;
use app::domain::username::Username;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use zeroize::Zeroizing;

/// An enrollment session as one request has loaded it.
pub(super) type Open = sealed_sessions::Open<EnrollmentSession>;

/// The stored content.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct EnrollmentSession {
    /// As typed.
    pub(super) username: Username,
    /// The account that signed in.
    pub(super) account: AccountId,
    /// `pwdLastSet` at the sign-in: a session does not outlive its password.
    pub(super) password_last_set: i64,
    pub(super) stage: SignInStage,
    #[serde(rename = "begun")]
    started: Timestamp,
    idle_until: Timestamp,
}

/// The stage of a session.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum SignInStage {
    /// The app is active: its code is required.
    AwaitingCode,
    /// One request is verifying a code.
    Checking {
        /// When that request claimed the session.
        claimed_at: Timestamp,
    },
    /// Signed in, with the rights that the proof gives.
    SignedIn(SignedIn),
}

/// The state of a signed-in session.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SignedIn {
    pub(super) proof: SignInProof,
    /// The last known state in the directory and at Entrust.
    pub(super) seen: Seen,
    /// A number that has not been confirmed yet.
    pub(super) pending: Option<Pending>,
    /// The token and the content of a started activation, to be shown again after a reload.
    pub(super) activation: Option<(String, Activation)>,
}

/// The proof behind a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum SignInProof {
    /// The password alone, because there was no app yet.
    Password,
    /// Password and code, or the password and an app that was activated in this session.
    Code,
}

/// The last known state of the external systems, so that `current` makes no external call.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Seen {
    pub(super) eligible: bool,
    pub(super) app: App,
    /// The directory has a birthdate.
    pub(super) birthdate: bool,
    /// The directory's number, masked.
    pub(super) mobile: Option<String>,
}

/// A number whose confirmation code was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    /// E.164; the session is sealed.
    pub(super) mobile: Zeroizing<String>,
    pub(super) code_digest: [u8; 32],
    pub(super) until: Timestamp,
}

impl EnrollmentSession {
    /// The state after the sign-in; [`Refusal::StartAgain`] before it.
    pub(super) fn signed_in(&self) -> Result<&SignedIn, Refusal> {
        match &self.stage {
            SignInStage::SignedIn(signed_in) => Ok(signed_in),
            SignInStage::AwaitingCode | SignInStage::Checking { .. } => Err(Refusal::StartAgain),
        }
    }

    /// When the account signed in.
    pub(super) fn started(&self) -> Timestamp {
        self.started
    }

    /// Whole seconds until the session expires.
    pub(super) fn expires_in(&self, now: Timestamp) -> u64 {
        seconds_until(self.expires_at(), now)
    }
}

impl SessionState for EnrollmentSession {
    fn expires_at(&self) -> Timestamp {
        self.idle_until.min(self.started + MAX_SESSION_DURATION)
    }
}

/// Whether a claim was abandoned by a crash.
pub(super) fn is_abandoned(claimed_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(claimed_at) >= CLAIM_LIFETIME
}

/// The store of enrollment sessions.
pub(super) fn sealed(store: Arc<dyn Sessions>, keys: Arc<Keyring>, clock: Arc<dyn Clock>) -> SealedSessions {
    SealedSessions::new(store, keys, clock, Purpose::EnrollmentSession)
}

impl EnrollmentService {
    /// Starts a session of an account.
    pub(super) async fn start(
        &self,
        username: Username,
        account: &Account,
        stage: SignInStage,
    ) -> Result<Open, Refusal> {
        let now = self.clock.now();
        let session = EnrollmentSession {
            username,
            account: account.id,
            password_last_set: account.password_last_set,
            stage,
            started: now,
            idle_until: now + self.config.session_idle,
        };
        self.sessions.create(session).await
    }

    /// The client's session; [`Refusal::StartAgain`] without one. Counts the call as a step of that session, or as a
    /// call without one.
    pub(super) async fn open_counted(
        &self,
        client: &EnrollmentClient,
        call: &'static str,
    ) -> Result<Open, Refusal> {
        self.find_counted(client, call).await?.ok_or(Refusal::StartAgain)
    }

    /// Like [`EnrollmentService::find_open`], and counts the call.
    pub(super) async fn find_counted(
        &self,
        client: &EnrollmentClient,
        call: &'static str,
    ) -> Result<Option<Open>, Refusal> {
        let open = self.find_open(client).await?;
        self.shared.limiter.count_step(&client.reset, open.as_ref().map(|open| &open.id), call).await?;
        Ok(open)
    }

    pub(super) async fn find_open(&self, client: &EnrollmentClient) -> Result<Option<Open>, Refusal> {
        match &client.session {
            Some(id) => self.sessions.load(id).await,
            None => Ok(None),
        }
    }

    /// Moves the session to a stage as an accepted step, which renews the idle time. [`Refusal::InProgress`] if another
    /// request moved it first.
    pub(super) async fn advance(&self, open: &mut Open, stage: SignInStage) -> Result<(), Refusal> {
        open.session.idle_until = self.clock.now() + self.config.session_idle;
        self.swap(open, stage).await
    }

    /// Moves the session to a stage and leaves the idle time as it is.
    pub(super) async fn swap(&self, open: &mut Open, stage: SignInStage) -> Result<(), Refusal> {
        open.session.stage = stage;
        self.sessions.swap(open).await
    }

    /// Moves the session to a stage under a new random id: an id from before the proof opens nothing after it.
    pub(super) async fn renew(&self, open: &mut Open, stage: SignInStage) -> Result<(), Refusal> {
        open.session.idle_until = self.clock.now() + self.config.session_idle;
        open.session.stage = stage;
        self.sessions.renew(open, SealedSessions::new_id()?).await
    }
}
