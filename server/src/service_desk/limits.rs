//! How many wrong call codes, look-ups, start codes and downloads an agent has. Each is counted before anything is looked up. The first refusal in a
//! window is in the audit log, so that an agent who tries callers or codes is noticed.

use super::DeskClient;
use super::config::ServiceDeskConfig;
use crate::crypto::{Keyring, Purpose};
use crate::ports::audit::Event;
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::reset::ServiceDeps;
use crate::reset::audit::{AuditContext, AuditRecorder};
use crate::reset::failure::store_unavailable;
use app::api::refusal::Refusal;
use jiff::Timestamp;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The wrong codes in a row of an account are cleared once a day.
const CLEARED: Limit = Limit { max: 1, window: Duration::from_hours(24) };

/// The links for the app that agents send to one account: a first one, and another if it did not arrive.
const ACTIVATIONS: Limit = Limit { max: 2, window: Duration::from_hours(24) };

const DESK_CALL_CODE: &str = "desk call code";
const DESK_LOOK_UP: &str = "desk look-up";
const DESK_START_CODE: &str = "desk start code";
const DESK_DOWNLOAD: &str = "desk download";
const DESK_CLEARED: &str = "desk cleared";
const DESK_ACTIVATED: &str = "desk activated";
/// The names of all limits, in the metrics and the audit log.
pub(crate) const DESK_LIMITS: [&str; 6] =
    [DESK_CALL_CODE, DESK_LOOK_UP, DESK_START_CODE, DESK_DOWNLOAD, DESK_CLEARED, DESK_ACTIVATED];

/// A counted attempt, which [`DeskLimits::release`] can undo.
pub(super) struct Attempt {
    key: LimitKey,
    limit: Limit,
    at: Timestamp,
    /// How many are left.
    pub(super) left: u32,
}

/// Counts the attempts of agents.
pub(super) struct DeskLimits {
    store: Arc<dyn RateLimits>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    audit: Arc<AuditRecorder>,
    wrong_call_codes: Limit,
    look_ups: Limit,
    start_codes: Limit,
}

impl DeskLimits {
    pub(super) fn new(deps: &ServiceDeps, audit: &Arc<AuditRecorder>, config: &ServiceDeskConfig) -> Self {
        Self {
            store: Arc::clone(&deps.limits),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
            audit: Arc::clone(audit),
            wrong_call_codes: config.wrong_call_codes,
            look_ups: config.look_ups,
            start_codes: config.start_codes,
        }
    }

    /// Counts a call code. A right one is released.
    pub(super) async fn count_call_code(
        &self,
        client: &DeskClient,
        agent: AccountId,
    ) -> Result<Attempt, Refusal> {
        self.take_of_agent(DESK_CALL_CODE, client, agent, self.wrong_call_codes).await
    }

    /// Counts a look-up.
    pub(super) async fn count_look_up(&self, client: &DeskClient, agent: AccountId) -> Result<(), Refusal> {
        self.take_of_agent(DESK_LOOK_UP, client, agent, self.look_ups).await.map(drop)
    }

    /// Counts the name of an account for which a start code is requested.
    pub(super) async fn count_start_code(
        &self,
        client: &DeskClient,
        agent: AccountId,
    ) -> Result<(), Refusal> {
        self.take_of_agent(DESK_START_CODE, client, agent, self.start_codes).await.map(drop)
    }

    /// Counts a download of the overview, like a look-up.
    pub(super) async fn count_download(&self, client: &DeskClient, agent: AccountId) -> Result<(), Refusal> {
        self.take_of_agent(DESK_DOWNLOAD, client, agent, self.look_ups).await.map(drop)
    }

    /// Counts that the wrong codes in a row of an account are cleared.
    pub(super) async fn count_cleared(&self, account: AccountId) -> Result<Attempt, Refusal> {
        self.take(DESK_CLEARED, account, CLEARED).await
    }

    /// Counts a link for the app of an account.
    pub(super) async fn count_activation(&self, account: AccountId) -> Result<Attempt, Refusal> {
        self.take(DESK_ACTIVATED, account, ACTIVATIONS).await
    }

    /// Whether the wrong codes in a row of an account may be cleared.
    pub(super) async fn may_clear(&self, account: AccountId) -> Result<bool, Refusal> {
        let key = self.key(DESK_CLEARED, account);
        let count = self.store.count(&key, CLEARED, self.clock.now()).await;
        Ok(count.map_err(|error| store_unavailable(&error))? < CLEARED.max)
    }

    /// Undoes a counted attempt.
    pub(super) async fn release(&self, attempt: Attempt) {
        // A use that cannot be undone stays counted, which is the safe side.
        if let Err(error) = self.store.release(&attempt.key, attempt.limit, attempt.at).await {
            tracing::warn!(error = &error as &dyn Error, "store unavailable: rate limit not released");
        }
    }

    /// Like [`DeskLimits::take`], for a limit whose exhaustion may be an attack by the agent.
    async fn take_of_agent(
        &self,
        what: &'static str,
        client: &DeskClient,
        agent: AccountId,
        limit: Limit,
    ) -> Result<Attempt, Refusal> {
        let taken = self.take(what, agent, limit).await;
        if matches!(taken, Err(Refusal::TooMany { .. })) && self.is_first_refusal(what, agent, limit).await {
            let context = AuditContext::account(agent, client.reset.address);
            let agent = self.keys.account_pseudonym(agent.0.as_bytes());
            let event = Event::DeskLimited { agent, limit: what.to_owned() };
            self.audit.record_after(&context, "", event).await;
        }
        taken
    }

    /// Whether the agent was not refused by this limit in its window before. In the store, so that of several nodes one reports it.
    async fn is_first_refusal(&self, what: &str, agent: AccountId, limit: Limit) -> bool {
        let key = self.key(&format!("{what} refused"), agent);
        let first = self.store.take(&[(key, Limit { max: 1, ..limit })], self.clock.now()).await;
        // Rather twice than not at all.
        !matches!(first, Ok(RateLimitDecision::Exhausted { .. }))
    }

    async fn take(&self, what: &'static str, account: AccountId, limit: Limit) -> Result<Attempt, Refusal> {
        let (key, at) = (self.key(what, account), self.clock.now());
        let decision = self.store.take(&[(key.clone(), limit)], at).await;
        match decision.map_err(|error| store_unavailable(&error))? {
            RateLimitDecision::Granted { left } => Ok(Attempt { key, limit, at, left }),
            RateLimitDecision::Exhausted { retry_after } => {
                metrics::counter!("service_desk_limited_total", "limit" => what).increment(1);
                Err(Refusal::TooMany { retry_after: retry_after.as_secs().max(1) })
            }
        }
    }

    fn key(&self, what: &str, account: AccountId) -> LimitKey {
        let digest = self.keys.digest(Purpose::Limit, &[what.as_bytes(), account.0.as_bytes()]);
        let mut key = [0; 16];
        key.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        LimitKey(key)
    }
}
