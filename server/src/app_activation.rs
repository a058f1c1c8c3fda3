//! Activation of the authenticator app: starts it, and records its completion even if the browser was closed. The registration,
//! the start codes and the action `activate` of the service desk use it.

use crate::account_records::AccountRecords;
use crate::enrollment::record::OtherApps;
use crate::ports::audit::Event;
use crate::ports::authenticators::{AuthenticatorStatus, Authenticators, StartedActivation};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId};
use crate::ports::notifier::NoticeKind;
use crate::ports::records::Record;
use crate::reset::audit::AuditContext;
use crate::reset::failure::{fault, unavailable};
use crate::reset::known_devices::KnownDevices;
use crate::reset::{ServiceDeps, SharedComponents};
use app::api::enrollment_state::{Activation, App};
use app::api::refusal::{Reason, Refusal};
use jiff::{SignedDuration, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;

/// Who starts an activation, and what was proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ActivationOrigin {
    /// The registration: the password was proven, and the code of the app if there is one.
    Registration,
    /// A start code of the service desk.
    StartCode {
        /// A lead has seen who the employee is.
        identity_seen: bool,
    },
    /// The service desk, for a caller who was verified.
    ServiceDesk,
}

/// An activation that was started and whose link reached no one yet.
pub(crate) struct Begun {
    token: String,
    replaces: bool,
    pub(crate) activation: Activation,
    /// The waiting time of the app before the start and after it.
    previous: Option<Timestamp>,
    usable_from: Option<Timestamp>,
}

/// Starts activations and records their completion.
pub(crate) struct AppActivation {
    records: AccountRecords,
    authenticators: Arc<dyn Authenticators>,
    clock: Arc<dyn Clock>,
    shared: SharedComponents,
    devices: Arc<KnownDevices>,
    waiting_time: SignedDuration,
}

