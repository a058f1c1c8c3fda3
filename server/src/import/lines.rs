//! Reads a file line by line as text, with bounded line length.

use encoding_rs::WINDOWS_1252;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest accepted line. One person takes a hundred bytes; a longer line is no table of persons and must not fill
/// the memory.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024;

const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// The encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// Windows-1252, as Excel writes it in Western Europe.
    Windows1252,
    /// UTF-8 if the whole file is valid UTF-8, Windows-1252 if it contains no character of UTF-8 above ASCII.
    Auto,
}

/// Why a line makes the whole file invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the error messages document the variants")]
pub enum LineError {
    #[error("not UTF-8 (see import.encoding)")]
    NotUtf8,
    #[error("neither UTF-8 nor Windows-1252 (see import.encoding)")]
    NotWindows1252,
    #[error("a byte order mark of UTF-8, but import.encoding is windows-1252")]
    UnexpectedBom,
    #[error("not UTF-8, although line {0} is (set import.encoding, or repair the file)")]
    MixedEncodings(u64),
    #[error("a NUL character: no text, or text in UTF-16")]
    Nul,
    #[error("a carriage return within the line: save the file with line ends of Windows or Unix")]
    CarriageReturn,
    #[error("longer than 64 kB")]
    TooLong,
    #[error("a quote that is not closed on this line")]
    OpenQuote,
    #[error("expected the column names, which are on line {0}: remove the lines above them")]
    TitleAboveHeader(u64),
    #[error("expected a column `username` or `employee_number` (see import.columns)")]
    NoPersonColumn,
    #[error("expected a column `birthdate` or `mobile` (see import.columns)")]
    NoValueColumn,
    #[error("the column `{0}` occurs twice (see import.columns)")]
    DuplicateColumn(&'static str),
    #[error("more than 1,024 cells")]
    TooManyCells,
}

/// Why reading failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum ReadError {
    /// The content of a line is invalid.
    #[error("line {0}: {1}")]
    At(u64, LineError),
    /// The file cannot be read further.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
}

/// Reads lines and counts lines and bytes.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    encoding: Encoding,
    bytes: Vec<u8>,
    number: u64,
    read: u64,
}

impl Lines<File> {
    /// Opens a file. For [`Encoding::Auto`] it is read once in advance to detect the encoding.
    pub(super) fn open(path: &Path, encoding: Encoding) -> Result<Self, ReadError> {
        let encoding = match encoding {
            Encoding::Auto => detect_encoding(File::open(path)?)?,
            Encoding::Utf8 | Encoding::Windows1252 => encoding,
        };
        Ok(Self::new(File::open(path)?, encoding))
    }
}

impl<R: Read> Lines<R> {
    pub(super) fn new(reader: R, encoding: Encoding) -> Self {
        Self {
            reader: BufReader::with_capacity(MAX_LINE_BYTES, reader),
            encoding,
            bytes: Vec::new(),
            number: 0,
            read: 0,
        }
    }

    /// Returns the number of the last line read; the first is 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Returns how many bytes were read.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Reads the next line into `text`, without its line break; returns `false` at the end of the file.
    pub(super) fn next(&mut self, text: &mut String) -> Result<bool, ReadError> {
        text.clear();
        self.bytes.clear();
        self.number += 1;
        // Two more bytes for the line break.
        let limit = MAX_LINE_BYTES as u64 + 2;
        let read = Read::by_ref(&mut self.reader).take(limit).read_until(b'\n', &mut self.bytes)?;
        self.read += read as u64;
        if read == 0 {
            return Ok(false);
        }
        self.decode(text).map_err(|problem| ReadError::At(self.number, problem))?;
        Ok(true)
    }

    fn decode(&self, text: &mut String) -> Result<(), LineError> {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.contains(&0) {
            return Err(LineError::Nul);
        }
        if line.contains(&b'\r') {
            return Err(LineError::CarriageReturn);
        }
        if line.len() > MAX_LINE_BYTES {
            return Err(LineError::TooLong);
        }
        let bom = if self.number == 1 { line.strip_prefix(UTF8_BOM) } else { None };
        match self.encoding {
            Encoding::Utf8 | Encoding::Auto => {
                text.push_str(std::str::from_utf8(bom.unwrap_or(line)).map_err(|_| LineError::NotUtf8)?);
            }
            Encoding::Windows1252 if bom.is_some() => return Err(LineError::UnexpectedBom),
            Encoding::Windows1252 => {
                // Five bytes are undefined in Windows-1252.
                if line.iter().any(|byte| matches!(byte, 0x81 | 0x8d | 0x8f | 0x90 | 0x9d)) {
                    return Err(LineError::NotWindows1252);
                }
                text.push_str(&WINDOWS_1252.decode_without_bom_handling(line).0);
            }
        }
        Ok(())
    }
}

