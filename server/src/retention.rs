//! Removes the records of who left, some time later. Not the deletion that a person asks for: that is `person`.
//!
//! | the account is | and was | becomes |
//! |---|---|---|
//! | in the directory, not disabled | gone | here again: nothing is remembered of it |
//! | missing or disabled | here | gone since now |
//! | missing or disabled | gone, not long enough | the same |
//! | missing or disabled | gone for `records.keep_after_leaving` | removed, with the messages that wait for it |
//!
//! A directory that answers half must not cost anybody a registration: nothing is done where the listing ends in
//! an error, nor where a quarter of all records would be gone at once.

use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use crate::ports::notifier::Outbox;
use crate::ports::records::{Record, Records, StoredRecord};
use crate::ports::sessions::Swap;
use crate::ports::store::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// Records read at a time.
const PAGE: u32 = 500;
/// So many may be gone at once in the smallest organisation.
const FEW: u64 = 20;
/// One in so many records may be gone at once: more did not leave in one day, but were not listed.
const ONE_IN: u64 = 4;

/// What becomes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// It stays as it is.
    Stays,
    /// The account is gone since now.
    Leaves,
    /// The account is back.
    Returns,
    /// It was gone for long enough.
    Removed,
}

/// What becomes of a record whose account is, or is not, in use.
pub fn step(record: &Record, in_use: bool, now: Timestamp, keep: SignedDuration) -> Step {
    match (record.left_since, in_use) {
        (None, false) => Step::Leaves,
        (Some(_), true) => Step::Returns,
        (Some(since), false) if now.duration_since(since) >= keep => Step::Removed,
        (None, true) | (Some(_), false) => Step::Stays,
    }
}

/// How many records became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Looked at.
    pub records: u64,
    /// Gone since this run.
    pub left: u64,
    /// Back again.
    pub returned: u64,
    /// Removed.
    pub removed: u64,
}

/// Nothing was marked, and nothing removed; or not all of it.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The listing did not end well.
    #[error("the accounts could not be listed; nothing was marked or removed")]
    Directory(#[from] DirectoryError),
    /// Too many are gone at once.
    #[error(
        "{gone} of {records} records would be marked as left at once, more than a quarter: is directory.base_dn \
         right, and may the service account read all of it? Nothing was marked or removed"
    )]
    TooMany {
        /// Records that would be marked.
        gone: u64,
        /// All records.
        records: u64,
    },
    /// The records could not be read or changed; the next run goes on.
    #[error("the records could not be read or changed")]
    Store(#[from] StoreError),
}

/// What retention works with.
#[derive(Clone, Copy)]
pub struct RetentionDeps<'a> {
    /// Who is still there.
    pub directory: &'a dyn Directory,
    /// What is kept.
    pub records: &'a dyn Records,
    /// The messages that wait.
    pub outbox: &'a dyn Outbox,
}

/// Goes over all records once; `dry_run`: and changes nothing. To be run once a day.
pub async fn run(
    parts: RetentionDeps<'_>,
    keep: SignedDuration,
    now: Timestamp,
    dry_run: bool,
) -> Result<Tally, RetentionError> {
    let in_use = in_use(parts.directory).await?;
    let judge = |account: &AccountId, record: &Record| step(record, in_use.contains(account), now, keep);
    let mut tally = Tally::default();
    let mut after = None;
    while let Some(page) = next_page(parts.records, &mut after).await? {
        for (account, kept) in &page {
            tally.add(judge(account, &kept.record));
        }
    }
    if tally.left > FEW && tally.left * ONE_IN > tally.records {
        return Err(RetentionError::TooMany { gone: tally.left, records: tally.records });
    }
    if dry_run {
        return Ok(tally);
    }
    let mut tally = Tally::default();
    let mut after = None;
    while let Some(page) = next_page(parts.records, &mut after).await? {
        for step in carry_out(parts, page, now, judge).await? {
            tally.add(step);
        }
    }
    Ok(tally)
}

async fn in_use(directory: &dyn Directory) -> Result<HashSet<AccountId>, DirectoryError> {
    let mut in_use = HashSet::new();
    let stays = |listed: &&ListedAccount| match listed.eligibility {
        Eligibility::Eligible
        | Eligibility::Privileged
        | Eligibility::Expired
        | Eligibility::SmartCard
        | Eligibility::OutOfScope => true,
        Eligibility::Disabled => false,
    };
    let mut take =
        |page: Vec<ListedAccount>| in_use.extend(page.iter().filter(stays).map(|listed| listed.id));
    directory.list(&mut take).await?;
    Ok(in_use)
}

async fn next_page(
    records: &dyn Records,
    after: &mut Option<AccountId>,
) -> Result<Option<Vec<(AccountId, StoredRecord)>>, StoreError> {
    let page = records.page(*after, PAGE).await?;
    *after = page.last().map(|(account, _)| *account);
    Ok((!page.is_empty()).then_some(page))
}

async fn carry_out(
    parts: RetentionDeps<'_>,
    page: Vec<(AccountId, StoredRecord)>,
    now: Timestamp,
    judge: impl Fn(&AccountId, &Record) -> Step,
) -> Result<Vec<Step>, StoreError> {
    let (mut done, mut changes, mut changing) = (Vec::with_capacity(page.len()), Vec::new(), Vec::new());
    for (account, StoredRecord { record, revision }) in page {
        let step = judge(&account, &record);
        match step {
            Step::Stays => done.push(step),
            Step::Leaves => {
                changes.push((account, Record { left_since: Some(now), ..record }, Some(revision)));
            }
            Step::Returns => changes.push((account, Record { left_since: None, ..record }, Some(revision))),
            Step::Removed => {
                crate::person::delete(account, parts.records, parts.outbox).await?;
                done.push(step);
            }
        }
        if matches!(step, Step::Leaves | Step::Returns) {
            changing.push(step);
        }
    }
    if changes.is_empty() {
        return Ok(done);
    }
    let swaps = parts.records.store_many(&changes).await?;
    // Who lost was changed by somebody this moment: the next run looks again.
    let settled = changing.into_iter().zip(swaps).map(|(step, swap)| match swap {
        Swap::Won(_) => step,
        Swap::Lost => Step::Stays,
    });
    done.extend(settled);
    Ok(done)
}

impl Tally {
    fn add(&mut self, step: Step) {
        self.records += 1;
        match step {
            Step::Stays => {}
            Step::Leaves => self.left += 1,
            Step::Returns => self.returned += 1,
            Step::Removed => self.removed += 1,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { records, left, returned, removed } = self;
        write!(f, "{records} records: {left} left, {returned} returned, {removed} removed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_removed_only_after_its_time() {
        let keep = SignedDuration::from_hours(24 * 30);
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let here = Record::default();
        let gone = |since| Record { left_since: Some(since), ..Record::default() };
        let moment = SignedDuration::from_secs(1);
        assert_eq!(step(&here, true, now, keep), Step::Stays);
        assert_eq!(step(&here, false, now, keep), Step::Leaves);
        assert_eq!(step(&gone(now - keep - moment), true, now, keep), Step::Returns);
        assert_eq!(step(&gone(now - keep + moment), false, now, keep), Step::Stays);
        assert_eq!(step(&gone(now - keep), false, now, keep), Step::Removed);
        // A clock that was set back removes nothing.
        assert_eq!(step(&gone(now + moment), false, now, keep), Step::Stays);
    }
}
