//! Builds a filter from a Pwned Passwords file: lines `DIGEST:COUNT`, with the SHA-1 digest in hexadecimal, sorted. It
//! reads line by line, so that its use of memory does not depend on the size of the file.

use super::bits::BitWriter;
use super::filter::{BUCKETS, FINGERPRINT_BITS, MAGIC, position};
use data_encoding::HEXUPPER_PERMISSIVE;
use std::io::{self, BufRead, Write};

/// The filter could not be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The list cannot be read, or the filter cannot be written.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line is not as expected.
    #[error("line {line}: {what}")]
    Line {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// The list has no entries.
    #[error("the list is empty")]
    Empty,
}

/// What was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Built {
    /// The digests of the list.
    pub entries: u64,
    /// The size of the filter in bytes.
    pub bytes: u64,
}

/// Reads the list and writes the filter.
pub fn build(mut list: impl BufRead, output: impl Write) -> Result<Built, BuildError> {
    let mut writer = FilterWriter::start(output)?;
    let (mut text, mut line, mut previous) = (Vec::new(), 0, None);
    loop {
        text.clear();
        if list.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        line += 1;
        let Some(digest) = parse(&text).map_err(|what| BuildError::Line { line, what })? else { continue };
        if previous.is_some_and(|previous| previous >= digest) {
            let what = "not sorted, or a digest twice; use the list that is ordered by hash";
            return Err(BuildError::Line { line, what });
        }
        previous = Some(digest);
        writer.add(&digest)?;
    }
    writer.finish()
}

/// Returns the digest of a line; `None` for an empty line and for the padding of the range API, whose count is 0.
pub(crate) fn parse(line: &[u8]) -> Result<Option<[u8; 20]>, &'static str> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    let (hex, count) = match line.iter().position(|byte| *byte == b':') {
        Some(colon) => (line.get(..colon).unwrap_or_default(), line.get(colon + 1..).unwrap_or_default()),
        None => (line, &b"1"[..]),
    };
    match hex.len() {
        40 => {}
        32 => return Err("an NTLM digest; download the list of SHA-1 digests"),
        _ => return Err("expected a SHA-1 digest of 40 hexadecimal digits, a colon and a count"),
    }
    if count.iter().all(|digit| *digit == b'0') {
        return Ok(None);
    }
    let digest =
        HEXUPPER_PERMISSIVE.decode(hex).map_err(|_| "a digest with other characters than 0-9 and A-F")?;
    digest.try_into().map(Some).map_err(|_| "a digest of another length")
}

/// Writes buckets in their order.
struct FilterWriter<W> {
    output: W,
    /// The offsets of the buckets so far; the last one is being filled.
    offsets: Vec<u64>,
    fingerprints: Vec<u32>,
    written: u64,
    entries: u64,
}

impl<W: Write> FilterWriter<W> {
    fn start(output: W) -> Result<Self, BuildError> {
        let mut writer = Self {
            output,
            offsets: Vec::with_capacity(BUCKETS + 1),
            fingerprints: Vec::new(),
            written: 0,
            entries: 0,
        };
        writer.write(MAGIC)?;
        writer.offsets.push(writer.written);
        Ok(writer)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BuildError> {
        self.output.write_all(bytes)?;
        self.written += bytes.len() as u64;
        Ok(())
    }

    fn add(&mut self, digest: &[u8; 20]) -> Result<(), BuildError> {
        let (bucket, fingerprint) = position(digest);
        while self.offsets.len() <= bucket {
            self.end_bucket()?;
        }
        self.entries += 1;
        // Digests that differ only in bits that are not stored.
        if self.fingerprints.last() != Some(&fingerprint) {
            self.fingerprints.push(fingerprint);
        }
        Ok(())
    }

    fn end_bucket(&mut self) -> Result<(), BuildError> {
        if let Ok(count @ 1..) = u32::try_from(self.fingerprints.len()) {
            // The best parameter is about the logarithm of the mean difference.
            let k = ((1_u32 << FINGERPRINT_BITS) / count).max(1).ilog2();
            let mut codes = BitWriter::default();
            let mut before = 0;
            for fingerprint in &self.fingerprints {
                codes.rice(fingerprint - before, k);
                before = *fingerprint;
            }
            self.fingerprints.clear();
            self.write(&count.to_le_bytes())?;
            self.write(&[u8::try_from(k).unwrap_or_default()])?;
            self.write(&codes.finish())?;
        }
        self.offsets.push(self.written);
        Ok(())
    }

    fn finish(mut self) -> Result<Built, BuildError> {
        if self.entries == 0 {
            return Err(BuildError::Empty);
        }
        while self.offsets.len() <= BUCKETS {
            self.end_bucket()?;
        }
        for offset in std::mem::take(&mut self.offsets) {
            self.write(&offset.to_le_bytes())?;
        }
        self.write(&self.entries.to_le_bytes())?;
        self.output.flush()?;
        Ok(Built { entries: self.entries, bytes: self.written })
    }
}

#[cfg(test)]
mod tests {
    use super::super::filter::{BreachFilter, FilterError};
    use super::*;
    use data_encoding::HEXUPPER;
    use sha1::{Digest as _, Sha1};

