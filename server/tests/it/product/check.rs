//! Output and exit status of `check`.

use super::world::{CURRENT_PASSWORD, Product, binary};
use std::process::Stdio;

#[tokio::test]
async fn check_reports_every_part_as_a_table_and_as_json() {
    let product = Product::start().await;
    let table = product.command(&["check"]).await;
    assert_eq!((table.code, table.err.as_str()), (0, ""), "{}", table.out);
    let (rows_text, summary) = table.out.trim_end().rsplit_once('\n').unwrap();
    assert!(
        rows_text.lines().all(|line| line.starts_with("good ") || line.starts_with("WARNING ")),
        "{}",
        table.out
    );
    for part in ["directory", "entrust", "store", "audit trail", "records"] {
        assert!(table.out.contains(part), "{part}\n{}", table.out);
    }
    assert!(table.out.contains("6 registered"), "{}", table.out);
    let json = product.command(&["check", "--json"]).await;
    assert_eq!(json.code, 0);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert_eq!(rows.len(), rows_text.lines().count());
    let warnings = rows.iter().filter(|row| row["state"] == "warning").count();
    let plural = if warnings == 1 { "" } else { "s" };
    assert_eq!(summary, format!("{} good, {warnings} warning{plural}, 0 bad", rows.len() - warnings));
    assert!(
        rows.iter().all(|row| ["part", "what", "state", "detail"].iter().all(|key| row[key].is_string()))
    );
}

#[tokio::test]
async fn check_wraps_and_colours_on_a_terminal_only() {
    let product = Product::start().await;
    let settings = product.demo.settings();
    let command = format!("{} check --settings {}", binary().display(), settings.display());
    for (columns, no_color) in [("80", ""), ("120", ""), ("80", "1")] {
        // `script` runs the command on a terminal of its own.
        let mut script = tokio::process::Command::new("script");
        script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        script.env("COLUMNS", columns).env("NO_COLOR", no_color).env("TERM", "xterm").stdin(Stdio::null());
        let output = script.kill_on_drop(true).output().await.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{text}");
        assert_eq!(text.contains("\u{1b}[32m"), no_color.is_empty(), "{text:?}");
        let plain = console::strip_ansi_codes(&text);
        let lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
        let width: usize = columns.parse().unwrap();
        // A long path has no place to break.
        let is_word =
            |line: &str| line.rsplit("  ").next().is_some_and(|detail| !detail.trim().contains(' '));
        for line in &lines {
            assert!(line.chars().count() <= width || is_word(line), "{columns}: {line}");
        }
        for heading in ["directory", "entrust", "onboarding", "store", "audit trail", "mail", "records"] {
            assert_eq!(lines.iter().filter(|line| **line == heading).count(), 1, "{heading}: {plain}");
        }
        let server = format!("directory {}", product.directory().url());
        let rows =
            lines.iter().skip_while(|line| **line != server).skip(1).take_while(|line| !line.is_empty());
        assert!(rows.clone().any(|line| line.starts_with("  good     bind")), "{plain}");
        assert!(rows.clone().all(|line| !line.contains("ldaps://")), "{plain}");
        assert!(lines.last().unwrap().ends_with(" 0 bad"), "{plain}");
    }
    let mut piped = tokio::process::Command::new(binary());
    piped.args(["check", "--settings"]).arg(&settings).env("COLUMNS", "40").env("TERM", "xterm");
    let text = String::from_utf8(piped.output().await.unwrap().stdout).unwrap();
    assert!(!text.contains('\u{1b}') && text.lines().any(|line| line.chars().count() > 80), "{text}");
}

#[tokio::test]
async fn check_exits_with_1_when_the_directory_or_entrust_is_unreachable() {
    let product = Product::start().await;
    product.directory().stop().await;
    let table = product.command(&["check"]).await;
    assert_eq!(table.code, 1, "{table:?}");
    assert!(
        table.out.lines().any(|line| line.starts_with("BAD ") && line.contains("directory")),
        "{}",
        table.out
    );
    assert!(
        table.out.lines().any(|line| line.starts_with("good ") && line.contains("entrust")),
        "{}",
        table.out
    );
    let json = product.command(&["check", "--json"]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json.code, 1);
    assert!(rows.iter().any(|row| row["state"] == "bad" && row["part"] == "directory"));
    let product = Product::start().await;
    product.demo.entrust.set_fault_everywhere(&end2end::entrust::Fault::Status(503));
    let table = product.command(&["check"]).await;
    assert_eq!(table.code, 1);
    assert!(
        table.out.lines().any(|line| line.starts_with("BAD ") && line.contains("entrust")),
        "{}",
        table.out
    );
}

