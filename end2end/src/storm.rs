//! Load on the whole product: many employees reset their passwords at the same time over real HTTP, while parts of the
//! system fail. Afterwards each promise of a last screen is compared with the directory.

mod arrivals;
mod crowd;
mod employee;
mod faults;
mod readiness;
mod report;

pub use arrivals::Arrivals;
pub use crowd::{Crowd, Finished};
pub use faults::{Fault, Schedule};
pub use report::{Memory, Report};

use crate::demo::Demo;
use crate::people::{ExtraEmployee, FIRST_PASSWORD};
use anyhow::Context as _;
use employee::{Employee, Outcome, Phones};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// Settings of a product under load: all clients have loopback addresses, so no limit per address.
pub const SETTINGS: &str =
    "[limits]\nper_address = \"0\"\nglobal = \"0\"\nflood_per_address = \"1000000/1m\"\n";

/// An employee gives up after this time.
const PATIENCE: Duration = Duration::from_mins(3);
/// Longer than a node needs for entries that wait for a disk that is free again.
const LATE_ENTRIES: Duration = Duration::from_secs(10);

/// One storm.
#[derive(Debug, Clone)]
pub struct Storm {
    /// The number of employees, each of whom resets the password once.
    pub employees: u32,
    /// The number of the first of them, from 1.
    pub first: u32,
    /// When they arrive.
    pub arrivals: Arrivals,
    /// What fails meanwhile.
    pub faults: Schedule,
}

impl Storm {
    /// Runs it against a demo with at least as many extra employees, and compares the results with its directory.
    pub async fn run(&self, demo: &mut Demo) -> anyhow::Result<Report> {
        let mut report = self.load(demo).await?;
        wait_for_late_audit_entries(demo).await?;
        verify(demo, &mut report).await?;
        Ok(report)
    }

    /// Runs it without a comparison afterwards.
    pub async fn load(&self, demo: &mut Demo) -> anyhow::Result<Report> {
        let phones = Phones::new(demo.entrust.clone());
        let client = employee::client()?;
        let (results, mut received) = mpsc::unbounded_channel();
        let start = Instant::now();
        let mut employees = JoinSet::new();
        for (number, after) in (self.first..).take(self.employees as usize).zip(self.arrivals.times()) {
            let (results, client, phones) = (results.clone(), client.clone(), Arc::clone(&phones));
            let employee = Employee::new(number, demo.origin());
            employees.spawn(async move {
                tokio::time::sleep_until(start + after).await;
                let result = employee.reset(&client, &phones, start, PATIENCE).await;
                // The report waits for all results.
                drop(results.send(result));
            });
        }
        drop(results);
        let memory_before = Memory::of(demo);
        let mut report = Report::new(self.employees, demo)?;
        let faults = self.faults.run(demo, start, &mut report.faults);
        let collecting = async {
            while let Some(result) = received.recv().await {
                report.results.push(result);
            }
        };
        let (failed, ()) = tokio::join!(faults, collecting);
        failed.context("a fault could not be caused or ended")?;
        while let Some(ended) = employees.join_next().await {
            ended.context("an employee of the storm panicked")?;
        }
        report.duration = start.elapsed();
        report.memory = Some((memory_before, Memory::of(demo)));
        Ok(report)
    }
}

/// Waits a little while nodes write audit entries that a full disk has delayed. Those of a node that was restarted
/// meanwhile are lost.
async fn wait_for_late_audit_entries(demo: &Demo) -> anyhow::Result<()> {
    let end = Instant::now() + LATE_ENTRIES;
    while demo.late_audit_entries()? > 0 && Instant::now() < end {
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// The directory has the password that a last screen has promised; without a promise, either the old or a new one.
async fn verify(demo: &Demo, report: &mut Report) -> anyhow::Result<()> {
    let directory = demo.directory.as_ref().context("the storm needs the directory of the demo")?;
    for result in &report.results {
        let name = ExtraEmployee::new(result.number).user_name;
        let is_new = directory.has_password(&name, &employee::password(result.number));
        let is_kept = match result.outcome {
            Outcome::Done => is_new,
            Outcome::GaveUp => is_new || directory.has_password(&name, FIRST_PASSWORD),
        };
        if !is_kept {
            report.wrong_promises.push(name);
        }
    }
    report.read_audit(demo).await
}
