//! The numbers of the overview as CSV with `;`, as Dutch spreadsheets expect: one number in a row, which a pivot table reads.

use crate::coverage::csv_cell;
use app::static_pages::overview::Overview;
use std::fmt::Write as _;

/// The names of the small units together, and of what belongs to no unit.
const SMALL_UNITS: &str = "(small units)";

/// Formats all numbers.
pub(super) fn csv(overview: &Overview) -> String {
    let mut text = String::from("part;at;unit;figure;number");
    let mut row = |part: &str, at: &str, unit: &str, figure: &str, number: u64| {
        let unit = if unit.is_empty() { String::new() } else { csv_cell(unit) };
        let _ = write!(text, "\r\n{part};{at};{unit};{figure};{number}");
    };
    if let Some(today) = &overview.today {
        for hour in &today.hours {
            let figures = ["done", "not_verified", "refused", "waits", "outages"];
            for (figure, number) in figures.into_iter().zip(hour.counts()) {
                row("resets", &hour.from, "", figure, number);
            }
        }
        for (why, times) in &today.refusals {
            let why = serde_json::to_value(why).unwrap_or_default();
            row("refusals", &overview.at, "", why.as_str().unwrap_or_default(), *times);
        }
    }
    if let Some(accounts) = &overview.accounts {
        row("hr", &accounts.at, "", "proposals", accounts.proposals);
        row("hr", &accounts.at, "", "conflicts", accounts.conflicts);
        for unit in &accounts.units {
            let name = unit.unit.as_deref().unwrap_or(SMALL_UNITS);
            for (figure, number) in [
                ("in_scope", unit.in_scope),
                ("birthdate", unit.birthdate),
                ("mobile", unit.mobile),
                ("waiting", unit.waiting),
                ("ready", unit.ready),
            ] {
                row("units", &accounts.at, name, figure, number);
            }
        }
    }
    text.push_str("\r\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::api::service_desk_state::TrailReason;
    use app::static_pages::overview::{Accounts, HourCounts, Today, UnitReadiness};

    #[test]
    fn a34_file_has_one_number_in_a_row_and_no_formula() {
        let at = "2026-11-28T14:00:00+01:00".to_owned();
        let unit = |unit: Option<&str>| UnitReadiness {
            unit: unit.map(str::to_owned),
            in_scope: 6,
            ready: 4,
            ..UnitReadiness::default()
        };
        let overview = Overview {
            at: at.clone(),
            today: Some(Today {
                hours: vec![HourCounts { from: at.clone(), done: 7, ..HourCounts::default() }],
                refusals: vec![(TrailReason::NoBirthdate, 2)],
            }),
            accounts: Some(Accounts {
                at,
                proposals: 3,
                conflicts: 1,
                units: vec![unit(Some("=HYPERLINK(\"x\";1)")), unit(Some("Zorg; Noord\r\n+1")), unit(None)],
            }),
            counting: false,
        };
        let text = csv(&overview);
        let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert!(rows.iter().all(|row| row.len() == 5 && row[4].parse::<u64>().is_ok()), "{text}");
        let number = |part: &str, unit: &str, figure: &str| {
            let row = rows.iter().find(|row| (&row[0], &row[2], &row[3]) == (part, unit, figure));
            row.map(|row| row[4].to_owned())
        };
        assert_eq!(number("resets", "", "done").as_deref(), Some("7"));
        assert_eq!(number("refusals", "", "no_birthdate").as_deref(), Some("2"));
        assert_eq!(number("hr", "", "conflicts").as_deref(), Some("1"));
        assert_eq!(number("units", "'=HYPERLINK(\"x\";1)", "ready").as_deref(), Some("4"));
        assert_eq!(number("units", "Zorg; Noord\r\n+1", "ready").as_deref(), Some("4"));
        assert_eq!(number("units", SMALL_UNITS, "in_scope").as_deref(), Some("6"));
    }

    #[test]
    fn missing_parts_have_no_rows() {
        let overview = Overview { at: String::new(), today: None, accounts: None, counting: true };
        assert_eq!(csv(&overview), "part;at;unit;figure;number\r\n");
    }
}