impl AppActivation {
    /// `waiting_time` is how long an account with another app cannot reset.
    pub(crate) fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        devices: &Arc<KnownDevices>,
        waiting_time: SignedDuration,
    ) -> Self {
        Self {
            records: AccountRecords::new(deps),
            authenticators: Arc::clone(&deps.authenticators),
            clock: Arc::clone(&deps.clock),
            shared: shared.clone(),
            devices: Arc::clone(devices),
            waiting_time,
        }
    }

    /// Whether activations can be started: this needs credentials at the provider.
    pub(crate) fn is_offered(&self) -> bool {
        self.authenticators.can_activate()
    }

    /// Starts an activation whose link is shown at once; see [`AppActivation::begin`]. Returns its token, and what the browser shows.
    pub(crate) async fn start(
        &self,
        address: IpAddr,
        account: &Account,
        origin: ActivationOrigin,
    ) -> Result<Option<(String, Activation)>, Refusal> {
        let Some(begun) = self.begin(address, account, origin).await? else { return Ok(None) };
        self.handed_out(address, account, &begun).await;
        Ok(Some((begun.token, begun.activation)))
    }

    /// Starts an activation. If it replaces an earlier app, the waiting time starts, unless the service desk has seen who the
    /// person is. `None` if the provider does not have the user, or an administrator disabled it there.
    pub(crate) async fn begin(
        &self,
        address: IpAddr,
        account: &Account,
        origin: ActivationOrigin,
    ) -> Result<Option<Begun>, Refusal> {
        if !self.is_offered() {
            return Err(Refusal::invalid("app", Reason::NotOffered));
        }
        let user = self.shared.accounts.provider_name(account).ok_or(Refusal::StartAgain)?;
        // The completion of an earlier activation is recorded before the next one starts.
        let status = self.status(account).await?;
        self.record_completed(address, account, &status).await?;
        let replaces = match (origin, status.app) {
            // Also without an app at the provider, where an administrator may have removed the stolen one: a first app needs no
            // wait only because the password was proven.
            (ActivationOrigin::StartCode { .. } | ActivationOrigin::ServiceDesk, _)
            | (ActivationOrigin::Registration, App::Active | App::Locked | App::Unknown) => true,
            (ActivationOrigin::Registration, App::None | App::Activating) => false,
        };
        let identity_seen = matches!(origin, ActivationOrigin::StartCode { identity_seen: true });
        if !self.records.find(account.id).await?.may_activate() {
            return Err(Refusal::TooMany { retry_after: 24 * 3600 });
        }
        let started = self.authenticators.activate(&user).await;
        let started = started.map_err(|error| unavailable(self.authenticators.name(), &error))?;
        let Some(started) = started else { return Ok(None) };
        let activation = details(&started)?;
        // Stored before the QR code is shown, so that no activation can be completed that is not in the record.
        let token = started.token;
        let wait = (!identity_seen).then_some(self.waiting_time);
        let changed = self.records.change(account.id, |record, now| {
            record.activation_begun(token.clone(), replaces, now, wait);
            Ok(record.app_usable_from)
        });
        let (previous, usable_from) = changed.await?;
        Ok(Some(Begun { token, replaces, activation, previous: previous.app_usable_from, usable_from }))
    }

    /// Ends the start of an activation whose link is on its way.
    pub(crate) async fn handed_out(&self, address: IpAddr, account: &Account, begun: &Begun) {
        let replaces = begun.replaces;
        if replaces {
            // The app is replaced because the phone was lost or changed; the browser on it is then no longer the owner's.
            self.devices.revoke(account.id).await;
        }
        let context = AuditContext::account(account.id, address);
        self.shared.audit.record_after(&context, "", Event::ActivationStarted { replaces }).await;
    }

    /// Takes back an activation whose link could not be sent: nothing came of it, so resets do not wait for it either.
    pub(crate) async fn take_back(&self, account: &Account, begun: &Begun) {
        let withdrawn = match self.shared.accounts.provider_name(account) {
            Some(user) => self.authenticators.withdraw_activation(&user, &begun.token).await,
            None => Ok(false),
        };
        // The failure is logged and counted; the token stays in the record, so that its completion would be noticed.
        let withdrawn = withdrawn.map_err(|error| unavailable(self.authenticators.name(), &error));
        let is_withdrawn = withdrawn.unwrap_or(false);
        let changed = self.records.change_existing(account.id, |record, _| {
            record.activation_taken_back(&begun.token, is_withdrawn, begun.usable_from, begun.previous);
        });
        // The failure is logged; the waiting time stays, which is the safe side.
        drop(changed.await);
    }

    /// Returns the state of the account's user at the provider, after completed activations were recorded.
    pub(crate) async fn observe(
        &self,
        address: IpAddr,
        account: &Account,
    ) -> Result<AuthenticatorStatus, Refusal> {
        let status = self.status(account).await?;
        self.record_completed(address, account, &status).await?;
        Ok(status)
    }

    /// Returns the state of the account's user at the provider; unknown without a name there.
    pub(crate) async fn status(&self, account: &Account) -> Result<AuthenticatorStatus, Refusal> {
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
    async fn record_completed(
        &self,
        address: IpAddr,
        account: &Account,
        status: &AuthenticatorStatus,
    ) -> Result<(), Refusal> {
        let record = self.records.find(account.id).await?;
        for known in &record.activations {
            if !status.active.contains(&known.token) {
                continue;
            }
            let (token, waiting_time) = (&known.token, self.waiting_time);
            let was_frozen = self.shared.accounts.was_frozen_since(account.id, known.since).await?;
            let others = if was_frozen {
                OtherApps::Distrusted
            } else if status.active.iter().any(|active| active != token) {
                OtherApps::Active
            } else {
                OtherApps::None
            };
            // Of concurrent requests, only one records the completion.
            let (_, completed) = self
                .records
                .change(account.id, |record, now| {
                    Ok(record.complete_activation(token, others, now, waiting_time))
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
            // The provider was queried after the end of their lifetime, so they will not be completed any more.
            self.records.change_existing(account.id, Record::remove_expired_activations).await?;
        }
        self.records.send_pending_notices(account).await
    }

    /// Whether an activation was started before a freeze of the account, which may be lifted by now. An unavailable store
    /// is reported by the other steps of the run, and the next run repeats this.
    pub(crate) async fn has_one_to_withdraw(&self, id: AccountId, record: &Record) -> bool {
        let Some(since) = record.activations.iter().map(|known| known.since).min() else { return false };
        self.shared.accounts.was_frozen_since(id, since).await.unwrap_or(false)
    }

    /// Withdraws the activations that were started before a freeze and not completed. One that was completed meanwhile
    /// remains in the record, and the next run records it.
    pub(crate) async fn withdraw(&self, account: &Account) -> Result<(), Refusal> {
        let Some(user) = self.shared.accounts.provider_name(account) else { return Ok(()) };
        let mut outcome = Ok(());
        for known in self.records.find(account.id).await?.activations {
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
                self.records
                    .change_existing(account.id, |record, _| {
                        record.activations.retain(|other| other.token != known.token);
                    })
                    .await?;
            }
        }
        outcome
    }
}

/// Returns what the browser shows: the link, the QR code and the password.
fn details(started: &StartedActivation) -> Result<Activation, Refusal> {
    let qr = crate::qr::draw(&started.scan)
        .map_err(|error| fault("an activation cannot be drawn as a QR code", &error))?;
    Ok(Activation {
        link: started.link.to_string(),
        qr,
        password: started.password.as_ref().map(|password| password.to_string()),
    })
}
