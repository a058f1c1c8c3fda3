//! A large file with rubbish in it: the report accounts for every line.

use super::world::{World, worlds};
use server::enrollment::record::Change;
use server::import::{Counts, Outcome};
use std::collections::BTreeSet;

/// One line in so many is rubbish.
const RUBBISH: u64 = 20;

fn hire(world: &World, lines: u64) {
    for number in 0..lines {
        world.directory.hire(&format!("m{number}"), "", "");
    }
}

/// The file, and the numbers of its lines that cannot be taken.
fn file(lines: u64) -> (String, BTreeSet<u64>) {
    let mut text = vec!["username;birthdate;mobile\n".to_owned()];
    let mut rubbish = BTreeSet::new();
    for number in 0..lines {
        let (day, mobile) = (number % 28 + 1, 10_000_000 + number);
        if number % RUBBISH != 3 {
            text.push(format!("m{number};{day:02}-10-1984;06{mobile}\n"));
            continue;
        }
        rubbish.insert(number + 2);
        text.push(match number / RUBBISH % 7 {
            0 => format!("nobody{number};01-10-1984;06{mobile}\n"),
            1 => format!("m{number};{day:02}-13-1984;06{mobile}\n"),
            2 => format!("m{number};{day:02}-10-1984;0485-845900\n"),
            3 => "=HYPERLINK(1);01-10-1984;\n".to_owned(),
            4 => format!("m{number};{day:02}-10-1984\n"),
            5 => format!("m{number};;\n"),
            _ => ";;\n".to_owned(),
        });
    }
    (text.concat(), rubbish)
}

async fn imported(world: &World, lines: u64) -> (String, BTreeSet<u64>) {
    let (text, rubbish) = file(lines);
    let bad = rubbish.len() as u64;
    hire(world, lines);
    let report = world.import(&text).await.unwrap();
    let counts = Counts { first: lines - bad, refused: bad, ..Counts::default() };
    assert_eq!(report.counts(), counts);
    assert_eq!(report.refused().map(|(line, _)| line).collect::<BTreeSet<_>>(), rubbish);
    let numbers: Vec<_> = report.lines().iter().map(|(line, _)| *line).collect();
    assert_eq!(numbers, (2..lines + 2).collect::<Vec<_>>());
    assert_eq!(world.count().await as u64, lines - bad);
    (text, rubbish)
}

#[tokio::test]
async fn of_20_000_lines_every_one_is_accounted_for() {
    imported(&World::new(), 20_000).await;
}

#[tokio::test]
async fn imported_once_more_everything_is_known_in_several_transactions_too() {
    for world in worlds().await {
        let (text, rubbish) = imported(&world, 1_300).await;
        let again = world.import(&text).await.unwrap();
        assert_eq!(again.counts().refused, rubbish.len() as u64);
        assert!(again.lines().iter().all(|(line, outcome)| match outcome {
            Outcome::Taken(change) => *change == Change::Same,
            Outcome::Superseded(_) => false,
            Outcome::Refused(_) => rubbish.contains(line),
        }));
    }
}
