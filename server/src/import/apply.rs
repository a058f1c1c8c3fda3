//! Writes the planned values to the records in batches, one transaction each. The rules on who may change what are
//! in `enrollment::record`.

use super::person::{ApplyResult, Person};
use super::{ImportConfig, ImportDeps, ImportError, Phase};
use crate::crypto::{KeyError, Keyring};
use crate::enrollment::record::{NewValue, register};
use crate::ports::directory::AccountId;
use crate::ports::records::{BirthdateDigest, Record, RegisteredValue, SealedMobile, StoredRecord};
use crate::ports::sessions::{Revision, Swap};
use crate::record_values::{digest, is_birthdate, open, seal};
use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Persons per transaction: one fsync per person would take most of the time.
const BATCH_SIZE: usize = 500;
/// Attempts for a record that is changed concurrently.
const MAX_ATTEMPTS: usize = 5;

/// A record to store, and the result to report.
struct Update {
    account: AccountId,
    record: Record,
    revision: Option<Revision>,
    done: ApplyResult,
}

/// Stores every person's values; returns the results in the order of the persons.
pub(super) async fn apply(
    persons: &[Person],
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Vec<ApplyResult>, ImportError> {
    let mut all = Vec::with_capacity(persons.len());
    for batch in persons.chunks(BATCH_SIZE) {
        let done = match store(batch, config, deps, now).await {
            Ok(done) => done,
            Err(error) => return Err(error.with_persons_done(all.len())),
        };
        all.extend(
            batch.iter().map(|person| done.get(&person.account).copied().unwrap_or(ApplyResult::Contended)),
        );
        (deps.progress)(Phase::Storing, all.len() as u64, persons.len() as u64);
    }
    Ok(all)
}

async fn store(
    batch: &[Person],
    config: &ImportConfig,
    deps: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<HashMap<AccountId, ApplyResult>, ImportError> {
    let mut done = HashMap::with_capacity(batch.len());
    for _ in 0..MAX_ATTEMPTS {
        let open: Vec<_> = batch.iter().filter(|person| !done.contains_key(&person.account)).collect();
        let ids: Vec<_> = open.iter().map(|person| person.account).collect();
        let mut stored: HashMap<_, _> = deps.records.load_many(&ids).await?.into_iter().collect();
        let mut updates = Vec::new();
        for person in open {
            let stored = stored.remove(&person.account);
            let update = update(person, stored.as_ref(), config, deps.keys, now)?;
            if config.dry_run
                || stored.as_ref().is_some_and(|stored| stored.record == update.record)
                || changes_nothing(&update)
            {
                done.insert(person.account, update.done);
            } else {
                updates.push(update);
            }
        }
        if updates.is_empty() {
            break;
        }
        store_updates(updates, deps, &mut done).await?;
    }
    Ok(done)
}

/// Whether a person's lines yielded no value, so that there is nothing to store.
fn changes_nothing(update: &Update) -> bool {
    update.done == ApplyResult::Changed { birthdate: None, mobile: None }
}

/// Stores the records that were not changed concurrently; the others stay pending.
async fn store_updates(
    updates: Vec<Update>,
    deps: &ImportDeps<'_>,
    done: &mut HashMap<AccountId, ApplyResult>,
) -> Result<(), ImportError> {
    let mut results = Vec::with_capacity(updates.len());
    let mut records = Vec::with_capacity(updates.len());
    for Update { account, record, revision, done } in updates {
        records.push((account, record, revision));
        results.push((account, done));
    }
    let swaps = deps.records.store_many(&records).await?;
    for ((account, result), swap) in results.into_iter().zip(swaps) {
        match swap {
            Swap::Won(_) => {
                done.insert(account, result);
            }
            Swap::Lost => {}
        }
    }
    Ok(())
}

fn update(
    person: &Person,
    stored: Option<&StoredRecord>,
    config: &ImportConfig,
    keys: &Keyring,
    now: Timestamp,
) -> Result<Update, ImportError> {
    let account = person.account;
    let mut record = stored.map(|stored| stored.record.clone()).unwrap_or_default();
    let birthdate = person.birthdate().map(|date| {
        let is_same = |stored: &_| is_birthdate(keys, account, stored, date) == Some(true);
        let has_writing_key = |stored: &BirthdateDigest| stored.key_id == keys.current_key_id();
        let is_current = |stored: &_| has_writing_key(stored) && is_same(stored);
        let value =
            reuse_or_create(record.birthdate.as_ref(), || Ok(digest(keys, account, date)), is_current)?;
        // No waiting time: a birthdate from HR can only replace one from HR.
        let new_value = NewValue { value, source: Source::Hr, now, wait: SignedDuration::ZERO };
        Ok::<_, KeyError>(register(&mut record.birthdate, &mut record.proposed_birthdate, new_value, is_same))
    });
    let mobile = person.mobile().map(|number| {
        let is_same = |stored: &_| open(keys, account, stored).as_ref() == Some(number);
        let has_writing_key = |stored: &SealedMobile| stored.key_id == keys.current_key_id();
        let value = reuse_or_create(
            record.mobile.as_ref(),
            || seal(keys, account, number),
            |stored| has_writing_key(stored) && is_same(stored),
        )?;
        let new_value = NewValue { value, source: Source::Hr, now, wait: config.waiting_time };
        // The service notifies the owner of a replaced number: the pending notice is part of the record.
        Ok::<_, KeyError>(record.register_mobile(new_value, is_same))
    });
    let (birthdate, mobile) = (birthdate.transpose()?, mobile.transpose()?);
    let revision = stored.map(|stored| stored.revision);
    Ok(Update { account, record, revision, done: ApplyResult::Changed { birthdate, mobile } })
}

/// Reuses the stored value if it is current under the writing key, so that an import without news writes nothing;
/// otherwise creates the value.
fn reuse_or_create<T: Clone>(
    registered: Option<&RegisteredValue<T>>,
    value: impl FnOnce() -> Result<T, KeyError>,
    is_current: impl Fn(&T) -> bool,
) -> Result<T, KeyError> {
    match registered.map(|stored| &stored.value).filter(|stored| is_current(stored)) {
        Some(stored) => Ok(stored.clone()),
        None => value(),
    }
}
