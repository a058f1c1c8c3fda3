//! Activates the app on another phone, for an employee who was verified with a start code of the service desk. Resets wait
//! afterwards, unless a lead of the service desk has seen who the employee is.

use super::known_devices::KnownDevices;
use super::lookup::AccountLookup;
use super::rate_limit::RateLimiter;
use super::session::{Open, ResetSessions};
use super::state::Stage;
use super::state::new_app::{Linked, NewApp, Started};
use super::{Answer, ClientContext, Cookie, ServiceDeps, SharedComponents};
use crate::account_records::AccountRecords;
use crate::app_activation::{ActivationOrigin, AppActivation};
use crate::ports::directory::{Account, Directory, Eligibility};
use app::api::refusal::{Reason, Refusal};
use jiff::SignedDuration;
use std::sync::Arc;

/// Activates the app on another phone.
pub(super) struct NewAppActivation {
    sessions: Arc<ResetSessions>,
    limiter: Arc<RateLimiter>,
    accounts: Arc<AccountLookup>,
    directory: Arc<dyn Directory>,
    activation: AppActivation,
    records: AccountRecords,
}

impl NewAppActivation {
    /// `waiting_time` is how long an account with another app cannot reset.
    pub(super) fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        sessions: &Arc<ResetSessions>,
        devices: &Arc<KnownDevices>,
        waiting_time: SignedDuration,
    ) -> Self {
        Self {
            sessions: Arc::clone(sessions),
            limiter: Arc::clone(&shared.limiter),
            accounts: Arc::clone(&shared.accounts),
            directory: Arc::clone(&deps.directory),
            activation: AppActivation::new(deps, shared, devices, waiting_time),
            records: AccountRecords::new(deps),
        }
    }

    /// Starts the activation, also once more: an earlier one that was not completed can be lost with the page.
    pub(super) async fn activate(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let mut open = self.sessions.open_counted(client, &self.limiter, "activate").await?;
        let new_app = stage_of(&open)?;
        if new_app.linked().is_some() {
            return Ok(self.sessions.show(&open, Cookie::Keep));
        }
        let account = self.account(&open, &new_app).await?;
        let origin = ActivationOrigin::StartCode { identity_seen: new_app.identity_seen() };
        let started = self.activation.start(client.address, &account, origin).await?;
        let (token, activation) = started.ok_or_else(|| Refusal::invalid("app", Reason::NotOffered))?;
        let stage = Stage::NewApp(new_app.with_activation(Started { token, activation }));
        self.sessions.advance(&mut open, stage).await?;
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// Queries the code provider for the state of the app. The page polls this, so it is rate limited per session.
    pub(super) async fn app(&self, client: &ClientContext) -> Result<Answer, Answer> {
        let Some(mut open) = self.sessions.find_open(client).await? else {
            self.limiter.count_step(client, None, "app").await?;
            return Err(Refusal::StartAgain.into());
        };
        self.limiter.count_poll(&open.id).await?;
        let new_app = stage_of(&open)?;
        let Some(started) = new_app.started() else { return Ok(self.sessions.show(&open, Cookie::Keep)) };
        let account = self.account(&open, &new_app).await?;
        let status = self.activation.observe(client.address, &account).await?;
        if !status.active.contains(&started.token) {
            return Ok(self.sessions.show(&open, Cookie::Keep));
        }
        let usable_from = self.records.find(account.id).await?.usable_from();
        let stage = Stage::NewApp(new_app.with_linked(Linked { usable_from }));
        self.sessions.advance(&mut open, stage).await?;
        Ok(self.sessions.show(&open, Cookie::Keep))
    }

    /// The account as the directory has it now. Ends the session if the account is no longer eligible, or was frozen since the
    /// start code was verified.
    async fn account(&self, open: &Open, new_app: &NewApp) -> Result<Account, Refusal> {
        let read = self.directory.read(new_app.account()).await;
        let account = self.accounts.directory_answered(read)?;
        if let Some(account) = account.filter(|account| account.eligibility == Eligibility::Eligible)
            && !self.accounts.was_frozen_since(account.id, new_app.since()).await?
        {
            return Ok(account);
        }
        self.sessions.remove(&open.id).await?;
        Err(Refusal::StartAgain)
    }
}

fn stage_of(open: &Open) -> Result<NewApp, Refusal> {
    match &open.session.stage {
        Stage::NewApp(new_app) => Ok(new_app.clone()),
        Stage::Identified(_)
        | Stage::AwaitingCode(_)
        | Stage::Checking(_)
        | Stage::Verified(_)
        | Stage::Waiting(_)
        | Stage::Called(_)
        | Stage::Writing(_)
        | Stage::Finished(_) => Err(Refusal::StartAgain),
    }
}
