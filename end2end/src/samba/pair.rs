//! Two domain controllers of one domain that replicate both ways, each on an address of its own, to
//! be killed, stopped and started again. Not a copy of the lone one: it takes twice of everything, so
//! tests that need no second one take that.

use super::controller::Controller;
use super::{START_WITHIN, joined, namespace, template};
use crate::tls::Authority;
use anyhow::Context;
use serde_json::Value;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Child;
use tempfile::TempDir;

/// What a controller of the pair has to do: `rpc` is what `drepl` of the other one asks, `kdc` gives
/// it the ticket for that.
const SERVICES: &str = "ldap kdc rpc drepl";

/// Two running domain controllers; they end and their folder goes when this is dropped, and also when
/// the process that holds it ends in any other way.
pub struct Pair {
    /// The first, with which the domain began.
    pub dc1: Controller,
    /// The second, which joined it.
    pub dc2: Controller,
    pub(super) home: PathBuf,
    guard: Child,
}

impl Pair {
    /// Starts both from the template, which is made at the first call ever. Both answer, and have
    /// seen a write of the other.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        namespace::possible()?;
        let template = joined::ready(authority).await?;
        let pair = Self::prepared(authority)?;
        template::copy(&template, &pair.home)?;
        pair.configure(SERVICES, "", authority)?;
        pair.name(&serde_json::from_str(&std::fs::read_to_string(pair.home.join(joined::SERVERS))?)?)?;
        for controller in pair.both() {
            controller.launch().await?;
        }
        for controller in pair.both() {
            controller.ready().await?;
        }
        // A lockout is replicated, the count of wrong passwords is not.
        pair.dc1.lock_out().await?;
        pair.in_step().await?;
        Ok(pair)
    }

    /// Addresses and an empty folder, guarded.
    pub(super) fn prepared(authority: &Authority) -> anyhow::Result<Self> {
        let home = TempDir::with_prefix("samba-pair-")?;
        let dc1 = Controller::new("DC1", home.path(), authority.pem())?;
        let dc2 = Controller::new("DC2", home.path(), authority.pem())?;
        let guard = namespace::guard(home.path())?;
        // From here the guard removes the folder.
        Ok(Self { dc1, dc2, home: home.keep(), guard })
    }

    /// Both, the first one first.
    pub fn both(&self) -> [&Controller; 2] {
        [&self.dc1, &self.dc2]
    }

    /// The URLs of both.
    pub fn urls(&self) -> Vec<String> {
        self.both().map(Controller::url).to_vec()
    }

    /// Until each knows what the other one has been told before this call. Both have to run.
    pub async fn in_step(&self) -> anyhow::Result<()> {
        tokio::time::timeout(START_WITHIN, async {
            // Both write, then both are asked: the two ways go on at the same time.
            let first = mark(&self.dc1).await?;
            let second = mark(&self.dc2).await?;
            arrived(&self.dc1, &self.dc2, &first).await?;
            arrived(&self.dc2, &self.dc1, &second).await
        })
        .await
        .context("a write does not arrive at the other controller")?
    }

    pub(super) fn configure(
        &self,
        services: &str,
        further: &str,
        authority: &Authority,
    ) -> anyhow::Result<()> {
        for controller in self.both() {
            controller.configure(services, further)?;
            let host = format!("{}.pantein.grp", controller.host());
            template::write_tls(&controller.folder(), &host, controller.ip(), authority)?;
        }
        Ok(())
    }

    /// Gives the controllers their names, as far as the domain knows them: `servers` is the GUID of
    /// each one's directory service, by which the other one looks it up.
    pub(super) fn name(&self, servers: &Value) -> anyhow::Result<()> {
        let mut hosts = "127.0.0.1 localhost\n".to_owned();
        for controller in self.both() {
            let host = controller.host();
            let _ = write!(hosts, "{} {host}.pantein.grp {host}", controller.ip());
            if let Some(guid) = servers.get(host.to_uppercase()).and_then(Value::as_str) {
                let _ = write!(hosts, " {guid}._msdcs.pantein.grp");
            }
            hosts.push('\n');
        }
        // Written over, never replaced: running controllers have this very file mounted.
        Ok(std::fs::write(self.home.join("hosts"), hosts)?)
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.dc1.kill();
        self.dc2.kill();
        // The end of its input is the guard's sign.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// Writes something new there. Changes are replicated in the order of their writing, so when this has
/// arrived, so has all before it.
async fn mark(at: &Controller) -> anyhow::Result<String> {
    let number = getrandom::u64().map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    let mark = format!("{number:016x}");
    at.administrator().await?.replace(&at.entry(), "description", &mark).await?;
    Ok(mark)
}

async fn arrived(of: &Controller, at: &Controller, mark: &str) -> anyhow::Result<()> {
    let mut connection = at.administrator().await?;
    while !connection.has(&of.entry(), "description", mark).await? {
        tokio::time::sleep(super::probe::PAUSE).await;
    }
    Ok(())
}
