//! What an agent does for a caller: never unnoticed by the owner, never twice at once, and never half.

use super::world::{
    AGENT, CALLER, DeskBrowser, LEAD, call_code_of, caller, desk_config, register_number, world,
};
use crate::reset::world::{World, name};
use app::api::enrollment_state::App;
use app::api::refusal::Refusal;
use app::api::service_desk_state::DeskAction;
use async_trait::async_trait;
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use server::freeze::FreezeService;
use server::ports::audit::{Event, NotVerifiedReason};
use server::ports::clock::Clock as _;
use server::ports::devices::{Device, DeviceId, Devices as _};
use server::ports::directory::AccountId;
use server::ports::frozen_accounts::{FreezeOrigin, FrozenAccounts as _};
use server::ports::notifier::NoticeKind;
use server::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits};
use server::ports::records::{Record, Records as _};
use server::ports::start_codes::{StartCodeDigest, StartCodeRequest, StartCodes as _};
use server::ports::store::StoreError;
use server::reset::ServiceDeps;
use server::test_support::MemoryStore;
use server::test_support::directory::DirectoryOutage;
use server::test_support::notifier::SentMessage;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn id(world: &World) -> AccountId {
    world.directory.member(CALLER).unwrap().account.id
}

async fn record(world: &World) -> Record {
    world.store.load(id(world)).await.unwrap().unwrap().record
}

/// An agent or a lead with the caller, who has the app and a number.
async fn with_caller(world: &World, agent: &str) -> DeskBrowser {
    world.authenticators.add(CALLER, App::Active);
    register_number(world, CALLER, "0612345678").await;
    let mut desk = DeskBrowser::signed_in(world, agent).await;
    desk.caller(&call_code_of(world, CALLER).await).await.unwrap();
    desk
}

/// What was sent to the owner: notices, and a link as `None`.
fn sent(world: &World) -> Vec<Option<NoticeKind>> {
    let of_owner = |message| match message {
        SentMessage::NoticeKind(account, kind, _) if account == id(world) => Some(Some(kind)),
        SentMessage::Activation(account, ..) if account == id(world) => Some(None),
        SentMessage::NoticeKind(..) | SentMessage::Activation(..) | SentMessage::Code(..) => None,
    };
    world.notifier.sent().into_iter().filter_map(of_owner).collect()
}

fn is_unavailable<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Unavailable { .. }))
}

fn is_not_offered<T>(outcome: &Result<T, Refusal>) -> bool {
    matches!(outcome, Err(Refusal::Invalid { .. }))
}

async fn may_reset(world: &World) -> bool {
    name(&world.browser().reach_password(world, CALLER).await) == "password"
}

#[tokio::test]
async fn d40_code_from_before_a_freeze_is_not_valid_again_after_the_data_of_the_person_were_deleted() {
    let world = world().await;
    let code = call_code_of(&world, CALLER).await;
    let now = world.clock.now();
    let request = StartCodeRequest {
        account: id(&world),
        requested_by: id(&world),
        requested_at: now,
        identity_seen: false,
        approved_by: Some(id(&world)),
        code: Some(StartCodeDigest([7; 32])),
        expires: now + SignedDuration::from_mins(15),
        shown: 1,
        attempts: 0,
    };
    world.store.put_start_code(&request, None).await.unwrap();
    FreezeService::new(&world.deps())
        .freeze(id(&world), FreezeOrigin::Command, "FFFF-0001".into(), "freeze")
        .await
        .unwrap();
    assert!(server::person::delete(id(&world), &*world.store).await.unwrap());
    assert!(world.store.find_freeze(id(&world)).await.unwrap().is_none());
    assert!(world.store.find_start_code(id(&world)).await.unwrap().is_none());
    let mut desk = DeskBrowser::signed_in(&world, AGENT).await;
    assert!(matches!(desk.caller(&code).await, Err(Refusal::NotVerified { .. })));
}

