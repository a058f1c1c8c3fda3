//! What an operator does with the sessions of agents.

use super::world::{AGENT, DeskBrowser, LEAD, call_code_of, world};
use crate::reset::world::CURRENT_PASSWORD;
use app::api::service_desk_state::DeskStage;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use server::crypto::Keyring;
use server::ports::clock::Clock as _;
use server::ports::directory::Eligibility;
use server::ports::health_finding::Finding;
use server::ports::sessions::{Revision, SessionDigest, SessionId, Sessions, StoredSession, Swap};
use server::ports::store::StoreError;
use server::service_desk::open_sessions::{
    SessionFuture, SessionStage, Unread, end_sessions_of, future_of, open_sessions,
};
use server::test_support::directory::DirectoryOutage;
use std::sync::atomic::{AtomicUsize, Ordering};
use zeroize::Zeroizing;

#[tokio::test]
async fn open_sessions_are_listed_without_callers_and_those_of_one_agent_end() {
    let world = world().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    agent.caller(&call_code_of(&world, super::world::CALLER).await).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    let mut at_code = DeskBrowser::new(&world);
    at_code.sign_in(AGENT, CURRENT_PASSWORD).await.unwrap();
    world.clock.advance(SignedDuration::from_mins(1));
    let mut lead = DeskBrowser::signed_in(&world, LEAD).await;
    let deps = world.deps();
    let listed = async || open_sessions(&*deps.sessions, &deps.keys, world.clock.now()).await.unwrap();
    let open = listed().await;
    let shown: Vec<_> = open.sessions.iter().map(|open| (open.stage, open.has_caller)).collect();
    assert_eq!(
        shown,
        [(SessionStage::Agent, true), (SessionStage::Code, false), (SessionStage::Lead, false)],
        "the session of the wizard is not among them"
    );
    assert_eq!(open.unread, Unread::default());
    let account = world.directory.member(AGENT).unwrap().account.id;
    assert_eq!(end_sessions_of(&*deps.sessions, &deps.keys, account).await.unwrap().ended, 2);
    assert_eq!(agent.current().await.unwrap().step, DeskStage::SignIn);
    assert_eq!(at_code.current().await.unwrap().step, DeskStage::SignIn);
    assert_eq!(lead.current().await.unwrap().step, DeskStage::Desk);
    assert_eq!(listed().await.sessions.len(), 1);
    world.clock.advance(SignedDuration::from_mins(31));
    assert!(listed().await.sessions.is_empty(), "expired, although still stored");
}

#[tokio::test]
async fn session_that_ends_at_its_next_request_is_listed_with_the_cause() {
    let world = world().await;
    let _agent = DeskBrowser::signed_in(&world, AGENT).await;
    let deps = world.deps();
    let open = open_sessions(&*deps.sessions, &deps.keys, world.clock.now()).await.unwrap();
    let [session] = open.sessions.as_slice() else { unreachable!("{open:?}") };
    let future = async |directory| future_of(session, &*deps.frozen, directory).await.unwrap();
    assert_eq!(future(Some(&*deps.directory)).await, SessionFuture::Open);
    assert_eq!(future(None).await, SessionFuture::NotChecked);
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert_eq!(future(Some(&*deps.directory)).await, SessionFuture::NotChecked);
    world.directory.set_outage(None);
    let account = world.directory.member(AGENT).unwrap().account;
    for (eligibility, changed, expected) in [
        (Eligibility::Disabled, 0, SessionFuture::AccountUnusable),
        (Eligibility::Expired, 1, SessionFuture::AccountUnusable),
        (Eligibility::Eligible, 1, SessionFuture::PasswordChanged),
        (Eligibility::Privileged, 0, SessionFuture::Open),
    ] {
        world.directory.edit(AGENT, |member| {
            member.account.eligibility = eligibility;
            member.account.password_last_set = account.password_last_set + changed;
        });
        assert_eq!(future(Some(&*deps.directory)).await, expected, "{eligibility:?}");
    }
    super::world::freeze_and_lift(&world, AGENT).await;
    assert_eq!(future(None).await, SessionFuture::Frozen, "also after the freeze was lifted");
}

#[tokio::test]
async fn session_under_a_lost_key_is_counted_and_not_taken_for_none() {
    let world = world().await;
    let _agent = DeskBrowser::signed_in(&world, AGENT).await;
    let deps = world.deps();
    let other = Keyring::new(vec![Zeroizing::new([9; 32])]).unwrap();
    let open = open_sessions(&*deps.sessions, &other, world.clock.now()).await.unwrap();
    assert!(open.sessions.is_empty());
    assert_eq!(open.unread, Unread { of_another_version: 0, of_another_key: 1 });
    let account = world.directory.member(AGENT).unwrap().account.id;
    let ended = end_sessions_of(&*deps.sessions, &other, account).await.unwrap();
    assert_eq!((ended.ended, ended.unread), (0, open.unread));
}

/// A store in which every session moves behind the cursor during the first pass: a session that is verified gets another
/// digest, so it may be on no page of a pass.
struct MovingSessions<'a> {
    store: &'a dyn Sessions,
    passes: AtomicUsize,
}

#[async_trait]
impl Sessions for MovingSessions<'_> {
    async fn sessions_after(
        &self,
        after: Option<SessionDigest>,
        limit: u32,
    ) -> Result<Vec<(SessionDigest, StoredSession)>, StoreError> {
        if after.is_none() && self.passes.fetch_add(1, Ordering::Relaxed) == 0 {
            return Ok(Vec::new());
        }
        self.store.sessions_after(after, limit).await
    }

    async fn remove_by_digest(&self, digest: SessionDigest) -> Result<bool, StoreError> {
        self.store.remove_by_digest(digest).await
    }

    async fn create(
        &self,
        id: &SessionId,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Revision, StoreError> {
        self.store.create(id, sealed, expires).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<StoredSession>, StoreError> {
        self.store.load(id).await
    }

    async fn swap(
        &self,
        id: &SessionId,
        expected: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        self.store.swap(id, expected, sealed, expires).await
    }

    async fn renew(
        &self,
        id: &SessionId,
        new: &SessionId,
        expected: Revision,
        sealed: &[u8],
        expires: Timestamp,
    ) -> Result<Swap, StoreError> {
        self.store.renew(id, new, expected, sealed, expires).await
    }

    async fn remove(&self, id: &SessionId) -> Result<(), StoreError> {
        self.store.remove(id).await
    }

    async fn purge(&self, now: Timestamp) -> Result<(), StoreError> {
        self.store.purge(now).await
    }

    async fn check(&self) -> Vec<Finding> {
        self.store.check().await
    }
}

#[tokio::test]
async fn session_that_is_verified_while_it_is_revoked_ends_too() {
    let world = world().await;
    let mut agent = DeskBrowser::signed_in(&world, AGENT).await;
    let deps = world.deps();
    let store = MovingSessions { store: &*deps.sessions, passes: AtomicUsize::new(0) };
    let account = world.directory.member(AGENT).unwrap().account.id;
    assert_eq!(end_sessions_of(&store, &deps.keys, account).await.unwrap().ended, 1);
    assert_eq!(agent.current().await.unwrap().step, DeskStage::SignIn);
}
