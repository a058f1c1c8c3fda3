//! Security rules of the import: confirmed values, duplicate numbers, and notices to the account owner.

use super::world::{NOW, WAIT, World, keyring, worlds};
use async_trait::async_trait;
use server::enrollment::record::Change;
use server::import::{LineOutcome, RowError};
use server::ports::directory::{AccountId, Eligibility};
use server::ports::records::{Record, Records, Statistics, StoredRecord};
use server::ports::sessions::{Revision, Swap};
use server::ports::store::StoreError;
use server::test_support::MemoryStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

fn applied(change: Change) -> Vec<(u64, LineOutcome)> {
    vec![(2, LineOutcome::Taken(change))]
}

fn refused(reason: RowError) -> Vec<(u64, LineOutcome)> {
    vec![(2, LineOutcome::Refused(reason))]
}

fn mobile(number: &str) -> String {
    format!("username;mobile\nA.Janssen;{number}\n")
}

#[tokio::test]
async fn a34_hr_does_not_silently_overwrite_a_confirmed_number() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        world.register(anna, "+31612345678").await;
        assert_eq!(world.outcomes(mobile("06-87654321")).await, applied(Change::Proposed));
        assert_eq!(world.number(anna).await.as_deref(), Some("+31612345678"));
        let proposed = world.records.load(anna).await.unwrap();
        assert!(proposed.as_ref().unwrap().record.proposed_mobile.is_some());
        assert_eq!(world.pending_notices().await, [], "nothing was changed");
        // The nightly repetition writes nothing: the proposal already waits.
        assert_eq!(world.outcomes(mobile("0031687654321")).await, applied(Change::Proposed));
        assert_eq!(world.records.load(anna).await.unwrap(), proposed);
        // HR withdraws the proposal.
        assert_eq!(world.outcomes(mobile("0612345678")).await, applied(Change::Same));
        assert!(world.record(anna).await.proposed_mobile.is_none());
    }
}

#[tokio::test]
async fn a34_replaced_number_waits_and_its_owner_is_notified_at_the_old_one() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        assert_eq!(world.outcomes(mobile("0612345678")).await, applied(Change::First));
        assert!(world.record(anna).await.usable_from() <= NOW);
        assert_eq!(world.outcomes(mobile("0687654321")).await, applied(Change::Replaced));
        assert_eq!(world.record(anna).await.usable_from(), NOW + WAIT);
        assert_eq!(world.pending_notices().await, [(anna, Some("+31612345678".to_owned()), NOW + WAIT)]);
    }
}

#[tokio::test]
async fn unconfirmed_birthdate_from_hr_is_corrected_at_once_without_notice() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        let text = |day| format!("username;birthdate\nA.Janssen;{day}-10-1984\n");
        assert_eq!(world.outcomes(text(1)).await, applied(Change::First));
        let before = world.record(anna).await;
        assert_eq!(world.outcomes(text(2)).await, applied(Change::Replaced));
        assert_ne!(world.record(anna).await.birthdate, before.birthdate);
        assert!(world.record(anna).await.usable_from() <= NOW);
        assert_eq!(world.pending_notices().await, []);
    }
}

#[tokio::test]
async fn a34_every_notation_of_a_number_is_the_same_number_and_writes_nothing() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        world.import(mobile("0612345678")).await.unwrap();
        let before = world.records.load(anna).await.unwrap();
        for form in
            ["06-12345678", "+31 6 1234 5678", "0031612345678", "+31 (0)6 12345678", "(06) 12 34 56 78"]
        {
            assert_eq!(world.outcomes(mobile(form)).await, applied(Change::Same), "{form}");
        }
        assert_eq!(world.records.load(anna).await.unwrap(), before);
    }
}

#[tokio::test]
async fn a34_number_of_another_person_is_refused() {
    for world in worlds().await {
        let (anna, bram) = (world.add_account("A.Janssen"), world.add_account("B.Bakker"));
        world.register(bram, "+31612345678").await;
        assert_eq!(world.outcomes(mobile("0612345678")).await, refused(RowError::AlreadyRegistered));
        assert_eq!(world.records.load(anna).await.unwrap(), None);
        let both = "username;mobile\nA.Janssen;0611111111\nB.Bakker;0611111111\n";
        let shared = |line| LineOutcome::Refused(RowError::SharedWith(line));
        assert_eq!(world.outcomes(both).await, [(2, shared(3)), (3, shared(2))]);
        assert_eq!(world.number(bram).await.as_deref(), Some("+31612345678"));
        // A leaver no longer blocks the number: the phone was handed on.
        world.directory.edit("B.Bakker", |member| member.account.eligibility = Eligibility::Disabled);
        assert_eq!(world.outcomes(mobile("0612345678")).await, applied(Change::First));
    }
}

