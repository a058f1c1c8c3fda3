//! The contract of the call codes and the start codes.

use super::account;
use jiff::{SignedDuration, Timestamp};
use server::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::FrozenAccounts;
use server::ports::sessions::{Revision, Swap};
use server::ports::start_codes::{StartCodeDigest, StartCodeRequest, StartCodes};
use std::sync::Arc;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const MINUTE: SignedDuration = SignedDuration::from_mins(1);

fn call(account: AccountId) -> Call {
    Call { account, verified_at: NOW, expires: NOW + MINUTE }
}

pub(super) async fn call_code_is_accepted_once_until_it_expires(store: &impl CallCodes) {
    let (first, second) = (CallCodeDigest([70; 32]), CallCodeDigest([71; 32]));
    assert!(store.put_call(first, &call(account(70))).await.unwrap());
    assert!(!store.put_call(first, &call(account(71))).await.unwrap(), "the code of another account");
    assert_eq!(store.take_call(second, NOW).await.unwrap(), None);
    assert_eq!(store.take_call(first, NOW + MINUTE).await.unwrap(), None, "expired");
    assert!(store.has_call(first, NOW).await.unwrap() && !store.has_call(second, NOW).await.unwrap());
    assert!(!store.has_call(first, NOW + MINUTE).await.unwrap(), "expired");
    assert_eq!(store.take_call(first, NOW).await.unwrap(), Some(call(account(70))));
    assert_eq!(store.take_call(first, NOW).await.unwrap(), None, "used");
    assert!(!store.has_call(first, NOW).await.unwrap(), "used");

    assert!(store.put_call(first, &call(account(70))).await.unwrap());
    assert!(store.put_call(second, &call(account(70))).await.unwrap());
    assert_eq!(store.take_call(first, NOW).await.unwrap(), None, "replaced by a newer code");
    store.purge_calls(NOW + MINUTE).await.unwrap();
    assert_eq!(store.take_call(second, NOW).await.unwrap(), None, "purged");
}

pub(super) async fn taken_call_code_is_restored_unless_a_newer_one_exists(store: &impl CallCodes) {
    let (first, second) = (CallCodeDigest([72; 32]), CallCodeDigest([73; 32]));
    let call = call(account(72));
    assert!(store.put_call(first, &call).await.unwrap());
    assert_eq!(store.take_call(first, NOW).await.unwrap(), Some(call));
    store.restore_call(first, &call).await.unwrap();
    assert_eq!(store.take_call(first, NOW).await.unwrap(), Some(call));
    assert!(store.put_call(second, &call).await.unwrap());
    store.restore_call(first, &call).await.unwrap();
    assert_eq!(store.take_call(first, NOW).await.unwrap(), None, "replaced by a newer code");
    assert_eq!(store.take_call(second, NOW).await.unwrap(), Some(call));
    store.restore_call(second, &call).await.unwrap();
    assert_eq!(store.take_call(second, NOW + MINUTE).await.unwrap(), None, "expires as before");
    store.purge_calls(NOW + MINUTE).await.unwrap();
}

/// A code from before a freeze would be valid again without it.
pub(super) async fn codes_are_removed_with_the_freeze_of_their_account(
    store: &(impl CallCodes + StartCodes + FrozenAccounts),
) {
    let (removed, kept) = (account(90), account(91));
    for (account, code) in [(removed, 90), (kept, 91)] {
        assert!(store.put_call(CallCodeDigest([code; 32]), &call(account)).await.unwrap());
        store.put_start_code(&request(account), None).await.unwrap();
    }
    assert!(store.remove_freeze_data(removed).await.unwrap());
    assert!(!store.remove_freeze_data(removed).await.unwrap());
    assert_eq!(store.take_call(CallCodeDigest([90; 32]), NOW).await.unwrap(), None);
    assert!(store.find_start_code(removed).await.unwrap().is_none());
    assert!(store.take_call(CallCodeDigest([91; 32]), NOW).await.unwrap().is_some());
    assert!(store.find_start_code(kept).await.unwrap().is_some());
    store.purge_start_codes(NOW + MINUTE).await.unwrap();
}

fn request(account: AccountId) -> StartCodeRequest {
    StartCodeRequest {
        account,
        requested_by: super::account(1),
        requested_at: NOW,
        identity_seen: false,
        approved_by: None,
        code: None,
        expires: NOW + MINUTE,
        shown: 0,
        attempts: 0,
    }
}

pub(super) async fn start_codes_are_changed_by_compare_and_swap(store: &impl StartCodes) {
    let first = request(account(80));
    assert_eq!(store.find_start_code(account(80)).await.unwrap(), None);
    let Swap::Won(revision) = store.put_start_code(&first, None).await.unwrap() else { panic!("not stored") };
    assert_eq!(store.put_start_code(&first, None).await.unwrap(), Swap::Lost);
    assert_eq!(store.find_start_code(account(80)).await.unwrap(), Some((first.clone(), revision)));

    let approved = StartCodeRequest {
        approved_by: Some(account(2)),
        code: Some(StartCodeDigest([9; 32])),
        ..first.clone()
    };
    let Swap::Won(next) = store.put_start_code(&approved, Some(revision)).await.unwrap() else {
        panic!("not stored")
    };
    assert_eq!(store.put_start_code(&first, Some(revision)).await.unwrap(), Swap::Lost);
    assert_eq!(store.find_start_code(account(80)).await.unwrap(), Some((approved.clone(), next)));

    let newer =
        StartCodeRequest { requested_at: NOW + MINUTE, expires: NOW + MINUTE * 2, ..request(account(81)) };
    store.put_start_code(&newer, None).await.unwrap();
    assert_eq!(store.open_start_codes(NOW).await.unwrap(), [approved.clone(), newer.clone()]);
    assert_eq!(store.open_start_codes(NOW + MINUTE).await.unwrap(), std::slice::from_ref(&newer));

    assert!(!store.remove_start_code(account(80), revision).await.unwrap(), "an older revision");
    assert!(!store.remove_start_code(account(82), Revision(1)).await.unwrap(), "no request");
    assert!(store.remove_start_code(account(80), next).await.unwrap());
    assert!(!store.remove_start_code(account(80), next).await.unwrap(), "removed");
    let again = StartCodeRequest { requested_at: NOW + MINUTE, ..first.clone() };
    let Swap::Won(of_another) = store.put_start_code(&again, None).await.unwrap() else {
        panic!("not stored")
    };
    for earlier in [revision, next] {
        assert_ne!(of_another, earlier);
        assert_eq!(store.put_start_code(&approved, Some(earlier)).await.unwrap(), Swap::Lost);
        assert!(
            !store.remove_start_code(account(80), earlier).await.unwrap(),
            "of a request that was removed"
        );
    }
    assert!(store.remove_start_code(account(80), of_another).await.unwrap());
    store.purge_start_codes(NOW + MINUTE * 2).await.unwrap();
    assert_eq!(store.find_start_code(account(81)).await.unwrap(), None);
}

pub(super) async fn only_one_of_many_uses_of_a_start_code_wins<S: StartCodes + 'static>(store: Arc<S>) {
    let request = request(account(83));
    let Swap::Won(revision) = store.put_start_code(&request, None).await.unwrap() else {
        panic!("not stored")
    };
    let mut uses = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = Arc::clone(&store);
        uses.spawn(async move { store.remove_start_code(account(83), revision).await.unwrap() });
    }
    let won = uses.join_all().await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
}
