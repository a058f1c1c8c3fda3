//! The sessions of agents. Cookie and key differ from those of the reset and the registration.

use super::{Answer, DeskClient, ServiceDeskService};
use crate::crypto::{Keyring, Purpose};
use crate::ports::audit::{DeskSessionEnd, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::ports::frozen_accounts::LIFTED_KEPT_FOR;
use crate::ports::sessions::Sessions;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::rate_limit::network;
use crate::reset::state::CLAIM_LIFETIME;
use crate::reset::state::projection::seconds_until;
use crate::sealed_sessions::{self, SealedSessions, SessionState};
use app::api::refusal::Refusal;
use app::api::service_desk_state::{DeskAction, DeskStage, ServiceDesk};
use app::domain::start_code::StartCode;
use app::domain::username::Username;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// For this long an agent may help a caller after the call code was accepted.
pub(super) const CALL_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// A session as one request has loaded it.
pub(super) type Open = sealed_sessions::Open<DeskSession>;

/// The stored content.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DeskSession {
    /// As typed.
    pub(super) username: Username,
    /// The agent.
    pub(super) agent: AccountId,
    /// `pwdLastSet` at the sign-in: a session does not outlive its password.
    pub(super) password_last_set: i64,
    pub(super) stage: Stage,
    /// The network of the client at the sign-in: a session that moves to another one ends.
    network: String,
    started: Timestamp,
    idle_until: Timestamp,
    ends: Timestamp,
}

/// The stage of a session.
#[derive(Clone, Serialize, Deserialize)]
pub(super) enum Stage {
    /// The password was right and the account is an agent's: the code is required.
    AwaitingCode,
    /// One request is verifying a code.
    Checking {
        /// When that request claimed the session.
        claimed_at: Timestamp,
    },
    /// Signed in.
    SignedIn(SignedIn),
    /// One request is carrying out an action for the caller.
    Acting {
        /// The state before the action.
        signed_in: SignedIn,
        /// When that request claimed the session.
        claimed_at: Timestamp,
    },
}

/// The state of a signed-in session.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct SignedIn {
    pub(super) lead: bool,
    pub(super) call: Option<AcceptedCall>,
    /// The reference that was looked up last.
    pub(super) reference: Option<String>,
    /// The start code that was shown last.
    #[serde(default)]
    pub(super) start_code: Option<ShownStartCode>,
}

impl SignedIn {
    /// The code of this account is void. One of another employee stays on screen.
    pub(super) fn without_start_code_of(self, account: AccountId) -> Self {
        Self { start_code: self.start_code.filter(|shown| shown.account != account), ..self }
    }
}

/// A start code that this agent was shown.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct ShownStartCode {
    pub(super) account: AccountId,
    pub(super) code: StartCode,
}

/// A caller whose code was accepted.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct AcceptedCall {
    pub(super) account: AccountId,
    pub(super) verified_at: Timestamp,
    pub(super) until: Timestamp,
    /// The action that was just carried out.
    pub(super) done: Option<DeskAction>,
}

impl DeskSession {
    /// The state after the sign-in; [`Refusal::StartAgain`] before it.
    pub(super) fn signed_in(&self) -> Result<&SignedIn, Refusal> {
        match &self.stage {
            Stage::SignedIn(signed_in) | Stage::Acting { signed_in, .. } => Ok(signed_in),
            Stage::AwaitingCode | Stage::Checking { .. } => Err(Refusal::StartAgain),
        }
    }

    /// The network of the client.
    pub(super) fn network(&self) -> &str {
        &self.network
    }

    /// When the agent signed in.
    pub(super) fn started(&self) -> Timestamp {
        self.started
    }
}

impl SessionState for DeskSession {
    fn expires_at(&self) -> Timestamp {
        self.idle_until.min(self.ends)
    }
}

/// Whether an account can be that of an agent at work.
pub(super) fn may_work(account: &Account) -> bool {
    !matches!(account.eligibility, Eligibility::Disabled | Eligibility::Expired)
}

/// Whether a claim was abandoned by a crash.
pub(super) fn is_abandoned(claimed_at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(claimed_at) >= CLAIM_LIFETIME
}

