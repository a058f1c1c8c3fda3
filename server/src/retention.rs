//! Retention: removes the records of accounts that left, after a period. Deletion on a person's request is in
//! `person`.
//!
//! | account | record | action |
//! |---|---|---|
//! | in the directory, not disabled | marked as left | remove the mark |
//! | missing or disabled | not marked | mark as left now |
//! | missing or disabled | marked, period not over | none |
//! | missing or disabled | marked for `records.keep_after_leaving` | delete it, with its queued messages |
//!
//! An incomplete directory listing must not delete registrations: nothing is done if the listing fails, or if a
//! quarter of all records would be marked at once.

use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use crate::ports::records::{Record, Records, StoredRecord};
use crate::ports::sessions::Swap;
use crate::ports::store::{Store, StoreError};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashSet;

/// Records read at a time.
const PAGE_SIZE: u32 = 500;
/// This many records may be marked at once in any organisation, however small.
const LEAVERS_ALWAYS_ALLOWED: u64 = 20;
/// At most one in this many records may be marked at once: more accounts did not leave in one day, but were missing
/// from the listing.
const LEAVERS_DIVISOR: u64 = 4;

/// What retention does with a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetentionAction {
    /// Leave it unchanged.
    Keep,
    /// Mark the account as left now.
    MarkLeft,
    /// The account is back: remove the mark.
    ClearMark,
    /// The period is over: delete the record.
    Delete,
}

/// Decides on a record whose account is, or is not, in use.
pub fn action_for(record: &Record, in_use: bool, now: Timestamp, keep: SignedDuration) -> RetentionAction {
    match (record.left_since, in_use) {
        (None, false) => RetentionAction::MarkLeft,
        (Some(_), true) => RetentionAction::ClearMark,
        (Some(since), false) if now.duration_since(since) >= keep => RetentionAction::Delete,
        (None, true) | (Some(_), false) => RetentionAction::Keep,
    }
}

/// Number of records per action.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Examined.
    pub records: u64,
    /// Marked as left in this run.
    pub left: u64,
    /// Mark removed.
    pub returned: u64,
    /// Deleted.
    pub removed: u64,
}

