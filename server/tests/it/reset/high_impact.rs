//! A reset of an account of high impact waits, with a notice to its owner.

use super::frozen::{account, freeze, unfreeze};
use super::world::{BIRTHDATE, NEW_PASSWORD, World, name, wrong_code};
use app::api::refusal::Refusal;
use app::api::step::Step;
use async_trait::async_trait;
use jiff::SignedDuration;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::notifier::NoticeKind;
use server::ports::records::{Record, Records, Statistics, StoredRecord};
use server::ports::sessions::{Revision, Swap};
use server::ports::store::StoreError;
use server::ports::waiting_resets::{OPEN_FOR, WaitingReset, WaitingResets as _};
use server::reset::{ResetService, ServiceDeps, SharedComponents};
use server::test_support::MemoryStore;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::SentMessage;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const LOGIN: &str = "A.Janssen";
/// Later than a used code is remembered.
const ANOTHER_CODE: SignedDuration = SignedDuration::from_mins(20);
/// The whole waiting time; a wait ends on a whole minute.
const WAIT: SignedDuration = SignedDuration::from_mins(24 * 60 + 1);

async fn world() -> World {
    let world = World::new().await;
    set_high_impact(&world, true);
    world
}

fn set_high_impact(world: &World, high_impact: bool) {
    world.directory.edit(LOGIN, |member| member.account.high_impact = high_impact);
}

/// The outcome of a complete verification in another browser.
async fn verify(world: &World) -> Result<Step, Refusal> {
    world.browser().reach_password(world, LOGIN).await
}

/// The times of the notices that were sent.
fn notices(world: &World) -> Vec<NoticeKind> {
    let kind = |sent| match sent {
        SentMessage::NoticeKind(_, kind, _) => Some(kind),
        SentMessage::Code(..) | SentMessage::Activation(..) => None,
    };
    world.notifier.sent().into_iter().filter_map(kind).collect()
}

fn events(world: &World) -> Vec<Event> {
    world.audit.entries().into_iter().map(|entry| entry.event).collect()
}

async fn wait(world: &World) -> Option<WaitingReset> {
    world.store.find_wait(account(world)).await.unwrap()
}

#[tokio::test]
async fn first_verification_waits_and_a_further_one_shows_the_same_time_without_a_notice() {
    let world = world().await;
    let mut browser = world.browser();
    let first = browser.reach_password(&world, LOGIN).await.unwrap();
    assert_eq!(name(&Ok(first.clone())), "waiting");
    let started = wait(&world).await.unwrap();
    assert!(
        started.opens >= world.clock.now() + SignedDuration::from_hours(24) - SignedDuration::from_secs(2)
    );
    assert_eq!(started.closes, started.opens + OPEN_FOR);
    assert_eq!(browser.current().await, Ok(first.clone()), "a reload shows the same screen");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(name(&browser.unlock().await), "start_again");
    world.clock.advance(ANOTHER_CODE);
    assert_eq!(verify(&world).await, Ok(first));
    assert_eq!(wait(&world).await, Some(started), "neither extended nor started again");
    assert_eq!(notices(&world), [NoticeKind::ResetRequested { opens: started.opens }]);
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(
        events(&world),
        [Event::SessionStarted, Event::WaitStarted, Event::SessionStarted, Event::StillWaiting]
    );
}

#[tokio::test]
async fn password_step_opens_after_the_wait_and_the_reset_uses_the_wait() {
    let world = world().await;
    verify(&world).await.unwrap();
    // The service is started again in between: `browser` builds another one over the same store.
    world.clock.advance(WAIT);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "password");
    assert_eq!(name(&browser.password("kort").await), "weak_password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(world.directory.writes(), 1);
    assert_eq!(wait(&world).await, None);
    world.clock.advance(ANOTHER_CODE);
    assert_eq!(name(&verify(&world).await), "waiting", "the next reset waits again");
    assert!(matches!(
        notices(&world)[..],
        [NoticeKind::ResetRequested { .. }, NoticeKind::PasswordReset, NoticeKind::ResetRequested { .. }]
    ));
}

#[tokio::test]
async fn verification_later_than_the_window_waits_again() {
    let world = world().await;
    verify(&world).await.unwrap();
    let first = wait(&world).await.unwrap();
    world.clock.advance(first.closes.duration_since(world.clock.now()) - SignedDuration::from_secs(10));
    assert_eq!(name(&verify(&world).await), "password", "just before the end");
    world.clock.advance(ANOTHER_CODE);
    assert_eq!(name(&verify(&world).await), "waiting");
    assert!(wait(&world).await.unwrap().opens > first.closes);
    assert_eq!(notices(&world).len(), 2);
}

