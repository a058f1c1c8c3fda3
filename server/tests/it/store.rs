//! Contract suites of the store ports and of the audit log, run on the in-memory and the real implementations.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod collected_audit;
mod frozen;
mod nodes;
mod postgres;
mod waiting;

use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};
use server::adapters::audit_log::AuditLog;
use server::adapters::sqlite::SqliteStore;
use server::ports::audit::{Audit, AuditEntry, Event};
use server::ports::devices::{Device, DeviceId, Devices};
use server::ports::directory::AccountId;
use server::ports::notifier::{Channel, Outbox};
use server::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use server::ports::records::{BirthdateDigest, Record, Records, RegisteredValue, SealedMobile, Statistics};
use server::ports::sessions::{Revision, SessionId, Sessions, Swap};
use server::ports::store::Store;
use server::test_support::{MemoryAudit, MemoryStore};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn id(byte: u8) -> SessionId {
    SessionId(Zeroizing::new([byte; 32]))
}

async fn sessions_are_advanced_by_compare_and_swap(store: &impl Sessions) {
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

async fn expired_sessions_are_purged(store: &impl Sessions) {
    store.create(&id(3), b"", NOW - SignedDuration::from_secs(1)).await.unwrap();
    store.create(&id(4), b"", NOW + SignedDuration::from_secs(1)).await.unwrap();
    store.purge(NOW).await.unwrap();
    assert_eq!(store.load(&id(3)).await.unwrap(), None);
    assert!(store.load(&id(4)).await.unwrap().is_some());
}

async fn only_one_of_many_swaps_wins<S: Sessions + 'static>(store: Arc<S>) {
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

async fn limit_holds_in_any_window(store: &impl RateLimits) {
    let limit = Limit { max: 3, window: Duration::from_mins(10) };
    let key = LimitKey([1; 16]);
    for left in [2, 1, 0] {
        assert_eq!(
            store.take(&[(key.clone(), limit)], NOW).await.unwrap(),
            RateLimitDecision::Granted { left }
        );
    }
    let RateLimitDecision::Exhausted { retry_after } =
        store.take(&[(key.clone(), limit)], NOW).await.unwrap()
    else {
        panic!("a fourth request was granted")
    };
    assert!(retry_after >= Duration::from_mins(10), "{retry_after:?}");
    let shortly_before = NOW + SignedDuration::from_secs(599);
    assert!(matches!(
        store.take(&[(key.clone(), limit)], shortly_before).await.unwrap(),
        RateLimitDecision::Exhausted { .. }
    ));
    let after = NOW + SignedDuration::try_from(retry_after).unwrap();
    assert!(matches!(
        store.take(&[(key.clone(), limit)], after).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
}

async fn several_limits_are_taken_together_or_not_at_all(store: &impl RateLimits) {
    let one = Limit { max: 1, window: Duration::from_mins(1) };
    let many = Limit { max: 10, window: Duration::from_mins(1) };
    let (tight, wide) = (LimitKey([2; 16]), LimitKey([3; 16]));
    assert_eq!(
        store.take(&[(tight.clone(), one), (wide.clone(), many)], NOW).await.unwrap(),
        RateLimitDecision::Granted { left: 0 }
    );
    let both = store.take(&[(wide.clone(), many), (tight, one)], NOW).await.unwrap();
    assert!(matches!(both, RateLimitDecision::Exhausted { .. }));
    assert_eq!(store.take(&[(wide, many)], NOW).await.unwrap(), RateLimitDecision::Granted { left: 8 });
}

async fn released_permit_can_be_taken_again(store: &impl RateLimits) {
    let one = Limit { max: 1, window: Duration::from_mins(1) };
    let key = LimitKey([4; 16]);
    assert!(matches!(
        store.take(&[(key.clone(), one)], NOW).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
    store.release(&key, one, NOW).await.unwrap();
    store.release(&key, one, NOW).await.unwrap();
    assert!(matches!(
        store.take(&[(key.clone(), one)], NOW).await.unwrap(),
        RateLimitDecision::Granted { .. }
    ));
    assert!(matches!(store.take(&[(key, one)], NOW).await.unwrap(), RateLimitDecision::Exhausted { .. }));
}

async fn cleared_key_has_no_events_and_other_keys_keep_theirs(store: &impl RateLimits) {
    let years = Limit { max: 2, window: Duration::from_hours(100 * 365 * 24) };
    let (key, other) = (LimitKey([9; 16]), LimitKey([10; 16]));
    store.take(&[(key.clone(), years), (other.clone(), years)], NOW).await.unwrap();
    // A count without decay: years later it is still there.
    let later = NOW + SignedDuration::from_hours(5 * 365 * 24);
    store.take(&[(key.clone(), years)], later).await.unwrap();
    assert_eq!(store.count(&key, years, later).await.unwrap(), 2);
    let full = store.take(&[(key.clone(), years)], later).await.unwrap();
    assert!(matches!(full, RateLimitDecision::Exhausted { .. }));
    store.clear(&key).await.unwrap();
    assert_eq!(store.count(&key, years, later).await.unwrap(), 0);
    assert_eq!(store.count(&other, years, later).await.unwrap(), 1);
}

async fn counted_events_are_read_without_counting(store: &impl RateLimits) {
    let hour = Limit { max: u32::MAX, window: Duration::from_hours(1) };
    let (key, other) = (LimitKey([7; 16]), LimitKey([8; 16]));
    assert_eq!(store.count(&key, hour, NOW).await.unwrap(), 0);
    store.take(&[(key.clone(), hour)], NOW).await.unwrap();
    store.take(&[(key.clone(), hour)], NOW + SignedDuration::from_mins(30)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(59)).await.unwrap(), 2);
    }
    assert_eq!(store.count(&other, hour, NOW).await.unwrap(), 0);
    // A tenth of the window later than the window, because the embedded store counts in slices.
    assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(67)).await.unwrap(), 1);
    assert_eq!(store.count(&key, hour, NOW + SignedDuration::from_mins(97)).await.unwrap(), 0);
}

async fn zero_means_no_limit(store: &impl RateLimits) {
    let off = Limit { max: 0, window: Duration::from_mins(1) };
    for _ in 0..3 {
        let decision = store.take(&[(LimitKey([5; 16]), off)], NOW).await.unwrap();
        assert_eq!(decision, RateLimitDecision::Granted { left: u32::MAX });
    }
}

async fn parallel_requests_are_granted_up_to_the_limit<S: RateLimits + 'static>(store: Arc<S>) {
    let limit = Limit { max: 7, window: Duration::from_mins(1) };
    let requests = (0..100).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.take(&[(LimitKey([6; 16]), limit)], NOW).await.unwrap() })
    });
    let mut granted = 0;
    for request in requests.collect::<Vec<_>>() {
        granted += u32::from(matches!(request.await.unwrap(), RateLimitDecision::Granted { .. }));
    }
    assert_eq!(granted, 7);
}

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

