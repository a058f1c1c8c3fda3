//! What a fresh machine lacks, found and installed: Debian packages as root, or one line to run.
//! It starts no system daemon.

use anyhow::{Context, bail};
use bundle::toolchain::{DEBIAN_PACKAGES, Toolchain};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Installs the Debian packages that are missing.
pub fn install(packages: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let line = format!("apt-get install -y --no-install-recommends {}", missing.join(" "));
    if !is_root() {
        bail!("this machine lacks packages; run as root:\n    {line}");
    }
    say(&format!("installing: {}", missing.join(" ")));
    // Debian starts a service as soon as its package is there; policy-rc.d says no.
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let held = !policy.exists();
    if held {
        std::fs::write(policy, "#!/bin/sh\nexit 101\n")?;
        run(Command::new("chmod").arg("755").arg(policy))?;
    }
    let mut update = Command::new("apt-get");
    update.args(["-qq", "update"]);
    let mut install = Command::new("apt-get");
    install.args(["-qq", "install", "-y", "--no-install-recommends"]).args(&missing);
    install.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    let done = run(&mut update).and_then(|()| run(&mut install));
    if held {
        std::fs::remove_file(policy)?;
    }
    done.with_context(|| format!("tried: {line}"))
}

/// Runs a command to its end; its output is shown.
pub fn run(command: &mut Command) -> anyhow::Result<()> {
    let status =
        command.status().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if !status.success() {
        bail!("{} {}", command.get_program().display(), status);
    }
    Ok(())
}

/// Builds the product; its path.
pub fn build_product(release: bool) -> anyhow::Result<PathBuf> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace()).args([
        "build",
        "--locked",
        "--package",
        "server",
        "--bin",
        "wachtwoord-reset",
    ]);
    if release {
        command.arg("--release");
    }
    run(&mut command)?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace().join("target"), PathBuf::from);
    Ok(target.join(if release { "release" } else { "debug" }).join("wachtwoord-reset"))
}

fn is_installed(package: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${db:Status-Status}", package]).stderr(Stdio::null());
    query.output().is_ok_and(|output| output.stdout == b"installed")
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// A line for the person at the terminal.
pub fn say(line: &str) {
    use std::io::Write as _;
    // A closed terminal is no reason to stop.
    let _ = writeln!(std::io::stdout(), "{line}");
}
