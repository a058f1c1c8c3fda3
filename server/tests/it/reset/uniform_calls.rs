//! A16: every class of failure makes the same calls in the same order, also while a system is slow or absent.

use super::uniform_answers::{FAILURES, code_for, world};
use super::world::{World, name, wrong_code};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::ports::audit::NotVerifiedReason;
use server::ports::clock::Clock as _;
use server::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use server::ports::store::StoreError;
use server::reset::{ResetService, ServiceDeps, SharedComponents};
use server::test_support::MemoryStore;
use server::test_support::directory::DirectoryOutage;
use server::test_support::otp_provider::{Call, OtpOutage};
use std::sync::{Arc, Mutex};

/// Records the calls to the rate limits: what is done, and with which limits. The keys differ for each name.
struct RecordingLimits {
    store: Arc<MemoryStore>,
    calls: Mutex<Vec<String>>,
}

impl RecordingLimits {
    fn record(&self, call: &str, limits: &[Limit]) {
        self.calls.lock().unwrap().push(format!("{call} {limits:?}"));
    }
}

#[async_trait]
impl RateLimits for RecordingLimits {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        // The consecutive failures of decoys are kept for a shorter time.
        let limits: Vec<_> =
            wanted.iter().map(|(_, limit)| Limit { window: limit.window.min(DAY), ..*limit }).collect();
        self.record("take", &limits);
        self.store.take(wanted, now).await
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        self.record("count", &[Limit { window: limit.window.min(DAY), ..limit }]);
        self.store.count(key, limit, now).await
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        // After the answer was decided: a wrong birthdate gives back nothing that a wrong code keeps.
        self.store.release(key, limit, taken_at).await
    }

    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError> {
        self.store.clear(key).await
    }
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

fn service(world: &World, limits: Arc<RecordingLimits>) -> Arc<ResetService> {
    let deps = ServiceDeps { limits, ..world.deps() };
    let shared = SharedComponents::new(&deps, &world.config);
    ResetService::new(&deps, &shared, world.config.clone())
}

#[tokio::test]
async fn a16_every_failure_reason_counts_in_the_same_order_and_asks_for_the_decoy_or_the_employee() {
    let mut recorded = Vec::new();
    for (login, birthdate, right, _) in FAILURES {
        let world = world().await;
        let limits = Arc::new(RecordingLimits { store: world.store.clone(), calls: Mutex::default() });
        let mut browser = world.browser();
        browser.service = service(&world, limits.clone());
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        browser.code(&code_for(&world, login, right)).await.unwrap_err();
        let calls = std::mem::take(&mut *limits.calls.lock().unwrap());
        recorded.push((login, birthdate, calls));
        let opened: Vec<_> =
            world.otp_provider.calls().into_iter().filter(|call| matches!(call, Call::Open(..))).collect();
        assert_eq!(opened.len(), 1, "{login}");
    }
    let (_, _, expected) = &recorded[0];
    for (login, birthdate, calls) in &recorded {
        // The last two calls are the attempt of a right birthdate.
        assert_eq!(calls.get(..expected.len()), Some(expected.as_slice()), "{login} {birthdate}");
    }
}

#[tokio::test]
async fn a21_client_without_attempts_does_not_take_the_turn_of_the_account() {
    let world = world().await;
    let limits = Arc::new(RecordingLimits { store: world.store.clone(), calls: Mutex::default() });
    let service = service(&world, limits.clone());
    let mut taken = Vec::new();
    for number in 0..=world.config.limits.account_failures.max {
        let mut stranger = world.browser();
        stranger.service = service.clone();
        stranger.reach_code("A.Janssen").await.unwrap();
        limits.calls.lock().unwrap().clear();
        // A code is verified once.
        stranger.code(&format!("{number:08}")).await.unwrap_err();
        let calls = std::mem::take(&mut *limits.calls.lock().unwrap());
        taken.push(calls.iter().filter(|call| call.starts_with("take")).count());
    }
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::BudgetSpent));
    let (last, earlier) = taken.split_last().unwrap();
    // An attempt takes the turn, the budget and the mark of the code, besides the limits of the call.
    assert!(earlier.iter().all(|takes| *takes == last + 3), "{taken:?}");
}

#[tokio::test]
async fn a16_absent_or_slow_system_gives_every_class_the_same_answer_at_the_same_time() {
    type Prepare = fn(&World);
    let cases: [(&str, Prepare); 5] = [
        ("no directory", |world| world.directory.set_outage(Some(DirectoryOutage::Unreachable))),
        ("no provider", |world| world.otp_provider.outage(Some(OtpOutage::Unreachable))),
        ("unusable provider", |world| world.otp_provider.outage(Some(OtpOutage::Garbage))),
        ("slow provider", |world| {
            world.otp_provider.slow(&world.clock, SignedDuration::from_millis(2000), SignedDuration::ZERO);
        }),
        ("healthy", |_| {}),
    ];
    for (what, prepare) in cases {
        let mut answers = Vec::new();
        for (login, birthdate, right, _) in FAILURES {
            let world = world().await;
            prepare(&world);
            let mut browser = world.browser();
            let first = (name(&browser.identify(login).await), name(&browser.birthdate(birthdate).await));
            let code = code_for(&world, login, right);
            let before = world.clock.now();
            let outcome = name(&browser.code(&code).await);
            answers.push((
                first,
                outcome,
                world.clock.now().duration_since(before),
                name(&browser.current().await),
            ));
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{what}: {answers:?}");
    }
    // Empty fields are refused by the parser, before any lookup.
    let world = world().await;
    let mut browser = world.browser();
    assert_eq!(name(&browser.identify("").await), "invalid");
    browser.identify("A.Janssen").await.unwrap();
    assert_eq!(name(&browser.birthdate("").await), "invalid");
    assert_eq!(name(&browser.code(&wrong_code()).await), "start_again");
    assert_eq!((world.directory.finds(), world.provider_calls()), (0, (0, 0)));
}
