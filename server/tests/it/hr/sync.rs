//! A complete synchronisation: which values it applies, which it refuses, and that repeating it changes nothing.

use super::world::{employments, real, staff};
use crate::import::world::{World, worlds};
use end2end::hr::{Fault, Person};
use jiff::SignedDuration;
use server::enrollment::record::Change;
use server::hr_sync::{CollectError, collect};
use server::import::{ImportDeps, LineOutcome, Report, RowError, take};
use server::mobile::MobileError;
use server::ports::clock::Clock as _;
use server::ports::hr::{Cursor, Employment, HrError};
use server::test_support::ManualClock;
use server::test_support::hr::FakeHr;

const FIRST: LineOutcome = LineOutcome::Taken(Change::First);

/// Hires a person with this employee number.
fn add_account(world: &World, login: &str, number: &str) -> server::ports::directory::AccountId {
    let id = world.add_account(login);
    world.directory.edit(login, |member| member.employee_number = Some(number.into()));
    id
}

async fn apply(world: &World, people: &[Person]) -> (Report, u64) {
    let deps = ImportDeps {
        directory: &world.directory,
        records: &*world.records,
        keys: &world.keys,
        progress: &|_, _, _| {},
    };
    take(&employments(people), &world.config, &deps, super::world::NOW).await.unwrap()
}

async fn outcomes(world: &World, people: &[Person]) -> Vec<(u64, LineOutcome)> {
    apply(world, people).await.0.lines().to_vec()
}

#[tokio::test]
async fn sync_applies_the_rules_of_an_import() {
    for world in worlds().await {
        let (anna, bram) = (add_account(&world, "A.Janssen", "1200"), add_account(&world, "B.Smits", "1201"));
        let mobile = |number| vec![Person::new("1200", number)];
        assert_eq!(outcomes(&world, &mobile("06-12345678")).await, [(1, FIRST)]);
        assert_eq!(world.number(anna).await.as_deref(), Some("+31612345678"));
        let before = world.records.load(anna).await.unwrap();
        // The same value again changes nothing.
        assert_eq!(outcomes(&world, &mobile("0031612345678")).await, [(1, LineOutcome::Taken(Change::Same))]);
        assert_eq!(world.records.load(anna).await.unwrap(), before);
        assert_eq!(
            outcomes(&world, &mobile("0687654321")).await,
            [(1, LineOutcome::Taken(Change::Replaced))]
        );
        assert!(world.record(anna).await.usable_from() > super::world::NOW, "the waiting time applies");
        assert_eq!(world.pending_notices().await.len(), 1, "the owner is notified");
        // The employee's own value stays.
        world.register(bram, "+31611111111").await;
        let proposed = outcomes(&world, &[Person::new("1201", "0622222222")]).await;
        assert_eq!(proposed, [(1, LineOutcome::Taken(Change::Proposed))]);
        assert_eq!(world.number(bram).await.as_deref(), Some("+31611111111"));
    }
}

#[tokio::test]
async fn every_entry_is_reported() {
    for world in worlds().await {
        for (login, number) in [("A.Janssen", "1"), ("B.Smits", "2"), ("C.Peters", "3"), ("D.Willems", "4")] {
            add_account(&world, login, number);
        }
        let two_mobiles = |code: &str, one: &str, other: &str| {
            let phone = |number: &str| ("Mobile".to_owned(), number.to_owned());
            Person { code: code.into(), phones: vec![phone(one), phone(other)], ..Person::default() }
        };
        let people = [
            Person { code: "1".into(), ..Person::default() },
            Person::new("1", "0485-845900"),
            Person::new("9", "0612345678"),
            two_mobiles("1", "0611111111", "0622222222"),
            two_mobiles("2", "onbekend", "0633333333"),
            two_mobiles("2", "06-33333333", "+31633333333"),
            Person::new("3", "0644444444"),
            Person::new("4", "0644444444"),
            Person::new("", "0655555555"),
        ];
        let (report, without_values) = apply(&world, &people).await;
        assert_eq!(without_values, 1);
        let refused = LineOutcome::Refused;
        assert_eq!(
            report.lines(),
            [
                (2, refused(RowError::Mobile(MobileError::NotMobile))),
                (3, refused(RowError::UnknownNumber)),
                (4, refused(RowError::SeveralMobiles)),
                (5, FIRST),
                (6, FIRST),
                (7, refused(RowError::SharedWith(8))),
                (8, refused(RowError::SharedWith(7))),
                (9, refused(RowError::NoName)),
            ]
        );
        assert_eq!(world.count().await, 1);
    }
}

