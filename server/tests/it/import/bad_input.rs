//! Files and lines that are refused.

use super::world::{World, worlds};
use server::import::{Encoding, Implausible, ImportError, LineOutcome, RowError};
use server::mobile::MobileError;
use server::ports::directory::Eligibility;
use server::test_support::directory::DirectoryOutage;

const HEAD: &str = "username;birthdate;mobile;since\n";
const GOOD: &str = "A.Janssen;01-10-1984;0612345678;\n";

/// Imports a file that must be refused; returns the error without the file name. Asserts that nothing was stored.
async fn file_error(content: &[u8], encoding: Encoding) -> String {
    let mut errors = Vec::new();
    for mut world in worlds().await {
        world.add_account("A.Janssen");
        world.config.encoding = encoding;
        let error = world.import(content).await.unwrap_err().to_string();
        assert_eq!(world.count().await, 0, "{error}: nothing was changed");
        let name = world.file().display().to_string() + ": ";
        errors.push(error.strip_prefix(&name).unwrap_or_else(|| panic!("{error}")).to_owned());
    }
    assert_eq!(errors[0], errors[1]);
    errors.remove(0)
}

#[tokio::test]
async fn unclosed_quote_refuses_the_file() {
    for bad in ["A.Janssen;\"01-10-1984;0612345678;\n", "A.Janssen;\"01-10-1984;0612345678;", "\""] {
        for after in ["", GOOD] {
            let error = file_error(format!("{HEAD}{GOOD}{bad}\n{after}").as_bytes(), Encoding::Auto).await;
            assert_eq!(error, "line 3: a quote that is not closed on this line; nothing was changed");
        }
    }
}

