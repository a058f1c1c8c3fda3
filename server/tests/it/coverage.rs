//! Tests of the coverage report with an in-memory directory and both stores.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use super::import::world::{NOW, World, worlds};
use server::coverage::{CoverageConfig, CoverageError, UnitCounts, coverage};
use server::mobile::Countries;
use server::ports::directory::Eligibility;
use server::test_support::directory::DirectoryOutage;

fn config() -> CoverageConfig {
    let countries = Countries::parse(&["NL".to_owned()]).unwrap();
    CoverageConfig { birthdate_from_directory: false, require_mobile: false, countries }
}

fn move_to(world: &World, login: &str, unit: &str) {
    let dn = format!("CN={login},{unit}");
    world.directory.edit(login, |member| member.account.dn = dn);
}

/// Unit Zorg: complete, number only, waiting, privileged. Staf: birthdate only. Keuken: no account in scope.
async fn add_people(world: &World) {
    for login in ["A", "B", "C", "P", "S", "K"] {
        world.add_account(login);
        let unit = match login {
            "S" => "OU=Staf,DC=x",
            "K" => "OU=Keuken,DC=x",
            _ => "OU=Zorg\\, dag,DC=x",
        };
        move_to(world, login, unit);
    }
    world.directory.edit("P", |member| member.account.eligibility = Eligibility::Privileged);
    world.directory.edit("K", |member| member.account.eligibility = Eligibility::Disabled);
    let text = "username;birthdate;mobile\nA;01-10-1984;0611111111\nB;;0622222222\nC;01-10-1984;0633333333\n\
                P;01-10-1984;0644444444\nS;01-10-1984;\n";
    world.import(text).await.unwrap();
    world.import("username;mobile\nC;0655555555\n").await.unwrap();
}

fn counted(numbers: [u64; 6]) -> UnitCounts {
    let [accounts, in_scope, birthdate, mobile, waiting, ready] = numbers;
    UnitCounts { accounts, in_scope, birthdate, mobile, waiting, ready }
}

#[tokio::test]
async fn every_unit_is_counted_separately_and_in_total() {
    for world in worlds().await {
        add_people(&world).await;
        let report = coverage(&world.directory, &*world.records, &config(), NOW).await.unwrap();
        let units: Vec<_> = report.units().collect();
        assert_eq!(
            units,
            [
                ("OU=Keuken,DC=x", counted([1, 0, 0, 0, 0, 0])),
                ("OU=Staf,DC=x", counted([1, 1, 1, 0, 0, 1])),
                ("OU=Zorg\\, dag,DC=x", counted([4, 3, 2, 3, 1, 1])),
            ]
        );
        assert_eq!(report.total(), counted([6, 4, 3, 3, 1, 2]));
        let strict = CoverageConfig { require_mobile: true, ..config() };
        let report = coverage(&world.directory, &*world.records, &strict, NOW).await.unwrap();
        assert_eq!(report.total(), counted([6, 4, 3, 3, 1, 1]));
        let later = NOW + super::import::world::WAIT;
        let report = coverage(&world.directory, &*world.records, &strict, later).await.unwrap();
        assert_eq!(report.total(), counted([6, 4, 3, 3, 0, 2]));
    }
}

#[tokio::test]
async fn directory_attributes_count_as_configured() {
    let world = World::new();
    add_people(&world).await;
    world.directory.edit("S", |member| {
        member.account.birthdate = Some("1984-10-01".into());
        member.account.mobile = Some("06-12345678".into());
    });
    world.directory.edit("B", |member| {
        member.account.birthdate = Some("onbekend".into());
        member.account.mobile = Some("0485-845900".into());
    });
    let report = coverage(&world.directory, &*world.records, &config(), NOW).await.unwrap();
    assert_eq!(report.total(), counted([6, 4, 3, 4, 1, 2]));
    let from_directory = CoverageConfig { birthdate_from_directory: true, ..config() };
    let report = coverage(&world.directory, &*world.records, &from_directory, NOW).await.unwrap();
    assert_eq!(report.total(), counted([6, 4, 1, 4, 1, 1]));
}

#[tokio::test]
async fn table_csv_and_json_report_the_same() {
    let world = World::new();
    add_people(&world).await;
    let report = coverage(&world.directory, &*world.records, &config(), NOW).await.unwrap();
    let table = report.table();
    let last: Vec<_> = table.lines().last().unwrap().split_whitespace().collect();
    assert_eq!(last, ["total", "6", "4", "3", "3", "1", "2"]);
    assert_eq!(table.lines().count(), 5);
    assert_eq!(report.csv().lines().last(), Some("\"total\";6;4;3;3;1;2"));
    let json = report.json();
    assert_eq!(json["total"]["ready"], 2);
    assert_eq!(json["units"][2]["unit"], "OU=Zorg\\, dag,DC=x");
    assert_eq!(json["units"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn failed_listing_is_an_error_without_counts() {
    let world = World::new();
    add_people(&world).await;
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    let error = coverage(&world.directory, &*world.records, &config(), NOW).await.unwrap_err();
    assert!(matches!(error, CoverageError::Directory(_)), "{error}");
}
