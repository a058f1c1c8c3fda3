//! The processes of the product in a demo, and their audit logs.

use super::Demo;
use super::processes::ServerProcess;
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use tokio::process::Child;

/// A process of the product.
pub(super) struct Node {
    pub(super) origin: String,
    pub(super) process: ServerProcess,
    pub(super) child: Child,
}

impl Demo {
    /// Kills the product, as `kill -9` does.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.kill_node(0).await
    }

    /// Starts the product again, with the same settings, keys and store.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.restart_node(0).await
    }

    /// Kills a node, as `kill -9` does.
    pub async fn kill_node(&mut self, index: usize) -> anyhow::Result<()> {
        self.node(index)?.child.kill().await.context("cannot kill the product")
    }

    /// Stops a node with SIGTERM and waits until it has ended.
    pub async fn stop_node(&mut self, index: usize) -> anyhow::Result<()> {
        let node = self.node(index)?;
        let id = node.child.id().context("the node is not running")?;
        crate::machine::run(std::process::Command::new("kill").arg(id.to_string()))?;
        node.child.wait().await?;
        Ok(())
    }

    /// Starts a node again.
    pub async fn restart_node(&mut self, index: usize) -> anyhow::Result<()> {
        let node = self.node(index)?;
        node.child = node.process.spawn().await?;
        Ok(())
    }

    fn node(&mut self, index: usize) -> anyhow::Result<&mut Node> {
        self.nodes.get_mut(index).with_context(|| format!("there is no node {index}"))
    }

    /// The origins of the nodes, without the balancer.
    pub fn nodes(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.origin.as_str()).collect()
    }

    /// Waits until a node exits, which is an error.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let ends = self.nodes.iter_mut().map(|node| Box::pin(node.child.wait()));
        let (status, _, _) = futures::future::select_all(ends).await;
        bail!("the product ended: {}", status?)
    }

    /// The id of the process of the first node; `None` after it has exited.
    pub fn process(&self) -> Option<u32> {
        self.nodes.first().and_then(|node| node.child.id())
    }

    /// The ids of the processes of all nodes that run.
    pub fn processes(&self) -> Vec<u32> {
        self.nodes.iter().filter_map(|node| node.child.id()).collect()
    }

    /// The audit log of each node.
    pub fn audit_logs(&self) -> Vec<PathBuf> {
        self.nodes.iter().map(|node| node.process.audit_log()).collect()
    }

    /// Audit entries that could not be written at once, according to the logs of the nodes, and were not written since.
    pub fn late_audit_entries(&self) -> anyhow::Result<usize> {
        let mut late = 0;
        for node in &self.nodes {
            let log = fs::read_to_string(node.process.log())?;
            let count = |message| log.matches(message).count();
            late += count("audit log unavailable: entry written later");
            late -= count("late entry written to the audit log").min(late);
        }
        Ok(late)
    }

    /// Copies the audit logs from disks of their own to the folder.
    pub fn keep_audit_logs(&self) -> anyhow::Result<()> {
        for (number, log) in (1..).zip(self.audit_logs()).filter(|(_, log)| !log.starts_with(&self.folder)) {
            fs::copy(&log, self.folder.join(format!("audit-{number}.jsonl")))?;
        }
        Ok(())
    }

    /// Runs the product's `audit verify` on an audit log, and on the log of all nodes. Returns what it found wrong.
    pub async fn verify_audit_log(&self, log: &Path) -> anyhow::Result<Option<String>> {
        let Some(node) = self.nodes.first() else { bail!("the demo has no node") };
        // This thread may also run the relay to the database.
        let mut verify = tokio::process::Command::new(&node.process.binary);
        verify.args(["audit", "verify", "--settings"]).arg(self.settings()).env("RESET__AUDIT_FILE", log);
        let output = verify.output().await.context("audit verify")?;
        let wrong = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok((!output.status.success()).then(wrong))
    }
}
