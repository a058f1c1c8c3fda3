//! The contract of the frozen accounts and the links that freeze them.

use jiff::{SignedDuration, Timestamp};
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::LINK_LIFETIME;
use server::ports::frozen_accounts::{Freeze, FreezeLink, FreezeOrigin, FrozenAccounts, LinkDigest, LinkUse};
use std::sync::Arc;
use uuid::Uuid;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn account(byte: u8) -> AccountId {
    AccountId(Uuid::from_bytes([byte; 16]))
}

fn freeze(by: FreezeOrigin, reference: &str, seconds: i64) -> Freeze {
    Freeze { since: NOW + SignedDuration::from_secs(seconds), by, reference: reference.to_owned() }
}

fn link(byte: u8) -> FreezeLink {
    FreezeLink { account: account(byte), expires: NOW + SignedDuration::from_hours(1), used: false }
}

pub(super) async fn frozen_account_stays_frozen_until_it_is_lifted(store: &impl FrozenAccounts) {
    let first = freeze(FreezeOrigin::Command, "AAAA-0001", 0);
    assert_eq!(store.find_freeze(account(1)).await.unwrap(), None);
    assert_eq!(store.freeze(account(1), &first).await.unwrap(), None);
    let second = freeze(FreezeOrigin::Link, "AAAA-0002", 1);
    assert_eq!(store.freeze(account(1), &second).await.unwrap(), Some(first.clone()), "the first one stays");
    assert_eq!(store.freeze(account(2), &second).await.unwrap(), None);
    assert_eq!(store.find_freeze(account(1)).await.unwrap(), Some(first.clone()));
    assert_eq!(store.find_freeze(account(3)).await.unwrap(), None);
    let listed = store.list_frozen().await.unwrap();
    assert_eq!(listed, [(account(1), first.clone()), (account(2), second.clone())]);
    assert_eq!(store.lift_freeze(account(1), NOW).await.unwrap(), Some(first));
    assert_eq!(store.lift_freeze(account(1), NOW).await.unwrap(), None);
    assert_eq!(store.list_frozen().await.unwrap(), [(account(2), second)]);
}

pub(super) async fn link_freezes_its_account_once(store: &impl FrozenAccounts) {
    let digest = LinkDigest([4; 32]);
    store.store_link(digest, &link(4)).await.unwrap();
    store.store_link(LinkDigest([5; 32]), &link(4)).await.unwrap();
    // To look at a link changes nothing.
    for _ in 0..2 {
        assert_eq!(store.find_link(digest, NOW).await.unwrap(), Some(link(4)));
    }
    let by_link = freeze(FreezeOrigin::Link, "BBBB-0001", 0);
    assert_eq!(store.freeze_by_link(digest, &by_link).await.unwrap(), LinkUse::Frozen(account(4)));
    assert_eq!(store.freeze_by_link(digest, &by_link).await.unwrap(), LinkUse::AlreadyFrozen);
    let other = freeze(FreezeOrigin::Link, "BBBB-0002", 9);
    let other_link = LinkDigest([5; 32]);
    assert_eq!(store.freeze_by_link(other_link, &other).await.unwrap(), LinkUse::AlreadyFrozen);
    assert_eq!(store.find_freeze(account(4)).await.unwrap(), Some(by_link.clone()));
    assert!(store.find_link(digest, NOW).await.unwrap().unwrap().used);
    assert_eq!(store.links_of(account(4)).await.unwrap().len(), 2);
    // Lifting the freeze ends every link of the account, so that an old notice does not freeze it again.
    assert_eq!(store.lift_freeze(account(4), NOW).await.unwrap(), Some(by_link.clone()));
    for digest in [digest, other_link] {
        assert_eq!(store.find_link(digest, NOW).await.unwrap(), None);
        assert_eq!(store.freeze_by_link(digest, &by_link).await.unwrap(), LinkUse::Invalid);
    }
    assert_eq!(store.find_freeze(account(4)).await.unwrap(), None);
}

