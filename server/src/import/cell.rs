//! The cells of one line. Not which column is which.

use super::lines::LineError;
use csv_core::{ReadRecordResult, Reader, ReaderBuilder, Terminator};

/// More columns than any table of persons has.
const MOST_CELLS: usize = 1024;

/// The cells of a line.
#[derive(Debug, Default)]
pub(super) struct Row {
    text: Vec<u8>,
    ends: Vec<usize>,
    cells: usize,
}

impl Row {
    /// How many cells there are.
    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// A cell without the blanks around it; empty where there is none.
    pub(super) fn cell(&self, place: Option<usize>) -> &str {
        let Some(place) = place.filter(|place| *place < self.cells) else { return "" };
        let end = self.ends.get(place).copied().unwrap_or_default();
        let begin =
            place.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let cell = self.text.get(begin..end).and_then(|bytes| std::str::from_utf8(bytes).ok());
        cell.unwrap_or_default().trim()
    }

    /// Takes a line apart.
    pub(super) fn parse(&mut self, line: &str, parser: &mut Reader) -> Result<(), LineError> {
        self.cells = 0;
        if line.is_empty() {
            // For the parser that would be the end of the file.
            return Ok(());
        }
        // Room for one more than there can be: a full buffer would look like one that is too small.
        self.text.resize(line.len() + 1, 0);
        self.ends.resize(MOST_CELLS + 1, 0);
        parser.reset();
        let (mut read, mut wrote, mut cells) = (0, 0, 0);
        for input in [line.as_bytes(), b"\n"] {
            let rest = self.text.get_mut(wrote..).unwrap_or_default();
            let ends = self.ends.get_mut(cells..).unwrap_or_default();
            let (result, _, more, ended) = parser.read_record(input, rest, ends);
            (read, wrote, cells) = (read + 1, wrote + more, cells + ended);
            match result {
                ReadRecordResult::InputEmpty if read == 1 => {}
                // The line's end did not end the row: it is inside quotes.
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull => {
                    return Err(LineError::OpenQuote);
                }
                ReadRecordResult::OutputEndsFull => return Err(LineError::TooManyCells),
                ReadRecordResult::Record | ReadRecordResult::End => {}
            }
        }
        if cells > MOST_CELLS {
            return Err(LineError::TooManyCells);
        }
        self.cells = cells;
        Ok(())
    }
}

/// Takes lines apart at this delimiter.
pub(super) fn parser(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).terminator(Terminator::Any(b'\n')).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_line_has_more_cells_than_fit() {
        let row = |cells: usize| Row::default().parse(&";".repeat(cells - 1), &mut parser(b';'));
        assert_eq!((row(MOST_CELLS), row(MOST_CELLS + 1)), (Ok(()), Err(LineError::TooManyCells)));
        assert_eq!(row(9 * MOST_CELLS), Err(LineError::TooManyCells));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(cells in prop::collection::vec("[^\r\n\0]{0,12}", 2..6)) {
            let quoted: Vec<_> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let mut row = Row::default();
            row.parse(&quoted.join(";"), &mut parser(b';')).unwrap();
            prop_assert_eq!(row.cells(), cells.len());
            for (place, cell) in cells.iter().enumerate() {
                prop_assert_eq!(row.cell(Some(place)), cell.trim());
            }
        }
    }
}
