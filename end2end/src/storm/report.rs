//! The results of a storm.

use super::employee::{EmployeeResult, Outcome, counted};
use super::faults::Happened;
use crate::demo::Demo;
use anyhow::Context as _;
use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// Resets that began this long before a fault, or during it, may have met it.
const BEFORE: Duration = Duration::from_secs(5);

/// The resident memory of all nodes.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    /// In kB.
    pub resident: u64,
}

impl Memory {
    /// Of the nodes that run.
    pub(super) fn of(demo: &Demo) -> Self {
        let resident = demo.processes().into_iter().filter_map(|process| {
            let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        });
        Self { resident: resident.sum() }
    }
}

/// The results of a storm.
#[derive(Debug)]
pub struct Report {
    employees: u32,
    pub(super) results: Vec<EmployeeResult>,
    pub(super) faults: Vec<Happened>,
    pub(super) duration: Duration,
    /// Before and after.
    pub(super) memory: Option<(Memory, Memory)>,
    /// Employees whose password is not what the last screen said.
    pub wrong_promises: Vec<String>,
    /// References with `password_set` in the audit logs of all nodes.
    audited: usize,
    /// Audit logs that `audit verify` did not accept.
    pub damaged_audit_logs: Vec<String>,
}

impl Report {
    pub(super) fn new(employees: u32) -> Self {
        Self {
            employees,
            results: Vec::new(),
            faults: Vec::new(),
            duration: Duration::ZERO,
            memory: None,
            wrong_promises: Vec::new(),
            audited: 0,
            damaged_audit_logs: Vec::new(),
        }
    }

    /// Employees whose last screen said that the password is set.
    pub fn done(&self) -> usize {
        self.results.iter().filter(|result| result.outcome == Outcome::Done).count()
    }

    /// Whether every promise was kept and every set password is in the audit log.
    pub fn is_good(&self) -> bool {
        self.wrong_promises.is_empty()
            && self.damaged_audit_logs.is_empty()
            && self.audited >= self.done()
            && self.done() == self.employees as usize
    }

    /// The resident memory of all nodes, before and after, in kB.
    pub fn memory(&self) -> Option<(u64, u64)> {
        self.memory.map(|(before, after)| (before.resident, after.resident))
    }

    pub(super) fn read_audit(&mut self, demo: &Demo) -> anyhow::Result<()> {
        let mut references = HashSet::new();
        for log in demo.audit_logs() {
            let text =
                std::fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))?;
            for line in text.lines() {
                let entry: serde_json::Value = serde_json::from_str(line)?;
                if entry.pointer("/event/event").or(entry.get("event")).and_then(|event| event.as_str())
                    == Some("password_set")
                {
                    references.insert(entry.get("reference").cloned().unwrap_or_default().to_string());
                }
            }
            if !demo.verify_audit_log(&log)? {
                self.damaged_audit_logs.push(log.display().to_string());
            }
        }
        self.audited = references.len();
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rate = f64::from(u32::try_from(self.done()).unwrap_or(u32::MAX)) / self.duration.as_secs_f64();
        writeln!(
            f,
            "{} of {} resets done in {:.0?}, {rate:.1} per second",
            self.done(),
            self.employees,
            self.duration
        )?;
        writeln!(f, "\n| step | answers | median | 95 % | 99 % | longest |\n|---|---|---|---|---|---|")?;
        for step in ["identify", "birthdate", "code", "password"] {
            let all = self.results.iter().flat_map(|result| &result.steps);
            let durations: Vec<_> =
                all.filter(|(of, _)| *of == step).map(|(_, duration)| *duration).collect();
            writeln!(f, "| {step} | {} |{}", durations.len(), percentiles(durations))?;
        }
        let errors =
            self.results.iter().flat_map(|result| result.errors.iter().map(|(_, error)| error.clone()));
        let errors = counted(errors);
        writeln!(f, "\nanswers that were no step: {}", if errors.is_empty() { "none" } else { "" })?;
        for (error, count) in errors {
            writeln!(f, "  {count:6}  {error}")?;
        }
        for happened in &self.faults {
            writeln!(f, "{}", self.cost(happened))?;
        }
        if let Some((before, after)) = self.memory() {
            writeln!(f, "resident memory of all nodes: {before} kB before, {after} kB after")?;
        }
        writeln!(f, "set passwords in the audit logs: {} (at least {} expected)", self.audited, self.done())?;
        for log in &self.damaged_audit_logs {
            writeln!(f, "NOT VERIFIED by `audit verify`: {log}")?;
        }
        write!(f, "wrong promises: {}", self.wrong_promises.len())?;
        self.wrong_promises.iter().try_for_each(|name| write!(f, " {name}"))
    }
}

impl Report {
    /// What a fault cost: the answers that were no step, and the longest reset among those that met it.
    fn cost(&self, happened: &Happened) -> String {
        let Happened { fault, from, until } = happened;
        let met = |result: &&EmployeeResult| result.began + BEFORE >= *from && result.began <= *until;
        let (mut resets, mut errors, mut longest) = (0, 0, Duration::ZERO);
        for result in self.results.iter().filter(met) {
            resets += 1;
            errors += result.errors.iter().filter(|(at, _)| at >= from).count();
            longest = longest.max(result.ended.saturating_sub(result.began));
        }
        format!(
            "{fault}, from {from:.0?} to {until:.0?}: {resets} resets met it, {errors} answers were no step, \
             longest reset {longest:.1?}"
        )
    }
}

fn milliseconds(duration: Duration) -> String {
    format!("{} ms", duration.as_millis())
}

/// The median, and the values below which 95 and 99 % lie.
fn percentiles(mut durations: Vec<Duration>) -> String {
    durations.sort_unstable();
    let at = |percent: usize| {
        durations.get((durations.len() * percent / 100).min(durations.len().saturating_sub(1)))
    };
    let cell = |percent| {
        at(percent).map_or_else(|| " – |".to_owned(), |value| format!(" {} |", milliseconds(*value)))
    };
    [50, 95, 99, 100].map(cell).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_values() {
        let durations = (1..=200).rev().map(Duration::from_millis).collect();
        assert_eq!(percentiles(durations), " 101 ms | 191 ms | 199 ms | 200 ms |");
        assert_eq!(percentiles(vec![Duration::from_millis(3)]), " 3 ms | 3 ms | 3 ms | 3 ms |");
        assert_eq!(percentiles(Vec::new()), " – | – | – | – |");
    }
}
