//! What exports of spreadsheets and HR systems contain besides values.

use super::world::{World, worlds};
use server::import::{LineOutcome, RowError};
use server::mobile::MobileError;

#[tokio::test]
async fn delimiter_line_and_lines_of_only_delimiters_are_no_persons() {
    for world in worlds().await {
        for login in ["a", "b"] {
            world.add_account(login);
        }
        let text = "sep=;\r\nusername;birthdate;mobile\r\n;;\r\na;01-10-1984;0612345671\r\n\"\";;\r\n;;;;;\r\n \
            b ;02-10-1984;0612345672\r\n;;\r\n";
        let report = world.import(text).await.unwrap();
        assert_eq!(report.lines().iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 7]);
        assert_eq!(report.counts().first, 2);
    }
}

#[tokio::test]
async fn invisible_characters_around_values_do_not_matter() {
    let world = World::new();
    let account = world.add_account("A.Janssen");
    let text = "\u{feff}username;birthdate;mobile;since\n\
        \u{200b}A.Janssen\u{a0};\u{200e}01\u{200e}-10-1984\u{200f};\u{202a}+31 6 12345678\u{202c};\u{2060}\n";
    assert_eq!(world.import(text).await.unwrap().counts().first, 1);
    assert_eq!(world.number(account).await.as_deref(), Some("+31612345678"));
    let nothing = world.outcomes("username;birthdate;mobile\nA.Janssen;\u{200b};\u{feff}\u{a0}\n").await;
    assert_eq!(nothing, [(2, LineOutcome::Refused(RowError::Nothing))]);
}

/// Line number, text and whether it is accepted; the 20,000 lines mix every case.
fn line(number: u64) -> (String, Option<RowError>) {
    let day = number % 28 + 1;
    let mobile = format!("06{}", 10_000_000 + number);
    let (year, month) = (1971 + number % 30, number % 12 + 1);
    let login = format!("m{number}");
    let ok = |text: String| (text, None);
    match number % 20 {
        0 => ok(format!("{login};{day:02}-{month:02}-{year} 00:00;{mobile};")),
        1 => ok(format!("{login};{year}-{month:02}-{day:02}T00:00:00Z;+31(0){};", &mobile[1..])),
        2 => ok(format!("{login};{year}{month:02}{day:02}000000.0Z;{};", &mobile[1..])),
        3 => ok(format!("{login}. ;{day} okt {year};0031 {};", &mobile[1..])),
        4 => ok(format!("{login};;{mobile};")),
        5 => {
            (format!("{login};{day:02}-{month:02}-{year} 22:00;{mobile};"), Some(RowError::BirthdateWithTime))
        }
        6 => (format!("{login}@gmail.com;{day:02}-{month:02}-{year};{mobile};"), Some(RowError::OtherDomain)),
        7 => (format!("{login};31-02-{year};{mobile};"), Some(RowError::NoBirthdate)),
        8 => (
            format!("m\u{200b}{number};{day:02}-{month:02}-{year};{mobile};"),
            Some(RowError::InvisibleInName),
        ),
        9 => (format!("{login};;0485-845900;"), Some(RowError::Mobile(MobileError::NotMobile))),
        10 => (format!("{login};{day:02}-{month:02}-{year};{mobile};1-1-26"), Some(RowError::NoSince)),
        11 => (
            format!("{login};{day:02}-{month:02}-{year};{mobile}"),
            Some(RowError::Cells { found: 3, expected: 4 }),
        ),
        12 => (format!("x{login};{day:02}-{month:02}-{year};{mobile};"), Some(RowError::UnknownName)),
        13 => (format!("{login};;;"), Some(RowError::Nothing)),
        14 => (format!(";{day:02}-{month:02}-{year};{mobile};"), Some(RowError::NoName)),
        _ => ok(format!(
            "\u{200e}{login};{day:02}/{month:02}/{year};{};01-01-2020",
            mobile.replace("06", "06-")
        )),
    }
}

#[tokio::test]
async fn each_of_20_000_mixed_lines_is_accounted_for() {
    const LINES: u64 = 20_000;
    let world = World::new();
    let mut text = "sep=;\nusername;birthdate;mobile;since\n".to_owned();
    let (mut refused, mut expected_lines) = (Vec::new(), Vec::new());
    let mut physical = 2;
    for number in 0..LINES {
        world.add_account(&format!("m{number}"));
        let (content, reason) = line(number);
        physical += 1;
        expected_lines.push(physical);
        refused.extend(reason.map(|reason| (physical, reason)));
        text.push_str(&content);
        text.push('\n');
        if number % 100 == 0 {
            text.push_str(";;;\n");
            physical += 1;
        }
    }
    let report = world.import(&text).await.unwrap();
    assert_eq!(report.lines().iter().map(|(line, _)| *line).collect::<Vec<_>>(), expected_lines);
    assert_eq!(report.refused().collect::<Vec<_>>(), refused);
    let counts = report.counts();
    assert_eq!((counts.first, counts.refused), (LINES - refused.len() as u64, refused.len() as u64));
    assert_eq!(world.count().await as u64, counts.first);
}
