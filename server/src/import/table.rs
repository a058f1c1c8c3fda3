//! Reads the file as a table: maps columns by the header line and returns one row per line.

use super::cell::{Row, parser};
use super::lines::{LineError, Lines, ReadError};
use super::report::RowError;
use super::row::RowFields;
use crate::config::ImportColumns;
use app::domain::typed_text::is_invisible;
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
    delimiter: u8,
    columns: Columns,
    width: usize,
    text: String,
    row: Row,
}

impl<R: Read> Table<R> {
    /// Reads the header line. A first line `sep=;`, which Excel reads and writes, sets the delimiter. Otherwise, without a
    /// configured one, uses the one of `;`, `,` and tab that occurs most often in the header.
    pub(super) fn open(
        mut lines: Lines<R>,
        delimiter: Option<u8>,
        named: &ImportColumns,
    ) -> Result<Self, ReadError> {
        let mut text = String::new();
        lines.next(&mut text)?;
        let named_delimiter = parse_delimiter_line(&text);
        if named_delimiter.is_some() {
            lines.next(&mut text)?;
        }
        let header = lines.number();
        let delimiter = named_delimiter.or(delimiter).unwrap_or_else(|| detect_delimiter(&text));
        let mut row = Row::default();
        let mut parser = parser(delimiter);
        let columns = row.parse(&text, &mut parser).and_then(|()| find_columns(&row, named));
        match columns {
            Ok(columns) => Ok(Self { lines, parser, delimiter, columns, width: row.cells(), text, row }),
            Err(problem @ (LineError::NoPersonColumn | LineError::NoValueColumn)) => {
                let problem = find_header(&mut lines, named)?.map_or(problem, LineError::TitleAboveHeader);
                Err(ReadError::At(header, problem))
            }
            Err(problem) => Err(ReadError::At(header, problem)),
        }
    }

    /// Returns the next line with content, with its number. Spreadsheets write lines of only delimiters for empty rows.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &Row)>, ReadError> {
        loop {
            if !self.lines.next(&mut self.text)? {
                return Ok(None);
            }
            if !is_blank(&self.text, self.delimiter) {
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

/// Whether a line has no content: white space, delimiters and empty quoted cells only.
fn is_blank(line: &str, delimiter: u8) -> bool {
    let is_blank = |c: char| c.is_whitespace() || is_invisible(c) || c == '"' || c == char::from(delimiter);
    // A quote that is not closed is an error.
    line.chars().all(is_blank) && line.matches('"').count().is_multiple_of(2)
}

/// Parses a line such as `sep=;`, also in quotes.
fn parse_delimiter_line(line: &str) -> Option<u8> {
    let line = line.trim_matches([' ', '"']);
    let (name, delimiter) = line.split_at_checked(4)?;
    match delimiter.as_bytes() {
        [one] if name.eq_ignore_ascii_case("sep=") && one.is_ascii() && *one != b'"' => Some(*one),
        _ => None,
    }
}

/// Returns the number of the line with the column names, if it is among the next lines.
fn find_header<R: Read>(lines: &mut Lines<R>, named: &ImportColumns) -> Result<Option<u64>, ReadError> {
    /// Titles, a date and blank lines take fewer.
    const MAX_TITLE_LINES: usize = 20;
    let (mut text, mut row) = (String::new(), Row::default());
    for _ in 0..MAX_TITLE_LINES {
        if !lines.next(&mut text)? {
            break;
        }
        let mut parser = parser(detect_delimiter(&text));
        if row.parse(&text, &mut parser).and_then(|()| find_columns(&row, named)).is_ok() {
            return Ok(Some(lines.number()));
        }
    }
    Ok(None)
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
    fn delimiter_line_sets_the_delimiter() {
        for (first, delimiter) in [
            ("sep=;", ";"),
            ("sep=,", ","),
            ("SEP=\t", "\t"),
            ("\"sep=|\"", "|"),
            ("sep=|", "|"),
            ("\u{feff}sep=;", ";"),
        ] {
            let text = format!(
                "{first}\r\n{}\r\n{}",
                ["username", "a,b;c", "birthdate"].join(delimiter),
                ["x", "y", "z"].join(delimiter)
            );
            let quoted = text.replace("a,b;c", "\"a,b;c\"");
            let mut table = table(&quoted).unwrap();
            assert_eq!(table.width(), 3, "{first}");
            let (line, row) = table.next().unwrap().unwrap();
            assert_eq!((line, row.cell(Some(0)), row.cell(Some(2))), (3, "x", "z"), "{first}");
        }
        for first in ["sep=", "sep=;;", "sep", "separator=;"] {
            let message = table(&format!("{first}\nx;y\n")).err().unwrap();
            assert!(message.starts_with("line 1: expected a column"), "{message}");
        }
        let message = table("sep=;\nx;y\n").err().unwrap();
        assert!(message.starts_with("line 2: expected a column"), "{message}");
    }

    #[test]
    fn lines_of_only_delimiters_are_skipped() {
        for delimiter in [";", ",", "\t"] {
            let blank = format!(
                "{}\n {} \n\"\"{}\n\u{a0}{}\n",
                delimiter.repeat(2),
                delimiter.repeat(9),
                delimiter,
                delimiter
            );
            let text = format!("username{delimiter}birthdate\n{blank}a{delimiter}b\n{blank}");
            let mut table = table(&text).unwrap();
            assert_eq!(table.next().unwrap().map(|(line, row)| (line, row.cells())), Some((6, 2)));
            assert!(table.next().unwrap().is_none());
        }
    }

    #[test]
    fn title_above_the_header_is_refused_with_the_line_of_the_header() {
        for (text, line) in [
            ("Personeel per 27-11-2026\nusername;birthdate\n", 2),
            ("Export;;\n;;\n\nusername;birthdate;x\n", 4),
            ("Title\nusername,birthdate\n", 2),
        ] {
            let message = format!(
                "line 1: expected the column names, which are on line {line}: remove the lines above them"
            );
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