#[tokio::test]
async fn wrong_encoding_refuses_the_file() {
    let latin = [HEAD.as_bytes(), GOOD.as_bytes(), b"G.G\xfcl;01-10-1984;;\n"].concat();
    let error = file_error(&latin, Encoding::Utf8).await;
    assert_eq!(error, "line 3: not UTF-8 (see import.encoding); nothing was changed");
    let neither = [HEAD.as_bytes(), GOOD.as_bytes(), b"G\x81;;;\n"].concat();
    let error = file_error(&neither, Encoding::Auto).await;
    assert_eq!(error, "line 3: neither UTF-8 nor Windows-1252 (see import.encoding); nothing was changed");
    let utf16: Vec<u8> = format!("\u{feff}{HEAD}{GOOD}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(file_error(&utf16, Encoding::Auto).await.starts_with("line 1: a NUL character"));
    // One stray byte in a file of UTF-8.
    let mixed = [HEAD.as_bytes(), "G.Gül;01-10-1984;;\n".as_bytes(), b"G.G\xfcl;01-10-1984;;\n"].concat();
    let error = file_error(&mixed, Encoding::Auto).await;
    assert_eq!(
        error,
        "line 3: not UTF-8, although line 2 is (set import.encoding, or repair the file); nothing was changed"
    );
}

#[tokio::test]
async fn line_ends_of_classic_mac_refuse_the_file() {
    let error = file_error(format!("{HEAD}{GOOD}").replace('\n', "\r").as_bytes(), Encoding::Auto).await;
    assert_eq!(
        error,
        "line 1: a carriage return within the line: save the file with line ends of Windows or Unix; nothing was changed"
    );
}

#[tokio::test]
async fn title_above_the_header_refuses_the_file() {
    let error = file_error(format!("Personeel;;;\n\n{HEAD}{GOOD}").as_bytes(), Encoding::Auto).await;
    assert_eq!(
        error,
        "line 1: expected the column names, which are on line 3: remove the lines above them; nothing was changed"
    );
}

#[tokio::test]
async fn nul_character_refuses_the_file() {
    let error = file_error(format!("{HEAD}{GOOD}A.Jans\0sen;;;\n").as_bytes(), Encoding::Auto).await;
    assert_eq!(error, "line 3: a NUL character: no text, or text in UTF-16; nothing was changed");
}

#[tokio::test]
async fn overlong_line_refuses_the_file() {
    let long = "0".repeat(64 * 1024);
    let error = file_error(format!("{HEAD}{GOOD}\n{long};;;\n{GOOD}").as_bytes(), Encoding::Auto).await;
    assert_eq!(error, "line 4: longer than 64 kB; nothing was changed");
}

#[tokio::test]
async fn missing_column_refuses_the_file() {
    for (content, expected) in [
        (
            "name;birthdate\nA.Janssen;01-10-1984\n",
            "line 1: expected a column `username` or `employee_number`",
        ),
        ("username;born\nA.Janssen;01-10-1984\n", "line 1: expected a column `birthdate` or `mobile`"),
        ("", "line 1: expected a column `username` or `employee_number`"),
        ("A.Janssen;01-10-1984\n", "line 1: expected a column `username` or `employee_number`"),
    ] {
        let error = file_error(content.as_bytes(), Encoding::Auto).await;
        assert!(error.starts_with(expected) && error.ends_with("; nothing was changed"), "{error}");
    }
}

#[tokio::test]
async fn missing_file_or_unreachable_directory_changes_nothing() {
    let world = World::new();
    world.add_account("A.Janssen");
    world.directory.set_outage(Some(DirectoryOutage::Unreachable));
    let error = world.import(format!("{HEAD}{GOOD}")).await.unwrap_err();
    assert!(matches!(error, ImportError::Directory(_)), "{error}");
    assert_eq!(world.count().await, 0);
    world.directory.set_outage(None);
    assert_eq!(world.import_again().await.unwrap().counts().first, 1, "the import works after the outage");
    std::fs::remove_file(world.file()).unwrap();
    let error = world.import_again().await.unwrap_err().to_string();
    assert_eq!(error, format!("{}: cannot be read, nothing was changed", world.file().display()));
}

#[tokio::test]
async fn invalid_line_refuses_that_line_only() {
    let lines = [
        ("A.Janssen;01-10-1984;0612345678", RowError::Cells { found: 3, expected: 4 }),
        ("A.Janssen;01-10-1984;0612345678;;", RowError::Cells { found: 5, expected: 4 }),
        (";01-10-1984;0612345678;", RowError::NoName),
        ("=cmd|'/c calc'!A0;01-10-1984;0612345678;", RowError::InvalidName),
        ("N.Iemand;01-10-1984;0612345678;", RowError::UnknownName),
        ("D.Dubbel;01-10-1984;0612345678;", RowError::AmbiguousName),
        ("A.Janssen;31-02-1984;0612345678;", RowError::NoBirthdate),
        ("A.Janssen;=HYPERLINK(\"x\");0612345678;", RowError::NoBirthdate),
        ("A.Janssen;01-10-2084;0612345678;", RowError::ImplausibleBirthdate(Implausible::Future)),
        ("A.Janssen;01-10-1984;0485-845900;", RowError::Mobile(MobileError::NotMobile)),
        ("A.Janssen;01-10-1984;+32 470 12 34 56;", RowError::Mobile(MobileError::OtherCountry)),
        ("A.Janssen;01-10-1984;onbekend;", RowError::Mobile(MobileError::NotMobile)),
        ("A.Janssen;01-10-1984;=HYPERLINK(\"x\");", RowError::Mobile(MobileError::NotMobile)),
        ("A.Janssen;01-10-1984;0612345678;ooit", RowError::NoSince),
        ("A.Janssen;;;", RowError::Nothing),
        ("A.Janssen@gmail.com;01-10-1984;;", RowError::OtherDomain),
        ("A.Jan\u{200b}ssen;01-10-1984;;", RowError::InvisibleInName),
        ("A.Janssen;1984-10-01T22:00:00Z;;", RowError::BirthdateWithTime),
        ("A.Janssen;01-10-1984;;2026-01-01T08:00", RowError::SinceWithTime),
        ("A.Janssen;1900-01-01;;", RowError::ImplausibleBirthdate(Implausible::TooOld)),
        ("A.Janssen;1753-01-01;;", RowError::ImplausibleBirthdate(Implausible::TooOld)),
        ("A.Janssen;9999-12-31;;", RowError::ImplausibleBirthdate(Implausible::Future)),
        ("A.Janssen;01-10-2020;;", RowError::ImplausibleBirthdate(Implausible::TooYoung)),
    ];
    for world in worlds().await {
        for login in ["A.Janssen", "D.Dubbel", "d.dubbel", "B.Bakker"] {
            world.add_account(login);
        }
        let text = lines.map(|(line, _)| line).join("\r\n") + "\r\n";
        let report = world.import(format!("{HEAD}{text}\nB.Bakker;02-10-1984;;\n")).await.unwrap();
        let expected: Vec<_> = (2..).zip(lines.iter().map(|(_, reason)| *reason)).collect();
        assert_eq!(report.refused().collect::<Vec<_>>(), expected);
        // The blank line is ignored, and the last line is applied.
        assert_eq!((report.counts().first, report.lines().len()), (1, lines.len() + 1));
        assert_eq!(world.count().await, 1);
        // The report quotes nothing from the file.
        let mut written = Vec::new();
        report.write(&mut written).unwrap();
        let written = String::from_utf8(written).unwrap();
        assert_eq!(written.lines().count(), lines.len() + 2);
        for part in ["HYPERLINK", "Janssen", "1984", "0485", "calc", "=", "\"", "'"] {
            assert!(!written.contains(part), "{written}");
        }
        assert!(written.lines().all(|line| line.split(';').count() == 3), "{written}");
    }
}

#[tokio::test]
async fn dry_run_reports_the_same_and_changes_nothing() {
    for mut world in worlds().await {
        let anna = world.add_account("A.Janssen");
        world.add_account("B.Bakker");
        let text = format!("{HEAD}{GOOD}B.Bakker;;0485-845900;\n");
        world.config.dry_run = true;
        let dry = world.outcomes(&text).await;
        assert_eq!(world.count().await, 0);
        world.config.dry_run = false;
        assert_eq!(world.outcomes(&text).await, dry);
        let before = world.records.load(anna).await.unwrap();
        world.config.dry_run = true;
        let changed = world.outcomes(format!("{HEAD}A.Janssen;02-10-1984;0612345679;\n")).await;
        assert!(matches!(changed[..], [(2, LineOutcome::Taken(_))]), "{changed:?}");
        assert_eq!(world.records.load(anna).await.unwrap(), before);
        assert_eq!(world.pending_notices().await, []);
    }
}

#[tokio::test]
async fn ineligible_accounts_are_imported_too() {
    let world = World::new();
    for (login, eligibility) in [
        ("A.Janssen", Eligibility::Privileged),
        ("B.Bakker", Eligibility::Disabled),
        ("C.Smit", Eligibility::Expired),
    ] {
        world.add_account(login);
        world.directory.edit(login, |member| member.account.eligibility = eligibility);
    }
    let text = "username,birthdate\nA.Janssen,01-10-1984\nB.Bakker,01-10-1985\nC.Smit,01-10-1986\n";
    assert_eq!(world.import(text).await.unwrap().counts().first, 3);
}

#[tokio::test]
async fn user_names_match_in_every_encoding_and_persons_by_employee_number() {
    for world in worlds().await {
        let gul = world.add_account("G.Gül");
        let number = world.add_account("B.Bakker");
        world.directory.edit("B.Bakker", |member| member.employee_number = Some("0042".into()));
        let head = "\u{feff}USERNAME\tEmployee_Number\tbirthdate\n";
        let text = format!("{head}g.gül@pantein.nl\t\t19841001\n\t0042\t1984-10-02\n");
        assert_eq!(world.import(&text).await.unwrap().counts().first, 2);
        assert!(
            world.record(gul).await.birthdate.is_some() && world.record(number).await.birthdate.is_some()
        );
        let latin = b"username;birthdate\nG.G\xdcL;1 okt 1984\n";
        assert_eq!(world.import(latin).await.unwrap().counts().same, 1);
    }
}