#[tokio::test]
async fn session_that_was_verified_in_the_window_may_write_after_its_end() {
    let world = world().await;
    verify(&world).await.unwrap();
    let closes = wait(&world).await.unwrap().closes;
    world.clock.advance(closes.duration_since(world.clock.now()) - SignedDuration::from_secs(10));
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "password");
    world.clock.advance(SignedDuration::from_mins(1));
    world.store.purge_waits(world.clock.now()).await.unwrap();
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn freeze_deletes_the_wait_so_that_it_starts_again_after_the_freeze() {
    let world = world().await;
    verify(&world).await.unwrap();
    freeze(&world).await;
    assert_eq!(wait(&world).await, None);
    world.clock.advance(WAIT);
    assert_eq!(name(&verify(&world).await), "not_verified");
    unfreeze(&world).await;
    world.clock.advance(ANOTHER_CODE);
    assert_eq!(name(&verify(&world).await), "waiting");
    assert!(wait(&world).await.unwrap().opens > world.clock.now());
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn account_that_becomes_one_of_high_impact_during_a_session_is_not_written() {
    for unlock in [false, true] {
        let world = World::new().await;
        world.directory.edit(LOGIN, |member| member.account.locked = true);
        let mut browser = world.browser();
        assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "password");
        set_high_impact(&world, true);
        let outcome = if unlock { browser.unlock().await } else { browser.password(NEW_PASSWORD).await };
        assert_eq!(name(&outcome), "start_again");
        assert_eq!(name(&browser.current().await), "identify", "the session has ended");
        assert_eq!(world.directory.writes(), 0);
        assert!(world.directory.member(LOGIN).unwrap().account.locked);
        assert_eq!(events(&world).last(), Some(&Event::WaitRequired));
        world.clock.advance(ANOTHER_CODE);
        assert_eq!(name(&verify(&world).await), "waiting");
    }
}

#[tokio::test]
async fn of_two_sessions_in_the_window_only_one_writes() {
    let world = world().await;
    verify(&world).await.unwrap();
    world.clock.advance(WAIT);
    let (mut owner, mut other) = (world.browser(), world.browser());
    assert_eq!(name(&owner.reach_password(&world, LOGIN).await), "password");
    // A code is used once: as much later as the other session needs for one of its own.
    world.clock.advance(SignedDuration::from_mins(10));
    let second = other.reach_password(&world, LOGIN).await;
    assert_eq!(name(&owner.password(NEW_PASSWORD).await), "done");
    if name(&second) == "password" {
        assert_eq!(name(&other.password("Haven-Boot-Zeil-9-groen").await), "start_again");
    }
    assert_eq!(world.directory.writes(), 1);
}

#[tokio::test]
async fn unlock_without_a_new_password_waits_and_uses_the_wait_too() {
    let world = world().await;
    world.directory.edit(LOGIN, |member| member.account.locked = true);
    assert_eq!(name(&verify(&world).await), "waiting");
    world.clock.advance(WAIT);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "password");
    assert_eq!(name(&browser.unlock().await), "done");
    assert_eq!(wait(&world).await, None);
}

#[tokio::test]
async fn no_wait_runs_without_a_queued_notice() {
    let world = world().await;
    world.notifier.set_full(true);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "unavailable");
    assert_eq!(name(&browser.current().await), "code");
    assert_eq!(wait(&world).await, None);
    world.notifier.set_full(false);
    world.clock.advance(ANOTHER_CODE);
    assert_eq!(name(&verify(&world).await), "waiting");
}

#[tokio::test]
async fn unavailable_directory_or_store_opens_nothing() {
    let world = world().await;
    verify(&world).await.unwrap();
    world.clock.advance(WAIT);
    let mut browser = world.browser();
    browser.reach_code(LOGIN).await.unwrap();
    let code = world.code_of(LOGIN);
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(name(&browser.code(&code).await), "unavailable");
    world.directory.set_outage(None);
    assert_eq!(name(&browser.code(&code).await), "password");
    world.store.set_unavailable(true);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "unavailable");
    world.store.set_unavailable(false);
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn lost_response_to_the_proof_is_repeated_with_the_old_session() {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_code(LOGIN).await.unwrap();
    let mut old = browser.clone();
    let code = world.code_of(LOGIN);
    let first = browser.code(&code).await;
    assert_eq!(name(&first), "waiting");
    assert_eq!(name(&old.current().await), "code");
    assert_eq!(old.code(&code).await, first);
    assert_eq!(old.code(&code).await, first);
    assert_eq!(notices(&world).len(), 1);
}

