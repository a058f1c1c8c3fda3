//! What fails during a storm, one after the other.

use crate::demo::Demo;
use crate::directory;
use crate::entrust;
use anyhow::Context as _;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Something that fails for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A node is killed and started again.
    NodeKilled(usize),
    /// A node is stopped with SIGTERM and started again, as in an update.
    NodeRestarted(usize),
    /// The database crashes and recovers.
    DatabaseCrashed,
    /// The domain controller closes the connection after a write that it has executed.
    DirectoryLosesAnswers,
    /// The domain controller answers slowly.
    DirectorySlow,
    /// Entrust resets every connection.
    EntrustAbsent,
    /// Entrust does not answer.
    EntrustStalled,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NodeKilled(node) => write!(f, "node {} killed", node + 1),
            Self::NodeRestarted(node) => write!(f, "node {} restarted", node + 1),
            Self::DatabaseCrashed => f.write_str("database crashed"),
            Self::DirectoryLosesAnswers => f.write_str("directory loses the answers to writes"),
            Self::DirectorySlow => f.write_str("directory slow (2 s)"),
            Self::EntrustAbsent => f.write_str("Entrust absent"),
            Self::EntrustStalled => f.write_str("Entrust stalled"),
        }
    }
}

impl Fault {
    async fn begin(self, demo: &mut Demo) -> anyhow::Result<()> {
        match self {
            Self::NodeKilled(node) => demo.kill_node(node).await,
            Self::NodeRestarted(node) => demo.stop_node(node).await,
            Self::DatabaseCrashed => database(demo)?.crash(),
            Self::DirectoryLosesAnswers => set_directory(demo, Some(directory::Fault::CutAfterModify)),
            Self::DirectorySlow => set_directory(demo, Some(directory::Fault::Slow(Duration::from_secs(2)))),
            Self::EntrustAbsent => {
                demo.entrust.set_fault_everywhere(&entrust::Fault::Drop);
                Ok(())
            }
            Self::EntrustStalled => {
                demo.entrust.set_fault_everywhere(&entrust::Fault::Hang);
                Ok(())
            }
        }
    }

    async fn end(self, demo: &mut Demo) -> anyhow::Result<()> {
        match self {
            Self::NodeKilled(node) | Self::NodeRestarted(node) => demo.restart_node(node).await,
            Self::DatabaseCrashed => database(demo)?.run().await,
            Self::DirectoryLosesAnswers | Self::DirectorySlow => set_directory(demo, None),
            Self::EntrustAbsent | Self::EntrustStalled => {
                demo.entrust.clear_faults();
                Ok(())
            }
        }
    }
}

fn database(demo: &mut Demo) -> anyhow::Result<&mut crate::postgres::Postgres> {
    demo.database.as_mut().context("the demo has no database")
}

fn set_directory(demo: &Demo, fault: Option<directory::Fault>) -> anyhow::Result<()> {
    demo.directory.as_ref().context("the demo has no directory of its own")?.set_fault(fault);
    Ok(())
}

/// A fault, and from when to when it lasted since the start of the storm.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    pub(super) fault: Fault,
    pub(super) from: Duration,
    pub(super) until: Duration,
}

/// Faults that follow each other during a storm.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    faults: Vec<(Duration, Fault)>,
    lasting: Duration,
}

impl Schedule {
    /// Spreads the faults over the time in which employees arrive. Each lasts for `lasting`.
    pub fn over(duration: Duration, faults: &[Fault], lasting: Duration) -> Self {
        let parts = u32::try_from(faults.len() + 1).unwrap_or(u32::MAX);
        let times = (1..).map(|part: u32| duration * part / parts);
        Self { faults: times.zip(faults.iter().copied()).collect(), lasting }
    }

    /// Causes and ends the faults.
    pub(super) async fn run(
        &self,
        demo: &mut Demo,
        start: Instant,
        happened: &mut Vec<Happened>,
    ) -> anyhow::Result<()> {
        for (at, fault) in &self.faults {
            sleep_until(start + *at).await;
            let from = start.elapsed();
            fault.begin(demo).await.with_context(|| format!("{fault}: begin"))?;
            sleep_until(start + from + self.lasting).await;
            fault.end(demo).await.with_context(|| format!("{fault}: end"))?;
            happened.push(Happened { fault: *fault, from, until: start.elapsed() });
        }
        Ok(())
    }
}
