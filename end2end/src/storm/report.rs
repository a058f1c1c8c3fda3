//! The results of a storm.

use super::employee::{EmployeeResult, Outcome, counted};
use super::faults::{Fault, Happened};
use crate::demo::Demo;
use anyhow::Context as _;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// Resets that began this long before a fault, or during it, may have met it.
const BEFORE: Duration = Duration::from_secs(5);
/// Answers up to this long after a fault are a part of its cost.
const AFTER: Duration = Duration::from_secs(5);

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

/// The events of a reset, all with the account as their subject.
const EVENTS: [&str; 3] = ["verified", "about_to_set", "password_set"];

/// How often each account (by its pseudonym) has each event in the audit logs of all nodes.
#[derive(Debug, Default)]
struct Audited(HashMap<(String, String), u32>);

impl Audited {
    fn read(demo: &Demo) -> anyhow::Result<Self> {
        let mut audited = Self::default();
        for log in demo.audit_logs() {
            let text =
                std::fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))?;
            // A line that a crash or a full disk cut short is no entry; `audit verify` judges it.
            for entry in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
                let text = |pointer| entry.pointer(pointer).and_then(Value::as_str);
                if let (Some(event), Some(subject)) = (text("/event/event"), text("/subject")) {
                    *audited.0.entry((subject.to_owned(), event.to_owned())).or_default() += 1;
                }
            }
        }
        Ok(audited)
    }

    fn count(&self, subject: &str, event: &str) -> u32 {
        self.0.get(&(subject.to_owned(), event.to_owned())).copied().unwrap_or_default()
    }

    /// The accounts with more events of this kind than before.
    fn since(&self, before: &Self, event: &str) -> HashSet<String> {
        let of_kind = self.0.keys().filter(|(_, of)| of == event).map(|(subject, _)| subject);
        of_kind.filter(|subject| self.count(subject, event) > before.count(subject, event)).cloned().collect()
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
    /// What the audit logs of all nodes had before.
    before: Audited,
    /// Accounts whose write was announced in the audit logs since then.
    announced: usize,
    /// Accounts whose set password is in the audit logs since then.
    audited: usize,
    /// Entries about what had happened that were lost with a process, according to its log.
    lost_entries: usize,
    /// The pseudonyms of accounts with a set password that lack an earlier event.
    incomplete: Vec<String>,
    /// Audit logs that `audit verify` did not accept, and what it found.
    pub damaged_audit_logs: Vec<String>,
}

impl Report {
    pub(super) fn new(employees: u32, demo: &Demo) -> anyhow::Result<Self> {
        Ok(Self {
            employees,
            results: Vec::new(),
            faults: Vec::new(),
            duration: Duration::ZERO,
            memory: None,
            wrong_promises: Vec::new(),
            before: Audited::read(demo)?,
            announced: 0,
            lost_entries: 0,
            audited: 0,
            incomplete: Vec::new(),
            damaged_audit_logs: Vec::new(),
        })
    }

    /// Whether a node (from 0) was not ready during this fault.
    pub fn was_unready(&self, fault: Fault, node: usize) -> bool {
        self.faults.iter().any(|happened| happened.fault == fault && happened.unready.contains(&node))
    }

    /// Employees whose last screen said that the password is set.
    pub fn done(&self) -> usize {
        self.results.iter().filter(|result| result.outcome == Outcome::Done).count()
    }

    /// The durations of the answers that brought the next step, of one step: `identify`, `birthdate`, `code`, `password`.
    pub fn durations(&self, step: &str) -> Vec<Duration> {
        let all = self.results.iter().flat_map(|result| &result.steps);
        all.filter(|(of, _)| *of == step).map(|(_, duration)| *duration).collect()
    }

    /// Whether every promise was kept and every set password is in the audit log.
    pub fn is_good(&self) -> bool {
        self.wrong_promises.is_empty()
            && self.damaged_audit_logs.is_empty()
            && self.faults.iter().all(|happened| happened.recovery.is_some())
            && self.announced >= self.done()
            && self.audited + self.lost_entries >= self.done()
            && self.incomplete.len() <= self.lost_entries
            && self.done() == self.employees as usize
    }

    /// The resident memory of all nodes, before and after, in kB.
    pub fn memory(&self) -> Option<(u64, u64)> {
        self.memory.map(|(before, after)| (before.resident, after.resident))
    }

    pub(super) async fn read_audit(&mut self, demo: &Demo) -> anyhow::Result<()> {
        self.lost_entries = demo.late_audit_entries()?;
        let after = Audited::read(demo)?;
        for log in demo.audit_logs() {
            if let Some(wrong) = demo.verify_audit_log(&log).await? {
                self.damaged_audit_logs.push(format!("{}: {wrong}", log.display()));
            }
        }
        let [verified, announced, set] = EVENTS.map(|event| after.since(&self.before, event));
        self.incomplete = set
            .iter()
            .filter(|subject| !verified.contains(*subject) || !announced.contains(*subject))
            .cloned()
            .collect();
        self.announced = announced.len();
        self.audited = set.len();
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
            let durations = self.durations(step);
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
        writeln!(
            f,
            "accounts with an announced write in the audit logs: {}, with a set password: {}, of {}; entries lost with a process: {}",
            self.announced,
            self.audited,
            self.done(),
            self.lost_entries
        )?;
        if !self.incomplete.is_empty() {
            writeln!(f, "WITHOUT an earlier event in the audit logs: {}", self.incomplete.join(" "))?;
        }
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
        let Happened { fault, from, until, unready, recovery } = happened;
        let met = |result: &&EmployeeResult| result.began + BEFORE >= *from && result.began <= *until;
        let (mut resets, mut errors, mut longest) = (0, 0, Duration::ZERO);
        for result in self.results.iter().filter(met) {
            resets += 1;
            errors += result.errors.iter().filter(|(at, _)| at >= from && *at <= *until + AFTER).count();
            longest = longest.max(result.ended.saturating_sub(result.began));
        }
        let unready: Vec<_> = unready.iter().map(|node| (node + 1).to_string()).collect();
        let recovery = match recovery {
            Some(recovery) => format!("all ready {recovery:.1?} after its end"),
            None => "NOT READY in time after its end".to_owned(),
        };
        let unready = if unready.is_empty() { "none".to_owned() } else { unready.join(", ") };
        format!(
            "{fault}, from {from:.0?} to {until:.0?}: {resets} resets met it, {errors} answers were no step, \
             longest reset {longest:.1?}; nodes not ready: {unready}; {recovery}"
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
