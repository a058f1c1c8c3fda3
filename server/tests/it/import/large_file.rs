//! A large file with invalid lines: the report has a result for every line.

use super::world::{World, worlds};
use server::enrollment::record::Change;
use server::import::{Counts, LineOutcome};
use std::collections::BTreeSet;

/// One line in this many is invalid.
const INVALID_EVERY: u64 = 20;

fn add_account(world: &World, lines: u64) {
    for number in 0..lines {
        world.directory.add_account(&format!("m{number}"), "", "");
    }
}

/// The file, and the numbers of its invalid lines.
fn file(lines: u64) -> (String, BTreeSet<u64>) {
    let mut text = vec!["username;birthdate;mobile\n".to_owned()];
    let mut invalid = BTreeSet::new();
    for number in 0..lines {
        let (day, mobile) = (number % 28 + 1, 10_000_000 + number);
        if number % INVALID_EVERY != 3 {
            text.push(format!("m{number};{day:02}-10-1984;06{mobile}\n"));
            continue;
        }
        invalid.insert(number + 2);
        text.push(match number / INVALID_EVERY % 7 {
            0 => format!("nobody{number};01-10-1984;06{mobile}\n"),
            1 => format!("m{number};{day:02}-13-1984;06{mobile}\n"),
            2 => format!("m{number};{day:02}-10-1984;0485-845900\n"),
            3 => "=HYPERLINK(1);01-10-1984;\n".to_owned(),
            4 => format!("m{number};{day:02}-10-1984\n"),
            5 => format!("m{number};;\n"),
            _ => format!("m{number}@example.org;01-10-1984;\n"),
        });
    }
    (text.concat(), invalid)
}

async fn import_file(world: &World, lines: u64) -> (String, BTreeSet<u64>) {
    let (text, invalid) = file(lines);
    let refused = invalid.len() as u64;
    add_account(world, lines);
    let report = world.import(&text).await.unwrap();
    let counts = Counts { first: lines - refused, refused, ..Counts::default() };
    assert_eq!(report.counts(), counts);
    assert_eq!(report.refused().map(|(line, _)| line).collect::<BTreeSet<_>>(), invalid);
    let numbers: Vec<_> = report.lines().iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, (2..lines + 2).collect::<Vec<_>>());
    assert_eq!(world.count().await as u64, lines - refused);
    (text, invalid)
}

#[tokio::test]
async fn each_of_20_000_lines_is_reported() {
    import_file(&World::new(), 20_000).await;
}

#[tokio::test]
async fn second_import_over_several_transactions_changes_nothing() {
    for world in worlds().await {
        let (text, invalid) = import_file(&world, 1_300).await;
        let again = world.import(&text).await.unwrap();
        assert_eq!(again.counts().refused, invalid.len() as u64);
        assert!(again.lines().iter().all(|(line, outcome)| match outcome {
            LineOutcome::Taken(change) => *change == Change::Same,
            LineOutcome::Superseded(_) => false,
            LineOutcome::Refused(_) => invalid.contains(line),
        }));
    }
}
