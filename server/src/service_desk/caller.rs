//! Accepts the call code of a caller: the page shows that the caller is proven, or that the caller is not, nothing in between.

use super::session::{AcceptedCall, CALL_LIFETIME};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::audit::Event;
use crate::ports::call_codes::Call;
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::reset::audit::AuditContext;
use crate::reset::call::digest;
use crate::reset::failure::store_unavailable;
use crate::reset::state::projection::seconds_until;
use app::api::refusal::Refusal;
use app::api::service_desk_state::Caller;
use app::domain::call_code::CallCode;
use app::domain::raw_input::RawInput;

impl ServiceDeskService {
    /// Accepts a call code once.
    pub(super) async fn caller(&self, client: &DeskClient, typed: &RawInput) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk caller").await?;
        let signed_in = open.session.signed_in()?.clone();
        let call_code =
            CallCode::parse(typed.expose()).map_err(|error| Refusal::invalid("call_code", error))?;
        let agent = self.agent(&open).await?.id;
        // Before the code is looked up, so that codes cannot be tried.
        let attempt = self.limits.count_call_code(client, agent).await?;
        let taken = self.calls.take_call(digest(&self.keys, &call_code), self.clock.now()).await;
        let call = taken.map_err(|error| store_unavailable(&error))?;
        let proven = match call {
            Some(call) if call.account != agent => self.may_be_helped(&call).await?.then_some(call),
            Some(_) | None => None,
        };
        let Some(call) = proven else {
            let context = AuditContext::account(agent, client.reset.address);
            let reference = crate::random::reference()?;
            let event = Event::CallCodeRefused { agent: self.pseudonym(agent) };
            self.shared.audit.record_after(&context, &reference, event).await;
            metrics::counter!("service_desk_call_codes_total", "outcome" => "refused").increment(1);
            return Err(Refusal::NotVerified { reference, attempts_left: attempt.left }.into());
        };
        let event = Event::CallerVerified { agent: self.pseudonym(agent) };
        self.record(client, call.account, event).await?;
        self.limits.release(attempt).await;
        metrics::counter!("service_desk_call_codes_total", "outcome" => "accepted").increment(1);
        let until = self.clock.now() + CALL_LIFETIME;
        let accepted =
            AcceptedCall { account: call.account, verified_at: call.verified_at, until, done: None };
        // What was looked up before may be about someone else.
        let signed_in = super::session::SignedIn { call: Some(accepted), reference: None, ..signed_in };
        self.finish_step(&mut open, signed_in).await
    }

    /// Whether the account of a call may still be helped: it exists, may use the reset, and no agent's lead owns it.
    async fn may_be_helped(&self, call: &Call) -> Result<bool, Refusal> {
        let read = self.directory.read(call.account).await;
        let account = self.shared.accounts.directory_answered(read)?;
        Ok(account.is_some_and(|account| account.eligibility == Eligibility::Eligible))
    }

    /// Ends the call.
    pub(super) async fn end_call(&self, client: &DeskClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk end call").await?;
        let signed_in = open.session.signed_in()?.clone();
        self.agent(&open).await?;
        let signed_in = super::session::SignedIn { call: None, reference: None, ..signed_in };
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
            frozen_since: frozen.map(|freeze| rfc3339_local(freeze.since)),
            // Not offered yet: an activation would have to be sent to the caller's own device.
            may_activate: false,
            may_clear: self.limits.may_clear(account.id).await?,
            events: self.events_of(&account).await?,
            done: call.done,
        }))
    }

    /// Whether an agent may act on this account: not on the own one, and not on a lead's.
    pub(super) async fn may_act_on(&self, agent: AccountId, account: &Account) -> Result<bool, Refusal> {
        Ok(agent != account.id && self.role_of(account.id).await? != Some(true))
    }
}
