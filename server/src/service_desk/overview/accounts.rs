//! The readiness of the units for the overview. Counting walks the whole directory, so it runs in the background, once at a time
//! on a node, and its result is shown for a while.

use crate::coverage::{Coverage, CoverageConfig, CoverageError, coverage};
use crate::notifications::local_time::rfc3339_local;
use crate::ports::clock::Clock;
use crate::ports::directory::Directory;
use crate::ports::records::Records;
use crate::reset::ServiceDeps;
use app::static_pages::overview::{Accounts, UnitReadiness};
use jiff::{SignedDuration, Timestamp};
use std::cmp::Reverse;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// For this long a count is shown without another one.
const COUNTED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// After a failure the next count starts this much later.
const RETRY_AFTER: SignedDuration = SignedDuration::from_mins(1);
/// A request waits at most this long, so that a small organisation sees its numbers at once.
const PATIENCE: Duration = Duration::from_secs(1);
/// A count that takes longer is given up: it would hold a connection of the directory.
const MAX_DURATION: Duration = Duration::from_mins(10);
/// A unit with fewer people than this is not shown by itself: its numbers would be about persons.
const MIN_PEOPLE: u64 = 5;

/// What is known about the accounts.
#[derive(Default)]
struct Counted {
    last: Option<(Timestamp, Accounts)>,
    /// When the last count ended, with or without a result.
    ended: Option<Timestamp>,
    is_running: bool,
}

impl Counted {
    fn is_due(&self, now: Timestamp) -> bool {
        let is_older = |time: Timestamp, than| now.duration_since(time).abs() >= than;
        !self.is_running
            && self.last.as_ref().is_none_or(|(at, _)| is_older(*at, COUNTED_FOR))
            && self.ended.is_none_or(|at| is_older(at, RETRY_AFTER))
    }
}

/// Counts the accounts.
pub(super) struct AccountCounter {
    directory: Arc<dyn Directory>,
    records: Arc<dyn Records>,
    clock: Arc<dyn Clock>,
    config: CoverageConfig,
    counted: Arc<watch::Sender<Counted>>,
}

/// Ends a count, also one that panicked.
struct Running(Arc<watch::Sender<Counted>>, Arc<dyn Clock>);

impl Drop for Running {
    fn drop(&mut self) {
        let now = self.1.now();
        self.0.send_modify(|counted| {
            counted.is_running = false;
            counted.ended = Some(now);
        });
    }
}

impl AccountCounter {
    pub(super) fn new(deps: &ServiceDeps, config: CoverageConfig) -> Self {
        Self {
            directory: Arc::clone(&deps.directory),
            records: Arc::clone(&deps.records),
            clock: Arc::clone(&deps.clock),
            config,
            counted: Arc::default(),
        }
    }

    /// The last result, and whether a count is running. Starts one if it is time.
    pub(super) async fn current(&self, now: Timestamp) -> (Option<Accounts>, bool) {
        let mut changes = self.counted.subscribe();
        let starts = self.counted.send_if_modified(|counted| {
            let is_due = counted.is_due(now);
            counted.is_running |= is_due;
            is_due
        });
        if starts {
            self.start(now);
        }
        // An older result is shown at once; without one a request waits a moment.
        if changes.borrow().last.is_none() {
            drop(tokio::time::timeout(PATIENCE, changes.wait_for(|counted| !counted.is_running)).await);
        }
        let counted = self.counted.borrow();
        (counted.last.as_ref().map(|(_, accounts)| accounts.clone()), counted.is_running)
    }

    fn start(&self, now: Timestamp) {
        let running = Running(Arc::clone(&self.counted), Arc::clone(&self.clock));
        let (directory, records) = (Arc::clone(&self.directory), Arc::clone(&self.records));
        let config = self.config.clone();
        tokio::spawn(async move {
            let counting = coverage(&*directory, &*records, &config, now);
            match tokio::time::timeout(MAX_DURATION, counting).await {
                Ok(Ok(coverage)) => {
                    let accounts = accounts(&coverage, now);
                    running.0.send_modify(|counted| counted.last = Some((now, accounts)));
                }
                Ok(Err(error)) => report(&error),
                Err(_) => tracing::warn!("accounts not counted: not finished in time"),
            }
        });
    }
}

fn report(error: &CoverageError) {
    tracing::warn!(error = error as &dyn Error, "accounts not counted");
}