#[tokio::test]
async fn d41_owner_is_notified_of_an_unlock_and_before_a_link_is_sent() {
    let world = world().await;
    world.directory.edit(CALLER, |member| member.account.locked = true);
    let mut desk = with_caller(&world, AGENT).await;
    desk.act("unlock").await.unwrap();
    assert_eq!(sent(&world), [Some(NoticeKind::AccountUnlocked)]);
    // It was not locked any more, so nothing happened to it.
    desk.act("unlock").await.unwrap();
    assert_eq!(sent(&world).len(), 1);
    desk.act("activate").await.unwrap();
    assert_eq!(sent(&world), [Some(NoticeKind::AccountUnlocked), Some(NoticeKind::ActivationSent), None]);
}

#[tokio::test]
async fn d42_freeze_is_not_lifted_unnoticed() {
    let world = world().await;
    let mut lead = with_caller(&world, LEAD).await;
    lead.act("freeze").await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    world.notifier.set_full(true);
    assert!(is_unavailable(&lead.act("unfreeze").await));
    assert!(world.store.find_freeze(id(&world)).await.unwrap().is_some(), "not without a notice");
    world.notifier.set_full(false);
    lead.act("unfreeze").await.unwrap();
    assert!(world.store.find_freeze(id(&world)).await.unwrap().is_none());
    assert_eq!(sent(&world), [Some(NoticeKind::FreezeLifted)]);
    // Nothing to lift: no notice.
    lead.act("unfreeze").await.unwrap();
    assert_eq!(sent(&world).len(), 1);
    // An operator notifies the owner too, and lifts the freeze whatever fails.
    let service = FreezeService::new(&world.deps());
    for (full, outage, notices) in
        [(false, None, 2), (true, None, 2), (false, Some(DirectoryOutage::Unreachable), 2)]
    {
        service.freeze(id(&world), FreezeOrigin::Command, "FFFF-0001".into(), "freeze").await.unwrap();
        world.notifier.set_full(full);
        world.directory.set_outage(outage);
        let lifted = service.unfreeze(id(&world), "FFFF-0002", "unfreeze").await.unwrap();
        world.directory.set_outage(None);
        assert!(lifted.is_some());
        assert_eq!(sent(&world).len(), notices);
    }
}

#[tokio::test]
async fn d43_resets_wait_after_a_lifted_freeze_if_number_or_app_changed_within_a_week_before_it() {
    // When the number was registered, an app was activated, or an app was replaced: days before the freeze.
    for (number, activated, replaced, waits) in [
        (9, None, None, false),
        (6, None, None, true),
        (9, Some(6), None, true),
        (9, None, Some(6), true),
        (9, Some(8), Some(8), false),
    ] {
        let place = format!("{number} {activated:?} {replaced:?}");
        let world = world().await;
        let start = world.clock.now();
        let frozen_at = start + DAY * 10;
        world.authenticators.add(CALLER, App::Active);
        world.clock.advance(DAY * (10 - number));
        register_number(&world, CALLER, "0612345678").await;
        let stored = world.store.load(id(&world)).await.unwrap().unwrap();
        let mut changed = stored.record;
        changed.app_activated = activated.map(|days| frozen_at - DAY * days);
        changed.app_usable_from = replaced.map(|days| frozen_at - DAY * days);
        world.store.store(id(&world), &changed, Some(stored.revision)).await.unwrap();
        world.clock.advance(DAY * number);
        assert_eq!(world.clock.now(), frozen_at, "{place}");
        let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
        lead.caller(&call_code_of(&world, CALLER).await).await.unwrap();
        lead.act("freeze").await.unwrap();
        world.clock.advance(SignedDuration::from_mins(1));
        lead.act("unfreeze").await.unwrap();
        assert_eq!(may_reset(&world).await, !waits, "{place}");
        if waits {
            assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew), "{place}");
            world.clock.advance(DAY);
            assert!(may_reset(&world).await, "{place}");
        }
    }
}

