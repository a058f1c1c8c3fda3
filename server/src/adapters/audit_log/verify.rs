//! Finds changed, missing, reordered and truncated lines of an audit log. It reads the files once, line by line.

mod report;

pub use report::{Problem, ProblemKind, Report};

use super::chain_file::ChainFile;
use super::heads::{Head, PublicKey};
use super::line::{Link, Position, hash};
use super::pieces::{Piece, Pieces};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Result, Take};
use std::path::{Path, PathBuf};

/// What an audit log must agree with.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Files with signed heads: the heads file, or a log in JSON that contains heads among other lines.
    pub heads: Vec<PathBuf>,
    /// The keys of which one must have signed each head. Without keys, heads are not read.
    pub keys: Vec<PublicKey>,
    /// The chain file of the service. Its entry is not signed, but written after every line.
    pub chain_file: Option<PathBuf>,
    /// The number of the first entry, if older files were removed and no head covers their end.
    pub first: Option<u64>,
}

/// Verifies these files, the oldest first. The outer error is a file that cannot be read.
pub fn verify(files: &[PathBuf], evidence: &Evidence) -> Result<std::result::Result<Report, Problem>> {
    // Heads first: an entry is on disk before a head states it, so every head that is read here must be satisfied.
    let mut known = match read_heads(evidence)? {
        Ok(known) => known,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut opened = open(files, evidence, &mut known)?;
    let mut verifier = Verifier { known, first: evidence.first, report: Report::default(), place: None };
    let count = opened.len();
    for (index, (path, file)) in opened.iter_mut().enumerate() {
        if let Err(mut problem) = verifier.file(path, file, index + 1 == count)? {
            if let ProblemKind::Missing = problem.kind {
                let missing = verifier.report.last.map_or(1, |last| last.seq + 1);
                if occurs_later(missing, files, index)? {
                    problem.kind = ProblemKind::Reordered;
                    problem.detail = format!("entry {missing} comes later");
                }
            }
            return Ok(Err(problem));
        }
    }
    Ok(verifier.finish(files))
}

/// The positions that the log must contain.
#[derive(Default)]
struct Known {
    /// By sequence number. Heads need about 50 bytes each, those of a year of minutes 30 MB.
    heads: BTreeMap<u64, [u8; 32]>,
    last_head: Option<Head>,
    number: u64,
    chain_file: Option<Position>,
}

fn read_heads(evidence: &Evidence) -> Result<std::result::Result<Known, Problem>> {
    let mut known = Known::default();
    if evidence.keys.is_empty() {
        return Ok(Ok(known));
    }
    for path in &evidence.heads {
        let (mut pieces, mut line) = (Pieces::new(File::open(path)?), 0);
        while let Some(piece) = pieces.next()? {
            line += 1;
            let problem =
                |kind, detail: &str| Problem { file: path.clone(), line, kind, detail: detail.to_owned() };
            let Some(head) = Head::parse(piece.bytes) else {
                // A line of a log that is no head; a line cut short by a crash states nothing.
                if !piece.is_terminated || is_other_line(piece.bytes) {
                    continue;
                }
                return Ok(Err(problem(ProblemKind::Signature, "no head")));
            };
            if !head.is_signed_by(&evidence.keys) {
                return Ok(Err(problem(ProblemKind::Signature, "not signed by any of the given keys")));
            }
            if known.heads.insert(head.seq, head.hash).is_some_and(|earlier| earlier != head.hash) {
                return Ok(Err(problem(
                    ProblemKind::Changed,
                    "another head has the same number and another hash",
                )));
            }
            known.number += 1;
            if known.last_head.as_ref().is_none_or(|last| last.seq <= head.seq) {
                known.last_head = Some(head);
            }
        }
    }
    Ok(Ok(known))
}

/// Whether it is a JSON object without any field that only a head has together with the others.
fn is_other_line(line: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(line)
        .is_ok_and(|object| !["seq", "hash", "signature"].iter().any(|field| object.contains_key(*field)))
}

/// Opens the files at one moment, so that a line that is being written is not taken for one that was cut short.
fn open(files: &[PathBuf], evidence: &Evidence, known: &mut Known) -> Result<Vec<(PathBuf, Take<File>)>> {
    let chain_file = match &evidence.chain_file {
        Some(path) => ChainFile::open_to_read(path)?,
        None => None,
    };
    let lock = chain_file.as_ref().map(ChainFile::lock_shared).transpose()?;
    known.chain_file = match &lock {
        Some(lock) => Some(lock.read()?).filter(|position| position.seq > 0),
        None => None,
    };
    files
        .iter()
        .map(|path| {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            Ok((path.clone(), file.take(length)))
        })
        .collect()
}

/// Whether an entry with this number follows in the file in which reading stopped, or in a later one.
fn occurs_later(seq: u64, files: &[PathBuf], from: usize) -> Result<bool> {
    for path in files.iter().skip(from) {
        let mut pieces = Pieces::new(File::open(path)?);
        while let Some(piece) = pieces.next()? {
            if piece.is_line && Link::parse(piece.bytes).is_some_and(|fields| fields.seq == seq) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

struct Verifier {
    known: Known,
    first: Option<u64>,
    report: Report,
    /// File and line of the last entry.
    place: Option<(PathBuf, u64)>,
}

/// Bytes that are no entry, since the last entry of a file or its start.
struct Between {
    hasher: Sha256,
    first_line: u64,
    /// Whether there is a line end in it.
    has_line: bool,
}

impl Verifier {
    fn file(
        &mut self,
        path: &Path,
        file: &mut Take<File>,
        is_last: bool,
    ) -> Result<std::result::Result<(), Problem>> {
        let mut pieces = Pieces::new(file);
        let (mut line, mut in_line, mut between) = (0, false, None::<Between>);
        while let Some(piece) = pieces.next()? {
            if !in_line {
                line += 1;
            }
            in_line = !piece.is_terminated;
            if let Some(fields) = Link::parse(piece.bytes).filter(|_| piece.is_line) {
                if let Err(problem) = self.entry(path, line, &fields, &piece, between.take()) {
                    return Ok(Err(problem));
                }
            } else {
                let between = between.get_or_insert_with(|| Between {
                    hasher: Sha256::new(),
                    first_line: line,
                    has_line: false,
                });
                between.hasher.update(piece.bytes);
                between.has_line |= piece.is_terminated;
            }
        }
        Ok(match between {
            Some(between) => self.end_without_entry(path, &between, is_last),
            None => Ok(()),
        })
    }

    fn entry(
        &mut self,
        path: &Path,
        line: u64,
        fields: &Link,
        piece: &Piece<'_>,
        between: Option<Between>,
    ) -> std::result::Result<(), Problem> {
        let problem = |line, kind, detail| Err(Problem { file: path.to_owned(), line, kind, detail });
        let first_line = between.as_ref().map(|between| between.first_line);
        let between = between.map(|between| between.hasher.finalize().into());
        let previous = match self.report.last {
            Some(last) => Some(last),
            None => self.start(path, line, fields)?,
        };
        if let Some(previous) = previous {
            let expected = previous.seq + 1;
            if fields.seq < expected {
                let detail = format!("entry {} comes after entry {}", fields.seq, previous.seq);
                return problem(line, ProblemKind::Reordered, detail);
            }
            if fields.seq > expected {
                if let Some(first_line) = first_line {
                    return problem(first_line, ProblemKind::Changed, "no entry".to_owned());
                }
                let detail = format!("no entry {expected} before entry {}", fields.seq);
                return problem(line, ProblemKind::Missing, detail);
            }
            if fields.prev != previous.link(between) {
                return Err(self.broken_link(path, line, first_line, previous.seq));
            }
        }
        let position = Position { seq: fields.seq, hash: hash(piece.bytes) };
        if self.known.heads.get(&fields.seq).is_some_and(|head| *head != position.hash) {
            return problem(line, ProblemKind::Changed, format!("the head of entry {} differs", fields.seq));
        }
        if between.is_some() {
            self.report.covered_other += 1;
        }
        self.report.first.get_or_insert(fields.seq);
        self.report.entries += 1;
        self.report.last = Some(position);
        self.place = Some((path.to_owned(), line));
        Ok(())
    }

    /// What the first entry must follow: nothing, or an entry in a removed file that a head states. `None`: whatever
    /// it names, because the caller accepts this start.
    fn start(&self, path: &Path, line: u64, fields: &Link) -> std::result::Result<Option<Position>, Problem> {
        if fields.seq == 1 {
            return Ok(Some(Position::default()));
        }
        if self.first == Some(fields.seq) {
            return Ok(None);
        }
        let seq = fields.seq - 1;
        let detail = match self.known.heads.get(&seq) {
            // Only whole files are removed, and lines of an earlier version precede the first entry.
            Some(hash) if fields.starts_file && self.report.unchained_files == 0 => {
                return Ok(Some(Position { seq, hash: *hash }));
            }
            Some(_) => format!("starts at entry {}, which is not the start of a file", fields.seq),
            None => format!("starts at entry {}, and no head covers entry {seq}", fields.seq),
        };
        Err(Problem { file: path.to_owned(), line, kind: ProblemKind::Missing, detail })
    }

    /// `prev` of an entry with the right number does not match.
    fn broken_link(&self, path: &Path, line: u64, between: Option<u64>, previous: u64) -> Problem {
        let detail = format!("the entry after entry {previous} does not link to it");
        // A head that agrees with the previous entry proves that one unchanged.
        let is_previous_proven = self.known.heads.contains_key(&previous);
        let (file, line) = match (between, &self.place) {
            (Some(first_line), _) => (path.to_owned(), first_line),
            (None, Some((file, line))) if !is_previous_proven => (file.clone(), *line),
            (None, _) => (path.to_owned(), line),
        };
        Problem { file, line, kind: ProblemKind::Changed, detail }
    }

    /// A file ends with bytes that are no entry.
    fn end_without_entry(
        &mut self,
        path: &Path,
        between: &Between,
        is_last: bool,
    ) -> std::result::Result<(), Problem> {
        if self.report.last.is_none() {
            // Lines of a version without a chain.
            self.report.unchained_files += 1;
            return Ok(());
        }
        if !between.has_line && !is_last {
            // Cut short by a crash, and rotated before the next entry.
            self.report.uncovered_other += 1;
            return Ok(());
        }
        let kind = if !between.has_line && is_last {
            let last = self.report.last.map_or(0, |last| last.seq);
            if self.expected_last() > last { ProblemKind::Truncated } else { ProblemKind::Incomplete }
        } else {
            ProblemKind::Changed
        };
        let detail = "no complete entry".to_owned();
        Err(Problem { file: path.to_owned(), line: between.first_line, kind, detail })
    }

    /// The number of the last entry that is known to have been written.
    fn expected_last(&self) -> u64 {
        let head = self.known.heads.last_key_value().map_or(0, |(seq, _)| *seq);
        head.max(self.known.chain_file.map_or(0, |position| position.seq))
    }

    fn finish(mut self, files: &[PathBuf]) -> std::result::Result<Report, Problem> {
        let last = self.report.last.unwrap_or_default();
        let (file, line) =
            self.place.clone().unwrap_or_else(|| (files.last().cloned().unwrap_or_default(), 0));
        let expected = self.expected_last();
        if expected > last.seq {
            let detail = format!("ends at entry {}, but entry {expected} was written", last.seq);
            return Err(Problem { file, line, kind: ProblemKind::Truncated, detail });
        }
        if self.known.chain_file.is_some_and(|known| known.seq == last.seq && known.hash != last.hash) {
            let detail = "the chain file has another hash of this entry".to_owned();
            return Err(Problem { file, line, kind: ProblemKind::Changed, detail });
        }
        self.report.heads = self.known.number;
        self.report.last_head = self.known.last_head.take();
        Ok(self.report)
    }
}
