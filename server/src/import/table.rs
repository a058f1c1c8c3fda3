//! The file as a table: which column is which, and one row per line. Not what the cells mean.

use super::cell::{Row, parser};
use super::lines::{Ended, LineError, Lines};
use super::report::Reason;
use super::row::Said;
use crate::config::ImportColumns;
use csv_core::Reader;
use std::io::Read;

/// Where in a row the known columns are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) username: Option<usize>,
    pub(super) employee_number: Option<usize>,
    pub(super) birthdate: Option<usize>,
    pub(super) mobile: Option<usize>,
    pub(super) since: Option<usize>,
}

impl Columns {
    /// What a row says under these columns, of which the first line has `width`.
    pub(super) fn said(self, row: &Row, width: usize) -> Result<Said<'_>, Reason> {
        // A line that lost or gained a cell has its values under the wrong names.
        if row.cells() != width {
            return Err(Reason::Cells { found: row.cells(), expected: width });
        }
        Ok(Said {
            username: row.cell(self.username),
            employee_number: row.cell(self.employee_number),
            birthdate: row.cell(self.birthdate),
            mobile: row.cell(self.mobile),
            since: row.cell(self.since),
        })
    }

    /// Why a row without any value is refused.
    pub(super) fn nothing(self) -> Reason {
        match (self.birthdate, self.mobile) {
            (Some(_), None) => Reason::NoBirthdate,
            (Some(_) | None, Some(_) | None) => Reason::Nothing,
        }
    }
}

/// A file that is read row by row.
///
/// A row is a line: a quoted cell that goes on in the next one is refused. It may be honest, but one quote too
/// many would quietly give a person the values of another line.
pub(super) struct Table<R> {
    lines: Lines<R>,
    parser: Reader,
    columns: Columns,
    width: usize,
    text: String,
    row: Row,
}

impl<R: Read> Table<R> {
    /// Reads the first line. No delimiter: the one of `;`, `,` and tab that the line has most of.
    pub(super) fn begin(
        mut lines: Lines<R>,
        delimiter: Option<u8>,
        named: &ImportColumns,
    ) -> Result<Self, Ended> {
        let mut text = String::new();
        lines.next(&mut text)?;
        let delimiter = delimiter.unwrap_or_else(|| likeliest(&text));
        let mut row = Row::default();
        let mut parser = parser(delimiter);
        let columns = row.parse(&text, &mut parser).and_then(|()| find(&row, named));
        let columns = columns.map_err(|trouble| Ended::At(1, trouble))?;
        Ok(Self { lines, parser, columns, width: row.cells(), text, row })
    }

    /// The next line that is not blank, with its number.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &Row)>, Ended> {
        loop {
            if !self.lines.next(&mut self.text)? {
                return Ok(None);
            }
            if !self.text.trim().is_empty() {
                break;
            }
        }
        let number = self.lines.number();
        self.row.parse(&self.text, &mut self.parser).map_err(|trouble| Ended::At(number, trouble))?;
        Ok(Some((number, &self.row)))
    }

    pub(super) fn columns(&self) -> Columns {
        self.columns
    }

    /// How many cells the first line has.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// How many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.lines.read()
    }
}

fn likeliest(line: &str) -> u8 {
    let count = |delimiter: u8| line.bytes().filter(|byte| *byte == delimiter).count();
    // Of several that are as many the last one counts: `;`, as Excel writes it here.
    [b'\t', b',', b';'].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b';')
}

fn find(row: &Row, named: &ImportColumns) -> Result<Columns, LineError> {
    let place = |name: &str, key: &'static str| {
        let name = name.trim().to_lowercase();
        let is_it = |place: &usize| !name.is_empty() && row.cell(Some(*place)).to_lowercase() == name;
        let mut places = (0..row.cells()).filter(is_it);
        match (places.next(), places.next()) {
            (_, Some(_)) => Err(LineError::Twice(key)),
            (place, None) => Ok(place),
        }
    };
    let columns = Columns {
        username: place(&named.username, "username")?,
        employee_number: place(&named.employee_number, "employee_number")?,
        birthdate: place(&named.birthdate, "birthdate")?,
        mobile: place(&named.mobile, "mobile")?,
        since: place(&named.since, "since")?,
    };
    if columns.username.is_none() && columns.employee_number.is_none() {
        return Err(LineError::NoPersonColumn);
    }
    if columns.birthdate.is_none() && columns.mobile.is_none() {
        return Err(LineError::NoValueColumn);
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::super::lines::Encoding;
    use super::*;

    fn named() -> ImportColumns {
        ImportColumns {
            username: "Username".into(),
            employee_number: "number".into(),
            birthdate: "birthdate".into(),
            mobile: "Zakelijk mobiel".into(),
            since: String::new(),
        }
    }

    fn table(text: &str) -> Result<Table<&[u8]>, String> {
        let lines = Lines::new(text.as_bytes(), Encoding::Utf8);
        Table::begin(lines, None, &named()).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_whatever_separates_them() {
        for delimiter in [";", ",", "\t"] {
            let text = ["USERNAME ", "x", "\"zakelijk mobiel\""].join(delimiter)
                + "\n\n  \n\"a\",b;c\td,e;\tf".replace([',', ';', '\t'], delimiter).as_str();
            let mut table = table(&text).unwrap();
            assert_eq!(table.columns(), Columns { username: Some(0), mobile: Some(2), ..Columns::default() });
            assert_eq!(table.width(), 3);
            let (line, row) = table.next().unwrap().unwrap();
            assert_eq!((line, row.cells(), row.cell(Some(0)), row.cell(Some(2))), (4, 7, "a", "c"));
            assert_eq!((row.cell(Some(5)), row.cell(Some(7)), row.cell(None)), ("", "", ""));
            assert!(table.next().unwrap().is_none());
        }
    }

    #[test]
    fn quotes_hold_delimiters_and_quotes() {
        let mut table = table("username;birthdate\n\"a;\"\"b\"\"\"; c d \n").unwrap();
        let (_, row) = table.next().unwrap().unwrap();
        assert_eq!((row.cell(Some(0)), row.cell(Some(1))), ("a;\"b\"", "c d"));
    }

    #[test]
    fn what_is_no_table_is_told_by_its_line() {
        for (text, told) in [
            ("", "line 1: expected a column `username` or `employee_number` (see import.columns)"),
            (
                "name;birthdate\n",
                "line 1: expected a column `username` or `employee_number` (see import.columns)",
            ),
            ("username;born\n", "line 1: expected a column `birthdate` or `mobile` (see import.columns)"),
            (
                "username;birthdate;Birthdate\n",
                "line 1: the column `birthdate` stands there twice (see import.columns)",
            ),
            ("username;\"birthdate\n", "line 1: a quote that is not closed on this line"),
        ] {
            assert_eq!(table(text).err().unwrap(), told);
        }
    }

    #[test]
    fn a_quote_must_be_closed_on_its_own_line() {
        for text in ["a;\"b", "a;\"b\nc\";d", "\"", "a;\"b\"\"", "a;b\n\"c\nd\n"] {
            let text = format!("username;birthdate\n{text}");
            let mut table = table(&text).unwrap();
            let ended = loop {
                match table.next() {
                    Ok(row) => assert!(row.is_some(), "{text}"),
                    Err(error) => break error.to_string(),
                }
            };
            assert!(ended.ends_with(": a quote that is not closed on this line"), "{ended}");
        }
    }
}