fn record(birthdate: u8, mobile: Option<u8>) -> Record {
    let value = BirthdateDigest { key_id: "k".into(), digest: [birthdate; 32] };
    let sealed = |byte| SealedMobile { key_id: "old".into(), sealed: vec![byte, 9], digest: [byte; 32] };
    Record {
        birthdate: Some(RegisteredValue::by(Source::Hr, value, NOW)),
        mobile: mobile.map(|byte| RegisteredValue::by(Source::Employee, sealed(byte), NOW)),
        ..Record::default()
    }
}

async fn records_are_changed_by_compare_and_swap(store: &impl Records) {
    assert_eq!(store.load(account(1)).await.unwrap(), None);
    let Swap::Won(first) = store.store(account(1), &record(1, None), None).await.unwrap() else { panic!() };
    assert_eq!(store.store(account(1), &record(2, None), None).await.unwrap(), Swap::Lost);
    let swap = store.store(account(1), &record(3, Some(7)), Some(first)).await.unwrap();
    let Swap::Won(second) = swap else { panic!("{swap:?}") };
    assert_eq!(store.store(account(1), &record(4, None), Some(first)).await.unwrap(), Swap::Lost);
    let stored = store.load(account(1)).await.unwrap().unwrap();
    assert_eq!((stored.record, stored.revision), (record(3, Some(7)), second));
    assert_eq!(store.load(account(2)).await.unwrap(), None);
}

