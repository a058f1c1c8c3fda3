//! Sessions: compare-and-swap, expiry.

use super::*;

pub(super) async fn sessions_are_advanced_by_compare_and_swap(store: &impl Sessions) {
    let later = NOW + SignedDuration::from_mins(15);
    assert_eq!(store.load(&id(1)).await.unwrap(), None);
    let first = store.create(&id(1), b"one", later).await.unwrap();
    let Swap::Won(second) = store.swap(&id(1), first, b"two", later).await.unwrap() else { panic!("lost") };
    assert_eq!(store.swap(&id(1), first, b"late", later).await.unwrap(), Swap::Lost);
    let stored = store.load(&id(1)).await.unwrap().unwrap();
    assert_eq!((stored.sealed.as_slice(), stored.revision), (b"two".as_slice(), second));

    let Swap::Won(third) = store.renew(&id(1), &id(2), second, b"three", later).await.unwrap() else {
        panic!("lost")
    };
    assert_eq!(store.load(&id(1)).await.unwrap(), None, "the old id is no longer valid");
    assert_eq!(store.load(&id(2)).await.unwrap().unwrap().revision, third);

    store.remove(&id(2)).await.unwrap();
    assert_eq!(store.load(&id(2)).await.unwrap(), None);
    assert_eq!(store.swap(&id(2), third, b"gone", later).await.unwrap(), Swap::Lost);
}

pub(super) async fn expired_sessions_are_purged(store: &impl Sessions) {
    store.create(&id(3), b"", NOW - SignedDuration::from_secs(1)).await.unwrap();
    store.create(&id(4), b"", NOW + SignedDuration::from_secs(1)).await.unwrap();
    store.purge(NOW).await.unwrap();
    assert_eq!(store.load(&id(3)).await.unwrap(), None);
    assert!(store.load(&id(4)).await.unwrap().is_some());
}

pub(super) async fn sessions_are_paged_and_removed_by_their_digests(store: &impl Sessions) {
    let later = NOW + SignedDuration::from_mins(15);
    let mut expected = Vec::new();
    for byte in 20..25 {
        store.create(&id(byte), &[byte], later).await.unwrap();
        expected.push((id(byte).digest(), byte));
    }
    expected.sort_unstable();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.sessions_after(after, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        // Other parts of the contract leave sessions of their own.
        let own = page.into_iter().filter(|(_, stored)| matches!(stored.sealed[..], [20..25]));
        found.extend(own.map(|(digest, stored)| (digest, stored.sealed[0])));
    }
    assert_eq!(found, expected);
    let (digest, byte) = expected[0];
    assert!(store.remove_by_digest(digest).await.unwrap());
    assert_eq!(store.load(&id(byte)).await.unwrap(), None);
    assert!(!store.remove_by_digest(digest).await.unwrap(), "already deleted");
    assert!(store.load(&id(expected[1].1)).await.unwrap().is_some());
}

pub(super) async fn only_one_of_many_swaps_wins<S: Sessions + 'static>(store: Arc<S>) {
    let first = store.create(&id(5), b"", NOW + SignedDuration::from_secs(1)).await.unwrap();
    let swaps = (0..50).map(|n: u8| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            store.swap(&id(5), first, &[n], NOW + SignedDuration::from_secs(1)).await.unwrap()
        })
    });
    let mut won = 0;
    for swap in swaps.collect::<Vec<_>>() {
        won += u32::from(swap.await.unwrap() == Swap::Won(Revision(first.0 + 1)));
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn sqlite_store_keeps_sessions_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("reset.db");
    let before = SqliteStore::open(&file).await.unwrap();
    before.create(&id(9), b"kept", NOW).await.unwrap();
    // Not closed, as after `kill -9`.
    let after = SqliteStore::open(&file).await.unwrap();
    assert_eq!(Sessions::load(&after, &id(9)).await.unwrap().unwrap().sealed, b"kept");
    let bytes = std::fs::read(file.with_extension("db-wal")).unwrap();
    assert!(!bytes.windows(32).any(|window| window == [9; 32]), "the cookie's secret is not in the file");
}
