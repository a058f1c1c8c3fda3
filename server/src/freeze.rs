//! Freezing of accounts: the password of a frozen account is not reset, and its registered values are not changed,
//! until the service desk lifts the freeze.
//!
//! The owner freezes the account with the one-time link of a notice («Dit was ik niet»), an operator with the command
//! `freeze`, and an agent of the service desk for a verified caller. The command `unfreeze` and a lead of the service desk lift it;
//! the owner is notified.
//!
//! | module | content |
//! |---|---|
//! | [`link`] | the secret in the link of a notice |
//! | [`pending_changes`] | cancels what an account has pending when it is frozen |

pub mod link;
pub mod pending_changes;

use crate::crypto::Keyring;
use crate::ports::audit::{Audit, AuditEntry, Event};
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Directory};
use crate::ports::frozen_accounts::{Freeze, FreezeLink, FreezeOrigin, FrozenAccounts, LinkUse};
use crate::ports::notifier::{NoticeKind, Notifier};
use crate::ports::records::Records;
use crate::ports::store::StoreError;
use crate::reset::ServiceDeps;
use crate::reset::notify::OwnerNotifier;
use jiff::SignedDuration;
use link::LinkToken;
use std::error::Error;
use std::sync::Arc;
use tracing::{error, warn};

/// The result of a freeze.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreezeOutcome {
    /// The account is frozen now.
    Frozen(Freeze),
    /// The account was frozen before; that freeze remains.
    AlreadyFrozen(Freeze),
}

/// What a link can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It freezes its account.
    Usable,
    /// Its account is frozen.
    AlreadyFrozen,
    /// It never existed, has expired, or became invalid when a later freeze was lifted.
    Invalid,
}

/// Freezes accounts and lifts freezes.
pub struct FreezeService {
    directory: Arc<dyn Directory>,
    frozen: Arc<dyn FrozenAccounts>,
    records: Arc<dyn Records>,
    notifier: Arc<dyn Notifier>,
    notify: OwnerNotifier,
    audit: Arc<dyn Audit>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

impl FreezeService {
    /// Builds the service over these ports.
    pub fn new(deps: &ServiceDeps) -> Self {
        Self {
            directory: Arc::clone(&deps.directory),
            frozen: Arc::clone(&deps.frozen),
            records: Arc::clone(&deps.records),
            notifier: Arc::clone(&deps.notifier),
            notify: OwnerNotifier::new(deps),
            audit: Arc::clone(&deps.audit),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
        }
    }

    /// Freezes an account on behalf of an operator or an agent. `network` is the command, or the network of the agent, for the
    /// audit log.
    pub async fn freeze(
        &self,
        account: AccountId,
        by: FreezeOrigin,
        reference: String,
        network: &str,
    ) -> Result<FreezeOutcome, StoreError> {
        let freeze = Freeze { since: self.clock.now(), by, reference };
        if let Some(earlier) = self.frozen.freeze(account, &freeze).await? {
            return Ok(FreezeOutcome::AlreadyFrozen(earlier));
        }
        self.after_freeze(account, &freeze, network).await;
        Ok(FreezeOutcome::Frozen(freeze))
    }

    /// Lifts the freeze of an account on behalf of an operator and returns it; `None` if the account was not frozen. The owner is
    /// notified if that is possible; no outage may keep an operator from lifting a freeze.
    pub async fn unfreeze(
        &self,
        account: AccountId,
        reference: &str,
        command: &str,
    ) -> Result<Option<Freeze>, StoreError> {
        if self.frozen.find_freeze(account).await?.is_none() {
            return Ok(None);
        }
        match self.directory.read(account).await {
            Ok(Some(owner)) => {
                self.notify.notify(&owner, NoticeKind::FreezeLifted, reference).await;
            }
            Ok(None) => {}
            Err(error) => {
                let error = &error as &dyn Error;
                warn!(
                    reference,
                    error, "directory unavailable: the owner is not notified of a lifted freeze"
                );
            }
        }
        self.lift(account, FreezeOrigin::Command, reference, command).await
    }

