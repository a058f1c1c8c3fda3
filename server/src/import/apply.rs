//! Gives the plan's values to the records, in transactions of so many. Not what is taken: the plan decided, and
//! who may change what is in `registration::record`.

use super::person::{Done, Person};
use super::{ImportConfig, ImportDeps, ImportError, Phase};
use crate::crypto::{KeyError, Keyring};
use crate::enrollment::record::{Given, give};
use crate::enrollment::values::{digest, is_birthdate, open, seal};
use crate::ports::directory::AccountId;
use crate::ports::records::{BirthdateDigest, Record, Registered, SealedMobile, StoredRecord};
use crate::ports::sessions::{Revision, Swap};
use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Persons in one transaction: a fsync for each would take most of the time.
const BATCH: usize = 500;
/// How often a record that somebody else changed meanwhile is read again.
const ROUNDS: usize = 5;

/// A record as it is to be kept, and what that is.
struct Changed {
    account: AccountId,
    record: Record,
    revision: Option<Revision>,
    done: Done,
}

/// Gives every person's values; what was done, in the order of the persons.
pub(super) async fn apply(
    persons: &[Person],
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<Vec<Done>, ImportError> {
    let mut all = Vec::with_capacity(persons.len());
    for batch in persons.chunks(BATCH) {
        let done = match store(batch, terms, parts, now).await {
            Ok(done) => done,
            Err(error) => return Err(error.after(all.len())),
        };
        all.extend(batch.iter().map(|person| done.get(&person.account).copied().unwrap_or(Done::Contended)));
        (parts.progress)(Phase::Storing, all.len() as u64, persons.len() as u64);
    }
    Ok(all)
}

async fn store(
    batch: &[Person],
    terms: &ImportConfig,
    parts: &ImportDeps<'_>,
    now: Timestamp,
) -> Result<HashMap<AccountId, Done>, ImportError> {
    let mut done = HashMap::with_capacity(batch.len());
    for _ in 0..ROUNDS {
        let open: Vec<_> = batch.iter().filter(|person| !done.contains_key(&person.account)).collect();
        let ids: Vec<_> = open.iter().map(|person| person.account).collect();
        let mut kept: HashMap<_, _> = parts.records.load_many(&ids).await?.into_iter().collect();
        let mut changed = Vec::new();
        for person in open {
            let kept = kept.remove(&person.account);
            let change = change(person, kept.as_ref(), terms, parts.keys, now)?;
            if terms.dry_run
                || kept.as_ref().is_some_and(|kept| kept.record == change.record)
                || empty(&change)
            {
                done.insert(person.account, change.done);
            } else {
                changed.push(change);
            }
        }
        if changed.is_empty() {
            break;
        }
        keep(changed, parts, &mut done).await?;
    }
    Ok(done)
}

/// Nothing came of a person's lines, so that there is nothing to keep.
fn empty(change: &Changed) -> bool {
    change.done == Done::Changed { birthdate: None, mobile: None }
}

/// Keeps what nobody else changed meanwhile; the others stay open.
async fn keep(
    changed: Vec<Changed>,
    parts: &ImportDeps<'_>,
    done: &mut HashMap<AccountId, Done>,
) -> Result<(), ImportError> {
    let mut rest = Vec::with_capacity(changed.len());
    let mut to_keep = Vec::with_capacity(changed.len());
    for Changed { account, record, revision, done } in changed {
        to_keep.push((account, record, revision));
        rest.push((account, done));
    }
    let swaps = parts.records.store_many(&to_keep).await?;
    for ((account, what), swap) in rest.into_iter().zip(swaps) {
        match swap {
            Swap::Won(_) => {
                done.insert(account, what);
            }
            Swap::Lost => {}
        }
    }
    Ok(())
}

fn change(
    person: &Person,
    kept: Option<&StoredRecord>,
    terms: &ImportConfig,
    keys: &Keyring,
    now: Timestamp,
) -> Result<Changed, ImportError> {
    let account = person.account;
    let mut record = kept.map(|kept| kept.record.clone()).unwrap_or_default();
    let birthdate = person.birthdate().map(|date| {
        let is_same = |kept: &_| is_birthdate(keys, account, kept, date) == Some(true);
        let writes = |kept: &BirthdateDigest| kept.key_id == keys.writing_id();
        let again = |kept: &_| writes(kept) && is_same(kept);
        let value = kept_or(record.birthdate.as_ref(), || Ok(digest(keys, account, date)), again)?;
        // HR corrects its own birthdate at once: nobody else gave it one.
        let given = Given { value, source: Source::Hr, now, wait: SignedDuration::ZERO };
        Ok::<_, KeyError>(give(&mut record.birthdate, &mut record.proposed_birthdate, given, is_same))
    });
    let mobile = person.mobile().map(|number| {
        let is_same = |kept: &_| open(keys, account, kept).as_ref() == Some(number);
        let writes = |kept: &SealedMobile| kept.key_id == keys.writing_id();
        let value = kept_or(
            record.mobile.as_ref(),
            || seal(keys, account, number),
            |kept| writes(kept) && is_same(kept),
        )?;
        let given = Given { value, source: Source::Hr, now, wait: terms.waiting_time };
        // The owner of a number that is replaced is told by the service: the record says so, from one transaction on.
        Ok::<_, KeyError>(record.give_mobile(given, is_same))
    });
    let (birthdate, mobile) = (birthdate.transpose()?, mobile.transpose()?);
    let revision = kept.map(|kept| kept.revision);
    Ok(Changed { account, record, revision, done: Done::Changed { birthdate, mobile } })
}

/// What is there under the writing key already, so that an import that brings nothing new writes nothing; else the
/// value anew.
fn kept_or<T: Clone>(
    registered: Option<&Registered<T>>,
    value: impl FnOnce() -> Result<T, KeyError>,
    is_again: impl Fn(&T) -> bool,
) -> Result<T, KeyError> {
    match registered.map(|kept| &kept.value).filter(|kept| is_again(kept)) {
        Some(kept) => Ok(kept.clone()),
        None => value(),
    }
}