/// The counts as the overview shows them: units with fewer than five people are one. If these are fewer than five together, the
/// next larger units join them, because the difference from a total would show them.
fn accounts(coverage: &Coverage, now: Timestamp) -> Accounts {
    let mut units: Vec<_> = coverage
        .units()
        .map(|(unit, counts)| UnitReadiness {
            unit: Some(unit_name(unit)),
            in_scope: counts.in_scope,
            birthdate: counts.birthdate,
            mobile: counts.mobile,
            waiting: counts.waiting,
            ready: counts.ready,
        })
        .filter(|unit| unit.in_scope > 0)
        .collect();
    units.sort_by_key(|unit| Reverse(unit.in_scope));
    let mut small = UnitReadiness::default();
    while let Some(unit) =
        units.pop_if(|unit| unit.in_scope < MIN_PEOPLE || (small.in_scope > 0 && small.in_scope < MIN_PEOPLE))
    {
        let UnitReadiness { unit: _, in_scope, birthdate, mobile, waiting, ready } = unit;
        small.in_scope += in_scope;
        small.birthdate += birthdate;
        small.mobile += mobile;
        small.waiting += waiting;
        small.ready += ready;
    }
    // In the order of the work that is left.
    units.sort_by_key(|unit| Reverse(unit.in_scope.saturating_sub(unit.ready)));
    if small.in_scope >= MIN_PEOPLE {
        units.push(small);
    }
    let hr = coverage.hr();
    Accounts { at: rfc3339_local(now), proposals: hr.proposals, conflicts: hr.conflicts, units }
}

/// The name of a unit from its DN: the values of its parts without the domain, `Zorg, Locatie Noord`.
fn unit_name(dn: &str) -> String {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let mut letters = dn.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => part.extend(letters.next()),
            ',' => parts.push(std::mem::take(&mut part)),
            letter => part.push(letter),
        }
    }
    parts.push(part);
    let names = parts.iter().filter_map(|part| part.trim().split_once('='));
    let names: Vec<_> =
        names.filter(|(kind, _)| !kind.eq_ignore_ascii_case("dc")).map(|(_, name)| name).collect();
    if names.is_empty() { dn.to_owned() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::UnitCounts;

    fn units(counts: &[(&str, u64, u64)]) -> Vec<(Option<String>, u64, u64)> {
        let units = counts.iter().map(|(unit, in_scope, ready)| {
            let counts = UnitCounts { in_scope: *in_scope, ready: *ready, ..UnitCounts::default() };
            ((*unit).to_owned(), counts)
        });
        let shown = accounts(&Coverage::of_units(units), Timestamp::UNIX_EPOCH).units;
        shown.into_iter().map(|unit| (unit.unit, unit.in_scope, unit.ready)).collect()
    }

    #[test]
    fn a34_units_with_fewer_than_five_people_are_one() {
        let shown =
            units(&[("OU=A", 9, 3), ("OU=B", 4, 4), ("OU=C", 40, 39), ("OU=D", 1, 0), ("OU=E", 0, 0)]);
        // The unit with the most people who are not ready is first.
        assert_eq!(shown, [(Some("A".into()), 9, 3), (Some("C".into()), 40, 39), (None, 5, 4)]);
    }

    #[test]
    fn a34_a_small_rest_joins_the_next_larger_unit_and_a_small_total_is_not_shown() {
        let shown = units(&[("OU=A", 9, 3), ("OU=B", 1, 1), ("OU=C", 6, 6)]);
        assert_eq!(shown, [(Some("A".into()), 9, 3), (None, 7, 7)]);
        assert_eq!(units(&[("OU=A", 3, 3), ("OU=B", 1, 1)]), []);
        assert_eq!(units(&[("OU=A", 3, 3), ("OU=B", 5, 1)]), [(None, 8, 4)]);
    }

    #[test]
    fn unit_has_the_names_of_its_dn_without_the_domain() {
        for (dn, name) in [
            ("OU=Zorg,OU=Locatie Noord,DC=pantein,DC=grp", "Zorg, Locatie Noord"),
            ("OU=Zorg\\, nacht,dc=x", "Zorg, nacht"),
            ("CN=Users,DC=x", "Users"),
            ("DC=x", "DC=x"),
            ("", ""),
        ] {
            assert_eq!(unit_name(dn), name, "{dn}");
        }
    }

    #[test]
    fn count_is_due_after_a_quarter_of_an_hour_and_a_minute_after_a_failure() {
        let at = |minutes: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes);
        let last = || Some((at(0), accounts(&Coverage::default(), at(0))));
        assert!(Counted::default().is_due(at(0)));
        assert!(!Counted { is_running: true, ..Counted::default() }.is_due(at(0)));
        let counted = Counted { last: last(), ended: Some(at(0)), is_running: false };
        assert!(!counted.is_due(at(14)) && counted.is_due(at(15)));
        let failed = Counted { ended: Some(at(0)), ..Counted::default() };
        assert!(!failed.is_due(at(0)) && failed.is_due(at(1)));
        // A count that fails leaves the older result, and is not repeated at once.
        let stale = Counted { last: last(), ended: Some(at(30)), is_running: false };
        assert!(!stale.is_due(at(30)) && stale.is_due(at(31)));
    }
}
