//! An Active Directory server for tests: a Samba domain controller in a private folder, with the demo's people and a
//! service account that has exactly the rights that the product needs. It does not use the configuration or data of an
//! installed Samba, and is no example for production: it is fast, not durable.

mod address;
mod controller;
mod namespace;
mod pair;
mod pair_template;
mod probe;
mod template;

pub use controller::Controller;
pub use pair::Pair;
pub use template::PACKAGES;

use crate::directory::content::UPN_SUFFIX;
use crate::people::FIRST_PASSWORD;
use crate::tls::Authority;
use address::Address;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use template::Settings;

/// The number of spare employees, `Reserve.01` and so on; each test uses a different one. Those from 21 on are for
/// tests that need many.
pub const SPARES: u8 = 220;
/// The spare employee in a group that is administrative only through nesting.
pub const NESTED_ADMIN: u8 = 20;
/// The spare employee who is a domain administrator only through the primary group.
pub const PRIMARY_ADMIN: u8 = 19;

/// Debian's Python, which has Samba's modules; another `python3` may be first in the path.
const PYTHON: &str = "/usr/bin/python3";
/// A start takes one or two seconds, and more on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// The login name of a spare employee.
pub fn spare(number: u8) -> String {
    format!("Reserve.{number:02}")
}

/// A running domain controller. Dropping it stops the controller and removes its folder; so does any other end of the
/// process that owns it.
pub struct Samba {
    address: Address,
    folder: PathBuf,
    guard: Child,
}

impl Samba {
    /// Starts a controller from the template, which the first call creates. `authority` issues the certificate of the
    /// controller.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        let template = template().await?;
        let address = Address::free()?;
        let folder = TempDir::with_prefix("samba-")?;
        template::copy(&template, folder.path())?;
        template::write_tls(folder.path(), "dc1.pantein.grp", address.ip, authority)?;
        let settings = Settings { name: "DC1", ip: address.ip, services: "ldap", extra: "" };
        template::write_settings(folder.path(), &settings)?;
        // From here on the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder)?;
        let mut samba = Self { address, folder, guard };
        let (ip, ca) = (samba.address.ip, authority.pem());
        let ready = probe::wait_until_ready(ip, &ca, START_TIMEOUT, || samba.guard.try_wait()).await;
        ready.with_context(|| log_tail(&samba.folder))?;
        probe::lock_accounts(ip, &ca).await?;
        Ok(samba)
    }

    /// `ldaps://127.0.0.N`.
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.address.ip)
    }

    /// `ldap://127.0.0.N`, to be used with `StartTLS`.
    pub fn starttls_url(&self) -> String {
        format!("ldap://{}", self.address.ip)
    }

    /// Changes the login name, UPN and DN of an account.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        rename(&self.folder, login, new_login)
    }

    /// Deletes an account and creates a new one with the same name and the first password.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        recreate(&self.folder, login)
    }

    /// Creates another service account with these access control entries (DN and SDDL, with `SID` for its own SID), in
    /// these groups.
    pub fn service(&self, login: &str, entries: &[(&str, &str)], groups: &[&str]) -> anyhow::Result<()> {
        let password = crate::directory::content::SVC_PASSWORD;
        let arguments = json!({ "login": login, "password": password, "entries": entries, "groups": groups });
        admin(&self.folder, "service", &arguments)?;
        Ok(())
    }

    /// Runs a `samba-tool` line as an administrator of this controller.
    pub fn tool(&self, line: &str) -> anyhow::Result<()> {
        let folder = self.folder.display();
        let line = format!("{line} -H '{folder}/private/sam.ldb' --configfile='{folder}/etc/smb.conf'");
        let output = Command::new("sh").args(["-c", &line]).output().context("a shell")?;
        ensure!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        // The guard stops Samba at the end of its input.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Starts Samba, and a shell that stops it and removes the folder as soon as this process closes the pipe,
/// by dropping it or by exiting. A destructor alone would leave both behind after a `kill -9`.
fn guard(folder: &Path) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM
        exec 3<&0
        samba -i -M single -s "$1/etc/smb.conf" </dev/null 3<&- >"$1/samba.log" 2>&1 &
        samba=$!
        (cat <&3 >/dev/null; kill -9 $samba; rm -rf "$1") &
        exec 3<&-
        wait $samba
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for Samba")
}

/// The folder of the template. The lock ensures that one task of this process creates it and the others wait.
async fn template() -> anyhow::Result<PathBuf> {
    static CREATION: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _guard = CREATION.lock().await;
    template::ensure_created()
}

/// The last lines of a controller's log.
fn log_tail(folder: &Path) -> String {
    let log = std::fs::read_to_string(folder.join("samba.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(20).collect();
    format!("Samba: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
}

fn rename(folder: &Path, login: &str, new_login: &str) -> anyhow::Result<()> {
    let arguments = json!({ "login": login, "new_login": new_login, "upn_suffix": UPN_SUFFIX });
    admin(folder, "rename", &arguments).map(drop)
}

fn recreate(folder: &Path, login: &str) -> anyhow::Result<()> {
    let arguments = json!({ "login": login, "first_password": FIRST_PASSWORD });
    admin(folder, "recreate", &arguments).map(drop)
}

/// Runs an action of `admin.py` and returns its standard output.
fn admin(folder: &Path, action: &str, arguments: &Value) -> anyhow::Result<String> {
    let mut child = Command::new(PYTHON)
        .args(["-c", include_str!("samba/admin.py")])
        .arg(folder.join("etc/smb.conf"))
        .arg(action)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{PYTHON}, with Samba's modules"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(arguments.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "Samba {action}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}
