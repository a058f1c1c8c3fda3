//! The installed package, configured as an operator does, with simulators of directory and Entrust on this machine: `check` is
//! green, the first employee resets a password, the audit log is rotated.

use super::debian::Debian;
use crate::attack::employee::{Employee, Timed};
use crate::attack::target::Target;
use crate::demo::{Demo, Options};
use crate::directory::content::{STAFF, SVC_PASSWORD, SVC_UPN};
use crate::entrust::{APPLICATION_ID, DECOY};
use crate::machine::say;
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::runtime::Runtime;

/// The user of the service.
pub(super) const USER: &str = "wachtwoord-reset";
pub(super) const BINARY: &str = "/usr/bin/wachtwoord-reset";
pub(super) const SETTINGS: &str = "/etc/wachtwoord-reset/settings.toml";
pub(super) const AUDIT_FOLDER: &str = "/var/log/wachtwoord-reset";
/// Covers a loaded machine.
pub(super) const START_TIMEOUT: Duration = Duration::from_secs(30);
const RESET_TIMEOUT: Duration = Duration::from_mins(1);
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// An installation between simulators.
pub(super) struct Installation<'a> {
    pub(super) debian: &'a Debian,
    /// What differs from an installation in production.
    pub(super) variables: Vec<(&'static str, String)>,
    runtime: Runtime,
    demo: Demo,
    target: Target,
    employee: Employee,
    _folder: tempfile::TempDir,
}

impl<'a> Installation<'a> {
    /// Starts a demo and ends its product: the one in the package takes its place.
    pub(super) fn new(debian: &'a Debian) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let runtime = Runtime::new()?;
        let options = Options {
            port: 0,
            https: false,
            folder: folder.path().join("demo"),
            // The same binary as in the package.
            binary: debian.path(BINARY),
            descriptors: None,
            nodes: 1,
            extra_employees: 0,
            more_settings: String::new(),
            directory: None,
            small_disks: false,
            log_to_terminal: false,
        };
        let mut demo = runtime.block_on(Demo::start(options))?;
        runtime.block_on(demo.kill())?;
        let address = |url: &str| url.trim_start_matches("http://").to_owned();
        let variables = vec![
            ("RESET__LISTEN", address(demo.origin())),
            ("RESET__ADMIN_LISTEN", address(&demo.admin_url)),
            ("RESET__DIRECTORY__CA_FILE", "/etc/wachtwoord-reset/domain-ca.pem".to_owned()),
            ("RESET__ENTRUST__DECOY_USER", DECOY.to_owned()),
        ];
        let target = Target::read(&demo.folder.join("demo.json"))?;
        let employee = Employee::new(&target)?;
        Ok(Self { debian, variables, runtime, demo, target, employee, _folder: folder })
    }

    pub(super) fn first_reset(&mut self) -> anyhow::Result<()> {
        self.configure()?;
        let report = self.product(&["check"])?;
        ensure!(report.contains(", 0 bad"), "{report}");
        fs::copy(self.demo.folder.join("registered.csv"), self.debian.path("/tmp/registered.csv"))?;
        self.product(&["import", "/tmp/registered.csv"])?;
        let mut service = self.serve()?;
        self.wait_until_ready(&mut service)?;
        self.reset()?;
        self.rotate()?;
        self.reset()?;
        let verified = self.product(&["audit", "verify"])?;
        say(verified.trim_end());
        let store = fs::metadata(self.debian.path("/var/lib/wachtwoord-reset/reset.db"))?;
        ensure!(store.mode() & 0o777 == 0o600, "mode of the store: {:o}", store.mode());
        terminate(&mut service)
    }

