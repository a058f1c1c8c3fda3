//! A real `OpenLDAP` for tests: a `slapd` in a private folder, with the demo's people and a service account that
//! may do exactly what the product needs. It touches nothing of the system's own slapd, and is no example of how
//! to run one: it is fast, not durable. What to take over from it are the access rules.

mod content;
mod settings;

pub use content::{ADMINISTRATORS, ALL_STAFF, DEFAULT_POLICY, SERVICE, STRICTER_POLICY, UNSEEN};
pub use settings::{BIRTHDATE_ATTRIBUTE, EMPLOYEE_NUMBER_ATTRIBUTE, Rights};

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

/// What has to be installed, in Debian's names.
pub const PACKAGES: [&str; 2] = ["slapd", "ldap-utils"];

/// Debian's place for it, which is in nobody's `PATH` but root's.
const PROGRAM: &str = "/usr/sbin/slapd";
/// A start takes a third of a second; under a loaded machine some more.
const START_WITHIN: Duration = Duration::from_secs(30);
/// Between two looks whether it answers.
const PAUSE: Duration = Duration::from_millis(20);
/// `ldapwhoami` ends with LDAP's result code: wrong name or password.
const INVALID_CREDENTIALS: i32 = 49;

/// A running server; it ends and its folder goes when this is dropped, and also when the process that holds it
/// ends in any other way.
pub struct Slapd {
    folder: PathBuf,
    guard: Child,
    ldap: Port,
    ldaps: Port,
}

