//! Activation of the authenticator app: starts it, and records its completion even if the browser was closed.

use super::mobile_write::WriteRun;
use super::session::{Open, SignInProof, SignInStage, SignedIn};
use super::{Answer, EnrollmentClient, EnrollmentService};
use crate::ports::audit::Event;
use crate::ports::authenticators::{AuthenticatorStatus, StartedActivation};
use crate::ports::directory::{Account, AccountId};
use crate::ports::notifier::NoticeKind;
use crate::ports::records::Record;
use crate::reset::Cookie;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{fault, unavailable};
use app::api::enrollment_state::{Activation, App};
use app::api::refusal::{Reason, Refusal};
use std::net::{IpAddr, Ipv4Addr};

impl EnrollmentService {
    /// Starts the activation of the app. If it replaces an earlier app, the waiting time starts.
    pub(super) async fn activate(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let mut open = self.open_counted(client, "registration activate").await?;
        if !self.authenticators.can_activate() {
            return Err(Refusal::invalid("app", Reason::NotOffered).into());
        }
        let (account, signed_in) = self.authorize_change(&mut open).await?;
        let user = self.shared.accounts.provider_name(&account).ok_or(Refusal::StartAgain)?;
        // The completion of an earlier activation is recorded before the next one starts.
        let status = self.authenticator_status(&account).await?;
        self.record_completed_activations(client.reset.address, &account, &status).await?;
        let replaces = match status.app {
            App::Active | App::Locked | App::Unknown => true,
            App::None | App::Activating => false,
        };
        if !self.record(&account).await?.may_activate() {
            return Err(Refusal::TooMany { retry_after: 24 * 3600 }.into());
        }
        let started = self.authenticators.activate(&user).await;
        let started = started.map_err(|error| unavailable(self.authenticators.name(), &error))?;
        let Some(started) = started else {
            let seen = super::session::Seen { app: App::Unknown, ..signed_in.seen.clone() };
            return self.finish_step(&mut open, SignedIn { seen, activation: None, ..signed_in }).await;
        };
        // Stored before the QR code is shown, so that no activation can be completed that is not in the record.
        let (token, wait) = (started.token.clone(), self.config.waiting_time);
        let changed = self.change_record(&account, |record, now| {
            record.activation_begun(token.clone(), replaces, now, wait);
            Ok(())
        });
        changed.await?;
        if replaces {
            // The app is replaced because the phone was lost or changed; the browser on it is then no longer the owner's.
            self.reset.devices().revoke(account.id).await;
        }
        let context = AuditContext::account(account.id, client.reset.address);
        self.shared.audit.record_after(&context, "", Event::ActivationStarted { replaces }).await;
        let activation = Some((started.token.clone(), activation_details(&started)?));
        self.finish_step(&mut open, SignedIn { activation, ..signed_in }).await
    }

    /// Queries Entrust for the state of the app. The page polls this, so it is rate limited per session.
    pub(super) async fn app(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let Some(mut open) = self.find_open(client).await? else {
            self.shared.limiter.count_step(&client.reset, None, "registration app").await?;
            return Err(Refusal::StartAgain.into());
        };
        let mut signed_in = open.session.signed_in()?.clone();
        self.shared.limiter.count_poll(&open.id).await?;
        let account = self.account(&open).await?;
        let status = self.authenticator_status(&account).await?;
        self.record_completed_activations(client.reset.address, &account, &status).await?;
        signed_in.seen.app = status.app;
        let completed = signed_in.activation.take_if(|(token, _)| status.active.contains(token));
        // To activate the only app of the account in this session proves as much as a code from that app.
        let activated_only_app = completed.is_some() && status.active.len() == 1;
        self.store_status(&mut open, signed_in, activated_only_app).await
    }

