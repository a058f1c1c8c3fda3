//! The template of a domain controller: a provisioned domain that every run copies. It is created once and cached under
//! `target`.

use super::{NESTED_ADMIN, PRIMARY_ADMIN, SPARES, admin, spare};
use crate::directory::content::{
    BIRTHDATE_ATTRIBUTE, EMPLOYEE_NUMBER_ATTRIBUTE, FIRST_EMPLOYEE_NUMBER, HISTORY, LOCKOUT_THRESHOLD,
    MIN_LENGTH, STRICTER_LOCKOUT_THRESHOLD, STRICTER_MIN_LENGTH, SVC_LOGIN, SVC_PASSWORD,
};
use crate::people::{FIRST_PASSWORD, PEOPLE};
use crate::tls::Authority;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The Debian packages that it needs.
pub const PACKAGES: [&str; 3] = ["samba", "samba-ad-dc", "samba-ad-provision"];

/// The password of the domain's administrator, which only this module tree uses.
pub(super) const ADMINISTRATORS_PASSWORD: &str = "Beheer-Zon-Maan-11!";

/// The folder of the template, which is created if it does not exist.
pub(super) fn ensure_created() -> anyhow::Result<PathBuf> {
    let people = people();
    let cached = CachedFolder::new("template", &[&people.to_string(), include_str!("admin.py")])?;
    if !cached.folder.exists() {
        let working_folder = cached.working_folder()?;
        create(working_folder.path(), &people)?;
        cached.publish(working_folder);
    }
    Ok(cached.folder)
}

/// A folder that is created once, with a name that contains a hash of its inputs.
pub(super) struct CachedFolder {
    home: PathBuf,
    pub(super) folder: PathBuf,
}

impl CachedFolder {
    pub(super) fn new(kind: &str, inputs: &[&str]) -> anyhow::Result<Self> {
        let version = Command::new("samba").arg("--version").output();
        let version = version.ok().filter(|output| output.status.success());
        let version = version.with_context(|| {
            format!(
                "Samba is not installed: `apt-get install --no-install-recommends {}`, or leave these tests out",
                PACKAGES.join(" ")
            )
        })?;
        let mut hash = Sha256::new();
        hash.update(&version.stdout);
        hash.update(include_str!("template.rs"));
        for input in inputs {
            hash.update(input);
        }
        let hash = hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let home = target().join("samba");
        let folder = home.join(format!("{kind}-{hash}"));
        Ok(Self { home, folder })
    }

    /// A temporary folder on the same file system.
    pub(super) fn working_folder(&self) -> anyhow::Result<TempDir> {
        fs::create_dir_all(&self.home)?;
        Ok(TempDir::with_prefix_in("making-", &self.home)?)
    }

    /// Moves the working folder to its final place. If another process was faster, its folder is used and this one is
    /// removed.
    pub(super) fn publish(&self, working_folder: TempDir) {
        if fs::rename(working_folder.path(), &self.folder).is_ok() {
            let _ = working_folder.keep();
        }
    }
}

fn target() -> PathBuf {
    let default = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    std::env::var_os("CARGO_TARGET_DIR").map_or(default, PathBuf::from)
}

