//! Reads the file as a table: maps columns by the header line and returns one row per line.

use super::cell::{Row, parser};
use super::lines::{LineError, Lines, ReadError};
use super::report::RowError;
use super::row::RowFields;
use crate::config::ImportColumns;
use csv_core::Reader;
use std::io::Read;

/// The positions of the known columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Columns {
    pub(super) username: Option<usize>,
    pub(super) employee_number: Option<usize>,
    pub(super) birthdate: Option<usize>,
    pub(super) mobile: Option<usize>,
    pub(super) since: Option<usize>,
}

impl Columns {
    /// Returns the fields of a row; refused if its number of cells differs from the header's `width`.
    pub(super) fn fields(self, row: &Row, width: usize) -> Result<RowFields<'_>, RowError> {
        // In a line with a missing or extra cell the values are in the wrong columns.
        if row.cells() != width {
            return Err(RowError::Cells { found: row.cells(), expected: width });
        }
        Ok(RowFields {
            username: row.cell(self.username),
            employee_number: row.cell(self.employee_number),
            birthdate: row.cell(self.birthdate),
            mobile: row.cell(self.mobile),
            since: row.cell(self.since),
        })
    }

    /// Returns the reason for refusing a row without any value.
    pub(super) fn nothing(self) -> RowError {
        match (self.birthdate, self.mobile) {
            (Some(_), None) => RowError::NoBirthdate,
            (Some(_) | None, Some(_) | None) => RowError::Nothing,
        }
    }
}

/// A file that is read row by row.
///
/// A row is a line: a quoted cell that continues on the next line is refused. It may be legitimate, but one stray
/// quote would silently assign the values of another line to a person.
pub(super) struct Table<R> {
    lines: Lines<R>,
    parser: Reader,
    columns: Columns,
    width: usize,
    text: String,
    row: Row,
}

impl<R: Read> Table<R> {
    /// Reads the header line. Without a delimiter, uses the one of `;`, `,` and tab that occurs most often in it.
    pub(super) fn open(
        mut lines: Lines<R>,
        delimiter: Option<u8>,
        named: &ImportColumns,
    ) -> Result<Self, ReadError> {
        let mut text = String::new();
        lines.next(&mut text)?;
        let delimiter = delimiter.unwrap_or_else(|| detect_delimiter(&text));
        let mut row = Row::default();
        let mut parser = parser(delimiter);
        let columns = row.parse(&text, &mut parser).and_then(|()| find_columns(&row, named));
        let columns = columns.map_err(|problem| ReadError::At(1, problem))?;
        Ok(Self { lines, parser, columns, width: row.cells(), text, row })
    }

    /// Returns the next line that is not blank, with its number.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &Row)>, ReadError> {
        loop {
            if !self.lines.next(&mut self.text)? {
                return Ok(None);
            }
            if !self.text.trim().is_empty() {
                break;
            }
        }
        let number = self.lines.number();
        self.row.parse(&self.text, &mut self.parser).map_err(|problem| ReadError::At(number, problem))?;
        Ok(Some((number, &self.row)))
    }

    pub(super) fn columns(&self) -> Columns {
        self.columns
    }

    /// Returns the number of cells in the header.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns how many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.lines.read()
    }
}

fn detect_delimiter(line: &str) -> u8 {
    let count = |delimiter: u8| line.bytes().filter(|byte| *byte == delimiter).count();
    // On a tie the last one wins: `;`, as Excel writes it in the Netherlands.
    [b'\t', b',', b';'].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b';')
}

fn find_columns(row: &Row, named: &ImportColumns) -> Result<Columns, LineError> {
    let position = |name: &str, key: &'static str| {
        let name = name.trim().to_lowercase();
        let matches_name =
            |position: &usize| !name.is_empty() && row.cell(Some(*position)).to_lowercase() == name;
        let mut positions = (0..row.cells()).filter(matches_name);
        match (positions.next(), positions.next()) {
            (_, Some(_)) => Err(LineError::DuplicateColumn(key)),
            (position, None) => Ok(position),
        }
    };
    let columns = Columns {
        username: position(&named.username, "username")?,
        employee_number: position(&named.employee_number, "employee_number")?,
        birthdate: position(&named.birthdate, "birthdate")?,
        mobile: position(&named.mobile, "mobile")?,
        since: position(&named.since, "since")?,
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
        Table::open(lines, None, &named()).map_err(|error| error.to_string())
    }

    #[test]
    fn columns_are_found_by_name_with_every_delimiter() {
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
    fn quoted_cells_may_contain_delimiters_and_quotes() {
        let mut table = table("username;birthdate\n\"a;\"\"b\"\"\"; c d \n").unwrap();
        let (_, row) = table.next().unwrap().unwrap();
        assert_eq!((row.cell(Some(0)), row.cell(Some(1))), ("a;\"b\"", "c d"));
    }

    #[test]
    fn invalid_table_is_reported_with_its_line_number() {
        for (text, message) in [
            ("", "line 1: expected a column `username` or `employee_number` (see import.columns)"),
            (
                "name;birthdate\n",
                "line 1: expected a column `username` or `employee_number` (see import.columns)",
            ),
            ("username;born\n", "line 1: expected a column `birthdate` or `mobile` (see import.columns)"),
            (
                "username;birthdate;Birthdate\n",
                "line 1: the column `birthdate` occurs twice (see import.columns)",
            ),
            ("username;\"birthdate\n", "line 1: a quote that is not closed on this line"),
        ] {
            assert_eq!(table(text).err().unwrap(), message);
        }
    }

    #[test]
    fn unclosed_quote_is_refused_on_its_line() {
        for text in ["a;\"b", "a;\"b\nc\";d", "\"", "a;\"b\"\"", "a;b\n\"c\nd\n"] {
            let text = format!("username;birthdate\n{text}");
            let mut table = table(&text).unwrap();
            let message = loop {
                match table.next() {
                    Ok(row) => assert!(row.is_some(), "{text}"),
                    Err(error) => break error.to_string(),
                }
            };
            assert!(message.ends_with(": a quote that is not closed on this line"), "{message}");
        }
    }
}
