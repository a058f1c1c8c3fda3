//! One of several controllers of a domain, which can be killed, stopped and started again. Not the
//! lone one, which only runs.

use super::address::Address;
use super::probe::{self, Connection, PAUSE};
use super::template::{ADMINISTRATORS_PASSWORD, Settings, write_settings};
use super::{START_WITHIN, last_words, namespace, recreate, rename};
use crate::directory::content::UPN_SUFFIX;
use anyhow::Context;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;

/// `drepl` tells the other one of a write within a second (a write takes 0.5 s to arrive), and asks
/// it every second what is new. Without the first a write would wait for the next round; without the
/// second a controller that was away would not catch up before the next write. `host`: names come from
/// the hosts file alone.
const FURTHER: &str = "name resolve order = host
dreplsrv:periodic_startup_interval = 0
dreplsrv:periodic_interval = 1
dreplsrv:notify_interval = 0
";
/// Only while the template is made: `kcc` links the controllers once and for all. The built-in one
/// (not `samba_kcc`, a script) links each with each.
pub(super) const LINKING: &str = "kccsrv:samba_kcc = false
kccsrv:periodic_startup_interval = 1
kccsrv:periodic_interval = 2
";
/// The end point mapper of its remote procedure calls.
const RPC: u16 = 135;
/// How long a port of a killed one may stay taken.
const GONE_WITHIN: Duration = Duration::from_mins(1);

/// A domain controller.
pub struct Controller {
    name: &'static str,
    address: Address,
    home: PathBuf,
    ca: String,
    process: Mutex<Option<Child>>,
}

impl Controller {
    /// Not started yet; its folder is `HOME/dcN`.
    pub(super) fn new(name: &'static str, home: &Path, ca: String) -> anyhow::Result<Self> {
        let address = Address::free()?;
        Ok(Self { name, address, home: home.to_owned(), ca, process: Mutex::new(None) })
    }

    /// `dc1`.
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

    /// Its settings with these services and lines, and itself as the only KDC: the other one may be
    /// away, and a stopped one would not even refuse.
    pub(super) fn configure(&self, services: &str, further: &str) -> anyhow::Result<()> {
        let (folder, ip) = (self.folder(), self.ip());
        let further = format!("{FURTHER}{further}");
        write_settings(&folder, &Settings { name: self.name, ip, services, further: &further })?;
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

    /// Starts it if it does not run. Its port may take a moment to become free.
    pub(super) async fn launch(&self) -> anyhow::Result<()> {
        if self.ended()?.is_none() && self.process().is_some() {
            return Ok(());
        }
        // What is left of one that ended by itself.
        self.kill();
        let free = async {
            while Address::listening(self.ip()).is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(GONE_WITHIN, free).await.context("port 636 is not free")?;
        let mut process = self.process();
        // Somebody else may have been faster.
        if process.is_none() {
            *process = Some(namespace::launch(&self.home, &self.folder())?);
        }
        Ok(())
    }

    /// Until it answers over LDAPS as the service account.
    pub(super) async fn ready(&self) -> anyhow::Result<()> {
        let ready = probe::until_ready(self.ip(), &self.ca, START_WITHIN, || self.ended()).await;
        ready.with_context(|| format!("{} {}", self.name, last_words(&self.folder())))
    }

    /// Until a second controller can join it: that is another process of Samba's than the one that answers over LDAPS.
    pub(super) async fn listens_for_joins(&self) -> anyhow::Result<()> {
        let listening = async {
            while TcpStream::connect((self.ip(), RPC)).await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let listening = tokio::time::timeout(START_WITHIN, listening).await;
        listening
            .with_context(|| format!("{}'s RPC does not listen: {}", self.name, last_words(&self.folder())))
    }

    /// Ends all of it without a word (SIGKILL). It stays away until a [`restart`](Self::restart).
    pub fn kill(&self) {
        let mut process = self.process();
        if let Some(mut child) = process.take() {
            let _ = namespace::signal(&child, "KILL");
            let _ = child.kill();
            let _ = child.wait();
            let _ = std::fs::remove_file(self.folder().join(namespace::GROUP));
        }
    }

    /// Stops all of it (SIGSTOP): connections are accepted by the kernel, and nothing is answered.
    pub fn stop(&self) -> anyhow::Result<()> {
        self.process().as_ref().map_or(Ok(()), |child| namespace::signal(child, "STOP"))
    }

    /// Lets it go on after a [`stop`](Self::stop) (SIGCONT).
    pub fn resume(&self) -> anyhow::Result<()> {
        self.process().as_ref().map_or(Ok(()), |child| namespace::signal(child, "CONT"))
    }

    /// Whatever it was before: afterwards it runs, on the same address and data, and answers. One that
    /// runs is left alone, a stopped one goes on.
    pub async fn restart(&self) -> anyhow::Result<()> {
        self.resume()?;
        self.launch().await?;
        self.ready().await
    }

    /// Gives an account another login name, UPN and DN, here.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        rename(&self.folder(), login, new_login)
    }

    /// Deletes an account and makes another of the same name, with the first password, here.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        recreate(&self.folder(), login)
    }

    /// Ends it in good order, so that nothing of its data is in between.
    pub(super) async fn end(&self) -> anyhow::Result<()> {
        if let Some(child) = self.process().as_ref() {
            namespace::signal(child, "TERM")?;
        }
        let ended = async {
            while self.process().is_some() && self.ended()?.is_none() {
                tokio::time::sleep(PAUSE).await;
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(GONE_WITHIN, ended).await.context("Samba does not end")??;
        self.kill();
        Ok(())
    }

    /// As the domain's administrator.
    pub(super) async fn administrator(&self) -> anyhow::Result<Connection> {
        let name = format!("Administrator@{UPN_SUFFIX}");
        Connection::signed_in(self.ip(), &self.ca, &name, ADMINISTRATORS_PASSWORD).await
    }

    /// The entry of this controller: nobody else writes to it.
    pub(super) fn entry(&self) -> String {
        format!("CN={},OU=Domain Controllers,DC=pantein,DC=grp", self.name)
    }

    pub(super) async fn lock_out(&self) -> anyhow::Result<()> {
        probe::lock_out(self.ip(), &self.ca).await
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self) -> std::io::Result<Option<ExitStatus>> {
        self.process().as_mut().map_or(Ok(None), Child::try_wait)
    }
}
