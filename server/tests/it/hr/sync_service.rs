//! The HR synchronisation service: schedule, stored result of the last run, and findings for `check`.

use super::world::{employments, staff};
use crate::reset::world::World;
use crate::wire::client::deps;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::hr_sync::HrSync;
use server::import::ImportConfig;
use server::ports::clock::Clock;
use server::ports::health_finding::State;
use server::ports::hr::HrError;
use server::ports::records::Records as _;
use server::reset::ServiceDeps;
use server::test_support::ManualClock;
use server::test_support::hr::FakeHr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn last_sync_and_last_success_are_reported() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.employee_number = Some("1200".into()));
    let hr = Arc::new(FakeHr::new(vec![employments(&staff(2))]));
    let config = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let (sync, deps) = (HrSync::new(Arc::clone(&hr) as _, config, DAY), deps(&world));
    assert_eq!(sync.findings().await.len(), 1, "no run yet");
    let result = sync.round(&deps, false).await.unwrap();
    let counts = result.report.counts();
    assert_eq!((counts.first, counts.refused, result.without_values), (1, 1, 0));
    let row = sync.findings().await.remove(1);
    assert_eq!((row.state, row.what.as_str()), (State::Good, "last round"));
    assert!(row.detail.starts_with("2027-01-15T08:00:00Z: 1 lines taken (1 first"), "{}", row.detail);
    hr.fail_next(9, HrError::Refused { host: "memory".into(), what: "status 403".into() });
    let statistics = world.store.statistics("").await.unwrap();
    assert!(sync.round(&deps, false).await.is_err());
    assert_eq!(world.store.statistics("").await.unwrap(), statistics);
    let row = sync.findings().await.remove(1);
    assert_eq!(row.state, State::Warning);
    let detail = "page 1 of HR was not read; nothing was changed: HR at memory refuses: status 403; \
                  last success 2027-01-15T08:00:00Z: 1 lines";
    assert!(row.detail.contains(detail), "{}", row.detail);
}

#[tokio::test]
async fn next_sync_recovers_from_a_store_failure() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.employee_number = Some("1200".into()));
    let hr = Arc::new(FakeHr::new(vec![employments(&staff(1))]));
    let config = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let (sync, deps) = (HrSync::new(hr, config, DAY), deps(&world));
    world.store.set_unavailable(true);
    assert!(sync.round(&deps, false).await.is_err());
    world.store.set_unavailable(false);
    assert_eq!(sync.round(&deps, true).await.unwrap().report.counts().first, 1);
    assert_eq!(world.store.statistics("").await.unwrap().mobiles, 0, "a dry run");
    assert_eq!(sync.round(&deps, false).await.unwrap().report.counts().first, 1);
    assert_eq!(sync.round(&deps, false).await.unwrap().report.counts().same, 1);
}

/// A clock that waits for a permit before each step and records the requested durations.
struct SteppedClock {
    clock: ManualClock,
    steps: Semaphore,
    waits: Mutex<Vec<SignedDuration>>,
}

#[async_trait]
impl Clock for SteppedClock {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn wait_until(&self, time: Timestamp) {
        self.waits.lock().unwrap().push(time.duration_since(self.now()));
        self.steps.acquire().await.unwrap().forget();
        self.clock.wait_until(time).await;
    }
}

#[tokio::test]
async fn sync_runs_shortly_after_start_and_then_periodically() {
    let world = World::new().await;
    let hr = Arc::new(FakeHr::new(vec![employments(&staff(1))]));
    let config = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let sync = HrSync::new(Arc::clone(&hr) as _, config, DAY);
    let clock = Arc::new(SteppedClock {
        clock: ManualClock::at(super::world::NOW),
        steps: Semaphore::new(0),
        waits: Mutex::default(),
    });
    let deps = ServiceDeps { clock: Arc::clone(&clock) as _, ..deps(&world) };
    let serving = tokio::spawn(async move { sync.serve(&deps).await });
    hr.fail_next(2, HrError::Refused { host: "memory".into(), what: "status 403".into() });
    for round in 1..=4 {
        while clock.waits.lock().unwrap().len() < round {
            tokio::task::yield_now().await;
        }
        assert_eq!(hr.requests().len(), round - 1, "HR is not queried before the time");
        clock.steps.add_permits(1);
    }
    while hr.requests().len() < 4 {
        tokio::task::yield_now().await;
    }
    serving.abort();
    let minutes: Vec<i64> = clock.waits.lock().unwrap().iter().take(4).map(SignedDuration::as_mins).collect();
    assert_eq!(minutes, [5, 10, 60, 24 * 60]);
}
