//! What an agent can do for a verified caller. Each action is in the audit log, with the agent, before it is done.

use super::session::{AcceptedCall, SignedIn, Stage};
use super::{Answer, DeskClient, ServiceDeskService};
use crate::app_activation::ActivationOrigin;
use crate::freeze::FreezeOutcome;
use crate::mobile::Mobile;
use crate::ports::audit::Event;
use crate::ports::directory::{Account, AccountId, Eligibility};
use crate::ports::frozen_accounts::FreezeOrigin;
use crate::ports::notifier::{ActivationLink, Channel, NoticeKind};
use crate::ports::store::StoreError;
use crate::record_values;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{store_unavailable, unavailable};
use crate::reset::rate_limit::network;
use app::api::refusal::{Reason, Refusal};
use app::api::service_desk_state::DeskAction;
use app::domain::raw_input::RawInput;

impl ServiceDeskService {
    /// Carries out an action for the caller.
    pub(super) async fn act(&self, client: &DeskClient, action: &RawInput) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "service desk act").await?;
        let signed_in = open.session.signed_in()?.clone();
        let not_offered = || Answer::from(Refusal::invalid("action", Reason::NotOffered));
        let action = DeskAction::from_name(action.expose()).ok_or_else(not_offered)?;
        let now = self.clock.now();
        let call = signed_in.call.filter(|call| call.until > now).ok_or_else(not_offered)?;
        let agent = self.agent(client, &open).await?.id;
        let read = self.directory.read(call.account).await;
        let account = self.shared.accounts.directory_answered(read)?;
        let account = account.filter(|account| account.eligibility == Eligibility::Eligible);
        let account = account.ok_or_else(not_offered)?;
        let is_frozen = self.shared.accounts.is_frozen(Some(&account)).await?;
        let is_offered = match action {
            DeskAction::Unfreeze => signed_in.lead,
            DeskAction::Freeze => true,
            // Nothing about a frozen account changes until a lead lifts the freeze.
            DeskAction::Clear => !is_frozen,
            // The owner of an account of high impact has a day to react, also to an unlock.
            DeskAction::Unlock => !is_frozen && !account.high_impact,
            DeskAction::Activate => !is_frozen && self.activation_number(&account).await?.is_some(),
        };
        if !is_offered || !self.may_act_on(agent, &account).await? {
            return Err(not_offered());
        }
        self.claim(&mut open, &signed_in).await?;
        if let Err(refusal) = self.announce_and_carry_out(client, agent, &account, action).await {
            // The failure of the store is logged, and the claim ends by itself.
            drop(self.swap(&mut open, Stage::SignedIn(signed_in)).await);
            return Err(refusal.into());
        }
        metrics::counter!("service_desk_actions_total", "action" => action.name()).increment(1);
        let call = AcceptedCall { done: Some(action), ..call };
        self.finish_step(&mut open, SignedIn { call: Some(call), ..signed_in }).await
    }

    async fn announce_and_carry_out(
        &self,
        client: &DeskClient,
        agent: AccountId,
        account: &Account,
        action: DeskAction,
    ) -> Result<(), Refusal> {
        // Before the entry: what the limit refuses was not about to be done.
        let counted = match action {
            DeskAction::Clear => Some(self.limits.count_cleared(account.id).await?),
            DeskAction::Activate => Some(self.limits.count_activation(account.id).await?),
            DeskAction::Unlock | DeskAction::Freeze | DeskAction::Unfreeze => None,
        };
        let (agent, name) = (self.pseudonym(agent), action.name().to_owned());
        let event = Event::DeskActed { agent: agent.clone(), action: name.clone() };
        let recorded = self.record(client, account.id, event).await;
        let outcome = match &recorded {
            Ok(()) => self.carry_out(client, account, action).await,
            Err(_) => recorded.clone(),
        };
        if let Err(refusal) = &outcome {
            // A link may have left before the failure.
            if let Some(counted) = counted.filter(|_| recorded.is_err() || action == DeskAction::Clear) {
                self.limits.release(counted).await;
            }
            if recorded.is_ok() {
                // The others have a line of their own, with the cause.
                if !matches!(refusal, Refusal::Unavailable { .. } | Refusal::Fault { .. }) {
                    let (action, refusal) = (action.name(), refusal.name());
                    tracing::info!(action, refusal, "service desk: announced action not carried out");
                }
                let context = AuditContext::account(account.id, client.reset.address);
                let event = Event::DeskFailed { agent, action: name };
                self.shared.audit.record_after(&context, "", event).await;
            }
        }
        outcome
    }

    async fn carry_out(
        &self,
        client: &DeskClient,
        account: &Account,
        action: DeskAction,
    ) -> Result<(), Refusal> {
        let network = network(client.reset.address);
        let reference = crate::random::reference()?;
        match action {
            DeskAction::Unlock => {
                let unlocked = self.directory.unlock(account).await;
                unlocked.map_err(|error| unavailable("directory", &error))?;
                // Of an account that was not locked nothing has changed.
                if account.locked {
                    self.notify.notify(account, NoticeKind::AccountUnlocked, &reference).await;
                }
                Ok(())
            }
            DeskAction::Freeze => {
                let frozen =
                    self.freeze.freeze(account.id, FreezeOrigin::ServiceDesk, reference, &network).await;
                match frozen.map_err(|error| store_unavailable(&error))? {
                    FreezeOutcome::Frozen(_) | FreezeOutcome::AlreadyFrozen(_) => Ok(()),
                }
            }
            DeskAction::Unfreeze => {
                let wait = self.config.waiting_time;
                let lifted = self.freeze.unfreeze_for_caller(account, &reference, &network, wait).await;
                lifted.map_err(|error| store_unavailable(&error)).map(drop)
            }
            DeskAction::Activate => self.send_activation(client, account, &reference).await,
            DeskAction::Clear => {
                let cleared = self.shared.clear_failures(account.id).await;
                cleared.map_err(|error| store_unavailable(&error))
            }
        }
    }

    /// Starts an activation of the app and sends its link to the caller's own phone; the agent does not see it. As for every app
    /// that replaces another, resets wait. The owner is notified before, with the link that freezes the account.
    async fn send_activation(
        &self,
        client: &DeskClient,
        account: &Account,
        reference: &str,
    ) -> Result<(), Refusal> {
        let not_offered = || Refusal::invalid("action", Reason::NotOffered);
        let number = self.activation_number(account).await?.ok_or_else(not_offered)?;
        if !self.notify.notify(account, NoticeKind::ActivationSent, reference).await {
            return Err(store_unavailable(&StoreError::new("queue a notice", "the log has the cause")));
        }
        let address = client.reset.address;
        let begun = self.activation.begin(address, account, ActivationOrigin::ServiceDesk).await?;
        let begun = begun.ok_or_else(not_offered)?;
        let (link, password) = (&*begun.activation.link, begun.activation.password.as_deref());
        let link = ActivationLink { link, password };
        if let Err(error) = self.notifier.send_activation(account.id, &number, &link, self.clock.now()).await
        {
            self.activation.take_back(account, &begun).await;
            return Err(unavailable("sms", &error));
        }
        self.activation.handed_out(address, account, &begun).await;
        Ok(())
    }

    /// The number that gets the link: the registered one, unless it was changed so recently that it cannot be used yet. `None` if
    /// no link can be sent, and for accounts of high impact.
    pub(super) async fn activation_number(&self, account: &Account) -> Result<Option<Mobile>, Refusal> {
        if account.high_impact || !self.activation.is_offered() || !self.notifier.supports(Channel::Sms) {
            return Ok(None);
        }
        let record = self.records.find(account.id).await?;
        let usable = record.mobile.filter(|mobile| mobile.usable_from <= self.clock.now());
        Ok(usable.and_then(|mobile| record_values::open(&self.keys, account.id, &mobile.value)))
    }
}
