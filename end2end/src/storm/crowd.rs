//! Employees who reset their passwords without a pause: as soon as one is done, the next begins (closed loop).

use super::PATIENCE;
use super::employee::{self, Employee, Outcome, Phones};
use crate::demo::Demo;
use anyhow::Context as _;
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

impl Crowd {
    /// Lets each employee reset the password once; returns when each was done, since the start, in ascending order. Fails
    /// if one gives up.
    pub async fn run(&self, demo: &Demo) -> anyhow::Result<Vec<Duration>> {
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
                done.push(result.ended);
            }
        });
        let done = futures::future::try_join_all(work).await.context("not every reset was done")?;
        let mut done = done.concat();
        done.sort_unstable();
        Ok(done)
    }
}
