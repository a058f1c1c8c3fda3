//! A minimal Debian in a folder, made by debootstrap once and copied for each test, and commands that run in it.

use crate::machine::{run, say};
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// What the package depends on or recommends, and what a minimal Debian lacks.
const INCLUDED: &str = "ca-certificates,logrotate,systemd";

/// Mounts `/proc`, which exists in a real system and in a container, and changes to the folder. The mount ends with the
/// command, because it is in a namespace of its own.
const ENTER: &str = "mount -t proc proc \"$0/proc\" && exec chroot \"$@\"";

/// A copy, removed on drop.
#[derive(Debug)]
pub struct Debian {
    folder: TempDir,
}

impl Debian {
    /// Copies the base system, after making it if this target folder has none.
    pub fn fresh() -> anyhow::Result<Self> {
        let base = base()?;
        let folder = tempfile::tempdir_in(crate::packages::folder()).context("no folder for a Debian")?;
        let debian = Self { folder };
        run(Command::new("cp").arg("--archive").arg(base.join(".")).arg(debian.root()))?;
        // A temporary folder is closed to other users, and the service is one.
        run(Command::new("chmod").arg("755").arg(debian.root()))?;
        Ok(debian)
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder, by its absolute path in the system.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path.trim_start_matches('/'))
    }

    /// A command in the system, as this user.
    pub fn command(&self, user: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER]);
        command.arg(self.root()).arg(format!("--userspec={user}")).arg(self.root());
        command.args(arguments);
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("LC_ALL", "C.UTF-8");
        command
    }

    /// Runs a command and returns its output and exit code.
    pub fn output(&self, user: &str, arguments: &[&str]) -> anyhow::Result<Output> {
        self.command(user, arguments).output().context("cannot run unshare")
    }

    /// Runs a command that must exit with this code, and returns everything that it prints.
    pub fn expect(&self, code: i32, user: &str, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.output(user, arguments)?;
        let text = text(&output);
        ensure!(
            output.status.code() == Some(code),
            "{} in the Debian folder: {}, expected {code}\n{text}",
            arguments.join(" "),
            output.status
        );
        Ok(text)
    }
}

/// Both outputs of a command.
pub fn text(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// The base system of the release that this machine runs, because the binary is linked to its libraries.
fn base() -> anyhow::Result<PathBuf> {
    let release = release()?;
    let base = crate::packages::folder().join(format!("debian-{release}"));
    if base.is_dir() {
        return Ok(base);
    }
    say(&format!("making a minimal Debian {release} in {}", base.display()));
    // Renamed when it is complete, so that a run that was killed leaves nothing that looks like it.
    let unfinished = base.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    fs::create_dir_all(unfinished.parent().unwrap_or(Path::new("/")))?;
    let log = unfinished.with_extension("log");
    let mut command = Command::new("debootstrap");
    command.args(["--variant=minbase", &format!("--include={INCLUDED}"), &release]);
    command.arg(&unfinished).arg(mirror(&release)?).stdout(fs::File::create(&log)?);
    if let Some(proxy) = proxy() {
        command.env("http_proxy", proxy);
    }
    run(&mut command).with_context(|| format!("see {}", log.display()))?;
    fs::rename(&unfinished, &base)?;
    Ok(base)
}

fn release() -> anyhow::Result<String> {
    let text = fs::read_to_string("/etc/os-release").context("/etc/os-release")?;
    let codename = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    match codename {
        Some(codename) if text.lines().any(|line| line == "ID=debian") => {
            Ok(codename.trim_matches('"').to_owned())
        }
        Some(_) | None => bail!("the package is tested on Debian, and this machine has another system"),
    }
}

/// The archive from which apt on this machine gets this release.
fn mirror(release: &str) -> anyhow::Result<String> {
    let format = "$(REPO_URI) $(RELEASE) $(COMPONENT)";
    let targets = Command::new("apt-get")
        .args(["indextargets", "--format", format, "Created-By: Packages"])
        .output()?;
    let targets = String::from_utf8_lossy(&targets.stdout).into_owned();
    let is_ours = |line: &&str| line.split(' ').skip(1).eq([release, "main"]);
    let line = targets.lines().find(is_ours).with_context(|| format!("apt knows no archive of {release}"))?;
    Ok(line.split(' ').next().unwrap_or_default().to_owned())
}

/// The proxy of apt on this machine.
fn proxy() -> Option<String> {
    let output = Command::new("apt-config").args(["shell", "PROXY", "Acquire::http::Proxy"]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let proxy = text.trim().strip_prefix("PROXY='")?.strip_suffix('\'')?;
    (!proxy.is_empty()).then(|| proxy.to_owned())
}