pub(super) async fn expired_link_freezes_nothing_and_is_purged(store: &impl FrozenAccounts) {
    let digest = LinkDigest([6; 32]);
    store.store_link(digest, &link(6)).await.unwrap();
    let expiry = link(6).expires;
    assert_eq!(store.find_link(digest, expiry).await.unwrap(), None);
    let late = Freeze { since: expiry, ..freeze(FreezeOrigin::Link, "CCCC-0001", 0) };
    assert_eq!(store.freeze_by_link(digest, &late).await.unwrap(), LinkUse::Invalid);
    assert_eq!(store.find_freeze(account(6)).await.unwrap(), None);
    store.purge_links(expiry).await.unwrap();
    assert_eq!(store.links_of(account(6)).await.unwrap().len(), 1);
    store.purge_links(expiry + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(store.links_of(account(6)).await.unwrap(), []);
}

pub(super) async fn origin_of_a_freeze_is_kept(store: &impl FrozenAccounts) {
    for (byte, by) in [(31, FreezeOrigin::Link), (32, FreezeOrigin::Command), (33, FreezeOrigin::ServiceDesk)]
    {
        let frozen = freeze(by, "HHHH-0001", 0);
        store.freeze(account(byte), &frozen).await.unwrap();
        assert_eq!(store.find_freeze(account(byte)).await.unwrap(), Some(frozen));
    }
}

pub(super) async fn lifted_freeze_is_remembered_for_longer_than_any_session(store: &impl FrozenAccounts) {
    let minute = SignedDuration::from_mins(1);
    let by_command = freeze(FreezeOrigin::Command, "GGGG-0001", 0);
    assert!(!store.was_frozen_since(account(11), NOW - minute).await.unwrap());
    store.freeze(account(11), &by_command).await.unwrap();
    assert!(store.was_frozen_since(account(11), NOW + minute).await.unwrap(), "it is frozen");
    store.lift_freeze(account(11), NOW + minute).await.unwrap();
    assert!(store.was_frozen_since(account(11), NOW).await.unwrap(), "a session from before");
    assert!(!store.was_frozen_since(account(11), NOW + minute * 2).await.unwrap(), "a session from after");
    store.purge_links(NOW + SignedDuration::from_hours(24)).await.unwrap();
    assert!(store.was_frozen_since(account(11), NOW).await.unwrap());
    // A lifted account can be frozen again, and stays so whatever is purged.
    let again = freeze(FreezeOrigin::Link, "GGGG-0002", 600);
    assert_eq!(store.freeze(account(11), &again).await.unwrap(), None);
    store.purge_links(NOW + SignedDuration::from_hours(100)).await.unwrap();
    assert_eq!(store.find_freeze(account(11)).await.unwrap(), Some(again));
    store.lift_freeze(account(11), NOW + minute * 20).await.unwrap();
    store.purge_links(NOW + SignedDuration::from_hours(25)).await.unwrap();
    assert!(!store.was_frozen_since(account(11), NOW).await.unwrap(), "purged");
}

/// The owner is notified before a freeze is lifted, and can freeze the account again.
pub(super) async fn unused_link_from_during_a_freeze_remains_when_it_is_lifted(store: &impl FrozenAccounts) {
    let issued = |seconds| FreezeLink {
        expires: NOW + LINK_LIFETIME + SignedDuration::from_secs(seconds),
        ..link(92)
    };
    let [before, during, used] = [92, 93, 94].map(|byte| LinkDigest([byte; 32]));
    for (digest, seconds) in [(before, 0), (during, 2), (used, 2)] {
        store.store_link(digest, &issued(seconds)).await.unwrap();
    }
    let by_command = freeze(FreezeOrigin::Command, "EEEE-0001", 1);
    assert_eq!(store.freeze(account(92), &by_command).await.unwrap(), None);
    let again = freeze(FreezeOrigin::Link, "EEEE-0002", 2);
    assert_eq!(store.freeze_by_link(used, &again).await.unwrap(), LinkUse::AlreadyFrozen);
    assert!(store.lift_freeze(account(92), NOW + SignedDuration::from_secs(3)).await.unwrap().is_some());
    for digest in [before, used] {
        assert_eq!(store.freeze_by_link(digest, &again).await.unwrap(), LinkUse::Invalid);
    }
    assert_eq!(store.freeze_by_link(during, &again).await.unwrap(), LinkUse::Frozen(account(92)));
    assert!(store.remove_freeze_data(account(92)).await.unwrap());
}

pub(super) async fn data_of_one_account_is_removed(store: &impl FrozenAccounts) {
    let by_command = freeze(FreezeOrigin::Command, "DDDD-0001", 0);
    for byte in [7, 8] {
        store.store_link(LinkDigest([byte; 32]), &link(byte)).await.unwrap();
        store.freeze(account(byte), &by_command).await.unwrap();
    }
    assert!(store.remove_freeze_data(account(7)).await.unwrap());
    assert!(!store.remove_freeze_data(account(7)).await.unwrap());
    assert_eq!(store.find_freeze(account(7)).await.unwrap(), None);
    assert_eq!(store.links_of(account(7)).await.unwrap(), []);
    assert!(store.find_freeze(account(8)).await.unwrap().is_some());
    assert_eq!(store.links_of(account(8)).await.unwrap().len(), 1);
}

pub(super) async fn only_one_of_many_presses_freezes<S: FrozenAccounts + 'static>(store: Arc<S>) {
    let digest = LinkDigest([9; 32]);
    store.store_link(digest, &link(9)).await.unwrap();
    let presses = (0..20).map(|n| {
        let store = Arc::clone(&store);
        let by_link = freeze(FreezeOrigin::Link, &format!("EEEE-{n:04}"), 0);
        tokio::spawn(async move { store.freeze_by_link(digest, &by_link).await.unwrap() })
    });
    let mut frozen = 0;
    for press in presses.collect::<Vec<_>>() {
        frozen += u32::from(press.await.unwrap() == LinkUse::Frozen(account(9)));
    }
    assert_eq!(frozen, 1);
}