async fn each_record_of_a_batch_is_stored_or_lost_individually(store: &impl Records) {
    let changes = [(account(1), record(9, None), None), (account(3), record(3, Some(7)), None)];
    let swaps = store.store_many(&changes).await.unwrap();
    assert_eq!(swaps, [Swap::Lost, Swap::Won(Revision(1))]);
    assert_eq!(store.load(account(1)).await.unwrap().unwrap().record, record(3, Some(7)));
}

async fn records_are_paged_counted_and_removed(store: &impl Records) {
    store.store(account(2), &record(2, None), None).await.unwrap();
    let first = store.page(None, 2).await.unwrap();
    assert_eq!(first.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(1), account(2)]);
    let rest = store.page(Some(account(2)), 2).await.unwrap();
    assert_eq!(rest.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(3)]);
    let mut many = store.load_many(&[account(3), account(8), account(1)]).await.unwrap();
    many.sort_by_key(|(id, _)| id.0);
    assert_eq!(many.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [account(1), account(3)]);
    assert_eq!(Some(&many[1].1), store.load(account(3)).await.unwrap().as_ref());
    assert_eq!(store.load_many(&[]).await.unwrap(), []);
    let counted = store.statistics("k").await.unwrap();
    assert_eq!(counted, Statistics { records: 3, birthdates: 3, mobiles: 2, on_old_keys: 2 });
    assert!(store.remove(account(3)).await.unwrap());
    assert!(!store.remove(account(3)).await.unwrap());
    assert_eq!(store.load(account(3)).await.unwrap(), None);
}

async fn messages_leave_the_queue_when_done(store: &impl Outbox) {
    let mail = |byte| (Channel::Mail, vec![byte]);
    store.put(account(1), &[mail(1), mail(2)], NOW).await.unwrap();
    store.put(account(2), &[mail(3)], NOW).await.unwrap();
    let due = store.due(Channel::Mail, NOW, 2).await.unwrap();
    assert_eq!(due.iter().map(|queued| queued.sealed.clone()).collect::<Vec<_>>(), [[1], [2]]);
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(NOW));
    store.remove_message(due[0].id).await.unwrap();
    let later = NOW + SignedDuration::from_mins(1);
    store.reschedule(due[1].id, later).await.unwrap();
    let now = store.due(Channel::Mail, NOW, 9).await.unwrap();
    assert_eq!(now.iter().map(|queued| queued.account).collect::<Vec<_>>(), [account(2)]);
    let then = store.due(Channel::Mail, later, 9).await.unwrap();
    assert_eq!(then.iter().map(|queued| queued.attempts).collect::<Vec<_>>(), [0, 1]);
    store.remove_messages_of(account(2)).await.unwrap();
    assert_eq!(store.queued_count().await.unwrap(), 1);
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(later));
    store.remove_messages_of(account(1)).await.unwrap();
}

async fn only_one_of_many_claims_of_a_message_succeeds<S: Store + 'static>(store: Arc<S>) {
    store.put(account(7), &[(Channel::Mail, vec![1])], NOW).await.unwrap();
    let id = store.due(Channel::Mail, NOW, 1).await.unwrap()[0].id;
    let until = NOW + SignedDuration::from_mins(2);
    let claims = (0..20).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.claim(id, NOW, until).await.unwrap() })
    });
    let mut won = 0;
    for claim in claims.collect::<Vec<_>>() {
        won += u32::from(claim.await.unwrap());
    }
    assert_eq!(won, 1);
    assert_eq!(store.due(Channel::Mail, NOW, 9).await.unwrap(), []);
    // The node that claimed it was lost: another one sends it.
    assert_eq!(store.due(Channel::Mail, until, 9).await.unwrap()[0].attempts, 0);
    assert!(store.claim(id, until, until + SignedDuration::from_mins(2)).await.unwrap());
    store.remove_messages_of(account(7)).await.unwrap();
    assert!(!store.claim(id, until, until).await.unwrap(), "a removed message");
}

