//! In-memory implementation of the ports of the store: sessions, rate limits, records, outbox and
//! frozen accounts.

mod call_codes;
mod collected_audit;
mod devices;
mod frozen;
mod nodes;
mod start_codes;
mod waiting;

use super::OUTAGE;
use crate::ports::call_codes::{Call, CallCodeDigest};
use crate::ports::devices::{Device, DeviceId};
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{Freeze, FreezeLink, LinkDigest};
use crate::ports::health_finding::Finding;
use crate::ports::nodes::Node;
use crate::ports::notifier::{Channel, Outbox, Queued};
use crate::ports::rate_limits::{LEFT_WITHOUT_LIMIT, Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::records::{Record, Records, Statistics, StoredRecord};
use crate::ports::sessions::{Revision, SessionDigest, SessionId, Sessions, StoredSession, Swap};
use crate::ports::start_codes::StartCodeRequest;
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::WaitingReset;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// An in-memory store.
#[derive(Debug)]
pub struct MemoryStore {
    tables: Mutex<Tables>,
    /// The right to run the periodic work.
    leader: Arc<Semaphore>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::with(Tables::default())
    }
}

#[derive(Debug, Default, Clone)]
struct Tables {
    sessions: BTreeMap<SessionDigest, (StoredSession, Timestamp)>,
    counts: HashMap<LimitKey, Vec<Timestamp>>,
    records: BTreeMap<uuid::Uuid, StoredRecord>,
    devices: HashMap<DeviceId, Device>,
    outbox: Vec<(Channel, Queued, Timestamp)>,
    queued: i64,
    frozen: BTreeMap<uuid::Uuid, Freeze>,
    lifted: HashMap<uuid::Uuid, Timestamp>,
    links: HashMap<LinkDigest, FreezeLink>,
    waiting: HashMap<uuid::Uuid, WaitingReset>,
    nodes: Vec<Node>,
    collected: collected_audit::CollectedLines,
    /// The time of the store's own clock, if it has one.
    time: Option<Timestamp>,
    calls: HashMap<CallCodeDigest, Call>,
    start_codes: HashMap<AccountId, (StartCodeRequest, Revision)>,
    unavailable: bool,
    /// How often it was read whether an account was frozen.
    freeze_reads: u64,
}

impl MemoryStore {
    /// Starts or ends an outage, during which every operation fails.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.lock().unavailable = unavailable;
    }

    /// Gives the store a clock of its own, as a database has, and sets it.
    pub fn set_store_time(&self, time: Timestamp) {
        self.lock().time = Some(time);
    }

    /// Returns another store with the same content.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::with(self.lock().clone())
    }

    /// Returns how often it was read whether an account is or was frozen.
    pub fn freeze_reads(&self) -> u64 {
        self.lock().freeze_reads
    }

    /// Returns the number of stored sessions.
    pub fn session_count(&self) -> usize {
        self.lock().sessions.len()
    }

    fn with(tables: Tables) -> Self {
        Self { tables: Mutex::new(tables), leader: Arc::new(Semaphore::new(1)) }
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tables(&self, what: &'static str) -> Result<MutexGuard<'_, Tables>, StoreError> {
        let tables = self.lock();
        if tables.unavailable { Err(StoreError::new(what, OUTAGE)) } else { Ok(tables) }
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn create(
        &self,
        id: &SessionId,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Revision, StoreError> {
        let stored = StoredSession { sealed: sealed.to_vec(), revision: Revision(1) };
        self.tables("store a session")?.sessions.insert(id.digest(), (stored, expires));
        Ok(Revision(1))
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.tables("load a session")?.sessions.get(&id.digest()).map(|(stored, _)| stored.clone()))
    }

    async fn swap(
        &self,
        id: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        self.renew(id, id, revision, sealed, expires).await
    }

    async fn renew(
        &self,
        old: &SessionId,
        new: &SessionId,
        revision: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        let mut tables = self.tables("update a session")?;
        if tables.sessions.get(&old.digest()).is_none_or(|(stored, _)| stored.revision != revision) {
            return Ok(Swap::Lost);
        }
        tables.sessions.remove(&old.digest());
        let next = Revision(revision.0 + 1);
        tables
            .sessions
            .insert(new.digest(), (StoredSession { sealed: sealed.to_vec(), revision: next }, expires));
        Ok(Swap::Won(next))
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        self.remove_by_digest(id.digest()).await.map(drop)
    }

    async fn sessions_after(
        &self,
        after: Option<SessionDigest>,
        max: u32,
    ) -> Result<Vec<(SessionDigest, StoredSession)>, StoreError> {
        let tables = self.tables("read the sessions")?;
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let following = tables.sessions.range((start, Bound::Unbounded)).take(max as usize);
        Ok(following.map(|(digest, (stored, _))| (*digest, stored.clone())).collect())
    }

    async fn remove_by_digest(&self, digest: SessionDigest) -> Result<bool, StoreError> {
        Ok(self.tables("delete a session")?.sessions.remove(&digest).is_some())
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tables("delete expired entries")?.sessions.retain(|_, (_, expires)| *expires >= now);
        Ok(())
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good("store", "memory", "can be written")]
    }
}

#[async_trait]
impl RateLimits for MemoryStore {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let mut tables = self.tables("check the rate limits")?;
        let wanted: Vec<_> = wanted.iter().filter(|(_, limit)| limit.max > 0).collect();
        let mut left = if wanted.is_empty() { LEFT_WITHOUT_LIMIT } else { u32::MAX };
        for (key, limit) in &wanted {
            let taken = tables.counts.entry(key.clone()).or_default();
            let window = SignedDuration::try_from(limit.window).unwrap_or(SignedDuration::MAX);
            taken.retain(|at| now.duration_since(*at) < window);
            let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
            if count >= limit.max {
                let oldest = taken.iter().min().copied().unwrap_or(now);
                let wait = window - now.duration_since(oldest);
                return Ok(RateLimitDecision::Exhausted {
                    retry_after: Duration::try_from(wait).unwrap_or_default(),
                });
            }
            left = left.min(limit.max - count - 1);
        }
        for (key, _) in wanted {
            tables.counts.entry(key.clone()).or_default().push(now);
        }
        Ok(RateLimitDecision::Granted { left })
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        let window = SignedDuration::try_from(limit.window).unwrap_or(SignedDuration::MAX);
        let tables = self.tables("read a rate limit")?;
        let taken = tables.counts.get(key).map_or(&[][..], Vec::as_slice);
        let count = taken.iter().filter(|at| now.duration_since(**at) < window).count();
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }

    async fn release(&self, key: &LimitKey, _: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables("release a rate limit permit")?;
        if let Some(taken) = tables.counts.get_mut(key)
            && let Some(index) = taken.iter().position(|at| *at == taken_at)
        {
            taken.remove(index);
        }
        Ok(())
    }

    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError> {
        self.tables("clear a rate limit")?.counts.remove(key);
        Ok(())
    }
}

