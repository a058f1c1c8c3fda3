//! The lines of a file, one at a time and bounded, as text. Not what stands in them.

use encoding_rs::WINDOWS_1252;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// The longest line. One person takes a hundred bytes; what is longer is no table of persons, and must not
/// fill the memory.
pub(super) const LONGEST: usize = 64 * 1024;

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// How the file's bytes are to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, as Excel writes it in Western Europe.
    Windows1252,
    /// UTF-8 where the whole file is, else Windows-1252.
    Auto,
}

/// Why a file is refused as a whole, from its first line on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentences say it")]
pub enum LineError {
    #[error("not UTF-8 (see import.encoding)")]
    NotUtf8,
    #[error("neither UTF-8 nor Windows-1252 (see import.encoding)")]
    NoEncoding,
    #[error("a byte order mark of UTF-8, but import.encoding is windows-1252")]
    Mark,
    #[error("a NUL character: no text, or text in UTF-16")]
    Nul,
    #[error("longer than 64 kB")]
    TooLong,
    #[error("a quote that is not closed on this line")]
    OpenQuote,
    #[error("expected a column `username` or `employee_number` (see import.columns)")]
    NoPersonColumn,
    #[error("expected a column `birthdate` or `mobile` (see import.columns)")]
    NoValueColumn,
    #[error("the column `{0}` stands there twice (see import.columns)")]
    Twice(&'static str),
    #[error("more than 1,024 cells")]
    TooManyCells,
}

/// Where and why reading ended.
#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    /// What the file holds.
    #[error("line {0}: {1}")]
    At(u64, LineError),
    /// The file cannot be read on.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
}

/// Reads lines.
#[derive(Debug)]
pub(super) struct Lines<R> {
    from: BufReader<R>,
    encoding: Encoding,
    bytes: Vec<u8>,
    number: u64,
    read: u64,
}

impl Lines<File> {
    /// Opens a file. For [`Encoding::Auto`] it is read once to find out which of the two it is.
    pub(super) fn open(path: &Path, encoding: Encoding) -> std::io::Result<Self> {
        let encoding = match encoding {
            Encoding::Auto if is_utf8(File::open(path)?)? => Encoding::Utf8,
            Encoding::Auto => Encoding::Windows1252,
            Encoding::Utf8 | Encoding::Windows1252 => encoding,
        };
        Ok(Self::new(File::open(path)?, encoding))
    }
}

impl<R: Read> Lines<R> {
    pub(super) fn new(from: R, encoding: Encoding) -> Self {
        Self {
            from: BufReader::with_capacity(LONGEST, from),
            encoding,
            bytes: Vec::new(),
            number: 0,
            read: 0,
        }
    }

    /// The number of the line that was read last; the first is 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// How many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Puts the next line into `text`, without its end; whether there was one.
    pub(super) fn next(&mut self, text: &mut String) -> Result<bool, Ended> {
        text.clear();
        self.bytes.clear();
        self.number += 1;
        // Two more than fit, for the line's own end.
        let most = LONGEST as u64 + 2;
        let read = Read::by_ref(&mut self.from).take(most).read_until(b'\n', &mut self.bytes)?;
        self.read += read as u64;
        if read == 0 {
            return Ok(false);
        }
        self.decode(text).map_err(|trouble| Ended::At(self.number, trouble))?;
        Ok(true)
    }

    fn decode(&self, text: &mut String) -> Result<(), LineError> {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&0) {
            return Err(LineError::Nul);
        }
        if line.len() > LONGEST {
            return Err(LineError::TooLong);
        }
        let mark = if self.number == 1 { line.strip_prefix(UTF8_MARK) } else { None };
        match self.encoding {
            Encoding::Utf8 | Encoding::Auto => {
                text.push_str(std::str::from_utf8(mark.unwrap_or(line)).map_err(|_| LineError::NotUtf8)?);
            }
            Encoding::Windows1252 if mark.is_some() => return Err(LineError::Mark),
            Encoding::Windows1252 => {
                // Five bytes stand for nothing in it.
                if line.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)) {
                    return Err(LineError::NoEncoding);
                }
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(line).0);
            }
        }
        Ok(())
    }
}

