//! Prepares this machine and builds the product: installs missing Debian packages (as root, else it prints the command)
//! without starting their services, and runs cargo.

use anyhow::{Context, bail};
use bundle::toolchain::{DEBIAN_PACKAGES, Toolchain};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

/// The workspace's root folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("/")).to_owned()
}

/// Finds a Rust that can build for the browser, or installs one.
pub fn wasm_toolchain() -> anyhow::Result<Toolchain> {
    match Toolchain::find() {
        Ok(found) => Ok(found),
        Err(error) => {
            install(&DEBIAN_PACKAGES).with_context(|| error.to_string())?;
            Toolchain::find()
        }
    }
}

/// The target folder of cargo.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from)
}

static INSTALLS: AtomicBool = AtomicBool::new(true);

/// From now on [`install`] reports missing packages instead of installing them.
pub fn forbid_installation() {
    INSTALLS.store(false, Ordering::Relaxed);
}

/// Whether this run may install what the machine lacks.
pub fn installs() -> bool {
    INSTALLS.load(Ordering::Relaxed)
}

/// Prevents that Debian starts a service as soon as its package is installed. Dropping it restores the earlier state.
struct ServicePolicy {
    is_ours: bool,
}

impl ServicePolicy {
    const PATH: &str = "/usr/sbin/policy-rc.d";
    const CONTENT: &str = "#!/bin/sh\n# Written by `cargo verify`.\nexit 101\n";

    fn deny() -> anyhow::Result<Self> {
        // A file with our content is left from a run that was killed.
        let existing = std::fs::read_to_string(Self::PATH);
        let is_ours = existing.as_ref().map_or(true, |content| content == Self::CONTENT);
        if is_ours {
            std::fs::write(Self::PATH, Self::CONTENT)?;
            run(Command::new("chmod").arg("755").arg(Self::PATH))?;
        }
        Ok(Self { is_ours })
    }
}

impl Drop for ServicePolicy {
    fn drop(&mut self) {
        if self.is_ours
            && let Err(error) = std::fs::remove_file(Self::PATH)
        {
            say(&format!("{} not removed: {error}", Self::PATH));
        }
    }
}

/// Installs the Debian packages that are missing, after printing their names.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() || !installs() {
        bail!("this machine lacks packages; run as root:\n    {line}");
    }
    say(&format!("installing: {}", missing.join(" ")));
    let _policy = ServicePolicy::deny()?;
    let mut update = Command::new("apt-get");
    update.args(["-qq", "update"]);
    let mut install = Command::new("apt-get");
    install.args(["-qq", "install", "-y", "--no-install-recommends"]).args(&missing);
    install.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    run(&mut update).and_then(|()| run(&mut install)).with_context(|| format!("tried: {line}"))
}

/// Runs a command with its output on the terminal. Fails if its exit status is not success.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} {}", command.get_program().display(), status);
    }
    Ok(())
}

/// Builds the product and returns its path.
pub fn build_product(release: bool) -> anyhow::Result<PathBuf> {
    say("Building the site (1/2) and the server (2/2): about 8 minutes the first time, on 2 cores.");
    say("(1/2) Site: the front end, compiled to wasm");
    build_site()?;
    say("(2/2) Server");
    let mut command = cargo();
    command.args(["build", "--locked", "--package", "server", "--bin", "wachtwoord-reset"]);
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    Ok(target().join(if release { "release" } else { "debug" }).join("wachtwoord-reset"))
}

/// Fails if the fakes of the tests are in a binary. It must have symbols, as a debug build has.
pub fn check_without_fakes(binary: &Path) -> anyhow::Result<()> {
    let content = std::fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let contains = |name: &str| memchr::memmem::find(&content, name.as_bytes()).is_some();
    if !contains("ResetService") {
        bail!("{} has no symbols: it cannot be checked", binary.display());
    }
    for fake in ["test_support", "FakeDirectory", "FakeOtpProvider", "MemoryStore"] {
        if contains(fake) {
            bail!("{} contains {fake}: the feature `test-support` is on", binary.display());
        }
    }
    Ok(())
}

/// Builds the site, so that the server's build script finds it in the cache. That script would build it as well, but
/// cargo shows no output of a build script while it runs.
pub fn build_site() -> anyhow::Result<()> {
    wasm_toolchain()?;
    bundle::build(&workspace()).map(drop)
}

/// The cargo that runs this command, in the workspace.
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]).stderr(Stdio::null());
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

/// Whether this process is root.
pub(crate) fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Lets this process, and those that it starts later, open as many files as it may. Each simulated client takes several.
pub fn raise_descriptor_limit() -> anyhow::Result<()> {
    let limits = std::fs::read_to_string("/proc/self/limits")?;
    let line = limits.lines().find(|line| line.starts_with("Max open files")).context("no limit of files")?;
    let mut values = line.split_whitespace().skip(3);
    let (soft, hard) = (values.next().unwrap_or_default(), values.next().unwrap_or_default());
    if soft == hard {
        return Ok(());
    }
    let process = std::process::id().to_string();
    run(Command::new("prlimit").args(["--pid", &process, &format!("--nofile={hard}:{hard}")]))
}

/// Prints a line on the standard output.
pub fn say(line: &str) {
    use std::io::Write as _;
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{line}");
}
