//! What happened to the connections of an attacker, and to the employee meanwhile.

use super::employee::Timed;
use std::fmt;
use std::time::Duration;

/// How a connection of an attacker ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The service did not accept it in time, or the system refused it.
    NotConnected,
    /// The service closed it.
    Closed,
    /// The attack on this connection is complete.
    Completed,
}

/// The connections of an attack.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    opened: usize,
    not_connected: usize,
    completed: usize,
    /// How long each connection lasted that the service closed.
    closed: Vec<Duration>,
    open: usize,
}

impl Tally {
    /// A connection is opened.
    pub fn begin(&mut self) {
        self.opened += 1;
        self.open += 1;
    }

    /// A connection has ended.
    pub fn end(&mut self, ended: Ended, after: Duration) {
        self.open -= 1;
        match ended {
            Ended::NotConnected => self.not_connected += 1,
            Ended::Closed => self.closed.push(after),
            Ended::Completed => self.completed += 1,
        }
    }

    /// Adds the connections of another attacker.
    pub fn add(&mut self, other: &Self) {
        self.opened += other.opened;
        self.not_connected += other.not_connected;
        self.completed += other.completed;
        self.closed.extend(&other.closed);
        self.open += other.open;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut closed = self.closed.clone();
        closed.sort_unstable();
        let median = closed.get(closed.len() / 2).map_or("–".to_owned(), |after| seconds(*after));
        write!(
            f,
            "{:>6} {:>7} {:>9} {:>7} {median:>7} {:>5}",
            self.opened,
            self.not_connected,
            self.completed,
            closed.len(),
            self.open
        )
    }
}

/// The result of one attack.
#[derive(Debug, Clone)]
pub struct Report {
    /// The name of the attack.
    pub name: &'static str,
    /// The connections of the attacker.
    pub total: Tally,
    /// The reset of the employee.
    pub reset: Timed,
    /// The query of the admin listener.
    pub status: Timed,
}

impl Report {
    /// The header of the table.
    pub fn header() -> String {
        format!(
            "{:36} {:>6} {:>7} {:>9} {:>7} {:>7} {:>5}  {:18} {}",
            "attack", "opened", "refused", "completed", "closed", "median", "open", "reset", "/status"
        )
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, total, reset, status } = self;
        write!(f, "{name:36} {total}  {:18} {status}", reset.to_string())
    }
}

/// Seconds with one decimal.
pub fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
