//! The password of a frozen account is not reset, and no answer shows it.

use super::world::{BIRTHDATE, Browser, NEW_PASSWORD, World, name, wrong_code};
use app::domain::password::Password;
use app::domain::username::{Domains, Username};
use async_trait::async_trait;
use jiff::SignedDuration;
use server::freeze::{FreezeOutcome, FreezeService};
use server::ports::audit::{Event, NotVerifiedReason};
use server::ports::breached_passwords::{BreachLookupError, BreachedPasswords};
use server::ports::clock::Clock as _;
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::FreezeOrigin;
use server::ports::health_finding::{Finding, State};
use server::ports::rate_limits::Limit;
use server::reset::VerificationMode;
use server::reset::breach_check::BreachCheck;
use std::sync::Arc;

pub(crate) fn account(world: &World) -> AccountId {
    world.directory.member("A.Janssen").unwrap().account.id
}

pub(crate) async fn freeze(world: &World) {
    let frozen = FreezeService::new(&world.deps())
        .freeze(account(world), FreezeOrigin::Command, "FFFF-0001".into(), "freeze")
        .await
        .unwrap();
    assert!(matches!(frozen, FreezeOutcome::Frozen(_)));
}

pub(crate) async fn unfreeze(world: &World) {
    let lifted = FreezeService::new(&world.deps()).unfreeze(account(world), "FFFF-0002", "unfreeze").await;
    assert!(lifted.unwrap().is_some());
}

#[tokio::test]
async fn frozen_account_gets_the_answer_of_an_unknown_name_after_the_same_calls() {
    let mut answers = Vec::new();
    for login in ["A.Janssen", "N.Iemand"] {
        let world = World::new().await;
        freeze(&world).await;
        let mut browser = world.browser();
        browser.reach_code(login).await.unwrap();
        let before = world.clock.now();
        let code = if login == "A.Janssen" { world.code_of(login) } else { wrong_code() };
        let outcome = name(&browser.code(&code).await);
        let took = world.clock.now().duration_since(before);
        answers.push((outcome, took, world.directory.finds(), world.provider_calls()));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], ("not_verified", SignedDuration::from_millis(1500), 1, (1, 0)));
}

#[tokio::test]
async fn frozen_account_can_be_reset_after_the_freeze_was_lifted() {
    let world = World::new().await;
    freeze(&world).await;
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::Frozen));
    // The attempt that a wrong birthdate costs is the same.
    browser.birthdate("1984-10-02").await.unwrap();
    assert_eq!(name(&browser.code(&wrong_code()).await), "not_verified");
    assert_eq!(world.last_reason(), Some(NotVerifiedReason::Frozen));
    unfreeze(&world).await;
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "done");
    let events: Vec<_> = world.audit.entries().into_iter().map(|entry| entry.event).collect();
    let by = FreezeOrigin::Command;
    assert!(events.contains(&Event::Frozen { by }) && events.contains(&Event::Unfrozen { by }));
    let frozen = world.audit.entries().into_iter().find(|entry| entry.event == Event::Frozen { by }).unwrap();
    assert_eq!(world.notifier.alerts(), ["FFFF-0001"]);
    assert_eq!((frozen.reference.as_str(), frozen.network.as_str()), ("FFFF-0001", "freeze"));
}

#[tokio::test]
async fn stepwise_mode_refuses_a_frozen_account_like_a_wrong_birthdate() {
    let mut world = World::new().await;
    world.config.verification_mode = VerificationMode::Stepwise;
    freeze(&world).await;
    for birthdate in [BIRTHDATE, "1984-10-02"] {
        let mut browser = world.browser();
        browser.identify("A.Janssen").await.unwrap();
        assert_eq!(name(&browser.birthdate(birthdate).await), "not_verified");
        assert_eq!(name(&browser.current().await), "birthdate");
        assert_eq!(world.last_reason(), Some(NotVerifiedReason::Frozen));
    }
}

