//! The source as the service has it: what it keeps of its rounds, and tells in a check.

use super::world::{read, staff};
use crate::reset::world::World;
use crate::wire::client::parts;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::hr_sync::HrSync;
use server::import::ImportConfig;
use server::ports::clock::Clock;
use server::ports::health_finding::State;
use server::ports::hr::HrError;
use server::ports::records::Records as _;
use server::reset::ResetDeps;
use server::test_support::ManualClock;
use server::test_support::hr::FakeHr;
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn the_last_round_and_the_last_success_are_told() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.employee_number = Some("1200".into()));
    let hr = Arc::new(FakeHr::new(vec![read(&staff(2))]));
    let terms = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let (source, parts) = (HrSync::new(Arc::clone(&hr) as _, terms, DAY), parts(&world));
    assert_eq!(source.findings().await.len(), 1, "no round yet");
    let taken = source.round(&parts, false).await.unwrap();
    let counts = taken.report.counts();
    assert_eq!((counts.first, counts.refused, taken.silent), (1, 1, 0));
    let row = source.findings().await.remove(1);
    assert_eq!((row.state, row.what.as_str()), (State::Good, "last round"));
    assert!(row.detail.starts_with("2027-01-15T08:00:00Z: 1 lines taken (1 first"), "{}", row.detail);
    hr.fails(9, HrError::Refused { host: "memory".into(), what: "status 403".into() });
    let statistics = world.store.statistics("").await.unwrap();
    assert!(source.round(&parts, false).await.is_err());
    assert_eq!(world.store.statistics("").await.unwrap(), statistics);
    let row = source.findings().await.remove(1);
    assert_eq!(row.state, State::Warning);
    let told = "page 1 of HR was not read; nothing was changed: HR at memory refuses: status 403; last success \
                2027-01-15T08:00:00Z: 1 lines";
    assert!(row.detail.contains(told), "{}", row.detail);
}

#[tokio::test]
async fn a_store_that_fails_in_between_is_made_up_for_by_the_next_round() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.employee_number = Some("1200".into()));
    let hr = Arc::new(FakeHr::new(vec![read(&staff(1))]));
    let terms = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let (source, parts) = (HrSync::new(hr, terms, DAY), parts(&world));
    world.store.set_away(true);
    assert!(source.round(&parts, false).await.is_err());
    world.store.set_away(false);
    assert_eq!(source.round(&parts, true).await.unwrap().report.counts().first, 1);
    assert_eq!(world.store.statistics("").await.unwrap().mobiles, 0, "a dry run");
    assert_eq!(source.round(&parts, false).await.unwrap().report.counts().first, 1);
    assert_eq!(source.round(&parts, false).await.unwrap().report.counts().same, 1);
}

/// Stands still until it may go on, and keeps for what it was waited.
struct Stepped {
    clock: ManualClock,
    steps: Semaphore,
    waited: Mutex<Vec<SignedDuration>>,
}

#[async_trait]
impl Clock for Stepped {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn wait_until(&self, moment: Timestamp) {
        self.waited.lock().unwrap().push(moment.duration_since(self.now()));
        self.steps.acquire().await.unwrap().forget();
        self.clock.wait_until(moment).await;
    }
}

#[tokio::test]
async fn hr_is_asked_soon_after_the_start_and_then_now_and_then() {
    let world = World::new().await;
    let hr = Arc::new(FakeHr::new(vec![read(&staff(1))]));
    let terms = ImportConfig::of(&crate::import::world::settings(), false).unwrap();
    let source = HrSync::new(Arc::clone(&hr) as _, terms, DAY);
    let clock = Arc::new(Stepped {
        clock: ManualClock::at(super::world::NOW),
        steps: Semaphore::new(0),
        waited: Mutex::default(),
    });
    let parts = ResetDeps { clock: Arc::clone(&clock) as _, ..parts(&world) };
    let serving = tokio::spawn(async move { source.serve(&parts).await });
    hr.fails(2, HrError::Refused { host: "memory".into(), what: "status 403".into() });
    for round in 1..=4 {
        while clock.waited.lock().unwrap().len() < round {
            tokio::task::yield_now().await;
        }
        assert_eq!(hr.asked().len(), round - 1, "nobody is asked before the time");
        clock.steps.add_permits(1);
    }
    while hr.asked().len() < 4 {
        tokio::task::yield_now().await;
    }
    serving.abort();
    let minutes: Vec<i64> =
        clock.waited.lock().unwrap().iter().take(4).map(SignedDuration::as_mins).collect();
    assert_eq!(minutes, [5, 10, 60, 24 * 60]);
}