#[tokio::test]
async fn several_employments_are_merged_as_in_a_file() {
    for world in worlds().await {
        let anna = add_account(&world, "A.Janssen", "1200");
        let person = |since: &str, number| {
            let since = (!since.is_empty()).then(|| since.to_owned());
            Person { since, ..Person::new("1200", number) }
        };
        let differ = outcomes(&world, &[person("", "0611111111"), person("", "0622222222")]).await;
        let other = |line| LineOutcome::Refused(RowError::OtherMobile(line));
        assert_eq!(differ, [(1, other(2)), (2, other(1))]);
        assert_eq!(world.count().await, 0);
        let dated = [person("2020-01-01", "0611111111"), person("2026-01-01", "0622222222")];
        assert_eq!(outcomes(&world, &dated).await, [(1, LineOutcome::Superseded(2)), (2, FIRST)]);
        assert_eq!(world.number(anna).await.as_deref(), Some("+31622222222"));
    }
}

#[tokio::test]
async fn failed_page_is_requested_again_from_the_same_cursor() {
    let pages = employments(&staff(6)).chunks(2).map(<[Employment]>::to_vec).collect();
    let (hr, clock) = (FakeHr::new(pages), ManualClock::at(super::world::NOW));
    hr.fail_next(2, HrError::Unreachable { host: "memory".into(), what: "unavailable".into() });
    assert_eq!(collect(&hr, &clock).await.unwrap(), employments(&staff(6)));
    let cursor = |page: &str| Some(Cursor(page.to_owned()));
    assert_eq!(hr.requests(), [None, None, None, cursor("1"), cursor("2")]);
    assert_eq!(clock.now(), super::world::NOW + SignedDuration::from_secs(70));
}

#[tokio::test]
async fn unavailable_source_is_retried_a_few_times_and_a_refusing_one_is_not() {
    let unavailable = HrError::Unreachable { host: "memory".into(), what: "unavailable".into() };
    let refused = HrError::Refused { host: "memory".into(), what: "status 403".into() };
    for (failure, requests) in [(unavailable, 4), (refused, 1)] {
        let (hr, clock) = (FakeHr::new(vec![employments(&staff(2))]), ManualClock::at(super::world::NOW));
        hr.fail_next(usize::MAX, failure.clone());
        let error = collect(&hr, &clock).await.unwrap_err();
        assert!(matches!(&error, CollectError::Hr { page: 1, source } if *source == failure), "{error}");
        assert_eq!(hr.requests().len(), requests);
    }
}

#[tokio::test]
async fn endless_paging_is_stopped() {
    let clock = ManualClock::at(super::world::NOW);
    let endless = FakeHr::new(vec![employments(&staff(1))]);
    endless.set_endless();
    let error = collect(&endless, &clock).await.unwrap_err();
    assert!(matches!(error, CollectError::TooManyPages { pages: 10_000, people: 1 }), "{error}");
    let circular = FakeHr::new(vec![employments(&staff(1)), employments(&staff(1))]);
    circular.set_loop_to(1);
    let error = collect(&circular, &clock).await.unwrap_err();
    assert!(matches!(error, CollectError::Loop { page: 2 }), "{error}");
}

#[tokio::test]
async fn failure_on_a_later_page_changes_nothing() {
    let real = real(staff(6), 2).await;
    real.simulator.set_fault(Some(Fault::Page(3, 500)));
    let error = collect(&*real.hr, &*real.clock).await.unwrap_err();
    assert!(matches!(error, CollectError::Hr { page: 3, .. }), "{error}");
    assert_eq!(real.simulator.calls().len(), 2 + 4);
    real.simulator.set_fault(None);
    assert_eq!(collect(&*real.hr, &*real.clock).await.unwrap(), employments(&staff(6)));
}
