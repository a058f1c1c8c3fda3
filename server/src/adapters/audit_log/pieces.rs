//! Reads lines with bounded memory, whatever a file contains.

use std::io::{BufRead as _, BufReader, Read, Result};

/// Longer than any entry.
const MAX_LINE: u64 = 64 * 1024;

/// A line with its line end, or a part of a line that is longer than any entry.
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    /// Whether it is a complete line.
    pub(super) is_line: bool,
    /// Whether it ends with a line end.
    pub(super) is_terminated: bool,
}

/// The lines of a file.
pub(super) struct Pieces<R> {
    reader: BufReader<R>,
    buffer: Vec<u8>,
    /// Whether the next piece continues a line.
    continues: bool,
}

impl<R: Read> Pieces<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader: BufReader::with_capacity(1 << 16, reader), buffer: Vec::new(), continues: false }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<Piece<'_>>> {
        self.buffer.clear();
        if self.reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        let is_terminated = self.buffer.ends_with(b"\n");
        let is_line = is_terminated && !self.continues;
        self.continues = !is_terminated;
        Ok(Some(Piece { bytes: &self.buffer, is_line, is_terminated }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_line_is_returned_in_parts_and_is_no_line() {
        let long = vec![b'x'; 150_000];
        let text = [b"one\n".as_slice(), &long, b"\ntwo\nrest"].concat();
        let mut pieces = Pieces::new(text.as_slice());
        let (mut all, mut lines) = (Vec::new(), Vec::new());
        while let Some(piece) = pieces.next().unwrap() {
            all.extend_from_slice(piece.bytes);
            assert!(piece.bytes.len() as u64 <= MAX_LINE);
            if piece.is_line {
                lines.push(String::from_utf8(piece.bytes.to_vec()).unwrap());
            }
        }
        assert_eq!(all, text);
        assert_eq!(lines, ["one\n", "two\n"]);
    }
}