fn create(folder: &Path, people: &Value) -> anyhow::Result<()> {
    let input = folder.join("input.conf");
    // A separate input file, so that the system's smb.conf is neither read nor written.
    fs::write(&input, "[global]\n")?;
    let output = Command::new("samba-tool")
        .args(["domain", "provision", "--quiet", "--server-role=dc", "--dns-backend=SAMBA_INTERNAL"])
        .args(["--realm=PANTEIN.GRP", "--domain=PANTEIN", "--host-name=dc1", "--host-ip=127.0.0.2"])
        .arg("--option=ldb:nosync = true")
        .arg(format!("--adminpass={ADMINISTRATORS_PASSWORD}"))
        .arg(format!("--configfile={}", input.display()))
        .arg(format!("--targetdir={}", folder.display()))
        .output()
        .context("samba-tool")?;
    ensure!(
        output.status.success(),
        "samba-tool domain provision (are all of {} installed?): {}",
        PACKAGES.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    admin(folder, "populate", people)?;
    // `cp` cannot copy its content, and no test needs it.
    let sysvol = folder.join("state/sysvol");
    fs::remove_dir_all(&sysvol)?;
    fs::create_dir(&sysvol)?;
    Ok(())
}

fn people() -> Value {
    let people: Vec<Value> = (FIRST_EMPLOYEE_NUMBER..)
        .zip(&PEOPLE)
        .map(|(number, p)| {
            json!({
                "user_name": p.user_name, "first_name": p.first_name, "last_name": p.last_name,
                "birthdate": p.birthdate, "registered": p.is_registered(), "state": format!("{:?}", p.state),
                "number": number,
            })
        })
        .collect();
    json!({
        "people": people, "spares": (1..=SPARES).map(spare).collect::<Vec<_>>(),
        "nested_admin": spare(NESTED_ADMIN), "primary_admin": spare(PRIMARY_ADMIN),
        "service_login": SVC_LOGIN, "service_password": SVC_PASSWORD, "first_password": FIRST_PASSWORD,
        "birthdate_attribute": BIRTHDATE_ATTRIBUTE, "min_length": MIN_LENGTH, "history": HISTORY,
        "stricter_min_length": STRICTER_MIN_LENGTH, "lockout_threshold": LOCKOUT_THRESHOLD,
        "stricter_lockout_threshold": STRICTER_LOCKOUT_THRESHOLD,
        "employee_number_attribute": EMPLOYEE_NUMBER_ATTRIBUTE,
    })
}

/// The settings that differ between controllers.
pub(super) struct Settings<'a> {
    /// The `NetBIOS` name, e.g. `DC1`.
    pub(super) name: &'a str,
    pub(super) ip: Ipv4Addr,
    pub(super) services: &'a str,
    /// Extra lines, each with a line break.
    pub(super) extra: &'a str,
}

/// Writes the smb.conf of one run.
pub(super) fn write_settings(folder: &Path, settings: &Settings) -> anyhow::Result<()> {
    let dir = folder.display();
    let Settings { name, ip, services, extra } = settings;
    // `old password allowed period`: otherwise the old password remains valid for another hour.
    // `ldb:nosync`: twice as fast; the data need not survive a power failure. Confirmed writes survive a `kill -9`
    // nevertheless, because the kernel has them by then.
    let settings = format!(
        "[global]
netbios name = {name}
realm = PANTEIN.GRP
workgroup = PANTEIN
server role = active directory domain controller
server services = {services}
interfaces = {ip}/8
bind interfaces only = yes
private dir = {dir}/private
lock directory = {dir}
state directory = {dir}/state
cache directory = {dir}/cache
pid directory = {dir}
binddns dir = {dir}/bind-dns
ncalrpc dir = {dir}/ncalrpc
tls enabled = yes
tls cafile = {dir}/tls/ca.pem
tls certfile = {dir}/tls/cert.pem
tls keyfile = {dir}/tls/key.pem
ldb:nosync = true
old password allowed period = 0
log level = 1
{extra}"
    );
    Ok(fs::write(folder.join("etc/smb.conf"), settings)?)
}

/// A certificate for a controller's names and its address.
pub(super) fn write_tls(
    folder: &Path,
    host: &str,
    ip: Ipv4Addr,
    authority: &Authority,
) -> anyhow::Result<()> {
    let issued = authority.issue(&[host, "localhost", &ip.to_string()])?;
    let tls = folder.join("tls");
    fs::create_dir_all(&tls)?;
    fs::write(tls.join("ca.pem"), authority.pem())?;
    fs::write(tls.join("cert.pem"), issued.certificate)?;
    write_private(&tls.join("key.pem"), issued.key.as_bytes())
}

/// Copies the content of a folder into another one.
pub(super) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    ensure!(copied.success(), "cannot copy {}", from.display());
    Ok(())
}

/// Writes a file that only the owner can read. Samba refuses a key that others can read.
fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    Ok(std::io::Write::write_all(&mut file, content)?)
}
