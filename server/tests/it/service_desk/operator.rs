//! What an operator does with the sessions of agents.

use super::world::{AGENT, DeskBrowser, LEAD, call_code_of, world};
use crate::reset::world::CURRENT_PASSWORD;
use app::api::service_desk_state::DeskStage;
use jiff::SignedDuration;
use server::ports::clock::Clock as _;
use server::service_desk::open_sessions::{SessionStage, end_sessions_of, open_sessions};

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
    assert_eq!(open.unreadable, 0);
    let account = world.directory.member(AGENT).unwrap().account.id;
    assert_eq!(end_sessions_of(&*deps.sessions, &deps.keys, account).await.unwrap(), 2);
    assert_eq!(agent.current().await.unwrap().step, DeskStage::SignIn);
    assert_eq!(at_code.current().await.unwrap().step, DeskStage::SignIn);
    assert_eq!(lead.current().await.unwrap().step, DeskStage::Desk);
    assert_eq!(listed().await.sessions.len(), 1);
    world.clock.advance(SignedDuration::from_mins(31));
    assert!(listed().await.sessions.is_empty(), "expired, although still stored");
}
