//! An `OpenLDAP` server for tests: a `slapd` in a private folder, with the demo's people and a service account that has
//! exactly the rights that the product needs. It does not use the configuration or data of an installed slapd. Only its
//! access rules are an example for production: it is fast, not durable.

mod content;
mod settings;

pub use content::{
    ADMINISTRATORS, ALL_STAFF, BIRTHDATE_ATTRIBUTE, DEFAULT_POLICY, EMPLOYEE_NUMBER_ATTRIBUTE, SERVICE,
    STRICTER_POLICY, UNTRACKED_GROUP,
};
pub use settings::Rights;

use crate::directory::content::{LOCKOUT_THRESHOLD, STAFF};
use crate::people::{PEOPLE, State};
use crate::port::Port;
use crate::tls::Authority;
use anyhow::{Context, bail, ensure};
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// The Debian packages that it needs.
pub const PACKAGES: [&str; 2] = ["slapd", "ldap-utils"];

/// The path in Debian, which is only in root's `PATH`.
const PROGRAM: &str = "/usr/sbin/slapd";
/// A start takes a third of a second, and more on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The time between two checks whether it answers.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// The exit code of `ldapwhoami` is the LDAP result code: wrong name or password.
const INVALID_CREDENTIALS: i32 = 49;

/// A running server. Dropping it stops the server and removes its folder; so does any other end of the process that
/// owns it.
pub struct Slapd {
    folder: PathBuf,
    guard: Child,
    ldap: Port,
    ldaps: Port,
}