#[async_trait]
impl Records for MemoryStore {
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError> {
        Ok(self.tables("look up a record")?.records.get(&account.0).cloned())
    }

    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        let mut tables = self.tables("store a record")?;
        if tables.records.get(&account.0).map(|stored| stored.revision) != revision {
            return Ok(Swap::Lost);
        }
        let next = Revision(revision.map_or(1, |revision| revision.0 + 1));
        tables.records.insert(account.0, StoredRecord { record: record.clone(), revision: next });
        Ok(Swap::Won(next))
    }

    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        let mut swaps = Vec::new();
        for (account, record, revision) in changes {
            swaps.push(self.store(*account, record, *revision).await?);
        }
        Ok(swaps)
    }

    async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        Ok(self.tables("remove a record")?.records.remove(&account.0).is_some())
    }

    async fn page(
        &self,
        after: Option<AccountId>,
        max: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let tables = self.tables("read the records")?;
        let later = tables.records.iter().filter(|(id, _)| after.is_none_or(|after| **id > after.0));
        Ok(later.take(max as usize).map(|(id, stored)| (AccountId(*id), stored.clone())).collect())
    }

    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        let tables = self.tables("count the records")?;
        let mut statistics = Statistics::default();
        for stored in tables.records.values() {
            let birthdate = stored.record.birthdate.as_ref().map(|birthdate| &birthdate.value.key_id);
            let mobile = stored.record.mobile.as_ref().map(|mobile| &mobile.value.key_id);
            statistics.records += 1;
            statistics.birthdates += u64::from(birthdate.is_some());
            statistics.mobiles += u64::from(mobile.is_some());
            let old = [birthdate, mobile].into_iter().flatten().any(|key| key != writing_key);
            statistics.on_old_keys += u64::from(old);
        }
        Ok(statistics)
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn put(
        &self,
        account: AccountId,
        sealed: &[(Channel, Vec<u8>)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tables = self.tables("queue a message")?;
        for (channel, sealed) in sealed {
            tables.queued += 1;
            let id = tables.queued;
            let queued = Queued { id, account, sealed: sealed.clone(), attempts: 0, since: now };
            tables.outbox.push((*channel, queued, now));
        }
        Ok(())
    }

    async fn due(&self, channel: Channel, now: Timestamp, max: u32) -> Result<Vec<Queued>, StoreError> {
        let tables = self.tables("read the queue")?;
        let due = tables.outbox.iter().filter(|(by, _, at)| *by == channel && *at <= now);
        let mut due: Vec<_> = due.cloned().collect();
        due.sort_by_key(|(_, queued, at)| (queued.attempts > 0, *at, queued.id));
        Ok(due.into_iter().take(max as usize).map(|(_, queued, _)| queued).collect())
    }

    async fn claim(&self, id: i64, now: Timestamp, until: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables("claim a message")?;
        let entry = tables.outbox.iter_mut().find(|(_, queued, due)| queued.id == id && *due <= now);
        let Some((_, _, due)) = entry else { return Ok(false) };
        *due = until;
        Ok(true)
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let tables = self.tables("read the queue")?;
        Ok(tables.outbox.iter().filter(|(by, _, _)| *by == channel).map(|(_, _, at)| *at).min())
    }

    async fn remove_message(&self, id: i64) -> Result<(), StoreError> {
        self.tables("remove a message from the queue")?.outbox.retain(|(_, queued, _)| queued.id != id);
        Ok(())
    }

    async fn reschedule(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables("reschedule a message")?;
        if let Some((_, queued, due)) = tables.outbox.iter_mut().find(|(_, queued, _)| queued.id == id) {
            queued.attempts += 1;
            *due = at;
        }
        Ok(())
    }

    async fn remove_messages_of(&self, account: AccountId) -> Result<(), StoreError> {
        self.tables("delete messages")?.outbox.retain(|(_, queued, _)| queued.account != account);
        Ok(())
    }

    async fn queued_count(&self) -> Result<u64, StoreError> {
        Ok(self.tables("count the queue")?.outbox.len() as u64)
    }

    async fn oldest_queued(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.tables("read the queue")?.outbox.iter().map(|(_, queued, _)| queued.since).min())
    }
}
