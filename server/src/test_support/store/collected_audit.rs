//! The audit log of all nodes in memory.

use super::MemoryStore;
use crate::ports::collected_audit::{
    AuditLine, ChainPosition, CollectedAudit, CollectedLine, HOUR_MS, LineCount, LogId, chain_hash,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The lines with their times and references, and how far each log was copied.
#[derive(Debug, Default, Clone)]
pub(super) struct CollectedLines {
    lines: Vec<(CollectedLine, AuditLine)>,
    last: Vec<(LogId, u64)>,
}

const READ: &str = "read the collected audit log";

#[async_trait]
impl CollectedAudit for MemoryStore {
    async fn last_collected(&self, log: LogId) -> Result<u64, StoreError> {
        let tables = self.tables(READ)?;
        let last = tables.collected.last.iter().find(|(of, _)| *of == log);
        Ok(last.map_or(0, |(_, last)| *last))
    }

    async fn collect(&self, log: LogId, _: &str, lines: &[AuditLine]) -> Result<ChainPosition, StoreError> {
        let mut tables = self.tables("collect the audit log")?;
        let collected = &mut tables.collected;
        for line in lines {
            let is_known = collected.lines.iter().any(|(known, _)| known.text == line.text);
            if !is_known {
                let end = end(&collected.lines);
                let hash = chain_hash(&end.hash, log, &line.text);
                let text = line.text.clone();
                let copied = CollectedLine { number: end.number + 1, log, seq: line.seq, text, hash };
                collected.lines.push((copied, line.clone()));
            }
        }
        if let Some(last) = lines.last() {
            collected.last.retain(|(of, _)| *of != log);
            collected.last.push((log, last.seq));
        }
        Ok(end(&collected.lines))
    }

    async fn lines_after(&self, number: u64, max: u32) -> Result<Vec<CollectedLine>, StoreError> {
        let tables = self.tables(READ)?;
        let lines = tables.collected.lines.iter().map(|(line, _)| line);
        Ok(lines.filter(|line| line.number > number).take(max as usize).cloned().collect())
    }

    async fn lines_with_reference(&self, reference: &str) -> Result<Vec<CollectedLine>, StoreError> {
        let tables = self.tables(READ)?;
        let lines = tables.collected.lines.iter();
        let found = lines.filter(|(_, of)| !of.reference.is_empty() && of.reference == reference);
        Ok(found.map(|(line, _)| line.clone()).collect())
    }

    async fn lines_of_subjects(
        &self,
        subjects: &[String],
        since: Timestamp,
        max: u32,
    ) -> Result<Vec<CollectedLine>, StoreError> {
        let tables = self.tables(READ)?;
        let lines = tables.collected.lines.iter().rev();
        let found = lines
            .filter(|(_, of)| !of.subject.is_empty() && subjects.contains(&of.subject) && of.at >= since);
        Ok(found.take(max as usize).map(|(line, _)| line.clone()).collect())
    }

    async fn count_lines(&self, from: Timestamp, before: Timestamp) -> Result<Vec<LineCount>, StoreError> {
        let tables = self.tables(READ)?;
        let mut counts = BTreeMap::new();
        for (_, line) in tables.collected.lines.iter().filter(|(_, of)| of.at >= from && of.at < before) {
            let hour = line.at.as_millisecond() / HOUR_MS * HOUR_MS;
            *counts.entry((hour, line.event.clone(), line.reason.clone())).or_default() += 1;
        }
        let counts = counts.into_iter().map(|((hour, event, reason), lines)| {
            let hour = Timestamp::from_millisecond(hour).map_err(|error| StoreError::new(READ, error))?;
            Ok(LineCount { hour, event, reason, lines })
        });
        counts.collect()
    }

    async fn remove_before(&self, time: Timestamp) -> Result<(ChainPosition, u64), StoreError> {
        let mut tables = self.tables("remove lines of the collected audit log")?;
        let lines = &mut tables.collected.lines;
        let first_kept = lines.iter().position(|(_, line)| line.at >= time);
        let first_kept = first_kept.unwrap_or_else(|| lines.len().saturating_sub(1));
        let removed: Vec<_> = lines.drain(..first_kept).collect();
        Ok((end(&removed), removed.len() as u64))
    }
}

fn end(lines: &[(CollectedLine, AuditLine)]) -> ChainPosition {
    let last = lines.last().map(|(line, _)| ChainPosition { number: line.number, hash: line.hash });
    last.unwrap_or_default()
}

impl MemoryStore {
    /// Replaces the collected lines, as an attacker with the rights of the database could.
    pub fn replace_collected(&self, lines: Vec<CollectedLine>) {
        let of = |line: &CollectedLine| AuditLine {
            seq: line.seq,
            at: Timestamp::UNIX_EPOCH,
            reference: String::new(),
            subject: String::new(),
            event: String::new(),
            reason: String::new(),
            text: line.text.clone(),
        };
        let lines = lines.into_iter().map(|line| (line.clone(), of(&line))).collect();
        self.lock().collected.lines = lines;
    }
}