impl Slapd {
    /// Starts a server whose service account has only the rights that it needs. `authority` issues the certificate of
    /// the server.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        Self::start_with(authority, Rights::Needed).await
    }

    /// Starts a server that also has this number of [generated employees](crate::people::ExtraEmployee).
    pub async fn start_for_load(authority: &Authority, extra_employees: u32) -> anyhow::Result<Self> {
        Self::start_filled(authority, Rights::Needed, extra_employees).await
    }

    /// Starts a server whose service account has these rights.
    pub async fn start_with(authority: &Authority, rights: Rights) -> anyhow::Result<Self> {
        Self::start_filled(authority, rights, 0).await
    }

    async fn start_filled(
        authority: &Authority,
        rights: Rights,
        extra_employees: u32,
    ) -> anyhow::Result<Self> {
        ensure!(
            Path::new(PROGRAM).is_file(),
            "slapd is not installed: `apt-get install --no-install-recommends {}`, or leave these tests out",
            PACKAGES.join(" ")
        );
        let folder = TempDir::with_prefix("slapd-")?;
        prepare(folder.path(), authority, rights, extra_employees)?;
        let (ldap, ldaps) = (Port::free()?, Port::free()?);
        // From here on the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder, &ldap, &ldaps)?;
        let mut slapd = Self { folder, guard, ldap, ldaps };
        let ready = slapd.wait_until_ready().await;
        ready.with_context(|| slapd.log_tail())?;
        // The memberof overlay handles only groups that are added while it runs.
        slapd.modify(&[], &content::groups())?;
        slapd.lock_accounts()?;
        Ok(slapd)
    }

    /// `ldaps://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.ldaps.number())
    }

    /// `ldap://127.0.0.1:PORT`, to be used with `StartTLS`.
    pub fn starttls_url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.ldap.number())
    }

    /// Changes the login name of an account, which changes its DN.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        let dn = person(login);
        self.modify(&[], &format!("dn: {dn}\nchangetype: modrdn\nnewrdn: uid={new_login}\ndeleteoldrdn: 1\n"))
    }

    /// Deletes an account and creates a new one with the same name and the first password.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        let deletion = format!("dn: {}\nchangetype: delete\n", person(login));
        self.modify(&[], &format!("{deletion}\n{}", content::spare_account(login)))
    }

    /// Sets or removes an attribute of an employee, with the rights of an administrator.
    pub fn set(&self, login: &str, attribute: &str, value: Option<&str>) -> anyhow::Result<()> {
        self.set_at(&person(login), attribute, value)
    }

    /// Sets or removes an attribute of any entry, with the rights of an administrator.
    pub fn set_at(&self, dn: &str, attribute: &str, value: Option<&str>) -> anyhow::Result<()> {
        let value = value.map_or_else(String::new, |value| format!("{attribute}: {value}\n"));
        // The relax control permits attributes that otherwise only the server writes.
        self.modify(
            &["-e", "!relax"],
            &format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{value}"),
        )
    }

    /// The requests received over the network since the start: `SRCH base="…" … filter="…"`, `BIND dn="…" …`,
    /// `PASSMOD id="…" …`, `MOD dn="…"`. slapd logs each before it answers.
    pub fn seen(&self) -> anyhow::Result<Vec<String>> {
        let log = std::fs::read_to_string(self.folder.join("slapd.log"))?;
        let local = local_connections(&log);
        let lines = log.lines().filter(|line| !local.iter().any(|connection| line.contains(connection)));
        let requests = lines.filter_map(|line| Some(line.split_once(" op=")?.1.split_once(' ')?.1));
        let kinds = ["SRCH base", "BIND dn", "PASSMOD id", "MOD dn"];
        let requests = requests.filter(|request| kinds.iter().any(|kind| request.starts_with(kind)));
        // A successful bind is logged twice.
        Ok(requests.filter(|request| !request.contains(" mech=")).map(ToOwned::to_owned).collect())
    }

    /// Applies LDIF; an entry without `changetype` is added.
    fn modify(&self, options: &[&str], ldif: &str) -> anyhow::Result<()> {
        let options: Vec<&str> = ["-a"].iter().chain(options).copied().collect();
        let output = self.tool("ldapmodify", content::ROOT_DN, content::ROOT_PASSWORD, &options, ldif)?;
        ensure!(output.status.success(), "ldapmodify: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Locks the accounts with the state [`State::LockedOut`] by wrong passwords, the only possible method.
    fn lock_accounts(&self) -> anyhow::Result<()> {
        for employee in PEOPLE.iter().filter(|person| person.state == State::LockedOut) {
            for _ in 0..LOCKOUT_THRESHOLD {
                let output = self.tool("ldapwhoami", &person(employee.user_name), "Fout-1", &[], "")?;
                ensure!(output.status.code() == Some(INVALID_CREDENTIALS), "{output:?}");
            }
        }
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        let ready = async {
            loop {
                let output = self.tool("ldapwhoami", content::ROOT_DN, content::ROOT_PASSWORD, &[], "")?;
                if output.status.success() && is_listening(&self.ldaps) && is_listening(&self.ldap) {
                    return Ok(());
                }
                if let Some(status) = self.guard.try_wait()? {
                    bail!("slapd exited: {status}");
                }
                // slapd signals its readiness in no other way than by answering.
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, ready).await.context("slapd does not answer in time")?
    }

    /// Runs a command-line tool over the socket in the folder.
    fn tool(
        &self,
        tool: &str,
        name: &str,
        password: &str,
        options: &[&str],
        input: &str,
    ) -> anyhow::Result<Output> {
        let mut child = Command::new(tool)
            .env("LDAPNOINIT", "1")
            .args(["-x", "-H", &socket(&self.folder), "-D", name, "-w", password])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{tool} (are all of {} installed?)", PACKAGES.join(" ")))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        Ok(child.wait_with_output()?)
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("slapd.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        format!("slapd: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        // The guard stops slapd at the end of its input.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Writes the configuration, the certificate and the initial content.
fn prepare(folder: &Path, authority: &Authority, rights: Rights, extra_employees: u32) -> anyhow::Result<()> {
    let issued = authority.issue(&["ldap.pantein.grp", "localhost", "127.0.0.1"])?;
    std::fs::write(folder.join("ca.pem"), authority.pem())?;
    std::fs::write(folder.join("cert.pem"), issued.certificate)?;
    std::fs::write(folder.join("key.pem"), issued.key)?;
    std::fs::create_dir(folder.join("db"))?;
    std::fs::write(folder.join("slapd.conf"), settings::slapd_conf(folder, rights))?;
    std::fs::write(folder.join("people.ldif"), content::people(extra_employees))?;
    // A copy, because AppArmor's profile restricts the packaged program to the system's folders. A separate program
    // makes it: a file that this process has open for writing would be inherited by any child that is being started,
    // and could not be executed meanwhile.
    let copied = Command::new("cp").arg(PROGRAM).arg(folder.join("slapd")).status().context("cp")?;
    ensure!(copied.success(), "cp {PROGRAM}: {copied}");
    let output = Command::new(folder.join("slapd"))
        .args(["-T", "add", "-q", "-f"])
        .arg(folder.join("slapd.conf"))
        .arg("-l")
        .arg(folder.join("people.ldif"))
        .output()
        .context("slapadd")?;
    ensure!(output.status.success(), "slapadd: {}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

/// Starts slapd, and a shell that stops it and removes the folder as soon as this process closes the pipe, by dropping
/// it or by exiting. A destructor alone would leave both behind after a `kill -9`.
fn guard(folder: &Path, ldap: &Port, ldaps: &Port) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM
        exec 3<&0
        "$1/slapd" -f "$1/slapd.conf" -h "$2" -d stats </dev/null 3<&- >"$1/slapd.log" 2>&1 &
        slapd=$!
        (cat <&3 >/dev/null; kill -9 $slapd; rm -rf "$1") &
        exec 3<&-
        wait $slapd
    "#;
    let (ldap, ldaps) = (ldap.number(), ldaps.number());
    let listen = format!("ldap://127.0.0.1:{ldap} ldaps://127.0.0.1:{ldaps} {}", socket(folder));
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).arg(listen).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for slapd")
}

/// The connections over the socket in the folder, in the form ` conn=17 `.
fn local_connections(log: &str) -> Vec<String> {
    let accepted = log.lines().filter(|line| line.contains(" ACCEPT from PATH="));
    let number = accepted.filter_map(|line| line.split_once(" conn=")?.1.split(' ').next());
    number.map(|number| format!(" conn={number} ")).collect()
}

fn person(login: &str) -> String {
    format!("uid={login},{STAFF}")
}

/// The URL of the socket for the command-line tools.
fn socket(folder: &Path) -> String {
    format!("ldapi://{}", folder.join("socket").display().to_string().replace('/', "%2F"))
}

fn is_listening(port: &Port) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port.number())).is_ok()
}
