//! The overview of today: numbers for signed-in agents, without names.

use super::calls::collect;
use super::world::{AGENT, CALLER, DeskBrowser, LEAD, world};
use crate::reset::world::{NEW_PASSWORD, World, wrong_code};
use app::api::refusal::Refusal;
use app::api::service_desk_state::TrailReason;
use app::i18n::Language;
use app::static_pages::overview::{self, Overview};
use jiff::SignedDuration;
use server::ports::audit::Event;
use server::ports::directory::Eligibility;
use server::ports::records::{Proposal, Records as _};
use server::test_support::directory::DirectoryOutage;

/// A reset that succeeded and one that was refused, at 9 o'clock in the Netherlands.
async fn world_with_resets() -> World {
    let world = world().await;
    let mut browser = world.browser();
    browser.reach_password(&world, CALLER).await.unwrap();
    browser.password(NEW_PASSWORD).await.unwrap();
    let mut stranger = world.browser();
    stranger.reach_code(CALLER).await.unwrap();
    assert!(stranger.code(&wrong_code()).await.is_err());
    world
}

/// Six people of one unit, of whom one is not ready, and two people in another: with the agents and the caller they are five.
async fn add_units(world: &World) {
    for login in ["N.Een", "N.Twee", "N.Drie", "N.Vier", "N.Vijf", "N.Zes", "N.Samen", "N.Alleen"] {
        let id = world.directory.add_account(login, "Noor de Jong", "x");
        let unit = if ["N.Alleen", "N.Samen"].contains(&login) { "Bestuur" } else { "Zorg <West>" };
        world.directory.edit(login, |member| member.account.dn = format!("CN={login},OU={unit},DC=fake"));
        if login != "N.Zes" {
            world.register(id).await;
        }
    }
}

fn done_and_refused(overview: &Overview) -> (u64, u64) {
    let hours = &overview.today.as_ref().unwrap().hours;
    (hours.iter().map(|hour| hour.done).sum(), hours.iter().map(|hour| hour.not_verified).sum())
}

#[tokio::test]
async fn agent_and_lead_see_the_outcomes_of_today_by_hour() {
    let world = world_with_resets().await;
    collect(&world).await;
    for name in [AGENT, LEAD] {
        let desk = DeskBrowser::signed_in(&world, name).await;
        let overview = desk.overview().await.unwrap();
        assert!(overview.at.starts_with("2027-01-15T09:00:"), "{}", overview.at);
        let today = overview.today.as_ref().unwrap();
        let nine = &today.hours[9];
        assert_eq!((nine.from.as_str(), nine.counts()), ("2027-01-15T09:00:00+01:00", [1, 1, 0, 0, 0]));
        assert_eq!(done_and_refused(&overview), (1, 1), "nothing in other hours");
        assert_eq!(today.refusals, [(TrailReason::WrongDetails, 1)]);
    }
    // Another day.
    world.clock.advance(SignedDuration::from_hours(24));
    let overview = DeskBrowser::signed_in(&world, AGENT).await.overview().await.unwrap();
    assert_eq!(done_and_refused(&overview), (0, 0));
}

#[tokio::test]
async fn counts_are_shown_again_for_ten_seconds() {
    let world = world_with_resets().await;
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    let first = desk.overview().await.unwrap();
    assert_eq!(done_and_refused(&first), (0, 0));
    collect(&world).await;
    world.clock.advance(SignedDuration::from_secs(9));
    let again = desk.overview().await.unwrap();
    assert_eq!((done_and_refused(&again), &again.at), ((0, 0), &first.at));
    world.clock.advance(SignedDuration::from_secs(1));
    let newer = desk.overview().await.unwrap();
    assert_eq!(done_and_refused(&newer), (1, 1));
    assert_ne!(newer.at, first.at);
}

#[tokio::test]
async fn a34_overview_has_no_name_no_pseudonym_and_no_reference() {
    let world = world_with_resets().await;
    add_units(&world).await;
    collect(&world).await;
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    let overview = desk.overview().await.unwrap();
    let page = overview::html(&world.config.site, Language::Nl, Some(overview));
    // The form of the page has names of its own, such as those of the service desk.
    let main = page.split_once("<main").unwrap().1.split_once("</main>").unwrap().0.to_owned();
    let shown = [main, desk.overview_csv().await.unwrap()];
    let mut secrets: Vec<_> =
        [CALLER, AGENT, LEAD, "Janssen", "Noor", "N.Zes", "Bestuur"].map(str::to_owned).into();
    for entry in world.audit.entries() {
        secrets.extend(
            [entry.reference, entry.subject, entry.network].into_iter().filter(|text| !text.is_empty()),
        );
    }
    assert!(secrets.len() > 20, "{secrets:?}");
    for text in shown {
        assert!(text.contains("Zorg"), "{text}");
        let found: Vec<_> = secrets.iter().filter(|secret| text.contains(*secret)).collect();
        assert!(found.is_empty(), "{found:?} in {text}");
    }
}

