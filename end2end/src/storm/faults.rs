//! What fails during a storm, one after the other.

use super::readiness::Readiness;
use crate::demo::Demo;
use crate::directory;
use crate::entrust;
use crate::proxy::Direction;
use anyhow::Context as _;
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// Longer than a call to the database waits.
const SILENCE: Duration = Duration::from_secs(20);

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
    /// The disk with the audit log of a node is full. On a single node the store is on it as well.
    NodeDiskFull(usize),
    /// The kernel finds an error on that disk and makes it read-only. The node is restarted after the repair.
    NodeDiskReadOnly(usize),
    /// The disk of the database is full.
    DatabaseDiskFull,
    /// The database can only be read, as a standby.
    DatabaseReadOnly,
    /// The network to the database loses all packets, for longer than a call to it waits.
    DatabaseSilent,
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
            Self::NodeDiskFull(node) => write!(f, "disk of node {} full", node + 1),
            Self::NodeDiskReadOnly(node) => write!(f, "disk of node {} read-only", node + 1),
            Self::DatabaseDiskFull => f.write_str("disk of the database full"),
            Self::DatabaseReadOnly => f.write_str("database read-only"),
            Self::DatabaseSilent => f.write_str("network to the database swallows packets"),
        }
    }
}

impl Fault {
    /// How long it lasts if other faults last for `usual`.
    fn lasting(self, usual: Duration) -> Duration {
        if self == Self::DatabaseSilent { usual.max(SILENCE) } else { usual }
    }

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
            Self::NodeDiskFull(node) => demo.node_disk(node)?.fill(),
            Self::NodeDiskReadOnly(node) => demo.node_disk(node)?.make_read_only(),
            Self::DatabaseDiskFull => demo.database_disk()?.fill(),
            Self::DatabaseReadOnly => database(demo)?.set_read_only(true),
            Self::DatabaseSilent => set_silent(demo, true),
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
            Self::NodeDiskFull(node) => demo.node_disk(node)?.free(),
            Self::NodeDiskReadOnly(node) => {
                demo.stop_node(node).await?;
                demo.node_disk(node)?.repair()?;
                demo.restart_node(node).await
            }
            Self::DatabaseDiskFull => {
                demo.database_disk()?.free()?;
                database(demo)?.recover().await
            }
            Self::DatabaseReadOnly => database(demo)?.set_read_only(false),
            Self::DatabaseSilent => set_silent(demo, false),
        }
    }
}

fn database(demo: &mut Demo) -> anyhow::Result<&mut crate::postgres::Postgres> {
    demo.database.as_mut().context("the demo has no database")
}

fn set_silent(demo: &Demo, silent: bool) -> anyhow::Result<()> {
    let network = demo.network.as_ref().context("the demo has no database")?;
    for direction in [Direction::ToServer, Direction::ToClient] {
        network.set_silent(direction, silent);
    }
    Ok(())
}

fn set_directory(demo: &Demo, fault: Option<directory::Fault>) -> anyhow::Result<()> {
    demo.directory.as_ref().context("the demo has no directory of its own")?.set_fault(fault);
    Ok(())
}

/// A fault, and from when to when it lasted since the start of the storm.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) fault: Fault,
    pub(super) from: Duration,
    pub(super) until: Duration,
    /// The nodes that were not ready during it, from 0.
    pub(super) unready: BTreeSet<usize>,
    /// How long after its end every node was ready, if they were in time.
    pub(super) recovery: Option<Duration>,
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

    /// Causes and ends the faults. Each begins when all nodes are ready.
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
            let readiness = Readiness::new(demo)?;
            let unready = readiness.unready_until(start + from + fault.lasting(self.lasting)).await;
            fault.end(demo).await.with_context(|| format!("{fault}: end"))?;
            let until = start.elapsed();
            let recovery = readiness.recovery().await;
            happened.push(Happened { fault: *fault, from, until, unready, recovery });
        }
        Ok(())
    }
}
