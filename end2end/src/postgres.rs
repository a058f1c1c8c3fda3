//! A `PostgreSQL` server for tests: in a private folder, on a free loopback port, with TLS. It does not use the
//! configuration or data of an installed server, and ends with the process that started it.

use crate::port::Port;
use crate::tls::Authority;
use anyhow::{Context, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The Debian packages that it needs.
pub const PACKAGES: [&str; 1] = ["postgresql"];
/// The role of the service, which owns the databases.
pub const ROLE: &str = "reset";
/// The password of the role.
pub const PASSWORD: &str = "Database-Tests-42!";

/// Where Debian installs the programs, below a folder for each version.
const VERSIONS: &str = "/usr/lib/postgresql";
/// A server does not run as root; this user comes with the package.
const USER: &str = "postgres";
const START_TIMEOUT: Duration = Duration::from_mins(1);
/// The time between two checks whether it answers.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Whether commits wait for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// No, for tests.
    Fast,
    /// Yes, as in production, for benchmarks.
    Durable,
}

/// A running server. Dropping it stops the server and removes its folder; so does any other end of the process that
/// owns it.
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    server: Option<Child>,
    guard: Child,
    port: Port,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a server with a new cluster. `authority` issues its certificate.
    pub async fn start(authority: &Authority, durability: Durability) -> anyhow::Result<Self> {
        Self::start_in(&std::env::temp_dir(), authority, durability).await
    }

    /// Starts a server whose folder is below this one.
    pub async fn start_in(
        parent: &Path,
        authority: &Authority,
        durability: Durability,
    ) -> anyhow::Result<Self> {
        let programs = programs()?;
        let folder = TempDir::with_prefix_in("postgres-", parent)?;
        let port = Port::free()?;
        prepare(folder.path(), &programs, authority, &port, durability)?;
        // From here on the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder)?;
        let databases = AtomicU32::new(0);
        let mut server = Self { folder, programs, server: None, guard, port, databases };
        server.run().await?;
        server.execute("postgres", &format!("create role {ROLE} login password '{PASSWORD}'"))?;
        Ok(server)
    }

    /// The port on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The folder with the programs of this version: `psql`, `pg_dump` …
    pub fn programs(&self) -> &Path {
        &self.programs
    }

    /// Creates an empty database and returns its URL for `store.url`.
    pub fn create_database(&self) -> anyhow::Result<String> {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("create database {name} owner {ROLE}"))?;
        Ok(format!("postgres://{ROLE}@127.0.0.1:{}/{name}", self.port()))
    }

    /// Executes SQL as the superuser.
    pub fn execute(&self, database: &str, sql: &str) -> anyhow::Result<String> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]);
        psql.arg("--host").arg(&self.folder).args(["--port", &self.port().to_string()]);
        let output = psql.args(["--username", USER, "--dbname", database, "--command", sql]).output()?;
        ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// Stops the server at once, as a crash does: connections break, and the next start recovers from the log.
    pub fn crash(&mut self) -> anyhow::Result<()> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        if server.try_wait()?.is_some() {
            return Ok(());
        }
        // Its first process ends the others.
        let stopped = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status()?;
        ensure!(stopped.success(), "kill: {stopped}");
        server.wait()?;
        Ok(())
    }

    /// Starts the server again after [`Postgres::crash`].
    pub async fn run(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("server.log"))?;
        let mut server = as_user(&self.programs.join("postgres"));
        server.arg("-D").arg(self.folder.join("data"));
        server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.server = Some(server.spawn().context("postgres")?);
        let ready = tokio::time::timeout(START_TIMEOUT, self.wait_until_ready()).await;
        ready.context("PostgreSQL does not answer in time").flatten().with_context(|| self.log_tail())
    }

    /// Waits until the server answers, and starts it if it has ended: it may do so while its disk is full.
    pub async fn recover(&mut self) -> anyhow::Result<()> {
        let recovery = tokio::time::timeout(START_TIMEOUT, self.wait_until_ready()).await;
        if recovery.is_ok_and(|recovered| recovered.is_ok()) {
            return Ok(());
        }
        self.crash()?;
        self.run().await
    }

    /// Sets whether the databases can only be read, like those of a standby.
    pub fn set_read_only(&self, read_only: bool) -> anyhow::Result<()> {
        let value = if read_only { "on" } else { "off" };
        self.execute("postgres", &format!("alter system set default_transaction_read_only = {value}"))?;
        self.execute("postgres", "select pg_reload_conf()")?;
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> anyhow::Result<()> {
        while self.execute("postgres", "select 1").is_err() {
            if let Some(status) = self.server.as_mut().map(Child::try_wait).transpose()?.flatten() {
                bail!("postgres exited: {status}");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    }

    fn log_tail(&self) -> String {
        let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(20).collect();
        format!("postgres: {}", lines.into_iter().rev().collect::<Vec<_>>().join("\n"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.crash());
        // The guard removes the folder at the end of its input.
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

/// The folder with the programs of the newest installed version.
fn programs() -> anyhow::Result<PathBuf> {
    let versions = std::fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let number = |path: &PathBuf| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.path()).filter_map(|path| Some((number(&path)?, path))).max();
    let (_, newest) = newest.with_context(|| {
        format!(
            "PostgreSQL is not installed: `apt-get install --no-install-recommends {}`, or leave these tests out",
            PACKAGES.join(" ")
        )
    })?;
    Ok(newest.join("bin"))
}

/// Creates the cluster, its configuration and its certificate.
fn prepare(
    folder: &Path,
    programs: &Path,
    authority: &Authority,
    port: &Port,
    durability: Durability,
) -> anyhow::Result<()> {
    let data = folder.join("data");
    give_to_user(folder)?;
    let mut initdb = as_user(&programs.join("initdb"));
    initdb
        .args(["--no-sync", "--encoding=UTF8", "--locale=C", "--username", USER, "--auth=trust", "-D"])
        .arg(&data);
    let output = initdb.output().context("initdb")?;
    ensure!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    let issued = authority.issue(&["localhost", "127.0.0.1"])?;
    let key = data.join("server.key");
    std::fs::write(data.join("server.crt"), issued.certificate)?;
    std::fs::write(&key, issued.key)?;
    crate::machine::run(Command::new("chmod").arg("600").arg(&key))?;
    give_to_user(&key)?;
    let (folder, port) = (folder.display(), port.number());
    let durable = if durability == Durability::Durable { "on" } else { "off" };
    let settings = format!(
        "listen_addresses = '127.0.0.1'\nport = {port}\nunix_socket_directories = '{folder}'\nssl = on\n\
         fsync = {durable}\nfull_page_writes = {durable}\nmax_connections = 100\nmax_wal_size = '256MB'\n"
    );
    std::fs::write(data.join("postgresql.auto.conf"), settings)?;
    let access = "local all postgres trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
    Ok(std::fs::write(data.join("pg_hba.conf"), access)?)
}

/// Waits for the end of the process that owns the server, stops the server and removes the folder. A destructor alone
/// would leave both behind after a `kill -9`.
fn guard(folder: &Path) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM
        cat >/dev/null
        read -r server <"$1/data/postmaster.pid" 2>/dev/null && kill -9 "$server" 2>/dev/null
        rm -rf "$1"
        # Processes that were ending may have written once more.
        while [ -e "$1" ]; do rm -rf "$1"; done
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for PostgreSQL")
}

/// A command that runs as the user of the database, if this process is root.
fn as_user(program: &Path) -> Command {
    if !crate::machine::is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid", USER, "--regid", USER, "--clear-groups", "--"]).arg(program);
    command
}

fn give_to_user(path: &Path) -> anyhow::Result<()> {
    if !crate::machine::is_root() {
        return Ok(());
    }
    crate::machine::run(Command::new("chown").arg(format!("{USER}:{USER}")).arg(path))
}