async fn each_channel_has_its_own_queue_and_untried_messages_go_first(store: &impl Outbox) {
    let due_messages = async |channel, limit| {
        let due = store.due(channel, NOW + SignedDuration::from_mins(5), limit).await.unwrap();
        due.into_iter().map(|queued| queued.sealed[0]).collect::<Vec<_>>()
    };
    let both = [(Channel::Sms, vec![1]), (Channel::Mail, vec![2]), (Channel::Sms, vec![3])];
    store.put(account(1), &both, NOW).await.unwrap();
    assert_eq!(due_messages(Channel::Mail, 1).await, [2], "independent of the other channel's messages");
    assert_eq!(due_messages(Channel::Sms, 9).await, [1, 3]);
    for queued in store.due(Channel::Sms, NOW, 9).await.unwrap() {
        store.reschedule(queued.id, NOW + SignedDuration::from_mins(1)).await.unwrap();
    }
    let minutes = |minutes| NOW + SignedDuration::from_mins(minutes);
    assert_eq!(store.next_due(Channel::Sms).await.unwrap(), Some(minutes(1)));
    assert_eq!(store.next_due(Channel::Mail).await.unwrap(), Some(NOW));
    store.put(account(2), &[(Channel::Sms, vec![4]), (Channel::Sms, vec![5])], minutes(2)).await.unwrap();
    assert_eq!(due_messages(Channel::Sms, 9).await, [4, 5, 1, 3]);
    assert_eq!(due_messages(Channel::Sms, 1).await, [4]);
    store.remove_messages_of(account(1)).await.unwrap();
    store.remove_messages_of(account(2)).await.unwrap();
    assert_eq!(store.next_due(Channel::Sms).await.unwrap(), None);
}

fn verified_entry() -> AuditEntry {
    AuditEntry {
        at: NOW,
        event: Event::Verified,
        reference: "DDDD-0004".into(),
        subject: "0011".into(),
        network: "192.0.2.0/24".into(),
    }
}

async fn audit_entries_are_found_by_reference(audit: &impl Audit) {
    let entry = |reference: &str, event| AuditEntry {
        at: NOW,
        event,
        reference: reference.into(),
        subject: "0011".into(),
        network: "192.0.2.0/24".into(),
    };
    let about_to_set = entry("AAAA-0001", Event::AboutToSet);
    let set = entry("AAAA-0001", Event::PasswordSet);
    for one in [&about_to_set, &entry("BBBB-0002", Event::Verified), &set] {
        audit.record(one.clone()).await.unwrap();
    }
    assert_eq!(audit.find("aaaa-0001").await.unwrap(), vec![about_to_set, set]);
    assert_eq!(audit.find("CCCC-0003").await.unwrap(), vec![]);
}

async fn devices_are_found_until_they_expire_or_are_revoked(store: &impl Devices) {
    let days = |days: i64| NOW + SignedDuration::from_hours(24 * days);
    let id = |byte| DeviceId([byte; 16]);
    let device = |number, created, expires| Device { account: account(number), created, expires };
    assert_eq!(store.find_device(id(1), NOW).await.unwrap(), None);
    store.register_device(id(1), device(1, NOW, days(2)), 2).await.unwrap();
    store.register_device(id(2), device(2, NOW, days(2)), 2).await.unwrap();
    assert_eq!(store.find_device(id(1), NOW).await.unwrap(), Some(device(1, NOW, days(2))));
    assert!(store.find_device(id(1), days(2)).await.unwrap().is_none(), "expired, also before the purge");
    assert!(store.renew_device(id(1), days(4)).await.unwrap());
    assert!(!store.renew_device(id(9), days(4)).await.unwrap());
    assert_eq!(store.find_device(id(1), days(3)).await.unwrap(), Some(device(1, NOW, days(4))));

    store.register_device(id(3), device(1, days(1), days(3)), 2).await.unwrap();
    store.register_device(id(4), device(1, days(2), days(5)), 2).await.unwrap();
    let kept = [device(1, NOW, days(4)), device(1, days(2), days(5))];
    assert_eq!(store.devices_of(account(1)).await.unwrap(), kept, "the two that expire last");

    store.purge_devices(days(4) + SignedDuration::from_secs(1)).await.unwrap();
    assert_eq!(store.devices_of(account(1)).await.unwrap().len(), 1);
    assert_eq!(store.devices_of(account(2)).await.unwrap(), []);
    assert_eq!(store.revoke_devices(account(1)).await.unwrap(), 1);
    assert_eq!(store.revoke_devices(account(1)).await.unwrap(), 0);
    assert_eq!(store.find_device(id(4), NOW).await.unwrap(), None);
}

