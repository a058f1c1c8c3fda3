//! Employees who reset their passwords without a pause: as soon as one is done, the next begins (closed loop).

use super::PATIENCE;
use super::employee::{self, Employee, Outcome, Phones, counted};
use crate::demo::Demo;
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// A number of employees, some of whom are at work at any time.
#[derive(Debug, Clone)]
pub struct Crowd {
    /// The numbers of the employees.
    pub employees: RangeInclusive<u32>,
    /// How many reset at the same time.
    pub at_once: usize,
}

/// What became of a crowd.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// When each reset was done, since the start, in ascending order.
    pub times: Vec<Duration>,
    /// How often each answer came that was no step; after each an employee pauses.
    pub errors: BTreeMap<String, u32>,
}

impl Crowd {
    /// Lets each employee reset the password once. Fails if one gives up.
    pub async fn run(&self, demo: &Demo) -> anyhow::Result<Finished> {
        let phones = Phones::new(demo.entrust.clone());
        let client = employee::client()?;
        let start = Instant::now();
        let next = AtomicU32::new(*self.employees.start());
        let work = (0..self.at_once).map(|_| async {
            let mut done = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if !self.employees.contains(&number) {
                    return Ok(done);
                }
                let employee = Employee::new(number, demo.origin());
                let result = employee.reset(&client, &phones, start, PATIENCE).await;
                if result.outcome == Outcome::GaveUp {
                    anyhow::bail!("employee {number} gave up: {:?}", result.errors);
                }
                done.push(result);
            }
        });
        let done = futures::future::try_join_all(work).await.context("not every reset was done")?;
        let done: Vec<_> = done.into_iter().flatten().collect();
        let mut times: Vec<_> = done.iter().map(|result| result.ended).collect();
        times.sort_unstable();
        let errors = done.into_iter().flat_map(|result| result.errors);
        Ok(Finished { times, errors: counted(errors.map(|(_, error)| error)) })
    }
}
