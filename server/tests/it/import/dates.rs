//! Dates of a file: their order, their time of day, and implausible birthdates.

use super::world::{World, worlds};
use app::domain::birthdate::Birthdate;
use jiff::civil::{Date, date};
use server::date_text::{DateOrder, to_birthdate};
use server::import::{Implausible, LineOutcome, RowError, Warning};
use server::ports::directory::AccountId;
use server::record_values;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

/// Writes a date in the three orders: day first, month first, year first.
const ORDERS: [fn(Date, &str) -> String; 3] = [
    |date, sign| format!("{:02}{sign}{:02}{sign}{:04}", date.day(), date.month(), date.year()),
    |date, sign| format!("{:02}{sign}{:02}{sign}{:04}", date.month(), date.day(), date.year()),
    |date, sign| format!("{:04}{sign}{:02}{sign}{:02}", date.year(), date.month(), date.day()),
];

async fn is_born_on(world: &World, account: AccountId, date: Date) -> bool {
    let birthdate: Birthdate = to_birthdate(date).unwrap();
    let stored = world.record(account).await.birthdate.unwrap();
    record_values::is_birthdate(&world.keys, account, &stored.value, &birthdate) == Some(true)
}

#[tokio::test]
async fn dates_of_uncertain_order_are_refused_and_nothing_of_their_lines_is_stored() {
    for world in worlds().await {
        let accounts = ["a", "b", "c", "d", "e", "f"].map(|login| world.add_account(login));
        let text = "username;birthdate;mobile\n\
            a;04-05-1984;0612345671\n\
            b;12-31-1984;0612345672\n\
            c;31-12-1984;0612345673\n\
            d;05-05-1984;0612345674\n\
            e;1984-05-04;0612345675\n\
            f;4 mei 1984;0612345676\n";
        let report = world.import(text).await.unwrap();
        assert_eq!(
            report.refused().collect::<Vec<_>>(),
            [
                (2, RowError::UncertainDateOrder(3)),
                (3, RowError::UncertainDateOrder(4)),
                (4, RowError::UncertainDateOrder(3))
            ]
        );
        assert_eq!(
            RowError::UncertainDateOrder(3).to_string(),
            "the order of day and month is not certain, see line 3 (setting date_order)"
        );
        assert_eq!(world.count().await, 3);
        assert!(is_born_on(&world, accounts[3], date(1984, 5, 5)).await);
        assert!(is_born_on(&world, accounts[4], date(1984, 5, 4)).await);
        assert!(is_born_on(&world, accounts[5], date(1984, 5, 4)).await);
    }
}

#[tokio::test]
async fn evidence_also_counts_from_refused_lines_and_from_the_other_date_column() {
    for other in ["nobody;12-31-1984;", "b;;12-31-2020", "b;05-05-1984;12-31-2020"] {
        let world = World::new();
        world.add_account("a");
        world.add_account("b");
        let report =
            world.import(format!("username;birthdate;since\na;04-05-1984;\n{other}\n")).await.unwrap();
        assert_eq!(report.refused().next(), Some((2, RowError::UncertainDateOrder(3))), "{other}");
        assert_eq!(world.count().await, 0, "{other}");
    }
}

#[tokio::test]
async fn configured_order_resolves_the_doubt() {
    for (order, expected) in [
        (
            DateOrder::DayFirst,
            [Some(date(1984, 5, 4)), None, Some(date(1984, 12, 31)), Some(date(1984, 5, 4))],
        ),
        (
            DateOrder::MonthFirst,
            [Some(date(1984, 4, 5)), Some(date(1984, 12, 31)), None, Some(date(1984, 5, 4))],
        ),
        (DateOrder::Iso, [None, None, None, Some(date(1984, 5, 4))]),
    ] {
        let mut world = World::new();
        world.config.date_order = Some(order);
        let accounts = ["a", "b", "c", "d"].map(|login| world.add_account(login));
        let text = "username;birthdate\na;04-05-1984\nb;12-31-1984\nc;31-12-1984\nd;1984-05-04\n";
        let report = world.import(text).await.unwrap();
        let refused: HashSet<u64> = report.refused().map(|(line, _)| line).collect();
        assert!(report.refused().all(|(_, reason)| reason == RowError::OtherDateOrder));
        for ((line, account), expected) in (2..).zip(accounts).zip(expected) {
            assert_eq!(refused.contains(&line), expected.is_none(), "{order:?} line {line}");
            if let Some(expected) = expected {
                assert!(is_born_on(&world, account, expected).await, "{order:?} line {line}");
            }
        }
    }
}

