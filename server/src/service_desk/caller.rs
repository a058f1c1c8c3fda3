//! Accepts the call code of a caller: the page shows that the caller is proven, or that the caller is not, nothing in between.

use super::session::{AcceptedCall, CALL_LIFETIME, Open, SignedIn, Stage};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::Event;
use crate::ports::call_codes::{Call, CallCodeDigest};
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::call::digest;
use crate::reset::failure::store_unavailable;
use crate::reset::state::projection::seconds_until;
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::Caller;
use app::domain::call_code::CallCode;
use app::domain::raw_input::RawInput;
use std::error::Error;

/// Why a call was not accepted.
enum NotAccepted {
    /// The session certainly has no caller.
    Certain(Refusal),
    /// The session may have the caller.
    Unknown(Refusal),
}

impl From<Refusal> for NotAccepted {
    fn from(refusal: Refusal) -> Self {
        Self::Certain(refusal)
    }
}

impl ServiceDeskService {
    /// Accepts a call code once.
    pub(super) async fn caller(&self, client: &DeskClient, typed: &RawInput) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk caller").await?;
        let signed_in = open.session.signed_in()?.clone();
        let call_code =
            CallCode::parse(typed.expose()).map_err(|error| Refusal::invalid("call_code", error))?;
        let agent = self.agent(client, &open).await?.id;
        // Before the code is looked up, so that codes cannot be tried.
        let attempt = self.limits.count_call_code(client, agent).await?;
        let code = digest(&self.keys, &call_code);
        let taken = self.calls.take_call(code, self.clock.now()).await;
        let Some(call) = taken.map_err(|error| store_unavailable(&error))? else {
            return Err(self.refuse_call_code(client, agent, attempt.left).await);
        };
        if call.account == agent {
            // A colleague may still accept it. The agent's own browser shows it, so the answer reveals nothing.
            self.restore(code, &call).await;
            self.refuse_call_code(client, agent, attempt.left).await;
            return Err(Refusal::invalid("call_code", Reason::NotOffered).into());
        }
        match self.accept(client, agent, call, &mut open, signed_in).await {
            Ok(true) => {}
            Ok(false) => return Err(self.refuse_call_code(client, agent, attempt.left).await),
            Err(refusal) => {
                // Not accepted: the caller needs no new code when the agent tries again. After an error of the store it is unknown
                // whether the session was stored, and a code is never accepted twice.
                if !matches!(refusal, NotAccepted::Unknown(_)) {
                    self.restore(code, &call).await;
                    self.limits.release(attempt).await;
                }
                let (NotAccepted::Certain(refusal) | NotAccepted::Unknown(refusal)) = refusal;
                return Err(refusal.into());
            }
        }
        self.limits.release(attempt).await;
        metrics::counter!("service_desk_call_codes_total", "outcome" => "accepted").increment(1);
        Ok(Answer::ok(self.show(&open).await?, Cookie::Keep))
    }

    /// Stores a call in the session of the agent; `false` if its account may not be helped.
    async fn accept(
        &self,
        client: &DeskClient,
        agent: AccountId,
        call: Call,
        open: &mut Open,
        signed_in: SignedIn,
    ) -> Result<bool, NotAccepted> {
        if !self.may_be_helped(&call).await? {
            return Ok(false);
        }
        let event = Event::CallerVerified { agent: self.pseudonym(agent) };
        self.record(client, call.account, event).await?;
        let until = self.clock.now() + CALL_LIFETIME;
        let accepted =
            AcceptedCall { account: call.account, verified_at: call.verified_at, until, done: None };
        // What was looked up before may be about someone else.
        let signed_in = SignedIn { call: Some(accepted), reference: None, ..signed_in };
        match self.advance(open, Stage::SignedIn(signed_in)).await {
            Ok(()) => Ok(true),
            // Another request of the session was first, so this one changed nothing.
            Err(Refusal::InProgress) => Err(NotAccepted::Certain(Refusal::InProgress)),
            Err(refusal) => Err(NotAccepted::Unknown(refusal)),
        }
    }

    /// Lets a code that was not accepted be accepted later.
    async fn restore(&self, code: CallCodeDigest, call: &Call) {
        if let Err(error) = self.calls.restore_call(code, call).await {
            tracing::warn!(
                error = &error as &dyn Error,
                "call code not restored: the caller needs a new one"
            );
        }
    }

    /// The refusal of a call code that is wrong, used, too old, the agent's own, or of an account that may not be helped.
    async fn refuse_call_code(&self, client: &DeskClient, agent: AccountId, attempts_left: u32) -> Answer {
        let context = AuditContext::account(agent, client.reset.address);
        let reference = match crate::random::reference() {
            Ok(reference) => reference,
            Err(fault) => return fault.into(),
        };
        let event = Event::CallCodeRefused { agent: self.pseudonym(agent) };
        self.shared.audit.record_after(&context, &reference, event).await;
        metrics::counter!("service_desk_call_codes_total", "outcome" => "refused").increment(1);
        Refusal::NotVerified { reference, attempts_left }.into()
    }

    /// Whether the account of a call may still be helped: it exists and may use the reset.
    async fn may_be_helped(&self, call: &Call) -> Result<bool, Refusal> {
        let read = self.directory.read(call.account).await;
        let account = self.shared.accounts.directory_answered(read)?;
        Ok(account.is_some_and(|account| account.eligibility == Eligibility::Eligible))
    }

    /// Ends the call.
    pub(super) async fn end_call(&self, client: &DeskClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk end call").await?;
        let signed_in = open.session.signed_in()?.clone();
        self.agent(client, &open).await?;
        let signed_in = SignedIn { call: None, reference: None, ..signed_in };
        self.finish_step(&mut open, signed_in).await
    }

    /// The caller as the agent sees them; `None` if the account is gone or may not be helped any more.
    pub(super) async fn show_caller(
        &self,
        call: &AcceptedCall,
        agent: AccountId,
    ) -> Result<Option<Caller>, Refusal> {
        let read = self.directory.read(call.account).await;
        let account = self.shared.accounts.directory_answered(read)?;
        let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible) else {
            return Ok(None);
        };
        let frozen = self.frozen.find_freeze(account.id).await.map_err(|error| store_unavailable(&error))?;
        let may_act = self.may_act_on(agent, &account).await?;
        Ok(Some(Caller {
            name: if account.display_name.is_empty() {
                account.login.clone()
            } else {
                account.display_name.clone()
            },
            username: account.login.clone(),
            verified_at: rfc3339_local(call.verified_at),
            expires_in: seconds_until(call.until, self.clock.now()),
            may_act,
            locked: account.locked,
            may_unlock: frozen.is_none() && !account.high_impact,
            may_activate: frozen.is_none() && self.activation_number(&account).await?.is_some(),
            may_clear: frozen.is_none() && self.limits.may_clear(account.id).await?,
            frozen_since: frozen.map(|freeze| rfc3339_local(freeze.since)),
            events: self.events_of(&account).await?,
            done: call.done,
        }))
    }

    /// Whether an agent may act on this account: not on the own one, and not on a lead's.
    pub(super) async fn may_act_on(&self, agent: AccountId, account: &Account) -> Result<bool, Refusal> {
        Ok(agent != account.id && self.role_of(account.id).await? != Some(true))
    }
}