/// The store of service desk sessions.
pub(super) fn sealed(store: Arc<dyn Sessions>, keys: Arc<Keyring>, clock: Arc<dyn Clock>) -> SealedSessions {
    SealedSessions::new(store, keys, clock, Purpose::ServiceDeskSession)
}

impl ServiceDeskService {
    /// Starts a session of an agent.
    pub(super) async fn start(
        &self,
        client: &DeskClient,
        username: Username,
        agent: &Account,
    ) -> Result<Open, Refusal> {
        let now = self.clock.now();
        let session = DeskSession {
            username,
            agent: agent.id,
            password_last_set: agent.password_last_set,
            stage: Stage::AwaitingCode,
            network: network(client.reset.address),
            started: now,
            idle_until: self.idle_until(),
            ends: now + self.config.session_max,
        };
        self.sessions.create(session).await
    }

    /// The client's session. One that moved to another network ends. An action that a crash interrupted no longer holds it.
    pub(super) async fn find_open(&self, client: &DeskClient) -> Result<Option<Open>, Refusal> {
        let Some(id) = &client.session else { return Ok(None) };
        let Some(mut open) = self.sessions.load::<DeskSession>(id).await? else { return Ok(None) };
        let to = network(client.reset.address);
        if open.session.network != to {
            // Possibly a stolen cookie.
            let (reference, from) = (crate::random::reference()?, open.session.network.clone());
            tracing::warn!(
                reference,
                from,
                to,
                "a session of the service desk moved to another network: ended"
            );
            let event = Event::DeskSessionEnded { reason: DeskSessionEnd::Moved, from: Some(from) };
            self.end(client, &open, &reference, event).await?;
            return Ok(None);
        }
        if let Stage::Acting { signed_in, claimed_at } = &open.session.stage
            && is_abandoned(*claimed_at, self.clock.now())
        {
            open.session.stage = Stage::SignedIn(signed_in.clone());
        }
        Ok(Some(open))
    }

    /// The client's session; [`Refusal::StartAgain`] without one, [`Refusal::InProgress`] during an action. Counts the call as a step
    /// of that session, or as a call without one.
    pub(super) async fn open_counted(
        &self,
        client: &DeskClient,
        call: &'static str,
    ) -> Result<Open, Refusal> {
        let open = self.find_open(client).await?;
        self.shared.limiter.count_step(&client.reset, open.as_ref().map(|open| &open.id), call).await?;
        let open = open.ok_or(Refusal::StartAgain)?;
        match &open.session.stage {
            Stage::Acting { .. } => Err(Refusal::InProgress),
            Stage::AwaitingCode | Stage::Checking { .. } | Stage::SignedIn(_) => Ok(open),
        }
    }

    /// Claims the session for one action: of parallel requests one acts, and the others get [`Refusal::InProgress`]. A claim that is
    /// not released ends by itself.
    pub(super) async fn claim(&self, open: &mut Open, signed_in: &SignedIn) -> Result<(), Refusal> {
        let (signed_in, claimed_at) = (signed_in.clone(), self.clock.now());
        self.swap(open, Stage::Acting { signed_in, claimed_at }).await
    }

    /// Until when a session lasts without another action. A longer time could outlast the memory of a freeze that began and was
    /// lifted meanwhile, and the session of a stolen account would go on.
    fn idle_until(&self) -> Timestamp {
        self.clock.now() + self.config.session_idle.min(LIFTED_KEPT_FOR)
    }

    /// Moves the session to a stage as an accepted step, which renews the idle time. [`Refusal::InProgress`] if another
    /// request moved it first.
    pub(super) async fn advance(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.idle_until = self.idle_until();
        self.swap(open, stage).await
    }

    /// Moves the session to a stage and leaves the idle time as it is.
    pub(super) async fn swap(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.stage = stage;
        self.sessions.swap(open).await
    }

    /// Moves the session to a stage under a new random id: an id from before the proof opens nothing after it.
    pub(super) async fn renew(&self, open: &mut Open, stage: Stage) -> Result<(), Refusal> {
        open.session.idle_until = self.idle_until();
        open.session.stage = stage;
        self.sessions.renew(open, SealedSessions::new_id()?).await
    }