    /// Lifts the freeze of a verified caller on behalf of a lead of the service desk and returns it; `None` if the account was not
    /// frozen. The notice to the owner is queued before, and resets wait for `wait` if someone may have taken the account over before
    /// the freeze.
    pub async fn unfreeze_for_caller(
        &self,
        owner: &Account,
        reference: &str,
        network: &str,
        wait: SignedDuration,
    ) -> Result<Option<Freeze>, StoreError> {
        let Some(freeze) = self.frozen.find_freeze(owner.id).await? else { return Ok(None) };
        if !self.notify.notify(owner, NoticeKind::FreezeLifted, reference).await {
            return Err(StoreError::new("queue a notice", "the log has the cause"));
        }
        // Before the lift, so that no reset comes in between.
        let until = self.clock.now() + wait;
        pending_changes::distrust(&*self.records, owner.id, freeze.since, until).await?;
        self.lift(owner.id, FreezeOrigin::ServiceDesk, reference, network).await
    }

    async fn lift(
        &self,
        account: AccountId,
        by: FreezeOrigin,
        reference: &str,
        network: &str,
    ) -> Result<Option<Freeze>, StoreError> {
        let lifted = self.frozen.lift_freeze(account, self.clock.now()).await?;
        if lifted.is_some() {
            self.record(account, reference, Event::Unfrozen { by }, network).await;
        }
        Ok(lifted)
    }

    /// Returns what a link can do. Changes nothing: mail scanners and link previews open links too.
    pub async fn link_state(&self, token: &LinkToken) -> Result<LinkState, StoreError> {
        let link = self.frozen.find_link(token.digest(), self.clock.now()).await?;
        let Some(FreezeLink { account, used, .. }) = link else { return Ok(LinkState::Invalid) };
        let is_frozen = used || self.frozen.find_freeze(account).await?.is_some();
        Ok(if is_frozen { LinkState::AlreadyFrozen } else { LinkState::Usable })
    }

    /// Freezes the account of a link. `network` is the network of the client, for the audit log.
    pub async fn freeze_by_link(
        &self,
        token: &LinkToken,
        reference: String,
        network: &str,
    ) -> Result<LinkUse, StoreError> {
        let freeze = Freeze { since: self.clock.now(), by: FreezeOrigin::Link, reference };
        let outcome = self.frozen.freeze_by_link(token.digest(), &freeze).await?;
        if let LinkUse::Frozen(account) = outcome {
            self.after_freeze(account, &freeze, network).await;
        }
        Ok(outcome)
    }

    /// Raises the alarm and cancels pending changes. The account is frozen already, so no failure undoes it.
    async fn after_freeze(&self, account: AccountId, freeze: &Freeze, network: &str) {
        let (reference, by) = (&freeze.reference, freeze.by);
        warn!(
            reference,
            ?by,
            "account frozen: its password is not reset until the service desk lifts the freeze"
        );
        metrics::counter!("accounts_frozen_total", "by" => by.name()).increment(1);
        self.record(account, reference, Event::Frozen { by }, network).await;
        self.notifier.alert_service_desk(account, reference, self.clock.now()).await;
        if let Err(error) = pending_changes::cancel(&*self.records, account, self.clock.now()).await {
            error!(
                reference,
                error = &error as &dyn Error,
                "store unavailable: pending changes of a frozen account not cancelled"
            );
        }
    }

    async fn record(&self, account: AccountId, reference: &str, event: Event, network: &str) {
        let entry = AuditEntry {
            at: self.clock.now(),
            event,
            reference: reference.to_owned(),
            subject: self.keys.account_pseudonym(account.0.as_bytes()),
            network: network.to_owned(),
        };
        if let Err(error) = self.audit.record(entry).await {
            warn!(reference, error = &error as &dyn Error, "audit log unavailable: entry not written");
        }
    }
}