#[tokio::test]
async fn units_are_counted_in_the_background_and_the_queue_of_hr_with_them() {
    let world = world().await;
    add_units(&world).await;
    world.directory.edit("N.Een", |member| member.account.eligibility = Eligibility::Disabled);
    for (login, declined) in [("N.Twee", false), ("N.Drie", false), ("N.Vier", true)] {
        let id = world.directory.member(login).unwrap().account.id;
        let stored = world.store.load(id).await.unwrap().unwrap();
        let mut record = stored.record;
        let value = record.birthdate.clone().unwrap().value;
        let since = jiff::Timestamp::UNIX_EPOCH;
        record.proposed_birthdate = Some(Proposal { value, since, declined });
        world.store.store(id, &record, Some(stored.revision)).await.unwrap();
    }
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    let overview = desk.overview().await.unwrap();
    let accounts = overview.accounts.unwrap();
    assert_eq!((accounts.proposals, accounts.conflicts, overview.counting), (2, 1, false));
    let zorg = accounts.units.iter().find(|unit| unit.unit.as_deref() == Some("Zorg <West>")).unwrap();
    assert_eq!((zorg.in_scope, zorg.ready), (5, 4));
    // The agents and the caller have no unit of five people.
    let small: Vec<_> = accounts.units.iter().filter(|unit| unit.unit.is_none()).collect();
    assert!(small.iter().all(|unit| unit.in_scope >= 5), "{small:?}");
    // Not counted again for a quarter of an hour.
    world.directory.edit("N.Een", |member| member.account.eligibility = Eligibility::Eligible);
    world.clock.advance(SignedDuration::from_mins(14));
    assert_eq!(desk.overview().await.unwrap().accounts.unwrap().at, accounts.at);
}

#[tokio::test]
async fn each_part_is_unavailable_by_itself() {
    let world = world_with_resets().await;
    add_units(&world).await;
    collect(&world).await;
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    // The directory answers for the agent, but its list is refused.
    world.directory.set_outage(Some(DirectoryOutage::ListLost));
    let overview = desk.overview().await.unwrap();
    assert_eq!((overview.accounts, overview.counting), (None, false));
    assert!(overview.today.is_some());
    // A minute later it is counted.
    world.directory.set_outage(None);
    world.clock.advance(SignedDuration::from_mins(1));
    assert!(desk.overview().await.unwrap().accounts.is_some());
    // The older numbers stay while the directory cannot be listed.
    world.directory.set_outage(Some(DirectoryOutage::ListLost));
    world.clock.advance(SignedDuration::from_mins(16));
    assert!(desk.overview().await.unwrap().accounts.is_some());
}

#[tokio::test]
async fn d12_only_a_signed_in_agent_reads_the_overview() {
    let world = world().await;
    let mut desk = DeskBrowser::new(&world);
    assert_eq!(desk.overview().await, Err(Refusal::StartAgain));
    assert_eq!(desk.overview_csv().await, Err(Refusal::StartAgain));
    desk.sign_in(AGENT, crate::reset::world::CURRENT_PASSWORD).await.unwrap();
    assert_eq!(desk.overview().await, Err(Refusal::StartAgain), "without a code");
    desk.code(&world.code_of(AGENT)).await.unwrap();
    desk.overview().await.unwrap();
    let mut moved = desk.clone();
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    assert!(matches!(desk.overview().await, Err(Refusal::Unavailable { .. })), "the groups cannot be read");
    world.directory.set_outage(None);
    moved.address = [10, 9, 9, 9].into();
    assert_eq!(moved.overview().await, Err(Refusal::StartAgain), "another network");
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    world.directory.edit(AGENT, |member| member.groups.clear());
    assert_eq!(desk.overview_csv().await, Err(Refusal::StartAgain), "no agent any more");
}

#[tokio::test]
async fn d13_each_download_is_in_the_audit_log_and_they_are_limited() {
    let world = world().await;
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    let before = world.audit.entries().len();
    desk.overview().await.unwrap();
    assert_eq!(world.audit.entries().len(), before, "reading is not recorded");
    for _ in 0..4 {
        assert!(desk.overview_csv().await.unwrap().starts_with("part;at;unit;figure;number\r\n"));
    }
    // The second refusal of the window is not recorded again.
    for _ in 0..2 {
        assert!(matches!(desk.overview_csv().await, Err(Refusal::TooMany { .. })));
    }
    let agent =
        world.deps().keys.account_pseudonym(world.directory.member(AGENT).unwrap().account.id.0.as_bytes());
    let entries = world.audit.entries();
    let events: Vec<_> = entries.iter().skip(before).map(|entry| entry.event.clone()).collect();
    let limited = Event::DeskLimited { agent: agent.clone(), limit: "desk download".to_owned() };
    let expected: Vec<_> = [vec![Event::DeskExported { agent }; 4], vec![limited]].concat();
    assert_eq!(events, expected);
    // Without an entry there is no download.
    world.clock.advance(SignedDuration::from_hours(1));
    let desk = DeskBrowser::signed_in(&world, AGENT).await;
    world.audit.set_unavailable(true);
    assert!(matches!(desk.overview_csv().await, Err(Refusal::Unavailable { .. })));
}