#[tokio::test]
async fn a34_duplicate_number_is_found_under_an_earlier_key() {
    for mut world in worlds().await {
        world.add_account("A.Janssen");
        let bram = world.add_account("B.Bakker");
        world.register(bram, "+31612345678").await;
        world.keys = keyring(&[8, 7]);
        assert_eq!(world.outcomes(mobile("0612345678")).await, refused(RowError::AlreadyRegistered));
    }
}

#[tokio::test]
async fn a34_several_employments_of_a_person_are_merged() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        let text = "username;birthdate;mobile;since\nA.Janssen;01-10-1984;0611111111;01-01-2020\n\
                    A.Janssen;01-10-1984;;01-06-2026\na.janssen@pantein.nl;;0622222222;2024-01-01\n";
        let outcomes = world.outcomes(text).await;
        let first = LineOutcome::Taken(Change::First);
        assert_eq!(outcomes, [(2, first), (3, first), (4, first)]);
        assert_eq!(world.number(anna).await.as_deref(), Some("+31622222222"));
        let text = "username;mobile\nA.Janssen;0611111111\nA.Janssen;0622222222\n";
        let differs = |line| LineOutcome::Refused(RowError::OtherMobile(line));
        assert_eq!(world.outcomes(text).await, [(2, differs(3)), (3, differs(2))]);
        assert_eq!(world.number(anna).await.as_deref(), Some("+31622222222"));
    }
}

#[tokio::test]
async fn a28_recreated_account_of_the_same_name_inherits_nothing() {
    for world in worlds().await {
        let text = "username;birthdate;mobile\nA.Janssen;01-10-1984;0612345678\n";
        let before = world.add_account("A.Janssen");
        world.import(text).await.unwrap();
        world.directory.remove_account("A.Janssen");
        let after = world.add_account("A.Janssen");
        assert_eq!(world.records.load(after).await.unwrap(), None);
        // HR's values become first values of the new account; the old account's number does not block them.
        assert_eq!(world.outcomes(text).await, applied(Change::First));
        let (old, new) = (world.record(before).await, world.record(after).await);
        assert_ne!(old.birthdate.unwrap().value, new.birthdate.unwrap().value);
        assert_eq!(world.number(after).await.as_deref(), Some("+31612345678"));
    }
}

#[tokio::test]
async fn unchanged_record_is_rewritten_with_the_current_key() {
    for mut world in worlds().await {
        let anna = world.add_account("A.Janssen");
        let text = "username;birthdate;mobile\nA.Janssen;01-10-1984;0612345678\n";
        world.import(text).await.unwrap();
        world.keys = keyring(&[8, 7]);
        let writing = world.keys.current_key_id();
        assert_eq!(world.records.statistics(&writing).await.unwrap().on_old_keys, 1);
        assert_eq!(world.outcomes(text).await, applied(Change::Same));
        assert_eq!(world.records.statistics(&writing).await.unwrap().on_old_keys, 0);
        world.keys = keyring(&[8]);
        assert_eq!(world.number(anna).await.as_deref(), Some("+31612345678"));
        assert_eq!(world.outcomes(text).await, applied(Change::Same));
    }
}

/// A store in which a concurrent change happens between read and write, this many times.
struct ContendedStore(MemoryStore, AtomicUsize);

#[async_trait]
impl Records for ContendedStore {
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError> {
        self.0.load(account).await
    }
    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        self.0.store(account, record, revision).await
    }
    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        let left = self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() {
            for (account, ..) in changes {
                let stored = self.0.load(*account).await?;
                let record = stored.as_ref().map(|stored| stored.record.clone()).unwrap_or_default();
                let record = Record { left_since: Some(NOW), ..record };
                self.0.store(*account, &record, stored.map(|stored| stored.revision)).await?;
            }
        }
        self.0.store_many(changes).await
    }
    async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        self.0.remove(account).await
    }
    async fn page(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        self.0.page(after, limit).await
    }
    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        self.0.statistics(writing_key).await
    }
}

#[tokio::test]
async fn concurrently_changed_record_is_read_again() {
    let world = World::with_store(Arc::new(ContendedStore(MemoryStore::default(), AtomicUsize::new(2))));
    let anna = world.add_account("A.Janssen");
    assert_eq!(world.outcomes(mobile("0612345678")).await, applied(Change::First));
    let record = world.record(anna).await;
    assert!(record.mobile.is_some() && record.left_since == Some(NOW), "the concurrent change is preserved");
    let world = World::with_store(Arc::new(ContendedStore(MemoryStore::default(), AtomicUsize::new(99))));
    world.add_account("A.Janssen");
    assert_eq!(world.outcomes(mobile("0612345678")).await, refused(RowError::Contended));
}