    /// The steps of `docs/operations/install.md`.
    fn configure(&self) -> anyhow::Result<()> {
        let directory = self.demo.directory.as_ref().context("no directory")?;
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
        self.secret("key1", &key)?;
        self.secret("bind_password", SVC_PASSWORD.as_bytes())?;
        self.secret("domain-ca.pem", &fs::read(self.demo.folder.join("ca.pem"))?)?;
        let mut settings = fs::read_to_string(self.debian.path(SETTINGS))?;
        for (empty, value) in [
            ("\npublic_url = \"\"", format!("\npublic_url = \"{}\"", self.demo.origin())),
            ("\nurls = []", format!("\nurls = [\"{}\"]", directory.url())),
            ("\nbind_dn = \"\"", format!("\nbind_dn = \"{SVC_UPN}\"")),
            ("\nbase_dn = \"\"", format!("\nbase_dn = \"{STAFF}\"")),
            ("\nurl = \"\"", format!("\nurl = \"{}\"", self.demo.entrust.url())),
            ("\napplication_id = \"\"", format!("\napplication_id = \"{APPLICATION_ID}\"")),
        ] {
            ensure!(settings.matches(empty).count() == 1, "the sample has no line {empty}");
            settings = settings.replace(empty, &value);
        }
        fs::write(self.debian.path(SETTINGS), settings)?;
        Ok(())
    }

    fn secret(&self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        fs::write(self.debian.path("/tmp/secret"), content)?;
        let target = format!("/etc/wachtwoord-reset/{name}");
        let install = ["install", "-m", "0640", "-g", USER, "/tmp/secret", &target];
        self.debian.expect(0, "root", &install).map(drop)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let all = [&[BINARY], arguments, &["--settings", SETTINGS]].concat();
        let mut command = self.debian.command(USER, &all);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command of the product, which must succeed.
    fn product(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command(arguments).output()?;
        let text = super::debian::text(&output);
        ensure!(output.status.success(), "{}: {}\n{text}", arguments.join(" "), output.status);
        Ok(text)
    }

    fn serve(&self) -> anyhow::Result<Child> {
        let log = fs::File::create(self.debian.path("/tmp/service.log"))?;
        Ok(self.command(&["serve"]).stdin(Stdio::null()).stderr(log).spawn()?)
    }

    fn wait_until_ready(&self, service: &mut Child) -> anyhow::Result<()> {
        let polling = async {
            while !self.command(&["healthcheck", "--ready"]).output()?.status.success() {
                if let Some(status) = service.try_wait()? {
                    bail!("the service ended: {status}");
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            Ok(())
        };
        let ready = self.runtime.block_on(async { tokio::time::timeout(START_TIMEOUT, polling).await });
        ready.unwrap_or_else(|_| bail!("the service is not ready"))
    }

    /// Resets the password of the next employee.
    pub(super) fn reset(&mut self) -> anyhow::Result<()> {
        match self.runtime.block_on(self.employee.reset(&self.target, RESET_TIMEOUT)) {
            Timed::Done(_) => Ok(()),
            Timed::Failed(reason) => bail!("no reset: {reason}"),
        }
    }

    /// Stops the directory.
    pub(super) fn stop_directory(&self) -> anyhow::Result<()> {
        self.runtime.block_on(self.demo.directory.as_ref().context("no directory")?.stop());
        Ok(())
    }

    /// Starts the directory again.
    pub(super) fn restart_directory(&mut self) -> anyhow::Result<()> {
        self.runtime.block_on(self.demo.directory.as_mut().context("no directory")?.restart())
    }

    /// Waits until this file exists in the system.
    pub(super) fn wait_for_file(&self, path: &str) -> anyhow::Result<()> {
        let polling = async {
            while !self.debian.path(path).exists() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let found = self.runtime.block_on(async { tokio::time::timeout(START_TIMEOUT, polling).await });
        found.with_context(|| format!("no {path}"))
    }

    /// Rotates the audit log with the file of the package, and checks that nothing else beside it is rotated.
    fn rotate(&self) -> anyhow::Result<()> {
        let rotate = ["logrotate", "--force", "--state", "/tmp/rotated", "/etc/logrotate.d/wachtwoord-reset"];
        self.debian.expect(0, "root", &rotate)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(self.debian.path(AUDIT_FOLDER))? {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        let rotated = |name: &str| name.strip_prefix("audit.jsonl.2").is_some_and(|date| date.len() == 9);
        match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            [first, "audit.jsonl.chain"] if rotated(first) => Ok(()),
            _ => bail!("after logrotate: {names:?}"),
        }
    }
}

/// Ends the service as systemd does.
pub(super) fn terminate(service: &mut Child) -> anyhow::Result<()> {
    crate::machine::run(Command::new("kill").args(["-TERM", &service.id().to_string()]))?;
    let status = service.wait()?;
    ensure!(status.success(), "the service ended: {status}");
    Ok(())
}