/// The run failed; each variant says whether anything was changed.
#[derive(Debug, thiserror::Error)]
pub enum RetentionError {
    /// The directory listing failed.
    #[error("the accounts could not be listed; nothing was marked or removed")]
    Directory(#[from] DirectoryError),
    /// Too many accounts disappeared at once.
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
    /// The records could not be read or changed; the next run continues.
    #[error("the records could not be read or changed")]
    Store(#[from] StoreError),
}

/// Dependencies of a retention run.
#[derive(Clone, Copy)]
pub struct RetentionDeps<'a> {
    /// Lists the accounts in use.
    pub directory: &'a dyn Directory,
    /// The records, and what goes with them.
    pub store: &'a dyn Store,
}

/// Applies retention to all records once; changes nothing if `dry_run`. To be run once a day.
pub async fn run(
    deps: RetentionDeps<'_>,
    keep: SignedDuration,
    now: Timestamp,
    dry_run: bool,
) -> Result<Tally, RetentionError> {
    let in_use = in_use(deps.directory).await?;
    let decide =
        |account: &AccountId, record: &Record| action_for(record, in_use.contains(account), now, keep);
    let mut tally = Tally::default();
    let mut after = None;
    while let Some(page) = next_page(deps.store, &mut after).await? {
        for (account, stored) in &page {
            tally.add(decide(account, &stored.record));
        }
    }
    if tally.left > LEAVERS_ALWAYS_ALLOWED && tally.left * LEAVERS_DIVISOR > tally.records {
        return Err(RetentionError::TooMany { gone: tally.left, records: tally.records });
    }
    if dry_run {
        return Ok(tally);
    }
    let mut tally = Tally::default();
    let mut after = None;
    while let Some(page) = next_page(deps.store, &mut after).await? {
        for action in apply_page(deps, page, now, decide).await? {
            tally.add(action);
        }
    }
    Ok(tally)
}

async fn in_use(directory: &dyn Directory) -> Result<HashSet<AccountId>, DirectoryError> {
    let mut in_use = HashSet::new();
    let is_in_use = |listed: &&ListedAccount| match listed.eligibility {
        Eligibility::Eligible
        | Eligibility::Privileged
        | Eligibility::Expired
        | Eligibility::SmartCard
        | Eligibility::OutOfScope => true,
        Eligibility::Disabled => false,
    };
    let mut collect_page =
        |page: Vec<ListedAccount>| in_use.extend(page.iter().filter(is_in_use).map(|listed| listed.id));
    directory.list(&mut collect_page).await?;
    Ok(in_use)
}

async fn next_page(
    records: &dyn Records,
    after: &mut Option<AccountId>,
) -> Result<Option<Vec<(AccountId, StoredRecord)>>, StoreError> {
    let page = records.page(*after, PAGE_SIZE).await?;
    *after = page.last().map(|(account, _)| *account);
    Ok((!page.is_empty()).then_some(page))
}

async fn apply_page(
    deps: RetentionDeps<'_>,
    page: Vec<(AccountId, StoredRecord)>,
    now: Timestamp,
    decide: impl Fn(&AccountId, &Record) -> RetentionAction,
) -> Result<Vec<RetentionAction>, StoreError> {
    let (mut actions, mut changes, mut pending_actions) =
        (Vec::with_capacity(page.len()), Vec::new(), Vec::new());
    for (account, StoredRecord { record, revision }) in page {
        let action = decide(&account, &record);
        match action {
            RetentionAction::Keep => actions.push(action),
            RetentionAction::MarkLeft => {
                changes.push((account, Record { left_since: Some(now), ..record }, Some(revision)));
            }
            RetentionAction::ClearMark => {
                changes.push((account, Record { left_since: None, ..record }, Some(revision)));
            }
            RetentionAction::Delete => {
                crate::person::delete(account, deps.store).await?;
                actions.push(action);
            }
        }
        if matches!(action, RetentionAction::MarkLeft | RetentionAction::ClearMark) {
            pending_actions.push(action);
        }
    }
    if changes.is_empty() {
        return Ok(actions);
    }
    let swaps = deps.store.store_many(&changes).await?;
    // A record that lost was changed concurrently: the next run decides again.
    let stored_actions = pending_actions.into_iter().zip(swaps).map(|(action, swap)| match swap {
        Swap::Won(_) => action,
        Swap::Lost => RetentionAction::Keep,
    });
    actions.extend(stored_actions);
    Ok(actions)
}

impl Tally {
    fn add(&mut self, action: RetentionAction) {
        self.records += 1;
        match action {
            RetentionAction::Keep => {}
            RetentionAction::MarkLeft => self.left += 1,
            RetentionAction::ClearMark => self.returned += 1,
            RetentionAction::Delete => self.removed += 1,
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
    fn record_is_deleted_only_after_the_retention_period() {
        let keep = SignedDuration::from_hours(24 * 30);
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let unmarked = Record::default();
        let marked = |since| Record { left_since: Some(since), ..Record::default() };
        let second = SignedDuration::from_secs(1);
        assert_eq!(action_for(&unmarked, true, now, keep), RetentionAction::Keep);
        assert_eq!(action_for(&unmarked, false, now, keep), RetentionAction::MarkLeft);
        assert_eq!(action_for(&marked(now - keep - second), true, now, keep), RetentionAction::ClearMark);
        assert_eq!(action_for(&marked(now - keep + second), false, now, keep), RetentionAction::Keep);
        assert_eq!(action_for(&marked(now - keep), false, now, keep), RetentionAction::Delete);
        // A clock that was set back deletes nothing.
        assert_eq!(action_for(&marked(now + second), false, now, keep), RetentionAction::Keep);
    }
}
