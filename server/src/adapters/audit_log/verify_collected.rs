//! Verifies the collected audit log: its chain, its signed heads, and that it contains the lines of each node in order.

use super::line::Link;
use super::pieces::Pieces;
use crate::ports::collected_audit::{CollectedAudit, CollectedLine, LogId, chain_hash};
use crate::ports::store::StoreError;
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Result;
use std::path::PathBuf;

/// Lines that are read at once.
const PAGE: u32 = 1000;

/// What the collected log must agree with.
#[derive(Debug, Default)]
pub struct CollectedEvidence {
    /// Signed heads: the hash of the chain by the number of the line.
    pub heads: BTreeMap<u64, [u8; 32]>,
    /// This node's log: its id, and its lines by number.
    pub own: Option<(LogId, BTreeMap<u64, Vec<u8>>)>,
    /// The number of the first line, if older ones were removed and no head covers their end.
    pub first: Option<u64>,
}

/// What was verified.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct CollectedReport {
    /// The number of the first line.
    pub first: Option<u64>,
    /// The number of the last line; 0 without lines.
    pub last: u64,
    /// The logs from which they were copied.
    pub logs: usize,
    /// The heads that agree.
    pub heads: u64,
    /// Entries of this node that were not copied yet.
    pub waiting: u64,
}

impl fmt::Display for CollectedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.first {
            Some(first) => {
                let Self { last, logs, .. } = self;
                write!(f, "all nodes: lines {first} to {last}, unchanged, from {logs} nodes")?;
            }
            None => f.write_str("all nodes: no lines")?,
        }
        match self.heads {
            0 => f.write_str("\nno signed heads of this log (audit.signing_key_file)")?,
            heads => write!(f, "\n{heads} heads of this log agree")?,
        }
        if self.waiting > 0 {
            write!(f, "\n{} entries of this node wait to be copied", self.waiting)?;
        }
        Ok(())
    }
}

/// The number of the first wrong line, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("collected line {number}: {detail}")]
pub struct CollectedProblem {
    /// The number.
    pub number: u64,
    /// What is wrong.
    pub detail: String,
}

/// Reads the lines of files, by number.
pub fn lines_by_number(files: &[PathBuf]) -> Result<BTreeMap<u64, Vec<u8>>> {
    let mut lines = BTreeMap::new();
    for path in files {
        let mut pieces = Pieces::new(File::open(path)?);
        while let Some(piece) = pieces.next()? {
            if let Some(link) = Link::parse(piece.bytes).filter(|_| piece.is_line) {
                lines.insert(link.seq, super::line::hash(piece.bytes).to_vec());
            }
        }
    }
    Ok(lines)
}

/// Verifies all lines.
pub async fn verify_collected(
    collected: &dyn CollectedAudit,
    evidence: &CollectedEvidence,
) -> std::result::Result<std::result::Result<CollectedReport, CollectedProblem>, StoreError> {
    let mut verifier =
        Verifier { evidence, previous: None, logs: BTreeMap::new(), report: CollectedReport::default() };
    loop {
        let lines = collected.lines_after(verifier.report.last, PAGE).await?;
        if lines.is_empty() {
            return Ok(verifier.finish());
        }
        for line in &lines {
            if let Err(detail) = verifier.line(line) {
                return Ok(Err(CollectedProblem { number: line.number, detail }));
            }
        }
    }
}

struct Verifier<'a> {
    evidence: &'a CollectedEvidence,
    /// The hash of the chain at the previous line.
    previous: Option<[u8; 32]>,
    /// The last number of each log.
    logs: BTreeMap<LogId, u64>,
    report: CollectedReport,
}

impl Verifier<'_> {
    fn line(&mut self, line: &CollectedLine) -> std::result::Result<(), String> {
        let previous = match self.previous {
            Some(previous) => previous,
            None => self.start(line)?,
        };
        if self.previous.is_some() && line.number != self.report.last + 1 {
            return Err(format!("line {} is missing before it", self.report.last + 1));
        }
        if self.evidence.first != Some(line.number)
            && chain_hash(&previous, line.log, &line.text) != line.hash
        {
            return Err("it or the line before it was changed".to_owned());
        }
        if self.evidence.heads.get(&line.number).is_some_and(|head| *head != line.hash) {
            return Err("a signed head states another hash".to_owned());
        }
        self.report.heads += u64::from(self.evidence.heads.contains_key(&line.number));
        self.source(line)?;
        self.report.first.get_or_insert(line.number);
        self.report.last = line.number;
        self.previous = Some(line.hash);
        Ok(())
    }

    /// The hash before the first line.
    fn start(&self, line: &CollectedLine) -> std::result::Result<[u8; 32], String> {
        if line.number == 1 || self.evidence.first == Some(line.number) {
            return Ok([0; 32]);
        }
        let before = line.number - 1;
        let head = self.evidence.heads.get(&before).copied();
        head.ok_or_else(|| format!("it is the first line, and no head covers line {before}"))
    }

    /// The place of the line in the log from which it was copied.
    fn source(&mut self, line: &CollectedLine) -> std::result::Result<(), String> {
        let Some(entry) = Link::parse(&line.text) else { return Err("it is no entry".to_owned()) };
        if entry.seq != line.seq {
            return Err(format!("it is entry {} of its node, not {}", entry.seq, line.seq));
        }
        if let Some(last) = self.logs.insert(line.log, line.seq).filter(|last| last + 1 != line.seq) {
            return Err(format!("entry {} of its node is missing before entry {}", last + 1, line.seq));
        }
        if let Some((log, lines)) = &self.evidence.own
            && *log == line.log
            && lines.get(&line.seq).is_some_and(|own| *own != super::line::hash(&line.text))
        {
            return Err(format!("entry {} of this node's file differs", line.seq));
        }
        Ok(())
    }

    fn finish(mut self) -> std::result::Result<CollectedReport, CollectedProblem> {
        if let Some((number, _)) =
            self.evidence.heads.last_key_value().filter(|(number, _)| **number > self.report.last)
        {
            let detail = format!(
                "is missing, although a signed head covers it; the last line is {}",
                self.report.last
            );
            return Err(CollectedProblem { number: *number, detail });
        }
        self.report.logs = self.logs.len();
        if let Some((log, lines)) = &self.evidence.own {
            let collected = self.logs.get(log).copied().unwrap_or_default();
            self.report.waiting = lines.range(collected + 1..).count() as u64;
        }
        Ok(self.report)
    }
}
