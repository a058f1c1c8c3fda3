//! Coverage over a directory in memory and both stores.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use super::import::world::{NOW, World, worlds};
use server::coverage::{Counted, CoverageConfig, CoverageError, coverage};
use server::mobile::Countries;
use server::ports::directory::Eligibility;
use server::test_support::directory::Outage;

fn terms() -> CoverageConfig {
    let countries = Countries::parse(&["NL".to_owned()]).unwrap();
    CoverageConfig { birthdate_from_directory: false, require_mobile: false, countries }
}

fn place(world: &World, login: &str, unit: &str) {
    let dn = format!("CN={login},{unit}");
    world.directory.edit(login, |member| member.account.dn = dn);
}

/// In Zorg: complete, only a number, waiting, privileged. In Staf: only a birthdate. In Keuken: nobody in scope.
async fn people(world: &World) {
    for login in ["A", "B", "C", "P", "S", "K"] {
        world.hire(login);
        let unit = match login {
            "S" => "OU=Staf,DC=x",
            "K" => "OU=Keuken,DC=x",
            _ => "OU=Zorg\\, dag,DC=x",
        };
        place(world, login, unit);
    }
    world.directory.edit("P", |member| member.account.eligibility = Eligibility::Privileged);
    world.directory.edit("K", |member| member.account.eligibility = Eligibility::Disabled);
    let text = "username;birthdate;mobile\nA;01-10-1984;0611111111\nB;;0622222222\nC;01-10-1984;0633333333\n\
                P;01-10-1984;0644444444\nS;01-10-1984;\n";
    world.import(text).await.unwrap();
    world.import("username;mobile\nC;0655555555\n").await.unwrap();
}

fn counted(numbers: [u64; 6]) -> Counted {
    let [accounts, in_scope, birthdate, mobile, waiting, ready] = numbers;
    Counted { accounts, in_scope, birthdate, mobile, waiting, ready }
}

#[tokio::test]
async fn every_unit_is_counted_by_itself_and_all_together() {
    for world in worlds().await {
        people(&world).await;
        let covered = coverage(&world.directory, &*world.records, &terms(), NOW).await.unwrap();
        let units: Vec<_> = covered.units().collect();
        assert_eq!(
            units,
            [
                ("OU=Keuken,DC=x", counted([1, 0, 0, 0, 0, 0])),
                ("OU=Staf,DC=x", counted([1, 1, 1, 0, 0, 1])),
                ("OU=Zorg\\, dag,DC=x", counted([4, 3, 2, 3, 1, 1])),
            ]
        );
        assert_eq!(covered.total(), counted([6, 4, 3, 3, 1, 2]));
        let strict = CoverageConfig { require_mobile: true, ..terms() };
        let covered = coverage(&world.directory, &*world.records, &strict, NOW).await.unwrap();
        assert_eq!(covered.total(), counted([6, 4, 3, 3, 1, 1]));
        let later = NOW + super::import::world::WAIT;
        let covered = coverage(&world.directory, &*world.records, &strict, later).await.unwrap();
        assert_eq!(covered.total(), counted([6, 4, 3, 3, 0, 2]));
    }
}

#[tokio::test]
async fn the_directorys_attributes_count_as_the_settings_say() {
    let world = World::new();
    people(&world).await;
    world.directory.edit("S", |member| {
        member.account.birthdate = Some("1984-10-01".into());
        member.account.mobile = Some("06-12345678".into());
    });
    world.directory.edit("B", |member| {
        member.account.birthdate = Some("onbekend".into());
        member.account.mobile = Some("0485-845900".into());
    });
    let covered = coverage(&world.directory, &*world.records, &terms(), NOW).await.unwrap();
    assert_eq!(covered.total(), counted([6, 4, 3, 4, 1, 2]));
    let from_directory = CoverageConfig { birthdate_from_directory: true, ..terms() };
    let covered = coverage(&world.directory, &*world.records, &from_directory, NOW).await.unwrap();
    assert_eq!(covered.total(), counted([6, 4, 1, 4, 1, 1]));
}

#[tokio::test]
async fn the_three_forms_say_the_same() {
    let world = World::new();
    people(&world).await;
    let covered = coverage(&world.directory, &*world.records, &terms(), NOW).await.unwrap();
    let table = covered.table();
    let last: Vec<_> = table.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["total", "6", "4", "3", "3", "1", "2"]);
    assert_eq!(table.lines().count(), 5);
    assert_eq!(covered.csv().lines().last(), Some("\"total\";6;4;3;3;1;2"));
    let json = covered.json();
    assert_eq!(json["total"]["ready"], 2);
    assert_eq!(json["units"][2]["unit"], "OU=Zorg\\, dag,DC=x");
    assert_eq!(json["units"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_listing_that_fails_counts_nothing() {
    let world = World::new();
    people(&world).await;
    world.directory.set_outage(Some(Outage::Unreachable));
    let error = coverage(&world.directory, &*world.records, &terms(), NOW).await.unwrap_err();
    assert!(matches!(error, CoverageError::Directory(_)), "{error}");
}
