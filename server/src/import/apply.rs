//! Gives the plan's values to the records, in transactions of so many. Not what is taken: the plan decided, and
//! who may change what is in `registration::record`.

use super::person::{Done, Person};
use super::{ImportError, Parts, Phase, Terms};
use crate::keys::{KeyError, Keyring};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::ports::records::{BirthdateDigest, KeptRecord, Proposal, Record, Registered, SealedMobile};
use crate::ports::visits::{Revision, Swap};
use crate::registration::record::{Change, Given, give};
use crate::registration::values::{digest, is_birthdate, open, seal};
use app::registration::Source;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

/// Persons in one transaction: a fsync for each would take most of the time.
const BATCH: usize = 500;
/// How often a record that somebody else changed meanwhile is read again.
const ROUNDS: usize = 5;

/// Hears of what the owner of a record must be told.
#[async_trait]
pub trait Told: Send + Sync {
    /// HR's number came in place of an earlier one, and counts from `usable_from` on. `old` is the earlier one,
    /// unless the key that sealed it is gone. Telling is a concern of its own: it cannot fail the import.
    async fn number_replaced(&self, account: AccountId, old: Option<Mobile>, usable_from: Timestamp);
}

/// A record as it is to be kept, and what that is.
struct Changed {
    account: AccountId,
    record: Record,
    revision: Option<Revision>,
    done: Done,
    told: Option<(Option<Mobile>, Timestamp)>,
}

/// Gives every person's values; what was done, in the order of the persons.
pub(super) async fn apply(
    persons: &[Person],
    terms: &Terms,
    parts: &Parts<'_>,
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
    terms: &Terms,
    parts: &Parts<'_>,
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
    parts: &Parts<'_>,
    done: &mut HashMap<AccountId, Done>,
) -> Result<(), ImportError> {
    let mut rest = Vec::with_capacity(changed.len());
    let mut to_keep = Vec::with_capacity(changed.len());
    for Changed { account, record, revision, done, told } in changed {
        to_keep.push((account, record, revision));
        rest.push((account, done, told));
    }
    let swaps = parts.records.store_many(&to_keep).await?;
    for ((account, what, told), swap) in rest.into_iter().zip(swaps) {
        match swap {
            Swap::Won(_) => {
                done.insert(account, what);
                if let Some((old, usable_from)) = told {
                    parts.told.number_replaced(account, old, usable_from).await;
                }
            }
            Swap::Lost => {}
        }
    }
    Ok(())
}

fn change(
    person: &Person,
    kept: Option<&KeptRecord>,
    terms: &Terms,
    keys: &Keyring,
    now: Timestamp,
) -> Result<Changed, ImportError> {
    let account = person.account;
    let mut record = kept.map(|kept| kept.record.clone()).unwrap_or_default();
    let birthdate = person.birthdate().map(|date| {
        let is_same = |kept: &_| is_birthdate(keys, account, kept, date) == Some(true);
        let places = (&mut record.birthdate, &mut record.proposed_birthdate);
        let writes = |kept: &BirthdateDigest| kept.key_id == keys.writing_id();
        // HR corrects its own birthdate at once: nobody else gave it one.
        let wait = SignedDuration::ZERO;
        given(places, || Ok(digest(keys, account, date)), (now, wait), is_same, writes)
    });
    let old = record.mobile.as_ref().and_then(|mobile| open(keys, account, &mobile.value));
    let mobile = person.mobile().map(|number| {
        let is_same = |kept: &_| open(keys, account, kept).as_ref() == Some(number);
        let places = (&mut record.mobile, &mut record.proposed_mobile);
        let writes = |kept: &SealedMobile| kept.key_id == keys.writing_id();
        let wait = terms.waiting_time;
        given(places, || seal(keys, account, number), (now, wait), is_same, writes)
    });
    let (birthdate, mobile) = (birthdate.transpose()?, mobile.transpose()?);
    let usable_from = record.mobile.as_ref().map_or(now, |mobile| mobile.usable_from);
    let told = (mobile == Some(Change::Replaced)).then_some((old, usable_from));
    let revision = kept.map(|kept| kept.revision);
    Ok(Changed { account, record, revision, done: Done::Changed { birthdate, mobile }, told })
}

/// One place of a record: what is registered, and what is proposed.
type Places<'a, T> = (&'a mut Option<Registered<T>>, &'a mut Option<Proposal<T>>);

/// Gives a value by the rules. What is there under the writing key already is left as it is, so that an import
/// that brings nothing new writes nothing.
fn given<T: Clone>(
    (registered, proposed): Places<'_, T>,
    value: impl FnOnce() -> Result<T, KeyError>,
    (now, wait): (Timestamp, SignedDuration),
    is_same: impl Fn(&T) -> bool,
    by_writing_key: impl Fn(&T) -> bool,
) -> Result<Change, KeyError> {
    let again = |kept: &T| by_writing_key(kept) && is_same(kept);
    let value = match registered.as_ref().map(|kept| &kept.value).filter(|kept| again(kept)) {
        Some(kept) => kept.clone(),
        None => value()?,
    };
    Ok(give(registered, proposed, Given { value, source: Source::Hr, now, wait }, is_same))
}
