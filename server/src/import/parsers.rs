//! Access of the fuzz targets to the parser of import files.

use super::lines::{Encoding, Lines, MAX_LINE_BYTES};
use super::table::Table;
use crate::config::ImportColumns;

/// The longest accepted line, in bytes.
pub const MAX_LINE: usize = MAX_LINE_BYTES;

/// Reads a file up to its end or its first invalid line; calls `cell` with each cell of each row.
pub fn cells(file: &[u8], encoding: Encoding, columns: &ImportColumns, mut cell: impl FnMut(&str)) {
    let Ok(mut table) = Table::open(Lines::new(file, encoding), None, columns) else { return };
    while let Ok(Some((_, row))) = table.next() {
        (0..row.cells()).for_each(|index| cell(row.cell(Some(index))));
    }
}