#[tokio::test]
async fn a36_freeze_between_verification_and_write_stops_the_write() {
    let world = World::new().await;
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "password");
    freeze(&world).await;
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
    assert_eq!(world.notifier.sent(), []);
    // The session has ended: lifting the freeze does not revive it.
    unfreeze(&world).await;
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
    // The owner is notified of the lifted freeze, and of nothing else.
    assert_eq!(world.notifier.sent().len(), 1);
}

/// A list of breached passwords that is slow enough for a freeze.
struct FreezesMeanwhile(World);

#[async_trait]
impl BreachedPasswords for FreezesMeanwhile {
    async fn contains(&self, _: &Password) -> Result<bool, BreachLookupError> {
        freeze(&self.0).await;
        Ok(false)
    }

    async fn check(&self) -> Vec<Finding> {
        Vec::new()
    }
}

#[tokio::test]
async fn freeze_while_a_breached_password_is_looked_up_stops_the_write() {
    let mut world = World::new().await;
    world.breach_check = BreachCheck::new(Arc::new(FreezesMeanwhile(world.clone())), false);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "password");
    assert_eq!(name(&browser.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
}

#[tokio::test]
async fn freeze_between_verification_and_unlock_stops_the_unlock() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.account.locked = true);
    let mut browser = world.browser();
    assert_eq!(name(&browser.reach_password(&world, "A.Janssen").await), "password");
    freeze(&world).await;
    assert_eq!(name(&browser.unlock().await), "start_again");
    assert!(world.directory.member("A.Janssen").unwrap().account.locked);
}

#[tokio::test]
async fn a36_session_from_before_a_freeze_cannot_write_after_it_was_lifted() {
    let world = World::new().await;
    let mut thief = world.browser();
    assert_eq!(name(&thief.reach_password(&world, "A.Janssen").await), "password");
    world.clock.advance(SignedDuration::from_secs(1));
    freeze(&world).await;
    unfreeze(&world).await;
    assert_eq!(name(&thief.password(NEW_PASSWORD).await), "start_again");
    assert_eq!(world.directory.writes(), 0);
    // Later than a used code is remembered.
    world.clock.advance(SignedDuration::from_mins(20));
    let mut owner = world.browser();
    assert_eq!(name(&owner.reach_password(&world, "A.Janssen").await), "password");
    assert_eq!(name(&owner.password(NEW_PASSWORD).await), "done");
}

#[tokio::test]
async fn store_outage_is_reported_alike_for_a_frozen_account_and_an_unknown_name() {
    for login in ["A.Janssen", "N.Iemand"] {
        let world = World::new().await;
        freeze(&world).await;
        let mut browser: Browser = world.browser();
        browser.reach_code(login).await.unwrap();
        world.store.set_unavailable(true);
        assert_eq!(name(&browser.code(&wrong_code()).await), "unavailable", "{login}");
    }
}

#[tokio::test]
async fn frozen_account_does_not_spend_the_budget_of_the_owner() {
    let mut world = World::new().await;
    world.config.limits.account_failures = Limit { max: 1, ..world.config.limits.account_failures };
    freeze(&world).await;
    let mut browser = world.browser();
    browser.reach_code("A.Janssen").await.unwrap();
    for _ in 0..3 {
        assert_eq!(name(&browser.code(&wrong_code()).await), "not_verified");
    }
    unfreeze(&world).await;
    let mut owner = world.browser();
    assert_eq!(name(&owner.reach_password(&world, "A.Janssen").await), "password");
}

#[tokio::test]
async fn test_reset_of_a_frozen_account_is_refused_and_names_the_freeze() {
    let world = World::new().await;
    freeze(&world).await;
    let name = Username::parse("A.Janssen", &Domains::default()).unwrap();
    let test_reset = async || server::test_reset::reset(&world.deps(), &world.config.site.rules, &name).await;
    let finding = test_reset().await;
    assert_eq!(finding.state, State::Bad, "{}", finding.detail);
    assert!(finding.detail.starts_with("not reset: it is frozen since "), "{}", finding.detail);
    assert!(finding.detail.contains("FFFF-0001"), "{}", finding.detail);
    assert_eq!(world.directory.writes(), 0);
    unfreeze(&world).await;
    assert_eq!(test_reset().await.state, State::Good);
}