#[tokio::test]
async fn test_user_is_reset_and_the_password_is_not_disclosed() {
    let product = Product::start().await;
    let before = product.account("A.Janssen").await;
    let json = product.command(&["check", "--json", "--test-user", "a.janssen@pantein.nl"]).await;
    assert_eq!((json.code, json.err.as_str()), (0, ""), "{}", json.out);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    let row = rows.iter().find(|row| row["part"] == "test user").unwrap();
    let detail = row["detail"].as_str().unwrap();
    assert_eq!(row["state"], "good", "{row}");
    let server = product.directory().url();
    assert!(detail.starts_with(&format!("reset and signed in on {server}; it now has a password that")));
    assert_ne!(product.account("A.Janssen").await.password_last_set, before.password_last_set);
    assert_eq!(product.verify_password("A.Janssen", CURRENT_PASSWORD).await, Some(false));
    // The two lines of the audit log contain only the event.
    let (_, reference) = detail.rsplit_once("reference ").unwrap();
    let shown = product.command(&["audit", "show", reference.trim_end_matches(')')]).await;
    let events: Vec<String> = shown
        .out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|line| format!("{} {}", line["network"], line["event"]))
        .collect();
    let expected = |event: &str| format!("\"check --test-user\" {{\"event\":\"{event}\"}}");
    assert_eq!(events, [expected("about_to_set"), expected("password_set")]);
    // Generated passwords have 24 characters; none of the words of this length is the password.
    for text in [&json.out, &shown.out] {
        let is_password =
            |word: &str| word.len() == 24 && product.directory().has_password("A.Janssen", word);
        assert!(!text.split(|c: char| c == '"' || c.is_whitespace()).any(is_password));
    }
}

#[tokio::test]
async fn ineligible_test_user_is_not_written() {
    let product = Product::start().await;
    for (name, expected) in [
        ("D.Willems", "not reset: it is privileged"),
        ("C.Peters", "not reset: it is disabled"),
        ("Administrator", "no account with this user name exists under the base DN"),
    ] {
        let writes = product.directory().writes();
        let table = product.command(&["check", "--test-user", name]).await;
        assert_eq!(table.code, 1, "{}", table.out);
        let row = table.out.lines().find(|line| line.contains("test user")).unwrap();
        assert!(row.starts_with("BAD ") && row.contains(expected), "{row}");
        assert_eq!(product.directory().writes(), writes);
    }
    let usage = product.command(&["check", "--test-user", "a b/c"]).await;
    assert_eq!((usage.code, usage.out.as_str()), (2, ""));
    assert!(usage.err.contains("--test-user: invalid user name"), "{}", usage.err);
}

#[tokio::test]
async fn missing_right_exits_with_1_and_prints_the_remediation() {
    let product = Product::start().await;
    let incomplete = end2end::directory::Delegation { unlock: false, mobile: false, ..Default::default() };
    product.directory().delegate(incomplete);
    let table = product.command(&["check"]).await;
    assert_eq!(table.code, 1);
    let mut lines = table.out.lines().skip_while(|line| !line.contains("right: write lockoutTime"));
    assert!(lines.next().is_some_and(|line| line.starts_with("BAD ") && line.ends_with("not held")));
    for tool in ["dsacls \"OU=Staff,", "samba-tool dsacl set "] {
        let line = lines.next().unwrap();
        assert!(line.trim_start().starts_with(&format!("fix:   {tool}")), "{line}");
    }
    let json = product.command(&["check", "--json"]).await;
    let rows: Vec<serde_json::Value> = serde_json::from_str(&json.out).unwrap();
    let with_remediation: Vec<_> = rows.iter().filter(|row| row.get("mend").is_some()).collect();
    let [row] = with_remediation.as_slice() else { panic!("{with_remediation:#?}") };
    assert_eq!(row["mend"].as_array().unwrap().len(), 2);
}