/// Detects the encoding of a whole file. Text of both encodings is refused: read as Windows-1252, one stray byte would
/// garble every other name.
fn detect_encoding(reader: impl Read) -> Result<Encoding, ReadError> {
    let mut reader = BufReader::with_capacity(MAX_LINE_BYTES, reader);
    let (mut line, mut number) = (Vec::new(), 0);
    let (mut other, mut utf8) = (None, None);
    loop {
        line.clear();
        // A longer line is refused later, whatever its encoding.
        let limit = MAX_LINE_BYTES as u64 + 2;
        if Read::by_ref(&mut reader).take(limit).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        number += 1;
        let text = if number == 1 { line.strip_prefix(UTF8_BOM).unwrap_or(&line) } else { &line };
        for chunk in text.utf8_chunks() {
            if !chunk.valid().is_ascii() {
                utf8.get_or_insert(number);
            }
            if !chunk.invalid().is_empty() {
                other.get_or_insert(number);
            }
        }
    }
    match (other, utf8) {
        (None, _) => Ok(Encoding::Utf8),
        (Some(_), None) => Ok(Encoding::Windows1252),
        (Some(other), Some(utf8)) => Err(ReadError::At(other, LineError::MixedEncodings(utf8))),
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
    fn windows_and_unix_line_breaks_are_accepted_and_a_bom_is_skipped() {
        let read = lines(b"\xef\xbb\xbfa\r\nb\n\nc", Encoding::Utf8);
        assert_eq!(read.unwrap(), ["a", "b", "", "c"]);
    }

    #[test]
    fn utf8_and_windows_1252_decode_to_the_same_text() {
        assert_eq!(lines("Gül €".as_bytes(), Encoding::Utf8).unwrap(), ["Gül €"]);
        assert_eq!(lines(b"G\xfcl \x80", Encoding::Windows1252).unwrap(), ["Gül €"]);
    }

    #[test]
    fn invalid_text_is_reported_with_its_line_number() {
        for (bytes, encoding, message) in [
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
            assert_eq!(lines(bytes, encoding).unwrap_err(), message);
        }
    }

    #[test]
    fn line_length_is_limited() {
        let long = vec![b'a'; MAX_LINE_BYTES];
        assert_eq!(lines(&[&long[..], b"\r\n"].concat(), Encoding::Utf8).unwrap().len(), 1);
        for end in [&b"a"[..], b"a\n", b"a\r\n", b"aaaaaaa\n"] {
            let message = lines(&[b"x\n", &long[..], end].concat(), Encoding::Utf8).unwrap_err();
            assert_eq!(message, "line 2: longer than 64 kB");
        }
    }

    #[test]
    fn reading_an_endless_line_stops_at_the_limit() {
        let mut lines = Lines::new(std::io::repeat(b'a'), Encoding::Utf8);
        let message = lines.next(&mut String::new()).unwrap_err().to_string();
        assert_eq!(
            (message.as_str(), lines.read()),
            ("line 1: longer than 64 kB", MAX_LINE_BYTES as u64 + 2)
        );
    }

    #[test]
    fn encoding_is_detected_from_the_whole_file() {
        let detect = |bytes: &[u8]| detect_encoding(bytes).map_err(|error| error.to_string());
        for bytes in [
            &b""[..],
            b"a\nb",
            "a\nG\u{fc}l\n".as_bytes(),
            b"\xef\xbb\xbfa",
            "\u{20ac}".repeat(30_000).as_bytes(),
        ] {
            assert_eq!(detect(bytes), Ok(Encoding::Utf8));
        }
        for bytes in [&b"a\nG\xfcl"[..], b"\x80\n\xe9\xe8", b"\xef\xbb\xbfa\nG\xfcl"] {
            assert_eq!(detect(bytes), Ok(Encoding::Windows1252));
        }
        let mixed = |line, utf8| {
            Err(format!(
                "line {line}: not UTF-8, although line {utf8} is (set import.encoding, or repair the file)"
            ))
        };
        assert_eq!(detect(b"a\nG\xc3\xbcl\nb\nG\xfcl"), mixed(4, 2));
        assert_eq!(detect(b"\xfc\nG\xc3\xbcl"), mixed(1, 2));
        assert_eq!(detect(b"G\xc3\xbcl \xfc"), mixed(1, 1));
        assert_eq!(detect(b"G\xc3\xbcl\n\xe2\x82"), mixed(2, 1));
    }

    #[test]
    fn carriage_return_within_a_line_is_refused() {
        let message = "a carriage return within the line: save the file with line ends of Windows or Unix";
        let mac = b"username;birthdate\ra;1\rb;2\r".repeat(5_000);
        for (bytes, line) in [(&b"a\rb\rc"[..], 1), (b"a\nb\r\r\n", 2), (&mac, 1)] {
            assert_eq!(lines(bytes, Encoding::Utf8).unwrap_err(), format!("line {line}: {message}"));
        }
    }
}
