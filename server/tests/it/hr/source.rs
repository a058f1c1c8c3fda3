//! The source as the service has it: what it keeps of its rounds, and tells in a check.

use super::world::{read, staff};
use crate::reset::world::World;
use crate::wire::client::parts;
use jiff::SignedDuration;
use server::hr::Source;
use server::import::Terms;
use server::ports::finding::State;
use server::ports::hr::HrError;
use server::ports::hr::fake::Fake;
use server::ports::records::Records as _;
use std::sync::Arc;

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[tokio::test]
async fn the_last_round_and_the_last_success_are_told() {
    let world = World::new().await;
    world.directory.edit("A.Janssen", |member| member.employee_number = Some("1200".into()));
    let hr = Arc::new(Fake::new(vec![read(&staff(2))]));
    let terms = Terms::of(&crate::import::world::settings(), false).unwrap();
    let (source, parts) = (Source::new(Arc::clone(&hr) as _, terms, DAY), parts(&world));
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
    let hr = Arc::new(Fake::new(vec![read(&staff(1))]));
    let terms = Terms::of(&crate::import::world::settings(), false).unwrap();
    let (source, parts) = (Source::new(hr, terms, DAY), parts(&world));
    world.store.set_away(true);
    assert!(source.round(&parts, false).await.is_err());
    world.store.set_away(false);
    assert_eq!(source.round(&parts, true).await.unwrap().report.counts().first, 1);
    assert_eq!(world.store.statistics("").await.unwrap().mobiles, 0, "a dry run");
    assert_eq!(source.round(&parts, false).await.unwrap().report.counts().first, 1);
    assert_eq!(source.round(&parts, false).await.unwrap().report.counts().same, 1);
}
