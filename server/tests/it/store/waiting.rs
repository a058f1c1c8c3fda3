//! The contract of the waiting resets.

use jiff::{SignedDuration, Timestamp};
use server::adapters::sqlite::SqliteStore;
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::{Freeze, FreezeLink, FreezeOrigin, FrozenAccounts, LinkDigest, LinkUse};
use server::ports::waiting_resets::{WaitingReset, WaitingResets};
use std::sync::Arc;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn account(byte: u8) -> AccountId {
    AccountId(Uuid::from_bytes([byte; 16]))
}

fn wait(now: Timestamp) -> WaitingReset {
    WaitingReset::starting(now, SignedDuration::from_hours(24))
}

pub(super) async fn first_wait_stands_until_it_has_closed(store: &impl WaitingResets) {
    let first = wait(NOW);
    assert_eq!(store.find_wait(account(60)).await.unwrap(), None);
    assert_eq!(store.start_wait(account(60), &first).await.unwrap(), (first, true));
    for now in [NOW + SECOND, first.opens, first.closes - SECOND] {
        assert_eq!(store.start_wait(account(60), &wait(now)).await.unwrap(), (first, false), "{now}");
    }
    assert_eq!(store.find_wait(account(60)).await.unwrap(), Some(first));
    assert_eq!(store.find_wait(account(61)).await.unwrap(), None);
    let second = wait(first.closes);
    assert_eq!(store.start_wait(account(60), &second).await.unwrap(), (second, true));
    assert!(store.remove_wait(account(60)).await.unwrap());
    assert!(!store.remove_wait(account(60)).await.unwrap());
    assert_eq!(store.find_wait(account(60)).await.unwrap(), None);
}

pub(super) async fn freeze_and_its_end_delete_the_wait_of_the_account(
    store: &(impl WaitingResets + FrozenAccounts),
) {
    let freeze = |by| Freeze { since: NOW, by, reference: "WWWW-0001".to_owned() };
    let digest = LinkDigest([62; 32]);
    for byte in [62, 63, 64] {
        store.start_wait(account(byte), &wait(NOW)).await.unwrap();
    }
    let link = FreezeLink { account: account(62), expires: NOW + SECOND, used: false };
    store.store_link(digest, &link).await.unwrap();
    let by_link = store.freeze_by_link(digest, &freeze(FreezeOrigin::Link)).await.unwrap();
    assert_eq!(by_link, LinkUse::Frozen(account(62)));
    assert_eq!(store.freeze(account(63), &freeze(FreezeOrigin::Command)).await.unwrap(), None);
    for byte in [62, 63] {
        assert_eq!(store.find_wait(account(byte)).await.unwrap(), None);
        // A verification that ran at the time of the freeze stores its wait after it.
        store.start_wait(account(byte), &wait(NOW)).await.unwrap();
        assert!(store.lift_freeze(account(byte), NOW).await.unwrap().is_some());
        assert_eq!(store.find_wait(account(byte)).await.unwrap(), None);
    }
    assert_eq!(store.find_wait(account(64)).await.unwrap(), Some(wait(NOW)), "other accounts wait on");
}

pub(super) async fn wait_is_removed_with_the_data_of_its_account(
    store: &(impl WaitingResets + FrozenAccounts),
) {
    store.start_wait(account(65), &wait(NOW)).await.unwrap();
    assert!(store.remove_freeze_data(account(65)).await.unwrap());
    assert!(!store.remove_freeze_data(account(65)).await.unwrap());
    assert_eq!(store.find_wait(account(65)).await.unwrap(), None);
}

pub(super) async fn closed_waits_are_purged_later_than_any_session_ends(store: &impl WaitingResets) {
    let wait = wait(NOW);
    store.start_wait(account(66), &wait).await.unwrap();
    store.purge_waits(wait.closes + SignedDuration::from_hours(2)).await.unwrap();
    assert_eq!(store.find_wait(account(66)).await.unwrap(), Some(wait));
    store.purge_waits(wait.closes + SignedDuration::from_hours(2) + SECOND).await.unwrap();
    assert_eq!(store.find_wait(account(66)).await.unwrap(), None);
}

pub(super) async fn one_of_many_parallel_waits_stands<S: WaitingResets + 'static>(store: Arc<S>) {
    let started = (0..20).map(|minutes| {
        let (store, wait) = (Arc::clone(&store), wait(NOW + SignedDuration::from_mins(minutes)));
        tokio::spawn(async move { store.start_wait(account(67), &wait).await.unwrap() })
    });
    let mut started_new = 0;
    let mut standing = Vec::new();
    for task in started.collect::<Vec<_>>() {
        let (wait, is_new) = task.await.unwrap();
        started_new += u32::from(is_new);
        standing.push(wait);
    }
    assert_eq!(started_new, 1);
    assert!(standing.iter().all(|wait| Some(wait) == standing.first()), "{standing:?}");
}

#[tokio::test]
async fn wait_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let before = SqliteStore::open(&file).await.unwrap();
    before.start_wait(account(1), &wait(NOW)).await.unwrap();
    // Not closed, as after `kill -9`.
    let after = SqliteStore::open(&file).await.unwrap();
    assert_eq!(after.find_wait(account(1)).await.unwrap(), Some(wait(NOW)));
}