/// Every day of 1926–2013 in each of three orders, one file per year: the right day or none. Without a configured order
/// the files show their order themselves.
#[tokio::test]
async fn every_day_in_every_order_is_stored_right_or_not_at_all() {
    let configured = [
        [None, Some(DateOrder::DayFirst), Some(DateOrder::Iso)],
        [None, Some(DateOrder::MonthFirst), Some(DateOrder::Iso)],
        [None, Some(DateOrder::MonthFirst), Some(DateOrder::Iso)],
    ];
    for (index, (write, configured)) in ORDERS.iter().zip(configured).enumerate() {
        for (year, sign) in (1926..=2013).zip(["-", "/", ".", " ", "", "\u{2013}"].iter().cycle()) {
            let mut world = World::new();
            world.config.date_order = configured[usize::try_from(year).unwrap() % configured.len()];
            let days: Vec<Date> = date(year, 1, 1)
                .series(jiff::Span::new().days(1))
                .take_while(|day| day.year() == year)
                .collect();
            let (mut text, mut born) = ("username;birthdate\n".to_owned(), HashMap::new());
            for day in &days {
                let login = format!("p{}", day.day_of_year());
                writeln!(text, "{login};{}", write(*day, sign)).unwrap();
                born.insert(world.add_account(&login), *day);
            }
            let report = world.import(&text).await.unwrap();
            assert_eq!(report.lines().len(), days.len());
            let mut stored = 0;
            for (id, record) in world.records.page(None, 1000).await.unwrap() {
                let day = born[&id];
                let value = record.record.birthdate.unwrap().value;
                let birthdate = to_birthdate(day).unwrap();
                assert_eq!(
                    record_values::is_birthdate(&world.keys, id, &value, &birthdate),
                    Some(true),
                    "{day} {sign:?} order {index}"
                );
                stored += 1;
            }
            assert_eq!(stored, days.len() - report.refused().count());
            // The order that the file was written in is always accepted, except for those who are too young.
            let is_own = matches!(
                (index, world.config.date_order),
                (0, None | Some(DateOrder::DayFirst)) | (1, Some(DateOrder::MonthFirst)) | (2, _)
            );
            assert_eq!(is_own, stored > 300, "{year} {sign:?} order {index}");
        }
    }
}

#[tokio::test]
async fn implausible_birthdate_is_refused_and_the_registered_value_stays() {
    for world in worlds().await {
        let anna = world.add_account("A.Janssen");
        world.import("username;birthdate\nA.Janssen;01-10-1984\n").await.unwrap();
        for (text, why) in [
            ("1900-01-01", Implausible::TooOld),
            ("01-01-1753", Implausible::TooOld),
            ("1601-01-01", Implausible::TooOld),
            ("0001-01-01", Implausible::TooOld),
            ("31-12-9999", Implausible::Future),
            ("99991231", Implausible::Future),
            ("2027-01-16", Implausible::Future),
            ("2026-12-01", Implausible::TooYoung),
            ("2014-01-16", Implausible::TooYoung),
            ("01-01-1925", Implausible::TooOld),
        ] {
            let outcomes = world.outcomes(format!("username;birthdate\nA.Janssen;{text}\n")).await;
            let refused = LineOutcome::Refused(RowError::ImplausibleBirthdate(why));
            assert_eq!(outcomes, [(2, refused)], "{text}");
            assert!(is_born_on(&world, anna, date(1984, 10, 1)).await, "{text}");
        }
        assert!(
            RowError::ImplausibleBirthdate(Implausible::Future)
                .to_string()
                .starts_with("implausible birthdate")
        );
    }
}

#[tokio::test]
async fn birthdate_of_unlikely_many_persons_is_a_warning_and_the_epoch_is_refused() {
    let world = World::new();
    let mut text = "username;birthdate\n".to_owned();
    for number in 0..600 {
        world.add_account(&format!("p{number}"));
        let birthdate = match number {
            // A real birthday of a few, a placeholder of many, and the epoch.
            0..4 => "1980-06-01".to_owned(),
            4..24 => "1985-01-01".to_owned(),
            24..44 => "1970-01-01".to_owned(),
            _ => format!("19{}-{:02}-{:02}", 71 + number % 20, number % 12 + 1, number % 28 + 1),
        };
        writeln!(text, "p{number};{birthdate}").unwrap();
    }
    let report = world.import(&text).await.unwrap();
    let refused: Vec<_> = report.refused().collect();
    let placeholder = RowError::ImplausibleBirthdate(Implausible::Placeholder);
    assert_eq!(refused, (26..46).map(|line| (line, placeholder)).collect::<Vec<_>>());
    assert_eq!(
        report.warnings(),
        [
            Warning::SameBirthdate { line: 6, same: 20, persons: 600 },
            Warning::SameBirthdate { line: 26, same: 20, persons: 600 },
        ]
    );
    assert_eq!(
        report.warnings()[0].to_string(),
        "line 6: 20 of 600 persons have this birthdate; is it a placeholder?"
    );
    // Two notations in one column: a spreadsheet may have converted a part of the dates.
    let world = World::new();
    world.add_account("a");
    world.add_account("b");
    let report = world.import("username;birthdate\na;1984-01-10\nb;29-02-1992\n").await.unwrap();
    assert_eq!(report.warnings(), [Warning::TwoNotations { line: 3, year_first: 2 }]);
    // One person may be born on 1 January 1970, also with several employments.
    let world = World::new();
    let anna = world.add_account("A.Janssen");
    let text = format!("username;birthdate\n{}", "A.Janssen;1970-01-01\n".repeat(9));
    let report = world.import(text).await.unwrap();
    assert_eq!((report.counts().refused, report.warnings()), (0, &[][..]));
    assert!(is_born_on(&world, anna, date(1970, 1, 1)).await);
}