impl Slapd {
    /// Starts one whose service account may do what it needs, and no more. `authority` is the CA that its
    /// certificate is to come from.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        Self::start_with(authority, Rights::Needed).await
    }

    /// The same with other rights.
    pub async fn start_with(authority: &Authority, rights: Rights) -> anyhow::Result<Self> {
        ensure!(
            Path::new(PROGRAM).is_file(),
            "slapd is not installed: `apt-get install --no-install-recommends {}`, or leave these tests out",
            PACKAGES.join(" ")
        );
        let folder = TempDir::with_prefix("slapd-")?;
        prepare(folder.path(), authority, rights)?;
        let (ldap, ldaps) = (Port::free()?, Port::free()?);
        // From here the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder, &ldap, &ldaps)?;
        let mut slapd = Self { folder, guard, ldap, ldaps };
        let ready = slapd.until_ready().await;
        ready.with_context(|| slapd.last_words())?;
        // The memberof overlay sees only what is added while it runs.
        slapd.change(&[], &content::groups())?;
        slapd.lock_out()?;
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

    /// Gives an account another login name, and so another DN.
    pub fn rename(&self, login: &str, new_login: &str) -> anyhow::Result<()> {
        let dn = person(login);
        self.change(&[], &format!("dn: {dn}\nchangetype: modrdn\nnewrdn: uid={new_login}\ndeleteoldrdn: 1\n"))
    }

    /// Deletes an account and makes another of the same name, with the first password.
    pub fn recreate(&self, login: &str) -> anyhow::Result<()> {
        let deletion = format!("dn: {}\nchangetype: delete\n", person(login));
        self.change(&[], &format!("{deletion}\n{}", content::spare_account(login)))
    }

    /// Sets an attribute of an employee, or takes it away, as an administrator can.
    pub fn set(&self, login: &str, attribute: &str, value: Option<&str>) -> anyhow::Result<()> {
        self.set_at(&person(login), attribute, value)
    }

    /// The same of any entry.
    pub fn set_at(&self, dn: &str, attribute: &str, value: Option<&str>) -> anyhow::Result<()> {
        let value = value.map_or_else(String::new, |value| format!("{attribute}: {value}\n"));
        // Relaxed: some of these attributes only the server writes otherwise.
        self.change(
            &["-e", "!relax"],
            &format!("dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{value}"),
        )
    }

    /// What it was asked over the network since its start: `SRCH base="…" … filter="…"`, `BIND dn="…" …`,
    /// `PASSMOD id="…" …`, `MOD dn="…"`. Each stands there before it is answered.
    pub fn seen(&self) -> anyhow::Result<Vec<String>> {
        let log = std::fs::read_to_string(self.folder.join("slapd.log"))?;
        let local = local_connections(&log);
        let lines = log.lines().filter(|line| !local.iter().any(|connection| line.contains(connection)));
        let asked = lines.filter_map(|line| Some(line.split_once(" op=")?.1.split_once(' ')?.1));
        let kinds = ["SRCH base", "BIND dn", "PASSMOD id", "MOD dn"];
        let asked = asked.filter(|asked| kinds.iter().any(|kind| asked.starts_with(kind)));
        // A bind that succeeds is told twice.
        Ok(asked.filter(|asked| !asked.contains(" mech=")).map(ToOwned::to_owned).collect())
    }

    /// What has no `changetype` is added.
    fn change(&self, options: &[&str], ldif: &str) -> anyhow::Result<()> {
        let options: Vec<&str> = ["-a"].iter().chain(options).copied().collect();
        let output = self.tool("ldapmodify", content::ROOT, content::ROOT_PASSWORD, &options, ldif)?;
        ensure!(output.status.success(), "ldapmodify: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// Locks out whoever is to be locked out, which only wrong passwords can do.
    fn lock_out(&self) -> anyhow::Result<()> {
        for someone in PEOPLE.iter().filter(|person| person.state == State::LockedOut) {
            for _ in 0..LOCKOUT_THRESHOLD {
                let output = self.tool("ldapwhoami", &person(someone.user_name), "Fout-1", &[], "")?;
                ensure!(output.status.code() == Some(INVALID_CREDENTIALS), "{output:?}");
            }
        }
        Ok(())
    }

    async fn until_ready(&mut self) -> anyhow::Result<()> {
        let answering = async {
            loop {
                let asked =
                    self.tool("ldapwhoami", content::ROOT, content::ROOT_PASSWORD, &[], "")?.status.success();
                if asked && answers(&self.ldaps) && answers(&self.ldap) {
                    return Ok(());
                }
                if let Some(status) = self.guard.try_wait()? {
                    bail!("slapd ended by itself: {status}");
                }
                // Not up yet: there is nothing to await but its answer.
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(START_WITHIN, answering).await.context("slapd does not answer in time")?
    }

    /// One of the command-line tools, over the socket in the folder.
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

    fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("slapd.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        format!("slapd: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Slapd {
    fn drop(&mut self) {
        // The end of its input is the guard's sign.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The settings, the certificate and the people.
fn prepare(folder: &Path, authority: &Authority, rights: Rights) -> anyhow::Result<()> {
    let issued = authority.issue(&["ldap.pantein.grp", "localhost", "127.0.0.1"])?;
    std::fs::write(folder.join("ca.pem"), authority.pem())?;
    std::fs::write(folder.join("cert.pem"), issued.certificate)?;
    std::fs::write(folder.join("key.pem"), issued.key)?;
    std::fs::create_dir(folder.join("db"))?;
    std::fs::write(folder.join("slapd.conf"), settings::settings(folder, rights))?;
    std::fs::write(folder.join("people.ldif"), content::people())?;
    // A copy: AppArmor's profile for the packaged one keeps that to the system's own folders.
    // By a program of its own: while this process had it open for writing, a child that is just being started
    // for somebody else would have it, too, and it could not be run.
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

/// slapd, and a shell that ends it and removes the folder as soon as this process closes the pipe, by dropping
/// it or by dying. A destructor alone would leave both behind after a `kill -9`.
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

/// ` conn=17 ` of whoever came by the socket in the folder.
fn local_connections(log: &str) -> Vec<String> {
    let accepted = log.lines().filter(|line| line.contains(" ACCEPT from PATH="));
    let number = accepted.filter_map(|line| line.split_once(" conn=")?.1.split(' ').next());
    number.map(|number| format!(" conn={number} ")).collect()
}

fn person(login: &str) -> String {
    format!("uid={login},{STAFF}")
}

/// The socket for the command-line tools, in the form of an address.
fn socket(folder: &Path) -> String {
    format!("ldapi://{}", folder.join("socket").display().to_string().replace('/', "%2F"))
}

fn answers(port: &Port) -> bool {
    std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port.number())).is_ok()
}
