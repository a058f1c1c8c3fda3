//! Two domain controllers of one domain that replicate in both directions, each on its own address, which a test can
//! kill, stop and restart. Tests that need no second controller use [`Samba`](super::Samba), which costs half as much.

use super::controller::Controller;
use super::{START_TIMEOUT, namespace, template};
use crate::tls::Authority;
use anyhow::Context;
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Child;
use tempfile::TempDir;

/// Two running domain controllers. Dropping them stops both and removes their folder; so does any other end of the
/// process that owns them. `Pair::start` is in the module `pair_template`.
pub struct Pair {
    /// The first controller of the domain.
    pub dc1: Controller,
    /// The second controller, which joined the domain.
    pub dc2: Controller,
    pub(super) home: PathBuf,
    guard: Child,
}

impl Pair {
    /// Reserves addresses and creates an empty folder, which the guard removes. Starts no controller.
    pub(super) fn prepare(authority: &Authority) -> anyhow::Result<Self> {
        let home = TempDir::with_prefix("samba-pair-")?;
        let dc1 = Controller::new("DC1", home.path(), authority.pem())?;
        let dc2 = Controller::new("DC2", home.path(), authority.pem())?;
        let guard = namespace::guard(home.path())?;
        // From here on the guard removes the folder.
        Ok(Self { dc1, dc2, home: home.keep(), guard })
    }

    /// Both controllers, in the order of joining.
    pub fn both(&self) -> [&Controller; 2] {
        [&self.dc1, &self.dc2]
    }

    /// The URLs of both.
    pub fn urls(&self) -> Vec<String> {
        self.both().map(Controller::url).to_vec()
    }

    /// Waits until each controller has all writes that the other one executed before this call. Both have to run.
    pub async fn wait_until_replicated(&self) -> anyhow::Result<()> {
        tokio::time::timeout(START_TIMEOUT, async {
            // Both write before either is read, so that both directions replicate at the same time.
            let first = write_marker(&self.dc1).await?;
            let second = write_marker(&self.dc2).await?;
            wait_for_marker(&self.dc1, &self.dc2, &first).await?;
            wait_for_marker(&self.dc2, &self.dc1, &second).await
        })
        .await
        .context("a write is not replicated to the other controller")?
    }

    pub(super) fn configure(&self, services: &str, extra: &str, authority: &Authority) -> anyhow::Result<()> {
        for controller in self.both() {
            controller.configure(services, extra)?;
            let host = format!("{}.pantein.grp", controller.host());
            template::write_tls(&controller.folder(), &host, controller.ip(), authority)?;
        }
        Ok(())
    }

    /// Writes the hosts file. `servers` has the GUID of each controller's directory service, under which the other one
    /// looks it up; before the join it is null.
    pub(super) fn write_hosts(&self, servers: &Value) -> anyhow::Result<()> {
        let mut hosts = "127.0.0.1 localhost\n".to_owned();
        for controller in self.both() {
            let host = controller.host();
            let _ = write!(hosts, "{} {host}.pantein.grp {host}", controller.ip());
            if let Some(guid) = servers.get(host.to_uppercase()).and_then(Value::as_str) {
                let _ = write!(hosts, " {guid}._msdcs.pantein.grp");
            }
            hosts.push('\n');
        }
        // Overwritten, never replaced, because running controllers have this file mounted.
        Ok(std::fs::write(self.home.join("hosts"), hosts)?)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.dc1.kill();
        self.dc2.kill();
        // The guard removes the folder at the end of its input.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Writes a random value to the controller's own entry. Changes are replicated in the order of writing, so that all
/// earlier changes have been replicated when this one has.
async fn write_marker(controller: &Controller) -> anyhow::Result<String> {
    let number = getrandom::u64().map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let marker = format!("{number:016x}");
    let mut connection = controller.connect_as_administrator().await?;
    connection.replace(&controller.entry_dn(), "description", &marker).await?;
    Ok(marker)
}

/// Waits until `target` has the marker that was written on `source`.
async fn wait_for_marker(source: &Controller, target: &Controller, marker: &str) -> anyhow::Result<()> {
    let mut connection = target.connect_as_administrator().await?;
    while !connection.has(&source.entry_dn(), "description", marker).await? {
        tokio::time::sleep(super::probe::POLL_INTERVAL).await;
    }
    Ok(())
}
