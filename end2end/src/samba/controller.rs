//! A domain controller of a [`Pair`](super::Pair), which a test can kill, stop and restart.

use super::address::Address;
use super::probe::{self, Connection, POLL_INTERVAL};
use super::template::{ADMINISTRATORS_PASSWORD, Settings, write_settings};
use super::{START_TIMEOUT, log_tail, namespace, recreate, rename};
use crate::directory::content::UPN_SUFFIX;
use anyhow::Context;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// `drepl` notifies the other controller of a write within a second (a write takes 0.5 s to replicate), and
/// polls it for changes every second. Without notifications a write would wait for the next poll; without
/// polling a controller that was stopped would not catch up before the next write. `host`: names come from
/// the hosts file only.
const REPLICATION_SETTINGS: &str = "name resolve order = host
dreplsrv:periodic_startup_interval = 0
dreplsrv:periodic_interval = 1
dreplsrv:notify_interval = 0
";
/// Settings while the template is created: `kcc` creates the permanent replication links. The built-in implementation
/// (not the script `samba_kcc`) links every controller with every other.
pub(super) const LINK_SETTINGS: &str = "kccsrv:samba_kcc = false
kccsrv:periodic_startup_interval = 1
kccsrv:periodic_interval = 2
";
/// The port of the RPC endpoint mapper.
const RPC_PORT: u16 = 135;
/// The time within which a controller exits, or the port of a killed one is released.
const STOP_TIMEOUT: Duration = Duration::from_mins(1);

/// A domain controller.
pub struct Controller {
    name: &'static str,
    address: Address,
    home: PathBuf,
    ca: String,
    process: Mutex<Option<Child>>,
}

impl Controller {
    /// A controller that is not started yet; its folder is `HOME/dcN`.
    pub(super) fn new(name: &'static str, home: &Path, ca: String) -> anyhow::Result<Self> {
        let address = Address::free()?;
        Ok(Self { name, address, home: home.to_owned(), ca, process: Mutex::new(None) })
    }

    /// The host name, e.g. `dc1`.
    pub(super) fn host(&self) -> String {
        self.name.to_lowercase()
    }

    pub(super) fn folder(&self) -> PathBuf {
        self.home.join(self.host())
    }

    pub(super) fn ip(&self) -> Ipv4Addr {
        self.address.ip
    }

    /// `ldaps://127.0.0.N`.
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.ip())
    }

    /// Writes its settings with these services and extra lines, and itself as the only KDC: the other one may be
    /// unavailable, and a stopped one would not even refuse connections.
    pub(super) fn configure(&self, services: &str, extra: &str) -> anyhow::Result<()> {
        let (folder, ip) = (self.folder(), self.ip());
        let extra = format!("{REPLICATION_SETTINGS}{extra}");
        write_settings(&folder, &Settings { name: self.name, ip, services, extra: &extra })?;
        let kerberos = format!(
            "[libdefaults]
default_realm = PANTEIN.GRP
dns_lookup_realm = false
dns_lookup_kdc = false
[realms]
PANTEIN.GRP = {{
    kdc = {ip}
}}
"
        );
        Ok(std::fs::write(folder.join("krb5.conf"), kerberos)?)
    }

    /// Starts it if it does not run. Waits until its port is free.
    pub(super) async fn launch(&self) -> anyhow::Result<()> {
        if self.exit_status()?.is_none() && self.process().is_some() {
            return Ok(());
        }
        // Removes the remains of one that has exited.
        self.kill();
        let free = async {
            while Address::try_listen(self.ip()).is_err() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(STOP_TIMEOUT, free).await.context("port 636 is not free")?;
        let mut process = self.process();
        // Another task may have started it meanwhile.
        if process.is_none() {
            *process = Some(namespace::launch(&self.home, &self.folder())?);
        }
        Ok(())
    }

    /// Waits until the service account can sign in over LDAPS.
    pub(super) async fn wait_until_ready(&self) -> anyhow::Result<()> {
        let ready = probe::wait_until_ready(self.ip(), &self.ca, START_TIMEOUT, || self.exit_status()).await;
        ready.with_context(|| format!("{} {}", self.name, log_tail(&self.folder())))
    }

    /// Waits until a second controller can join it. The RPC server is another process than the LDAP server.
    pub(super) async fn wait_until_joinable(&self) -> anyhow::Result<()> {
        let listening = async {
            while TcpStream::connect((self.ip(), RPC_PORT)).await.is_err() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let listening = tokio::time::timeout(START_TIMEOUT, listening).await;
        listening
            .with_context(|| format!("{}'s RPC does not listen: {}", self.name, log_tail(&self.folder())))
    }

    /// Kills all of its processes (SIGKILL). It stays down until a [`restart`](Self::restart).
    pub fn kill(&self) {
        let mut process = self.process();
        if let Some(mut child) = process.take() {
            let _ = namespace::signal(&child, "KILL");
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(self.folder().join(namespace::PROCESS_GROUP_FILE));
        }
    }

    /// Suspends all of its processes (SIGSTOP): the kernel accepts connections, and nothing is answered.
    pub fn stop(&self) -> anyhow::Result<()> {
        self.process().as_ref().map_or(Ok(()), |child| namespace::signal(child, "STOP"))
    }

    /// Continues its processes after a [`stop`](Self::stop) (SIGCONT).
    pub fn resume(&self) -> anyhow::Result<()> {
        self.process().as_ref().map_or(Ok(()), |child| namespace::signal(child, "CONT"))
    }

    /// Makes it run and answer, with the same address and data, whatever its state: a killed one is started, a stopped
    /// one is continued, a running one is unchanged.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.resume()?;
        self.launch().await?;
        self.wait_until_ready().await
    }

    /// Changes the login name, UPN and DN of an account on this controller.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        rename(&self.folder(), login, new_login)
    }

    /// Deletes an account on this controller and creates a new one with the same name and the first password.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        recreate(&self.folder(), login)
    }

    /// Shuts it down (SIGTERM), so that its data is complete on disk.
    pub(super) async fn shut_down(&self) -> anyhow::Result<()> {
        if let Some(child) = self.process().as_ref() {
            namespace::signal(child, "TERM")?;
        }
        let exited = async {
            while self.process().is_some() && self.exit_status()?.is_none() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(STOP_TIMEOUT, exited).await.context("Samba does not exit")??;
        self.kill();
        Ok(())
    }

    /// A connection as the domain's administrator.
    pub(super) async fn connect_as_administrator(&self) -> anyhow::Result<Connection> {
        let name = format!("Administrator@{UPN_SUFFIX}");
        Connection::open_and_bind(self.ip(), &self.ca, &name, ADMINISTRATORS_PASSWORD).await
    }

    /// The DN of this controller's entry, which no other controller writes.
    pub(super) fn entry_dn(&self) -> String {
        format!("CN={},OU=Domain Controllers,DC=pantein,DC=grp", self.name)
    }

    pub(super) async fn lock_accounts(&self) -> anyhow::Result<()> {
        probe::lock_accounts(self.ip(), &self.ca).await
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn exit_status(&self) -> std::io::Result<Option<ExitStatus>> {
        self.process().as_mut().map_or(Ok(None), Child::try_wait)
    }
}