async fn contract<S: Store + 'static>(store: Arc<S>) {
    sessions_are_advanced_by_compare_and_swap(&*store).await;
    expired_sessions_are_purged(&*store).await;
    only_one_of_many_swaps_wins(Arc::clone(&store)).await;
    limit_holds_in_any_window(&*store).await;
    several_limits_are_taken_together_or_not_at_all(&*store).await;
    released_permit_can_be_taken_again(&*store).await;
    zero_means_no_limit(&*store).await;
    cleared_key_has_no_events_and_other_keys_keep_theirs(&*store).await;
    counted_events_are_read_without_counting(&*store).await;
    parallel_requests_are_granted_up_to_the_limit(Arc::clone(&store)).await;
    records_are_changed_by_compare_and_swap(&*store).await;
    each_record_of_a_batch_is_stored_or_lost_individually(&*store).await;
    records_are_paged_counted_and_removed(&*store).await;
    devices_are_found_until_they_expire_or_are_revoked(&*store).await;
    messages_leave_the_queue_when_done(&*store).await;
    each_channel_has_its_own_queue_and_untried_messages_go_first(&*store).await;
    only_one_of_many_claims_of_a_message_succeeds(Arc::clone(&store)).await;
    frozen::frozen_account_stays_frozen_until_it_is_lifted(&*store).await;
    frozen::link_freezes_its_account_once(&*store).await;
    frozen::expired_link_freezes_nothing_and_is_purged(&*store).await;
    frozen::lifted_freeze_is_remembered_for_longer_than_any_session(&*store).await;
    frozen::data_of_one_account_is_removed(&*store).await;
    waiting::first_wait_stands_until_it_has_closed(&*store).await;
    waiting::freeze_and_its_end_delete_the_wait_of_the_account(&*store).await;
    waiting::wait_is_removed_with_the_data_of_its_account(&*store).await;
    waiting::closed_waits_are_purged_later_than_any_session_ends(&*store).await;
    waiting::one_of_many_parallel_waits_stands(Arc::clone(&store)).await;
    frozen::only_one_of_many_presses_freezes(store).await;
}

#[tokio::test]
async fn memory_store_satisfies_the_contract() {
    contract(Arc::new(MemoryStore::default())).await;
}

#[tokio::test]
async fn sqlite_store_satisfies_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    contract(Arc::new(SqliteStore::open(&folder.path().join("reset.db")).await.unwrap())).await;
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

#[tokio::test]
async fn memory_audit_log_satisfies_the_contract() {
    audit_entries_are_found_by_reference(&MemoryAudit::default()).await;
}

#[tokio::test]
async fn file_audit_log_satisfies_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("audit.jsonl");
    audit_entries_are_found_by_reference(&AuditLog::open(file.clone()).unwrap()).await;
    // A line truncated by a crash does not hide the others.
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("{\"at\":\"2026-");
    std::fs::write(&file, text).unwrap();
    let audit_log = AuditLog::open(file.clone()).unwrap();
    assert_eq!(audit_log.find("AAAA-0001").await.unwrap().len(), 2);
    // The next entry starts on a new line.
    let entry = audit_log.find("BBBB-0002").await.unwrap().remove(0);
    audit_log.record(entry).await.unwrap();
    assert_eq!(audit_log.find("BBBB-0002").await.unwrap().len(), 2);
    // A rotated file is not written any more, and a new one is created.
    let rotated = file.with_extension("1");
    std::fs::rename(&file, &rotated).unwrap();
    let before = std::fs::read(&rotated).unwrap();
    audit_log.record(verified_entry()).await.unwrap();
    assert_eq!(std::fs::read(&rotated).unwrap(), before);
    assert_eq!(audit_log.find("DDDD-0004").await.unwrap().len(), 1);
}
