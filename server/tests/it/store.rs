//! Contract suites of the store ports and of the audit log, run on the in-memory and the real implementations.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod audit;
mod collected_audit;
mod devices;
mod frozen;
mod limits;
mod nodes;
mod outbox;
mod postgres;
mod records;
mod service_desk;
mod sessions;
mod waiting;

use jiff::{SignedDuration, Timestamp};
use server::adapters::sqlite::SqliteStore;
use server::ports::devices::{Device, DeviceId, Devices};
use server::ports::directory::AccountId;
use server::ports::notifier::{Channel, Outbox};
use server::ports::rate_limits::{LEFT_WITHOUT_LIMIT, Limit, LimitKey, RateLimitDecision, RateLimits};
use server::ports::records::{Record, Records};
use server::ports::sessions::{Revision, SessionId, Sessions, Swap};
use server::ports::store::Store;
use server::test_support::MemoryStore;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn id(byte: u8) -> SessionId {
    SessionId(Zeroizing::new([byte; 32]))
}

fn account(number: u128) -> AccountId {
    AccountId(Uuid::from_u128(number))
}

async fn contract<S: Store + 'static>(store: Arc<S>) {
    sessions::sessions_are_advanced_by_compare_and_swap(&*store).await;
    sessions::expired_sessions_are_purged(&*store).await;
    sessions::sessions_are_paged_and_removed_by_their_digests(&*store).await;
    sessions::only_one_of_many_swaps_wins(Arc::clone(&store)).await;
    limits::limit_holds_in_any_window(&*store).await;
    limits::several_limits_are_taken_together_or_not_at_all(&*store).await;
    limits::released_permit_can_be_taken_again(&*store).await;
    limits::zero_means_no_limit(&*store).await;
    limits::cleared_key_has_no_events_and_other_keys_keep_theirs(&*store).await;
    limits::counted_events_are_read_without_counting(&*store).await;
    limits::parallel_requests_are_granted_up_to_the_limit(Arc::clone(&store)).await;
    records::records_are_changed_by_compare_and_swap(&*store).await;
    records::each_record_of_a_batch_is_stored_or_lost_individually(&*store).await;
    records::records_are_paged_counted_and_removed(&*store).await;
    service_desk::call_code_is_accepted_once_until_it_expires(&*store).await;
    service_desk::taken_call_code_is_restored_unless_a_newer_one_exists(&*store).await;
    service_desk::codes_are_removed_with_the_freeze_of_their_account(&*store).await;
    service_desk::start_codes_are_changed_by_compare_and_swap(&*store).await;
    service_desk::only_one_of_many_uses_of_a_start_code_wins(Arc::clone(&store)).await;
    devices::devices_are_found_until_they_expire_or_are_revoked(&*store).await;
    outbox::messages_leave_the_queue_when_done(&*store).await;
    outbox::each_channel_has_its_own_queue_and_untried_messages_go_first(&*store).await;
    outbox::only_one_of_many_claims_of_a_message_succeeds(Arc::clone(&store)).await;
    frozen::frozen_account_stays_frozen_until_it_is_lifted(&*store).await;
    frozen::link_freezes_its_account_once(&*store).await;
    frozen::expired_link_freezes_nothing_and_is_purged(&*store).await;
    frozen::origin_of_a_freeze_is_kept(&*store).await;
    frozen::lifted_freeze_is_remembered_for_longer_than_any_session(&*store).await;
    frozen::unused_link_from_during_a_freeze_remains_when_it_is_lifted(&*store).await;
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