    /// A list of these passwords, and more digests in one bucket.
    fn list(passwords: &[String]) -> String {
        let mut digests: Vec<[u8; 20]> =
            passwords.iter().map(|password| Sha1::digest(password.as_bytes()).into()).collect();
        digests.sort_unstable();
        digests.iter().fold(String::new(), |list, digest| list + &HEXUPPER.encode(digest) + ":3\r\n")
    }

    fn filter(list: &str) -> (tempfile::TempDir, std::path::PathBuf, Built) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("filter");
        let built = build(list.as_bytes(), std::fs::File::create(&path).unwrap()).unwrap();
        (folder, path, built)
    }

    #[test]
    fn every_password_of_the_list_is_found_and_others_are_not() {
        let passwords: Vec<String> = (0..2000).map(|number| format!("Welkom{number}!")).collect();
        let (_folder, path, built) = filter(&list(&passwords));
        let filter = BreachFilter::open(&path).unwrap();
        assert_eq!((built.entries, filter.entries()), (2000, 2000));
        assert_eq!(built.bytes, std::fs::metadata(&path).unwrap().len());
        for password in &passwords {
            assert!(filter.contains(password).unwrap(), "{password}");
        }
        let found = (0..2000).filter(|number| filter.contains(&format!("Anders{number}?")).unwrap()).count();
        assert_eq!(found, 0);
    }

    #[test]
    fn crowded_bucket_has_the_documented_size_and_false_positive_rate() {
        // 900 digests in one bucket, as in the whole list.
        let digest = |number: u32| {
            let mut digest: [u8; 20] = Sha1::digest(number.to_le_bytes()).into();
            let [a, b, c, ..] = &mut digest;
            (*a, *b, *c) = (0xab, 0xcd, *c & 0x0f);
            digest
        };
        let mut digests: Vec<_> = (0..900).map(digest).collect();
        digests.sort_unstable();
        let lines: String = digests.iter().map(|digest| HEXUPPER.encode(digest) + ":1\n").collect();
        let (_folder, path, built) = filter(&lines);
        let empty = 9 + (BUCKETS as u64 + 1) * 8 + 8;
        let bytes = built.bytes - empty;
        assert!((1240..1370).contains(&bytes), "{bytes}");
        let filter = BreachFilter::open(&path).unwrap();
        assert!(digests.iter().all(|digest| filter.contains_digest(digest).unwrap()));
        let found =
            (1000..101_000).filter(|number| filter.contains_digest(&digest(*number)).unwrap()).count();
        // 100,000 × 900 / 2^20 = 86.
        assert!((40..140).contains(&found), "{found}");
    }

    #[test]
    fn list_that_is_not_sorted_or_not_of_sha1_is_refused_with_its_line() {
        let (first, second) = ("0".repeat(39) + "1:1\n", "0".repeat(39) + "2:1\n");
        for (text, line, part) in [
            (format!("{second}{first}"), 2, "not sorted"),
            (format!("{first}{first}"), 2, "not sorted"),
            (format!("{}:1\n", "0".repeat(32)), 1, "NTLM"),
            ("password\n".to_owned(), 1, "40 hexadecimal digits"),
            (format!("{first}{}:1\n", "g".repeat(40)), 2, "other characters"),
        ] {
            let error = build(text.as_bytes(), Vec::new()).unwrap_err().to_string();
            assert!(error.starts_with(&format!("line {line}: ")) && error.contains(part), "{error}");
        }
        assert!(matches!(build(&b"\n"[..], Vec::new()), Err(BuildError::Empty)));
        assert!(matches!(
            build(format!("{}:0\n", "0".repeat(40)).as_bytes(), Vec::new()),
            Err(BuildError::Empty)
        ));
    }

    #[test]
    fn damaged_filter_is_an_error_and_never_a_panic() {
        let (_folder, path, _) = filter(&list(&["Welkom01".to_owned()]));
        let intact = std::fs::read(&path).unwrap();
        let damaged = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            BreachFilter::open(&path)
        };
        assert!(matches!(damaged(b""), Err(FilterError::Damaged(_))));
        assert!(matches!(damaged(&intact[..intact.len() - 1]), Err(FilterError::Damaged(_))));
        assert!(matches!(damaged(&intact[1..]), Err(FilterError::Damaged(_))));
        let mut more = intact.clone();
        // The parameter of the codes.
        more[13] = 40;
        assert!(matches!(damaged(&more).unwrap().contains("Welkom01"), Err(FilterError::Damaged(_))));
    }
}
