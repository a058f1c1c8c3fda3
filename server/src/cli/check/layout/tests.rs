//! Tests of both layouts, of the environment that selects them, and of the summary.

use super::*;

const SUMMARY: &str = "4 good, 1 warning, 1 bad";

fn findings() -> Vec<Finding> {
    let detail = "the certificate is for dc1.pantein.grp and signed by an authority in \
                  /etc/wachtwoord-reset/domain-ca.pem";
    let command =
        "dsacls \"OU=Staff,DC=pantein,DC=grp\" /I:S /G \"PANTEIN\\svc-reset:RPWP;lockoutTime;user\"";
    vec![
        Finding::good("directory", "ldaps://dc1.pantein.grp TLS", detail),
        Finding::good("history control", "ldaps://dc1.pantein.grp", "enforced"),
        Finding::bad("directory", "ldaps://dc1.pantein.grp right: read fine-grained policies", "not held")
            .with_remediation(vec![command.to_owned()]),
        Finding::good("directory", "excess rights", "none seen"),
        Finding::warning(
            "entrust",
            "decoy",
            "entrust.decoy_user is not set: an unknown user name causes no calls",
        ),
        Finding::good("store", "SQLite", "can be written"),
    ]
}

fn terminal(width: usize, color: bool) -> Vec<String> {
    let text = Layout::Terminal { width, color }.render(&findings());
    text.lines().map(str::to_owned).collect()
}

#[test]
fn lines_are_not_wrapped_and_grouped_by_component() {
    let text = Layout::Lines.render(&findings());
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<&str> = lines.iter().map(|line| line.get(..13).unwrap_or(line)).collect();
    assert_eq!(
        starts,
        [
            "good     dire",
            "BAD      dire",
            "         fix:",
            "good     dire",
            "good     hist",
            "WARNING  entr",
            "good     stor",
            "4 good, 1 war"
        ]
    );
    assert_eq!(lines.last(), Some(&"4 good, 1 warning, 1 bad"));
    let column = |line: &str, text: &str| line.find(text).unwrap();
    assert_eq!(column(lines[0], "the certificate is"), column(lines[1], "not held"));
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn page_fits_the_width_of_the_terminal() {
    for width in [40, 60, 80, 100, 120, 160] {
        let lines = terminal(width, false);
        for line in lines.iter().filter(|line| !line.contains("fix:")) {
            let is_word = !line.trim().contains(' ');
            assert!(line.chars().count() <= width || is_word, "{width}: {line}");
            assert_eq!(line.trim_end(), line);
        }
        let headings: Vec<&String> =
            lines.iter().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect();
        assert_eq!(
            headings,
            [
                "directory ldaps://dc1.pantein.grp",
                "directory",
                "history control",
                "entrust",
                "store",
                SUMMARY
            ]
        );
        let fixes: Vec<&String> =
            lines.iter().filter(|line| line.trim_start().starts_with("fix:   dsacls")).collect();
        let [fix] = fixes.as_slice() else { panic!("{fixes:?}") };
        assert!(fix.ends_with(";user\""), "a command is one line: {fix}");
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for finding in findings() {
            let all = words(&lines.join(" "));
            let detail = words(&finding.detail);
            assert!(all.windows(detail.len()).any(|part| part == detail), "{width}: {}", finding.detail);
        }
    }
}

#[test]
fn colours_change_no_text() {
    for width in [40, 80, 120] {
        let (plain, colored) = (terminal(width, false), terminal(width, true));
        assert!(plain.iter().all(|line| !line.contains('\u{1b}')));
        let stripped: Vec<_> = colored.iter().map(|line| console::strip_ansi_codes(line)).collect();
        assert_eq!(stripped, plain);
        let red = colored.iter().find(|line| line.contains("BAD")).unwrap();
        assert!(red.contains("\u{1b}[31m"), "{red:?}");
    }
}

#[test]
fn environment_decides_on_width_and_colour() {
    for (columns, variables, expected) in [
        (Some(100), &[][..], (100, true)),
        (None, &[], (80, true)),
        (Some(100), &[("COLUMNS", "120")], (120, true)),
        (Some(100), &[("COLUMNS", "")], (100, true)),
        (Some(100), &[("COLUMNS", "wide")], (100, true)),
        (Some(100), &[("COLUMNS", "0")], (100, true)),
        (Some(10), &[], (40, true)),
        (Some(500), &[], (160, true)),
        (Some(100), &[("NO_COLOR", "1")], (100, false)),
        (Some(100), &[("NO_COLOR", "")], (100, true)),
        (Some(100), &[("TERM", "dumb")], (100, false)),
        (Some(100), &[("TERM", "xterm"), ("NO_COLOR", "0")], (100, false)),
    ] {
        let variable = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let (width, color) = expected;
        assert_eq!(
            Layout::of_terminal(columns, variable),
            Layout::Terminal { width, color },
            "{variables:?}"
        );
    }
}

#[test]
fn summary_counts_each_state() {
    let (good, warning) = (Finding::good("a", "b", "c"), Finding::warning("a", "b", "c"));
    for (findings, expected) in [
        (vec![], "0 good, 0 warnings, 0 bad"),
        (vec![good.clone()], "1 good, 0 warnings, 0 bad"),
        (vec![warning.clone(), good], "1 good, 1 warning, 0 bad"),
        (vec![warning.clone(), warning], "0 good, 2 warnings, 0 bad"),
    ] {
        assert_eq!(Layout::Lines.render(&findings).lines().last(), Some(expected));
    }
}