/// Limits that let other requests go first when the links of an account are counted.
struct SlowLimits {
    store: Arc<MemoryStore>,
    never_answers: AtomicBool,
    clear_fails: AtomicBool,
}

impl SlowLimits {
    fn of(world: &World) -> Arc<Self> {
        let store = Arc::clone(&world.store);
        Arc::new(Self { store, never_answers: AtomicBool::new(false), clear_fails: AtomicBool::new(false) })
    }

    fn deps(self: &Arc<Self>, world: &World) -> ServiceDeps {
        ServiceDeps { limits: Arc::clone(self) as _, ..world.deps() }
    }
}

#[async_trait]
impl RateLimits for SlowLimits {
    async fn take(
        &self,
        wanted: &[(LimitKey, Limit)],
        now: Timestamp,
    ) -> Result<RateLimitDecision, StoreError> {
        let links = Limit { max: 2, window: Duration::from_hours(24) };
        if wanted.iter().any(|(_, limit)| *limit == links) {
            if self.never_answers.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
        }
        self.store.take(wanted, now).await
    }

    async fn count(&self, key: &LimitKey, limit: Limit, now: Timestamp) -> Result<u32, StoreError> {
        self.store.count(key, limit, now).await
    }

    async fn release(&self, key: &LimitKey, limit: Limit, taken_at: Timestamp) -> Result<(), StoreError> {
        self.store.release(key, limit, taken_at).await
    }

    async fn clear(&self, key: &LimitKey) -> Result<(), StoreError> {
        if self.clear_fails.load(Ordering::SeqCst) {
            return Err(StoreError::new("clear a limit", "simulated failure"));
        }
        self.store.clear(key).await
    }
}

#[tokio::test]
async fn d44_of_parallel_activations_one_sends_a_link_and_an_account_gets_two_a_day() {
    let world = world().await;
    let signed_in = with_caller(&world, AGENT).await;
    let desk = DeskBrowser {
        session: signed_in.session,
        ..DeskBrowser::with(&world, &SlowLimits::of(&world).deps(&world), desk_config())
    };
    let mut clones = vec![desk.clone(); 12];
    let outcomes = join_all(clones.iter_mut().map(|clone| clone.act("activate"))).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Err(Refusal::InProgress)).count(), 11);
    assert_eq!(sent(&world), [Some(NoticeKind::ActivationSent), None]);
    // The second one counts although it is not sent.
    world.notifier.set_refuses_links(true);
    assert!(is_unavailable(&desk.clone().act("activate").await));
    world.notifier.set_refuses_links(false);
    assert!(matches!(desk.clone().act("activate").await, Err(Refusal::TooMany { .. })));
    assert_eq!(sent(&world).iter().filter(|message| message.is_none()).count(), 1);
}

#[tokio::test]
async fn d45_action_that_was_interrupted_holds_the_session_for_half_a_minute() {
    let world = world().await;
    let limits = SlowLimits::of(&world);
    let signed_in = with_caller(&world, AGENT).await;
    let mut desk = DeskBrowser {
        session: signed_in.session,
        ..DeskBrowser::with(&world, &limits.deps(&world), desk_config())
    };
    limits.never_answers.store(true, Ordering::SeqCst);
    let interrupted = tokio::time::timeout(Duration::from_millis(20), desk.act("activate")).await;
    assert!(interrupted.is_err());
    limits.never_answers.store(false, Ordering::SeqCst);
    for outcome in [desk.current().await, desk.act("unlock").await, desk.end_call().await] {
        assert_eq!(outcome, Err(Refusal::InProgress));
    }
    world.clock.advance(SignedDuration::from_secs(30));
    assert!(desk.current().await.unwrap().caller.is_some());
    let shown = desk.act("activate").await.unwrap();
    assert_eq!(caller(&shown).done, Some(DeskAction::Activate));
}