#[tokio::test]
async fn stranger_learns_nothing_of_high_impact_from_answers_calls_or_times() {
    let mut seen = Vec::new();
    for (login, high_impact, birthdate) in [
        (LOGIN, true, BIRTHDATE),
        (LOGIN, true, "1984-10-02"),
        (LOGIN, false, "1984-10-02"),
        ("N.Iemand", false, BIRTHDATE),
    ] {
        let world = World::new().await;
        set_high_impact(&world, high_impact);
        let mut browser = world.browser();
        browser.identify(login).await.unwrap();
        browser.birthdate(birthdate).await.unwrap();
        let before = world.clock.now();
        let outcome = name(&browser.code(&wrong_code()).await);
        let took = world.clock.now().duration_since(before);
        assert_eq!(notices(&world), []);
        assert_eq!(wait(&world).await, None);
        seen.push((outcome, took, world.directory.finds(), world.provider_calls().0));
    }
    assert_eq!(seen[0].0, "not_verified");
    assert!(seen.iter().all(|one| one == &seen[0]), "{seen:?}");
}

#[tokio::test]
async fn password_that_was_set_elsewhere_ends_the_wait() {
    let world = world().await;
    verify(&world).await.unwrap();
    let first = wait(&world).await.unwrap();
    // Half a day later the service desk sets a password.
    let set_at = world.clock.now() + SignedDuration::from_hours(12);
    world.directory.edit(LOGIN, |member| {
        member.account.password_last_set = (set_at.as_second() + 11_644_473_600) * 10_000_000;
    });
    world.clock.advance(WAIT);
    assert_eq!(name(&verify(&world).await), "waiting");
    assert!(wait(&world).await.unwrap().opens > first.closes - OPEN_FOR + SignedDuration::from_hours(23));
    assert_eq!(notices(&world).len(), 2, "the owner has a notice of the new wait");
}

#[tokio::test]
async fn reset_of_an_account_that_left_the_group_uses_the_wait_as_well() {
    let world = world().await;
    verify(&world).await.unwrap();
    set_high_impact(&world, false);
    world.clock.advance(ANOTHER_CODE);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, LOGIN).await), "password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    assert_eq!(wait(&world).await, None);
}

/// Registered values that can be read so many times.
struct ReadableTimes(Arc<MemoryStore>, AtomicUsize);

#[async_trait]
impl Records for ReadableTimes {
    async fn load(&self, account: AccountId) -> Result<Option<StoredRecord>, StoreError> {
        let left = self.1.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| StoreError::new("look up a record", "outage"))?;
        Records::load(&*self.0, account).await
    }

    async fn store(
        &self,
        account: AccountId,
        record: &Record,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        self.0.store(account, record, revision).await
    }

    async fn store_many(
        &self,
        changes: &[(AccountId, Record, Option<Revision>)],
    ) -> Result<Vec<Swap>, StoreError> {
        self.0.store_many(changes).await
    }

    async fn remove(&self, account: AccountId) -> Result<bool, StoreError> {
        Records::remove(&*self.0, account).await
    }

    async fn page(
        &self,
        after: Option<AccountId>,
        max: u32,
    ) -> Result<Vec<(AccountId, StoredRecord)>, StoreError> {
        self.0.page(after, max).await
    }

    async fn statistics(&self, writing_key: &str) -> Result<Statistics, StoreError> {
        self.0.statistics(writing_key).await
    }
}

#[tokio::test]
async fn no_wait_starts_if_the_registered_number_cannot_be_read_for_the_notice() {
    // The birthdate is read first, then the number.
    for (readable, expected) in [(0, "unavailable"), (1, "unavailable"), (2, "waiting")] {
        let world = world().await;
        let records = Arc::new(ReadableTimes(world.store.clone(), AtomicUsize::new(readable)));
        let deps = ServiceDeps { records, ..world.deps() };
        let shared = SharedComponents::new(&deps, &world.config);
        let mut browser = world.browser();
        browser.service = ResetService::new(&deps, &shared, world.config.clone());
        assert_eq!(name(&browser.reach_password(&world, LOGIN).await), expected, "{readable}");
        assert_eq!(wait(&world).await.is_some(), expected == "waiting", "{readable}");
    }
}

#[tokio::test]
async fn right_code_of_an_account_of_high_impact_is_answered_at_the_same_time_as_of_another() {
    let mut took = Vec::new();
    for high_impact in [true, false] {
        let world = World::new().await;
        set_high_impact(&world, high_impact);
        let mut browser = world.browser();
        browser.reach_code(LOGIN).await.unwrap();
        let before = world.clock.now();
        browser.code(&world.code_of(LOGIN)).await.unwrap();
        took.push(world.clock.now().duration_since(before));
    }
    assert_eq!(took[0], took[1]);
}
