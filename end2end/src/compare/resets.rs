//! Whole resets against slapd and the simulator of Entrust: of the product over HTTP, and of the bare client.

use super::bare::{Bare, Calls};
use super::median;
use super::metrics::Metrics;
use crate::demo::Demo;
use crate::slapd::Slapd;
use crate::storm::{Arrivals, Crowd, Schedule, Storm};
use crate::tls::Authority;
use anyhow::ensure;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// Employees with the product at the same time: each waits at least a second for the answer to the code.
pub(super) const AT_ONCE: usize = 192;
/// Connections of the bare client, and of the clients of LTB, which wait for nothing but answers.
pub(super) const CONNECTIONS: usize = 16;
/// How long the product waits for the last call to Entrust in any case; see `reset/complete_time.rs` of the server.
pub(super) const ALLOWANCE: Duration = Duration::from_secs(1);

/// The systems, and the next employee who has not reset the password yet.
pub(super) struct Bench<'a> {
    pub(super) demo: &'a mut Demo,
    pub(super) slapd: &'a Slapd,
    pub(super) authority: &'a Authority,
    pub(super) next: u32,
}

/// Resets per second, each the median of the turns.
#[derive(Debug, Clone)]
pub(super) struct ResetRates {
    pub(super) product: f64,
    pub(super) bare: f64,
    /// ms of processor time of the product, per reset.
    pub(super) processor: f64,
    /// Answers of the product that were no step, as often as they came in the last turn that had them.
    pub(super) errors: BTreeMap<String, u32>,
    /// Requests to slapd of one reset, by kind; the same for both.
    pub(super) requests: BTreeMap<String, usize>,
}

/// One step at a steady rate of arrivals.
#[derive(Debug, Clone)]
pub(super) struct StepTimes {
    pub(super) step: &'static str,
    pub(super) median: Duration,
    /// Below it are 99 % of the answers.
    pub(super) p99: Duration,
    /// The same of the calls of this step, made by the bare client at the same rate; of `code` with [`ALLOWANCE`].
    pub(super) calls_p99: Duration,
}

/// The steps at a steady rate of arrivals, and where the time goes.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    pub(super) rate: f64,
    pub(super) all: Vec<StepTimes>,
    /// ms in calls of each backend, per reset.
    pub(super) backends: Vec<(String, f64)>,
}

impl Bench<'_> {
    fn take(&mut self, count: u32) -> RangeInclusive<u32> {
        let first = self.next;
        self.next += count;
        first..=self.next - 1
    }

    /// Product and bare client in turn, with so many employees per turn.
    pub(super) async fn rates(&mut self, employees: u32, turns: u32) -> anyhow::Result<ResetRates> {
        let requests = self.compare_requests().await?;
        let (mut product, mut bare) = (Vec::new(), Vec::new());
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(Bare::connect(self.slapd, self.authority, &self.demo.entrust).await?);
        }
        let (mut processor, mut errors) = (Vec::new(), BTreeMap::new());
        for _ in 0..turns {
            let before = Metrics::read(&self.demo.admin_url).await?;
            let crowd = Crowd { employees: self.take(employees), at_once: AT_ONCE };
            let finished = crowd.run(self.demo).await?;
            product.push(steady_rate(&finished.times));
            errors.extend(finished.errors);
            let after = Metrics::read(&self.demo.admin_url).await?;
            processor.push(after.processor_since(&before, employees));
            bare.push(steady_rate(&run_bare(&mut clients, self.take(employees)).await?));
        }
        let (product, bare, processor) = (median(product), median(bare), median(processor));
        Ok(ResetRates { product, bare, processor, errors, requests })
    }

    /// The bare client makes the same requests as the product, or the comparison means nothing.
    async fn compare_requests(&mut self) -> anyhow::Result<BTreeMap<String, usize>> {
        // Opens the product's connections, which a first reset needs.
        Crowd { employees: self.take(1), at_once: 1 }.run(self.demo).await?;
        let mut bare = Bare::connect(self.slapd, self.authority, &self.demo.entrust).await?;
        let before = self.slapd.seen()?.len();
        Crowd { employees: self.take(1), at_once: 1 }.run(self.demo).await?;
        let middle = self.slapd.seen()?.len();
        bare.reset(*self.take(1).start()).await?;
        let seen = self.slapd.seen()?;
        let part = |from: usize, to: usize| kinds(seen.get(from..to).unwrap_or_default());
        let (product, bare) = (part(before, middle), part(middle, seen.len()));
        ensure!(
            product == bare,
            "requests of the product: {product:?}, of the bare client: {bare:?}\n{seen:#?}"
        );
        Ok(product)
    }

    /// Employees who arrive at this rate, and then the calls of the bare client at the same rate.
    pub(super) async fn steps(&mut self, employees: u32, rate: f64, seed: u64) -> anyhow::Result<Steps> {
        let arrivals = Arrivals { rate, seed };
        let before = Metrics::read(&self.demo.admin_url).await?;
        let first = *self.take(employees).start();
        let storm = Storm { employees, first, arrivals, faults: Schedule::default() };
        let report = storm.load(self.demo).await?;
        ensure!(report.done() == employees as usize, "not every reset was done:\n{report}");
        let backends = Metrics::read(&self.demo.admin_url).await?.calls_since(&before, employees);
        let calls = self.steady_calls(employees, arrivals).await?;
        let of = |part: fn(&Calls) -> Duration| percentile(calls.iter().map(part).collect(), 99);
        let steps = [
            ("identify", Duration::ZERO),
            ("birthdate", Duration::ZERO),
            ("code", ALLOWANCE + of(|calls| calls.code)),
            ("password", of(|calls| calls.password)),
        ];
        let steps = steps.into_iter().map(|(step, calls_p99)| {
            let durations = report.durations(step);
            let (median, p99) = (percentile(durations.clone(), 50), percentile(durations, 99));
            StepTimes { step, median, p99, calls_p99 }
        });
        Ok(Steps { rate, all: steps.collect(), backends })
    }

    async fn steady_calls(&mut self, employees: u32, arrivals: Arrivals) -> anyhow::Result<Vec<Calls>> {
        let idle = Arc::new(Mutex::new(Vec::new()));
        for _ in 0..CONNECTIONS {
            idle.lock().await.push(Bare::connect(self.slapd, self.authority, &self.demo.entrust).await?);
        }
        let start = Instant::now();
        let mut running = tokio::task::JoinSet::new();
        for (number, after) in self.take(employees).zip(arrivals.times()) {
            tokio::time::sleep_until(start + after).await;
            let client = idle.lock().await.pop();
            let mut client = match client {
                Some(client) => client,
                None => Bare::connect(self.slapd, self.authority, &self.demo.entrust).await?,
            };
            let idle = Arc::clone(&idle);
            running.spawn(async move {
                let calls = client.reset(number).await;
                idle.lock().await.push(client);
                calls
            });
        }
        let mut calls = Vec::new();
        while let Some(ended) = running.join_next().await {
            calls.push(ended??);
        }
        Ok(calls)
    }
}

