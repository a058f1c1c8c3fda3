//! A real Active Directory for tests: a Samba domain controller in a private folder, with the demo's
//! people and a service account that may do exactly what the product needs. It touches nothing of
//! the system's own Samba, and is no example of how to run one: it is fast, not durable.

mod probe;
mod template;

pub use template::PACKAGES;

use crate::directory::content::UPN_SUFFIX;
use crate::people::FIRST_PASSWORD;
use crate::tls::Authority;
use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};
use std::io::Write;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// How many spare employees there are, `Reserve.01` and so on; each test uses its own.
pub const SPARES: u8 = 20;
/// In a group that is an administrative one only by nesting.
pub const NESTED_ADMIN: u8 = 20;
/// A domain administrator only by its primary group.
pub const PRIMARY_ADMIN: u8 = 19;

/// Debian's Python: Samba's modules are there, whatever `python3` is first in the path.
const PYTHON: &str = "/usr/bin/python3";
/// A start takes one or two seconds; under a loaded machine some more.
const START_WITHIN: Duration = Duration::from_mins(1);

/// The login name of a spare employee.
pub fn spare(number: u8) -> String {
    format!("Reserve.{number:02}")
}

/// A running domain controller; it ends and its folder goes when this is dropped, and also when the
/// process that holds it ends in any other way.
pub struct Samba {
    address: Ipv4Addr,
    folder: PathBuf,
    guard: Child,
}

impl Samba {
    /// Starts one from the template, which is made at the first call ever. `authority` is the CA that
    /// its certificate is to come from.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        // Two of one process would find the same address free: the next waits until this one listens.
        static STARTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
        let _alone = STARTING.lock().await;
        let template = template::ready()?;
        // Samba has fixed ports, so each instance gets an address of its own; processes begin at
        // different ones, so that two that start together do not meet.
        let first = u8::try_from(std::process::id() % 200).unwrap_or(0);
        for number in (first..first.saturating_add(50)).map(|n| n + 2) {
            let address = Ipv4Addr::new(127, 0, 0, number);
            // Dropped at once: it only shows whether the port is free.
            match TcpListener::bind((address, 636)).map(drop) {
                Ok(()) => return Self::start_at(address, &template, authority).await,
                Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                    bail!("Samba listens on port 636, which needs root or `unshare -Urn`")
                }
                Err(_) => {}
            }
        }
        bail!("no free loopback address for Samba")
    }

    async fn start_at(address: Ipv4Addr, template: &Path, authority: &Authority) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("samba-")?;
        let copied = Command::new("cp").arg("-a").arg(template.join(".")).arg(folder.path()).status()?;
        ensure!(copied.success(), "the template could not be copied");
        let names = ["dc1.pantein.grp", "localhost", &address.to_string()];
        let issued = authority.issue(&names)?;
        let tls = folder.path().join("tls");
        std::fs::create_dir_all(&tls)?;
        std::fs::write(tls.join("ca.pem"), authority.pem())?;
        std::fs::write(tls.join("cert.pem"), issued.certificate)?;
        template::write_private(&tls.join("key.pem"), issued.key.as_bytes())?;
        template::write_settings(folder.path(), address)?;
        // From here the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder)?;
        let mut samba = Self { address, folder, guard };
        let ready = probe::until_ready(address, authority, START_WITHIN, &mut samba.guard).await;
        ready.with_context(|| samba.last_words())?;
        probe::lock_out(address, authority).await?;
        Ok(samba)
    }

    /// `ldaps://127.0.0.N`.
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.address)
    }

    /// `ldap://127.0.0.N`, to be used with `StartTLS`.
    pub fn starttls_url(&self) -> String {
        format!("ldap://{}", self.address)
    }

    /// Gives an account another login name, UPN and DN.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        admin(
            &self.folder,
            "rename",
            &json!({ "login": login, "new_login": new_login, "upn_suffix": UPN_SUFFIX }),
        )
    }

    /// Deletes an account and makes another of the same name, with the first password.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        admin(&self.folder, "recreate", &json!({ "login": login, "first_password": FIRST_PASSWORD }))
    }

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("samba.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        format!("Samba on {}: {}", self.address, lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Samba {
    fn drop(&mut self) {
        // The end of its input is the guard's sign.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Samba, and a shell that ends it and removes the folder as soon as this process closes the pipe,
/// by dropping it or by dying. A destructor alone would leave both behind after a `kill -9`.
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

fn admin(folder: &Path, action: &str, want: &Value) -> anyhow::Result<()> {
    let mut child = Command::new(PYTHON)
        .args(["-c", include_str!("samba/admin.py")])
        .arg(folder.join("etc/smb.conf"))
        .arg(action)
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .with_context(|| format!("{PYTHON}, with Samba's modules"))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(want.to_string().as_bytes())?;
    }
    let output = child.wait_with_output()?;
    ensure!(output.status.success(), "Samba {action}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
