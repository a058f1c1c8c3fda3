//! The ports of the store. The operation is the kind of data: single calls would be too many series.
//!
//! No trace shows these calls: the ones before and after a verification would show how long it took, and so whether the
//! code was verified at all.

use super::meter::Meter;
use crate::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use crate::ports::devices::{Device, DeviceId, Devices};
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{Freeze, FreezeLink, FrozenAccounts, LinkDigest, LinkUse};
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{Channel, Outbox, Queued};
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use crate::ports::records::{Record, Records, Statistics, StoredRecord};
use crate::ports::sessions::{Revision, SessionDigest, SessionId, Sessions, StoredSession, Swap};
use crate::ports::start_codes::{StartCodeRequest, StartCodes};
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::{WaitingReset, WaitingResets};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// A port of the store with measured calls.
pub struct MeasuredStore<P: ?Sized> {
    inner: Arc<P>,
    meter: Meter,
}

/// Implements a port by measuring each call. The methods after the list are not measured.
macro_rules! measured {
    (
        $port:ident as $operation:literal {
            $(fn $method:ident($($argument:ident: $kind:ty),*) -> $result:ty;)*
        }
        $($unmeasured:item)*
    ) => {
        impl MeasuredStore<dyn $port> {
            /// Measures the calls of `inner`.
            pub fn new(inner: Arc<dyn $port>) -> Self {
                Self { inner, meter: Meter::untraced("store", $operation) }
            }
        }

        #[async_trait]
        impl $port for MeasuredStore<dyn $port> {
            $(async fn $method(&self, $($argument: $kind),*) -> Result<$result, StoreError> {
                self.meter.measure(self.inner.$method($($argument),*)).await
            })*
            $($unmeasured)*
        }
    };
}

measured! {
    Sessions as "sessions" {
        fn create(id: &SessionId, sealed: &[u8], expires: Timestamp) -> Revision;
        fn load(id: &SessionId) -> Option<StoredSession>;
        fn swap(id: &SessionId, revision: Revision, sealed: &[u8], expires: Timestamp) -> Swap;
        fn renew(
            old: &SessionId, new: &SessionId, revision: Revision, sealed: &[u8], expires: Timestamp
        ) -> Swap;
        fn remove(id: &SessionId) -> ();
        fn sessions_after(after: Option<SessionDigest>, max: u32) -> Vec<(SessionDigest, StoredSession)>;
        fn remove_by_digest(digest: SessionDigest) -> bool;
        fn purge(now: Timestamp) -> ();
    }

    async fn check(&self) -> Vec<Finding> {
        self.inner.check().await
    }
}

measured! {
    RateLimits as "rate_limits" {
        fn take(wanted: &[(LimitKey, Limit)], now: Timestamp) -> RateLimitDecision;
        fn count(key: &LimitKey, limit: Limit, now: Timestamp) -> u32;
        fn release(key: &LimitKey, limit: Limit, taken_at: Timestamp) -> ();
        fn clear(key: &LimitKey) -> ();
    }
}

measured! {
    Records as "records" {
        fn load(account: AccountId) -> Option<StoredRecord>;
        fn load_many(accounts: &[AccountId]) -> Vec<(AccountId, StoredRecord)>;
        fn store(account: AccountId, record: &Record, revision: Option<Revision>) -> Swap;
        fn store_many(changes: &[(AccountId, Record, Option<Revision>)]) -> Vec<Swap>;
        fn remove(account: AccountId) -> bool;
        fn page(after: Option<AccountId>, max: u32) -> Vec<(AccountId, StoredRecord)>;
        fn statistics(writing_key: &str) -> Statistics;
    }
}

measured! {
    Devices as "devices" {
        fn register_device(id: DeviceId, device: Device, max: u32) -> ();
        fn find_device(id: DeviceId, now: Timestamp) -> Option<Device>;
        fn renew_device(id: DeviceId, expires: Timestamp) -> bool;
        fn devices_of(account: AccountId) -> Vec<Device>;
        fn revoke_devices(account: AccountId) -> u64;
        fn purge_devices(now: Timestamp) -> ();
    }
}

measured! {
    FrozenAccounts as "frozen_accounts" {
        fn freeze(account: AccountId, freeze: &Freeze) -> Option<Freeze>;
        fn find_freeze(account: AccountId) -> Option<Freeze>;
        fn was_frozen_since(account: AccountId, since: Timestamp) -> bool;
        fn lift_freeze(account: AccountId, now: Timestamp) -> Option<Freeze>;
        fn list_frozen() -> Vec<(AccountId, Freeze)>;
        fn store_link(digest: LinkDigest, link: &FreezeLink) -> ();
        fn find_link(digest: LinkDigest, now: Timestamp) -> Option<FreezeLink>;
        fn links_of(account: AccountId) -> Vec<FreezeLink>;
        fn freeze_by_link(digest: LinkDigest, freeze: &Freeze) -> LinkUse;
        fn remove_freeze_data(account: AccountId) -> bool;
        fn purge_links(now: Timestamp) -> ();
    }
}

measured! {
    WaitingResets as "waiting_resets" {
        fn find_wait(account: AccountId) -> Option<WaitingReset>;
        fn start_wait(account: AccountId, wait: &WaitingReset) -> (WaitingReset, bool);
        fn remove_wait(account: AccountId) -> bool;
        fn purge_waits(now: Timestamp) -> ();
    }
}

measured! {
    CallCodes as "call_codes" {
        fn put_call(code: CallCodeDigest, call: &Call) -> bool;
        fn has_call(code: CallCodeDigest, now: Timestamp) -> bool;
        fn take_call(code: CallCodeDigest, now: Timestamp) -> Option<Call>;
        fn restore_call(code: CallCodeDigest, call: &Call) -> ();
        fn purge_calls(now: Timestamp) -> ();
    }
}

measured! {
    StartCodes as "start_codes" {
        fn put_start_code(request: &StartCodeRequest, revision: Option<Revision>) -> Swap;
        fn find_start_code(account: AccountId) -> Option<(StartCodeRequest, Revision)>;
        fn open_start_codes(now: Timestamp) -> Vec<StartCodeRequest>;
        fn remove_start_code(account: AccountId, revision: Revision) -> bool;
        fn purge_start_codes(now: Timestamp) -> ();
    }
}

measured! {
    Outbox as "outbox" {
        fn put(account: AccountId, sealed: &[(Channel, Vec<u8>)], now: Timestamp) -> ();
        fn due(channel: Channel, now: Timestamp, max: u32) -> Vec<Queued>;
        fn claim(id: i64, now: Timestamp, until: Timestamp) -> bool;
        fn next_due(channel: Channel) -> Option<Timestamp>;
        fn remove_message(id: i64) -> ();
        fn reschedule(id: i64, at: Timestamp) -> ();
        fn remove_messages_of(account: AccountId) -> ();
        fn queued_count() -> u64;
        fn oldest_queued() -> Option<Timestamp>;
    }
}