#[tokio::test]
async fn d46_activation_whose_link_cannot_be_sent_leaves_nothing_behind() {
    for is_notice_refused in [true, false] {
        let world = world().await;
        let mut desk = with_caller(&world, AGENT).await;
        let now = world.clock.now();
        let device = Device { account: id(&world), created: now, expires: now + DAY };
        world.store.register_device(DeviceId([9; 16]), device, 10).await.unwrap();
        world.notifier.set_full(is_notice_refused);
        world.notifier.set_refuses_links(true);
        assert!(is_unavailable(&desk.act("activate").await));
        let (record, user) = (record(&world).await, world.authenticators.user(CALLER).unwrap());
        assert_eq!((record.activations, record.app_usable_from), (Vec::new(), None));
        assert!(user.started.iter().all(|(token, _)| user.withdrawn.contains(token)), "{user:?}");
        assert_eq!(world.store.devices_of(id(&world)).await.unwrap().len(), 1);
        assert!(may_reset(&world).await, "at once");
        // A waiting time from before stays what it was.
        world.notifier.set_full(false);
        let stored = world.store.load(id(&world)).await.unwrap().unwrap();
        let waiting = Record { app_usable_from: Some(now + DAY / 2), ..stored.record };
        world.store.store(id(&world), &waiting, Some(stored.revision)).await.unwrap();
        assert!(is_unavailable(&desk.act("activate").await));
        let usable_from = self::record(&world).await.app_usable_from;
        assert_eq!(usable_from, Some(now + DAY / 2));
    }
}

#[tokio::test]
async fn d47_wrong_codes_that_could_not_be_cleared_can_be_cleared_again_the_same_day() {
    let world = world().await;
    let limits = SlowLimits::of(&world);
    let signed_in = with_caller(&world, AGENT).await;
    let mut desk = DeskBrowser {
        session: signed_in.session,
        ..DeskBrowser::with(&world, &limits.deps(&world), desk_config())
    };
    limits.clear_fails.store(true, Ordering::SeqCst);
    assert!(is_unavailable(&desk.act("clear").await));
    let failed = |entry: &server::ports::audit::AuditEntry| matches!(entry.event, Event::DeskFailed { .. });
    assert!(world.audit.entries().iter().any(failed));
    let shown = desk.current().await.unwrap();
    assert_eq!((caller(&shown).done, caller(&shown).may_clear), (None, true));
    limits.clear_fails.store(false, Ordering::SeqCst);
    assert_eq!(caller(&desk.act("clear").await.unwrap()).done, Some(DeskAction::Clear));
}

#[tokio::test]
async fn d48_resets_wait_after_a_link_of_the_service_desk_whatever_app_the_provider_has() {
    for app in [App::None, App::Activating, App::Active, App::Locked] {
        let world = world().await;
        let mut desk = with_caller(&world, AGENT).await;
        world.authenticators.set_app(CALLER, app);
        desk.act("activate").await.unwrap();
        assert!(!may_reset(&world).await, "{app:?}");
        assert_eq!(world.last_reason(), Some(NotVerifiedReason::TooNew), "{app:?}");
    }
}

#[tokio::test]
async fn d49_account_of_high_impact_is_neither_unlocked_nor_sent_a_link() {
    let world = world().await;
    let mut desk = with_caller(&world, AGENT).await;
    world.directory.edit(CALLER, |member| {
        member.account.high_impact = true;
        member.account.locked = true;
    });
    let shown = desk.current().await.unwrap();
    assert!(!caller(&shown).may_unlock && !caller(&shown).may_activate);
    assert!(is_not_offered(&desk.act("unlock").await) && is_not_offered(&desk.act("activate").await));
    assert!(world.directory.member(CALLER).unwrap().account.locked && sent(&world).is_empty());
    // What only stops an attacker is not refused.
    desk.act("freeze").await.unwrap();
}
