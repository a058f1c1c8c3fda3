//! Stateful fakes of every port, for tests. They pass the same contract tests as the real adapters.

pub mod authenticators;
pub mod directory;
pub mod hr;
pub mod notifier;
pub mod otp_provider;

use super::ports::audit::{Audit, Entry};
use super::ports::clock::Clock;
use super::ports::directory::AccountId;
use super::ports::health_finding::Finding;
use super::ports::notifier::{Channel, Outbox, Queued};
use super::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use super::ports::records::{Record, Records, Statistics, StoredRecord};
use super::ports::sessions::{Revision, SessionId, Sessions, StoredSession, Swap};
use super::ports::store::StoreError;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A store in memory.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default, Clone)]
struct Tables {
    visits: HashMap<[u8; 32], (StoredSession, Timestamp)>,
    counts: HashMap<LimitKey, Vec<Timestamp>>,
    records: BTreeMap<uuid::Uuid, StoredRecord>,
    outbox: Vec<(Channel, Queued, Timestamp)>,
    queued: i64,
    away: bool,
}

impl MemoryStore {
    /// From now on nothing can be read or written, or everything again.
    pub fn set_away(&self, away: bool) {
        self.lock().away = away;
    }

    /// Another store with the same in it.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Mutex::new(self.lock().clone()))
    }

    /// How many visits are kept.
    pub fn visits(&self) -> usize {
        self.lock().visits.len()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tables(&self, what: &'static str) -> Result<MutexGuard<'_, Tables>, StoreError> {
        let tables = self.lock();
        if tables.away { Err(StoreError::new(what, "it is away")) } else { Ok(tables) }
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
        let kept = StoredSession { sealed: sealed.to_vec(), revision: Revision(1) };
        self.tables("keep a visit")?.visits.insert(*id.0, (kept, expires));
        Ok(Revision(1))
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        Ok(self.tables("load a visit")?.visits.get(&*id.0).map(|(kept, _)| kept.clone()))
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
        let mut tables = self.tables("advance a visit")?;
        if tables.visits.get(&*old.0).is_none_or(|(kept, _)| kept.revision != revision) {
            return Ok(Swap::Lost);
        }
        tables.visits.remove(&*old.0);
        let next = Revision(revision.0 + 1);
        tables.visits.insert(*new.0, (StoredSession { sealed: sealed.to_vec(), revision: next }, expires));
        Ok(Swap::Won(next))
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        self.tables("forget a visit")?.visits.remove(&*id.0);
        Ok(())
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tables("forget what expired")?.visits.retain(|_, (_, expires)| *expires >= now);
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
        let mut tables = self.tables("count")?;
        let mut left = u32::MAX;
        let wanted: Vec<_> = wanted.iter().filter(|(_, limit)| limit.most > 0).collect();
        for (key, limit) in &wanted {
            let taken = tables.counts.entry(key.clone()).or_default();
            let window = SignedDuration::try_from(limit.window).unwrap_or(SignedDuration::MAX);
            taken.retain(|at| now.duration_since(*at) < window);
            let count = u32::try_from(taken.len()).unwrap_or(u32::MAX);
            if count >= limit.most {
                let oldest = taken.iter().min().copied().unwrap_or(now);
                let wait = window - now.duration_since(oldest);
                return Ok(RateLimitDecision::Exhausted {
                    retry_after: Duration::try_from(wait).unwrap_or_default(),
                });
            }
            left = left.min(limit.most - count - 1);
        }
        for (key, _) in wanted {
            tables.counts.entry(key.clone()).or_default().push(now);
        }
        Ok(RateLimitDecision::Granted { left })
    }

    async fn release(&self, key: &LimitKey, _: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables("give back a count")?;
        if let Some(taken) = tables.counts.get_mut(key)
            && let Some(place) = taken.iter().position(|at| *at == taken_at)
        {
            taken.remove(place);
        }
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
        let mut tables = self.tables("keep a record")?;
        if tables.records.get(&account.0).map(|kept| kept.revision) != revision {
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
        most: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        let tables = self.tables("read the records")?;
        let later = tables.records.iter().filter(|(id, _)| after.is_none_or(|after| **id > after.0));
        Ok(later.take(most as usize).map(|(id, kept)| (AccountId(*id), kept.clone())).collect())
    }

    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        let tables = self.tables("count the records")?;
        let mut counted = Statistics::default();
        for kept in tables.records.values() {
            let birthdate = kept.record.birthdate.as_ref().map(|birthdate| &birthdate.value.key_id);
            let mobile = kept.record.mobile.as_ref().map(|mobile| &mobile.value.key_id);
            counted.records += 1;
            counted.birthdates += u64::from(birthdate.is_some());
            counted.mobiles += u64::from(mobile.is_some());
            let old = [birthdate, mobile].into_iter().flatten().any(|key| key != writing_key);
            counted.on_old_keys += u64::from(old);
        }
        Ok(counted)
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

    async fn due(&self, channel: Channel, now: Timestamp, most: u32) -> Result<Vec<Queued>, StoreError> {
        let tables = self.tables("read the queue")?;
        let due = tables.outbox.iter().filter(|(by, _, at)| *by == channel && *at <= now);
        let mut due: Vec<_> = due.cloned().collect();
        due.sort_by_key(|(_, queued, at)| (queued.attempts > 0, *at, queued.id));
        Ok(due.into_iter().take(most as usize).map(|(_, queued, _)| queued).collect())
    }

    async fn next_due(&self, channel: Channel) -> Result<Option<Timestamp>, StoreError> {
        let tables = self.tables("read the queue")?;
        Ok(tables.outbox.iter().filter(|(by, _, _)| *by == channel).map(|(_, _, at)| *at).min())
    }

    async fn done(&self, id: i64) -> Result<(), StoreError> {
        self.tables("take a message out of the queue")?.outbox.retain(|(_, queued, _)| queued.id != id);
        Ok(())
    }

    async fn again_at(&self, id: i64, at: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables("put a message back into the queue")?;
        if let Some((_, queued, due)) = tables.outbox.iter_mut().find(|(_, queued, _)| queued.id == id) {
            queued.attempts += 1;
            *due = at;
        }
        Ok(())
    }

    async fn forget(&self, account: AccountId) -> Result<(), StoreError> {
        self.tables("forget messages")?.outbox.retain(|(_, queued, _)| queued.account != account);
        Ok(())
    }

    async fn waiting(&self) -> Result<u64, StoreError> {
        Ok(self.tables("count the queue")?.outbox.len() as u64)
    }
}

/// A trail in memory.
#[derive(Debug, Default)]
pub struct MemoryAudit(Mutex<(Vec<Entry>, bool)>);

impl MemoryAudit {
    /// Every line so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).0.clone()
    }

    /// From now on no line can be written, or every one again.
    pub fn set_away(&self, away: bool) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).1 = away;
    }
}

#[async_trait]
impl Audit for MemoryAudit {
    async fn record(&self, entry: Entry) -> Result<(), StoreError> {
        let mut trail = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if trail.1 {
            return Err(StoreError::new("write the audit trail", "it is away"));
        }
        trail.0.push(entry);
        Ok(())
    }

    async fn find(&self, reference: &str) -> Result<Vec<Entry>, StoreError> {
        Ok(self
            .entries()
            .into_iter()
            .filter(|entry| entry.reference.eq_ignore_ascii_case(reference))
            .collect())
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good("audit trail", "memory", "can be written")]
    }
}

/// A clock that stands still until it is moved; whoever waits moves it.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// Stands at this moment.
    pub fn at(moment: Timestamp) -> Self {
        Self(Mutex::new(moment))
    }

    /// Moves on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now += by;
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn wait_until(&self, moment: Timestamp) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = (*now).max(moment);
    }
}