    async fn store_status(
        &self,
        open: &mut Open,
        signed_in: SignedIn,
        activated_only_app: bool,
    ) -> Result<Answer, Answer> {
        match (signed_in.proof, activated_only_app) {
            (SignInProof::Password, true) => {
                let signed_in = SignedIn { proof: SignInProof::Code, ..signed_in };
                self.renew(open, SignInStage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Set(open.id.clone())))
            }
            (SignInProof::Password, false) | (SignInProof::Code, _) => {
                // Polling does not extend the session.
                self.swap(open, SignInStage::SignedIn(signed_in)).await?;
                Ok(Answer::ok(self.show(open).await?, Cookie::Keep))
            }
        }
    }

    /// Returns the state of the account's user at Entrust; unknown without a name at the provider.
    pub(super) async fn authenticator_status(
        &self,
        account: &Account,
    ) -> Result<AuthenticatorStatus, Refusal> {
        match self.shared.accounts.provider_name(account) {
            Some(user) => {
                let status = self.authenticators.status(&user).await;
                status.map_err(|error| unavailable(self.authenticators.name(), &error))
            }
            None => Ok(AuthenticatorStatus::unknown()),
        }
    }

    /// Records the activations that were completed, and notifies the account owner.
    ///
    /// An app whose activation was started before a freeze waits like one that replaces another: the person who caused
    /// the freeze may have started it.
    async fn record_completed_activations(
        &self,
        address: IpAddr,
        account: &Account,
        status: &AuthenticatorStatus,
    ) -> Result<(), Refusal> {
        let record = self.record(account).await?;
        for known in &record.activations {
            if !status.active.contains(&known.token) {
                continue;
            }
            let (token, wait) = (&known.token, self.config.waiting_time);
            let was_frozen = self.shared.accounts.was_frozen_since(account.id, known.since).await?;
            let has_others = was_frozen || status.active.iter().any(|active| active != token);
            // Of concurrent requests, only one records the completion.
            let (_, completed) = self
                .change_record(account, |record, now| {
                    Ok(record.complete_activation(token, has_others, now, wait))
                })
                .await?;
            if let Some(notice) = completed {
                let replaced = notice == NoticeKind::AppReplaced;
                if was_frozen {
                    let reference = self.shared.accounts.freeze_reference(account.id).await;
                    tracing::warn!(
                        reference,
                        "app activated despite a freeze: remove it at the code provider unless it is the owner's"
                    );
                }
                let context = AuditContext::account(account.id, address);
                self.shared.audit.record_after(&context, "", Event::Activated { replaced }).await;
            }
        }
        let now = self.clock.now();
        if record.activations.iter().any(|known| known.is_expired(now)) {
            // Entrust was queried after the end of their lifetime, so they will not be completed any more.
            self.change_existing_record(account.id, Record::remove_expired_activations).await?;
        }
        self.send_pending_notices(account).await
    }

    /// Records the activations that were completed after the browser was closed, and sends the pending notices: the
    /// account owner is notified despite a closed browser or a crash. Called every minute, and once an hour with
    /// `hourly`: older activations are checked less often, see [`is_check_due`](crate::ports::records::Activation::is_check_due). Writes the numbers whose waiting time has ended to other systems.
    pub async fn settle_all(&self, hourly: bool) {
        let mut after = None;
        let mut writes = WriteRun::default();
        loop {
            let page = match self.records.page(after, 500).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "store unavailable: activations not checked"
                    );
                    return;
                }
            };
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            let now = self.clock.now();
            for (id, stored) in &page {
                let record = &stored.record;
                let withdraw = self.has_activation_to_withdraw(*id, record).await;
                let check_app =
                    withdraw || record.activations.iter().any(|known| known.is_check_due(now, hourly));
                if check_app || !record.pending_notices.is_empty() {
                    // A failure is retried at the next run and does not delay the other accounts.
                    let _result = self.settle_account(*id, check_app, withdraw).await;
                }
                self.settle_mobile_write(*id, record, &mut writes).await;
            }
        }
        Self::report_mobile_writes(writes);
    }

    async fn settle_account(&self, id: AccountId, check_app: bool, withdraw: bool) -> Result<(), Refusal> {
        let read = self.directory.read(id).await;
        let Some(account) = self.shared.accounts.directory_answered(read)? else { return Ok(()) };
        if !check_app {
            return self.send_pending_notices(&account).await;
        }
        let status = self.authenticator_status(&account).await?;
        self.record_completed_activations(IpAddr::V4(Ipv4Addr::UNSPECIFIED), &account, &status).await?;
        if withdraw { self.withdraw_activations(&account).await } else { Ok(()) }
    }

    /// Whether an activation was started before a freeze of the account, which may be lifted by now. An unavailable store
    /// is reported by the other steps of the run, and the next run repeats this.
    async fn has_activation_to_withdraw(&self, id: AccountId, record: &Record) -> bool {
        let Some(since) = record.activations.iter().map(|known| known.since).min() else { return false };
        self.shared.accounts.was_frozen_since(id, since).await.unwrap_or(false)
    }

    /// Withdraws the activations that were started before a freeze and not completed. One that was completed meanwhile
    /// remains in the record, and the next run records it.
    async fn withdraw_activations(&self, account: &Account) -> Result<(), Refusal> {
        let Some(user) = self.shared.accounts.provider_name(account) else { return Ok(()) };
        let mut outcome = Ok(());
        for known in self.record(account).await?.activations {
            if !self.shared.accounts.was_frozen_since(account.id, known.since).await? {
                continue;
            }
            let withdrawn = match self.authenticators.withdraw_activation(&user, &known.token).await {
                Ok(withdrawn) => withdrawn,
                // The others are withdrawn all the same, and the next run tries this one again.
                Err(error) => {
                    outcome = Err(unavailable(self.authenticators.name(), &error));
                    continue;
                }
            };
            if withdrawn {
                self.change_existing_record(account.id, |record, _| {
                    record.activations.retain(|other| other.token != known.token);
                })
                .await?;
            }
        }
        outcome
    }
}

/// Returns what the browser shows: the link, the QR code and the password.
fn activation_details(started: &StartedActivation) -> Result<Activation, Refusal> {
    let qr = crate::qr::draw(&started.scan)
        .map_err(|error| fault("an activation cannot be drawn as a QR code", &error))?;
    Ok(Activation {
        link: started.link.to_string(),
        qr,
        password: started.password.as_ref().map(|password| password.to_string()),
    })
}
