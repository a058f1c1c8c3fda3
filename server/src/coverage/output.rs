//! Formats coverage as table, CSV and JSON.

use super::{Coverage, UnitCounts};
use serde::Serialize;
use std::fmt::Write as _;

/// The columns after the unit.
const COLUMN_HEADINGS: [&str; 6] = ["accounts", "in_scope", "birthdate", "mobile", "waiting", "ready"];

impl Coverage {
    /// Formats a table for a terminal.
    pub fn table(&self) -> String {
        // Control characters in a directory name must not reach the terminal.
        let printable = |name: &str| name.replace(char::is_control, "?");
        let rows: Vec<_> = self.units().map(|(name, counted)| (printable(name), counted)).collect();
        let names = rows.iter().map(|(name, _)| name.chars().count());
        let width = names.chain(["total".len()]).max().unwrap_or_default();
        let mut text = format!("{:width$}", "unit");
        for heading in COLUMN_HEADINGS {
            let _ = write!(text, "  {heading:>9}");
        }
        for (name, counted) in rows.into_iter().chain([("total".to_owned(), self.total)]) {
            let _ = write!(text, "\n{name:width$}");
            for number in counted.as_array() {
                let _ = write!(text, "  {number:>9}");
            }
        }
        text
    }

    /// Formats CSV with `;`, as Dutch spreadsheets expect. The last row is the total.
    pub fn csv(&self) -> String {
        let mut text = format!("unit;{}", COLUMN_HEADINGS.join(";"));
        for (name, counted) in self.units().chain([("total", self.total)]) {
            let _ = write!(text, "\n{}", csv_cell(name));
            for number in counted.as_array() {
                let _ = write!(text, ";{number}");
            }
        }
        text
    }

    /// Formats JSON.
    pub fn json(&self) -> serde_json::Value {
        #[derive(Serialize)]
        struct Unit<'a> {
            unit: &'a str,
            #[serde(flatten)]
            counted: UnitCounts,
        }
        let units: Vec<_> = self.units().map(|(unit, counted)| Unit { unit, counted }).collect();
        serde_json::json!({ "units": units, "total": self.total })
    }
}

/// Quotes a cell so that a spreadsheet evaluates no formula and sees one cell.
pub(crate) fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let prefix = if formula { "'" } else { "" };
    format!("\"{prefix}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a34_unit_names_are_not_evaluated_as_formulas() {
        let counted = UnitCounts { accounts: 1, ..UnitCounts::default() };
        let names = ["=HYPERLINK(\"x\";1)", "+1", "-1", "@SUM(1)", "\tx", "\rx"];
        let units = names.map(|name| (name.to_owned(), counted)).into();
        let csv = Coverage { units, total: counted, ..Coverage::default() }.csv();
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(csv.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), names.len() + 1);
        for row in &rows[..names.len()] {
            assert_eq!((row.len(), row[0].starts_with('\'')), (7, true), "{row:?}");
        }
        assert_eq!(rows[names.len()].get(0), Some("total"));
    }

    #[test]
    fn unit_names_contain_no_terminal_control_characters() {
        let units = [("OU=\u{1b}[2J\n".to_owned(), UnitCounts::default())].into();
        let table = Coverage { units, ..Coverage::default() }.table();
        assert_eq!(table.lines().count(), 3);
        assert!(!table.contains('\u{1b}') && table.contains("OU=?[2J?"));
    }
}
