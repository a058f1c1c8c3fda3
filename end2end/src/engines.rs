//! What the three browser engines are driven with: Debian's packages, and geckodriver, which Debian 12 lacks. Not
//! what is done with them: that is `browser/engines`.

use crate::machine::{self, run, say};
use std::path::Path;
use std::process::Command;

/// Chromium, Firefox and `WebKit` with their drivers, and a screen for the one that needs it.
pub const PACKAGES: [&str; 5] = ["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb"];

/// What the pictures are drawn in, the same on every machine; see `browser/support/fonts.js`.
pub const FONTS: [&str; 2] = ["fonts-inter", "fonts-dejavu-core"];

/// The oldest Node that Playwright and Selenium run on; Debian 12's own is older.
const NODE: u32 = 20;

/// The line of geckodriver's versions that the tests are made for.
const GECKODRIVER: &str = "0.37";

/// Installs what is missing. geckodriver is compiled once and kept in `target/tools`, where the tests look first.
pub fn install() -> anyhow::Result<()> {
    machine::install(&PACKAGES)?;
    let tools = machine::workspace().join("target").join("tools");
    let kept = tools.join("bin").join("geckodriver");
    if is_right(&kept) || (!kept.exists() && is_right(Path::new("geckodriver"))) {
        return Ok(());
    }
    say("compiling geckodriver, once: some minutes");
    let mut install = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    install.args(["install", "--quiet", "--locked", "geckodriver", "--version"]);
    install.arg(format!("^{GECKODRIVER}")).arg("--root").arg(tools);
    run(&mut install)
}

/// Builds the demo that the browser tests start, and installs what they import.
pub fn prepare() -> anyhow::Result<()> {
    let mut demo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    run(demo.current_dir(machine::workspace()).args([
        "build",
        "--locked",
        "--package",
        "end2end",
        "--bin",
        "demo",
    ]))?;
    run(npm("browser")?.args(CLEAN_INSTALL))
}

/// What stands in the lock file, without running what packages bring.
pub const CLEAN_INSTALL: [&str; 4] = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];

/// npm in a folder below `end2end`.
pub fn npm(folder: &str) -> anyhow::Result<Command> {
    let mut command = node("npm")?;
    command.current_dir(machine::workspace().join("end2end").join(folder));
    Ok(command)
}

/// A command of Node's – `npm` – on the machine's own Node, or on one that npm brings, kept in `target/tools`.
fn node(command: &str) -> anyhow::Result<Command> {
    if version_of_node(Path::new("node")).is_some_and(|version| version >= NODE) && is_there("npm") {
        return Ok(Command::new(command));
    }
    machine::install(&["nodejs", "npm"])?;
    let tools = machine::workspace().join("target").join("tools");
    let modules = tools.join("node_modules");
    if version_of_node(&modules.join("node").join("bin").join("node")).is_none_or(|version| version < NODE) {
        say("fetching a Node that the browser tests run on");
        run(Command::new("npm")
            .args(["install", "--no-audit", "--no-fund", "--prefix"])
            .arg(&tools)
            .arg("node@22"))?;
    }
    let own = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(modules.join("node").join("bin")).chain(std::env::split_paths(&own));
    let mut command = Command::new(command);
    command.env("PATH", std::env::join_paths(path)?);
    Ok(command)
}

fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The first part of what `node --version` says.
fn version_of_node(node: &Path) -> Option<u32> {
    let told = Command::new(node).arg("--version").output().ok()?;
    let told = String::from_utf8(told.stdout).ok()?;
    told.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether it is there, in a version of that line.
fn is_right(geckodriver: &Path) -> bool {
    let told = Command::new(geckodriver).arg("--version").output();
    told.is_ok_and(|told| told.stdout.starts_with(format!("geckodriver {GECKODRIVER}.").as_bytes()))
}