    /// The agent of a session, as the directory has it now. Ends the session if the account was removed, disabled or
    /// has expired, its password changed, it was frozen, or it is no agent's any more; a lead who lost that role ends too.
    pub(super) async fn agent(&self, client: &DeskClient, open: &Open) -> Result<Account, Answer> {
        match self.working_agent(open).await? {
            Ok(account) => Ok(account),
            Err(reason) => {
                let event = Event::DeskSessionEnded { reason, from: None };
                self.end(client, open, "", event).await?;
                Err(Answer::ended(Refusal::StartAgain))
            }
        }
    }

    /// The agent of a session; the inner error is why the session ends.
    async fn working_agent(&self, open: &Open) -> Result<Result<Account, DeskSessionEnd>, Refusal> {
        let read = self.directory.read(open.session.agent).await;
        let Some(account) = self.shared.accounts.directory_answered(read)?.filter(may_work) else {
            return Ok(Err(DeskSessionEnd::Closed));
        };
        // Before the password: after a theft the account is frozen and gets a new password.
        if self.shared.accounts.was_frozen_since(account.id, open.session.started()).await? {
            return Ok(Err(DeskSessionEnd::Frozen));
        }
        if account.password_last_set != open.session.password_last_set {
            return Ok(Err(DeskSessionEnd::PasswordChanged));
        }
        let role = self.role_of(account.id).await?;
        let is_same = |lead: bool| open.session.signed_in().map_or(true, |signed_in| signed_in.lead == lead);
        Ok(if role.is_some_and(is_same) { Ok(account) } else { Err(DeskSessionEnd::RoleChanged) })
    }

    /// Ends a session, and records why.
    pub(super) async fn end(
        &self,
        client: &DeskClient,
        open: &Open,
        reference: &str,
        event: Event,
    ) -> Result<(), Refusal> {
        self.sessions.remove(&open.id).await?;
        let context = AuditContext::account(open.session.agent, client.reset.address);
        self.shared.audit.record_after(&context, reference, event).await;
        Ok(())
    }

    /// Whether the account is a lead's; `None` if it is no agent's.
    pub(super) async fn role_of(&self, account: AccountId) -> Result<Option<bool>, Refusal> {
        let member = async |groups: &[String]| {
            let answer = self.directory.is_member(account, groups).await;
            self.shared.accounts.directory_answered(answer)
        };
        if member(&self.config.lead_groups).await? {
            return Ok(Some(true));
        }
        Ok(member(&self.config.groups).await?.then_some(false))
    }

    /// The state of the session, with the caller if there is one.
    pub(super) async fn show(&self, open: &Open) -> Result<ServiceDesk, Refusal> {
        let now = self.clock.now();
        let session = &open.session;
        let (username, expires_in) =
            (Some(session.username.to_string()), Some(seconds_until(session.expires_at(), now)));
        let (step, signed_in) = match &session.stage {
            Stage::AwaitingCode | Stage::Checking { .. } => (DeskStage::Code, SignedIn::default()),
            Stage::SignedIn(signed_in) | Stage::Acting { signed_in, .. } => {
                (DeskStage::Desk, signed_in.clone())
            }
        };
        let caller = match signed_in.call.filter(|call| call.until > now) {
            Some(call) => self.show_caller(&call, session.agent).await?,
            None => None,
        };
        let trail = match &signed_in.reference {
            Some(reference) => Some(self.show_trail(reference).await?),
            None => None,
        };
        let start_codes = match step {
            DeskStage::Desk => self.show_start_codes(session.agent, &signed_in).await?,
            DeskStage::SignIn | DeskStage::Code => Vec::new(),
        };
        let offers_start_codes = step == DeskStage::Desk && self.offers_start_codes();
        Ok(ServiceDesk {
            step,
            username,
            expires_in,
            lead: signed_in.lead,
            caller,
            trail,
            start_codes,
            offers_start_codes,
        })
    }

    /// Stores the session after an accepted step and returns its state.
    pub(super) async fn finish_step(&self, open: &mut Open, signed_in: SignedIn) -> Result<Answer, Answer> {
        self.advance(open, Stage::SignedIn(signed_in)).await?;
        Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
    }
}
