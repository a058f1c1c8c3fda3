//! Parses the cells of one line.

use super::lines::LineError;
use app::domain::typed_text::trim;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// More columns than any table of persons has.
const MAX_CELLS: usize = 1024;

/// The cells of a line.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: Vec<u8>,
    cell_ends: Vec<usize>,
    cells: usize,
}

impl Row {
    /// Returns the number of cells.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// Returns a cell without white space and invisible characters at its ends; empty if there is none at `index`.
    pub(super) fn cell(&self, index: Option<usize>) -> &str {
        let Some(index) = index.filter(|index| *index < self.cells) else { return "" };
        let end = self.cell_ends.get(index).copied().unwrap_or_default();
        let start =
            index.checked_sub(1).and_then(|before| self.cell_ends.get(before)).copied().unwrap_or_default();
        let cell = self.text.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
        trim(cell.unwrap_or_default())
    }

    /// Parses a line into this row.
    pub(super) fn parse(&mut self, line: &str, parser: &mut Reader) -> Result<(), LineError> {
        self.cells = 0;
        if line.is_empty() {
            // The parser would take an empty line for the end of the file.
            return Ok(());
        }
        // One more than needed: the parser reports a full buffer as one that is too small.
        self.text.resize(line.len() + 1, 0);
        self.cell_ends.resize(MAX_CELLS + 1, 0);
        parser.reset();
        let (mut read, mut written, mut cells) = (0, 0, 0);
        for input in [line.as_bytes(), b"\n"] {
            let text_buffer = self.text.get_mut(written..).unwrap_or_default();
            let cell_ends = self.cell_ends.get_mut(cells..).unwrap_or_default();
            let (result, _, added_bytes, added_cells) = parser.read_record(input, text_buffer, cell_ends);
            (read, written, cells) = (read + 1, written + added_bytes, cells + added_cells);
            match result {
                ReadRecordResult::InputEmpty if read == 1 => {}
                // The line break did not end the row: it is inside quotes.
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => {
                    return Err(LineError::OpenQuote);
                }
                ReadRecordResult::OutputEndsFull => return Err(LineError::TooManyCells),
                ReadRecordResult::Record | ReadRecordResult::End => {}
            }
        }
        if cells > MAX_CELLS {
            return Err(LineError::TooManyCells);
        }
        self.cells = cells;
        Ok(())
    }
}

/// Returns a parser for this delimiter.
pub(super) fn parser(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn line_with_too_many_cells_is_refused() {
        let row = |cells: usize| Row::default().parse(&";".repeat(cells - 1), &mut parser(b';'));
        assert_eq!((row(MAX_CELLS), row(MAX_CELLS + 1)), (Ok(()), Err(LineError::TooManyCells)));
        assert_eq!(row(9 * MAX_CELLS), Err(LineError::TooManyCells));
    }

    proptest! {
        #[test]
        fn quoted_cells_round_trip(cells in prop::collection::vec("[^\r\n\0]{0,12}", 2..6)) {
            let quoted: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let mut row = Row::default();
            row.parse(&quoted.join(";"), &mut parser(b';')).unwrap();
            prop_assert_eq!(row.cells(), cells.len());
            for (index, cell) in cells.iter().enumerate() {
                prop_assert_eq!(row.cell(Some(index)), trim(cell));
            }
        }
    }
}