/// Whether everything is UTF-8, looked at piece by piece.
fn is_utf8(mut from: impl Read) -> std::io::Result<bool> {
    let mut piece = Vec::with_capacity(LONGEST);
    loop {
        let read = Read::by_ref(&mut from).take(LONGEST as u64).read_to_end(&mut piece)?;
        match std::str::from_utf8(&piece) {
            Ok(_) if read == 0 => return Ok(true),
            Ok(_) => piece.clear(),
            // A character that goes on in the next piece.
            Err(error) if error.error_len().is_none() && read > 0 => {
                piece.drain(..error.valid_up_to());
            }
            Err(_) => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8], encoding: Encoding) -> Result<Vec<String>, String> {
        let mut lines = Lines::new(bytes, encoding);
        let (mut all, mut text) = (Vec::new(), String::new());
        while lines.next(&mut text).map_err(|error| error.to_string())? {
            all.push(text.clone());
        }
        Ok(all)
    }

    #[test]
    fn lines_end_as_windows_or_unix_ends_them_and_a_mark_is_no_text() {
        let read = lines(b"\xef\xbb\xbfa\r\nb\n\nc", Encoding::Utf8);
        assert_eq!(read.unwrap(), ["a", "b", "", "c"]);
    }

    #[test]
    fn both_encodings_give_the_same_text() {
        assert_eq!(lines("Gül €".as_bytes(), Encoding::Utf8).unwrap(), ["Gül €"]);
        assert_eq!(lines(b"G\xfcl \x80", Encoding::Windows1252).unwrap(), ["Gül €"]);
    }

    #[test]
    fn what_is_no_text_is_told_by_its_line() {
        for (bytes, encoding, told) in [
            (&b"a\nG\xfcl"[..], Encoding::Utf8, "line 2: not UTF-8 (see import.encoding)"),
            (
                b"a\n\x81",
                Encoding::Windows1252,
                "line 2: neither UTF-8 nor Windows-1252 (see import.encoding)",
            ),
            (b"a\nb\0", Encoding::Utf8, "line 2: a NUL character: no text, or text in UTF-16"),
            (
                b"\xff\xfea\0\n\0",
                Encoding::Windows1252,
                "line 1: a NUL character: no text, or text in UTF-16",
            ),
            (
                b"\xef\xbb\xbfa",
                Encoding::Windows1252,
                "line 1: a byte order mark of UTF-8, but import.encoding is windows-1252",
            ),
        ] {
            assert_eq!(lines(bytes, encoding).unwrap_err(), told);
        }
    }

    #[test]
    fn a_line_may_be_so_long_and_no_longer() {
        let long = vec![b'a'; LONGEST];
        assert_eq!(lines(&[&long[..], b"\r\n"].concat(), Encoding::Utf8).unwrap().len(), 1);
        for end in [&b"a"[..], b"a\n", b"a\r\n", b"aaaaaaa\n"] {
            let told = lines(&[b"x\n", &long[..], end].concat(), Encoding::Utf8).unwrap_err();
            assert_eq!(told, "line 2: longer than 64 kB");
        }
    }

    #[test]
    fn a_line_without_an_end_is_not_read_to_its_end() {
        let mut lines = Lines::new(std::io::repeat(b'a'), Encoding::Utf8);
        let told = lines.next(&mut String::new()).unwrap_err().to_string();
        assert_eq!((told.as_str(), lines.read()), ("line 1: longer than 64 kB", LONGEST as u64 + 2));
    }

    #[test]
    fn the_whole_file_decides_which_encoding_it_is() {
        // Characters lie across the border of two pieces, wherever it falls.
        for shift in 0..4 {
            let text = "a".repeat(shift) + &"€".repeat(LONGEST);
            assert!(is_utf8(text.as_bytes()).unwrap());
            let cut = text.as_bytes().split_last().unwrap().1;
            assert!(!is_utf8(cut).unwrap());
            assert!(!is_utf8(&[text.as_bytes(), b"\xfc"].concat()[..]).unwrap());
        }
        assert!(is_utf8(&b""[..]).unwrap());
    }
}