/// Lets the bare client make the calls of each employee; returns when each was done, since the start, in ascending order.
async fn run_bare(clients: &mut [Bare], employees: RangeInclusive<u32>) -> anyhow::Result<Vec<Duration>> {
    let next = std::sync::atomic::AtomicU32::new(*employees.start());
    let start = Instant::now();
    let work = clients.iter_mut().map(|client| async {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            if !employees.contains(&number) {
                return anyhow::Ok(done);
            }
            client.reset(number).await?;
            done.push(start.elapsed());
        }
    });
    let mut done = futures::future::try_join_all(work).await?.concat();
    done.sort_unstable();
    Ok(done)
}

/// How many were done per second, without the first third, in which they begin, and the last fifth, in which ever fewer
/// are left. The times are in ascending order.
pub(super) fn steady_rate(done: &[Duration]) -> f64 {
    let (from, to) = (done.len() / 3, done.len() * 4 / 5);
    let (Some(start), Some(end)) = (done.get(from), done.get(to)) else { return 0.0 };
    f64::from(u32::try_from(to - from).unwrap_or(u32::MAX)) / end.saturating_sub(*start).as_secs_f64()
}

/// How many requests there are of each kind: `SRCH`, `PASSMOD`, `MOD`.
fn kinds(requests: &[String]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for request in requests {
        let kind = request.split(' ').next().unwrap_or_default();
        *counts.entry(kind.to_owned()).or_default() += 1;
    }
    counts
}

fn percentile(mut durations: Vec<Duration>, percent: usize) -> Duration {
    durations.sort_unstable();
    let index = (durations.len() * percent / 100).min(durations.len().saturating_sub(1));
    durations.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_kind() {
        let requests = ["SRCH base=\"a\"", "SRCH base=\"b\"", "PASSMOD id=\"c\" new"].map(str::to_owned);
        let counts = kinds(&requests);
        assert_eq!(counts, BTreeMap::from([("PASSMOD".to_owned(), 1), ("SRCH".to_owned(), 2)]));
    }

    #[test]
    fn rate_is_that_of_the_middle() {
        let slow = (1..=40).map(|second| Duration::from_secs(second * 10));
        let steady = (1..=60).map(|tenth| Duration::from_secs(400) + Duration::from_millis(tenth * 100));
        let done: Vec<_> = slow.chain(steady).collect();
        let rate = steady_rate(done.get(20..).unwrap());
        assert!((9.0..11.0).contains(&rate), "{rate}");
        assert!(steady_rate(&[]).abs() < 0.001);
    }

    #[test]
    fn percentile_is_a_measured_value() {
        let durations = || (1..=200_u64).map(Duration::from_millis).collect();
        assert_eq!(percentile(durations(), 50), Duration::from_millis(101));
        assert_eq!(percentile(durations(), 99), Duration::from_millis(199));
        assert_eq!(percentile(Vec::new(), 99), Duration::ZERO);
    }
}
