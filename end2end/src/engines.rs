//! Installs the tools of the browser tests: the three engines and their drivers from Debian's packages, geckodriver
//! (which Debian 12 lacks), and Node with the npm packages.

use crate::machine::{self, run, say};
use std::path::Path;
use std::process::Command;

/// Chromium, Firefox and `WebKit` with their drivers, and a virtual screen for `WebKit`, which has no headless mode.
pub const PACKAGES: [&str; 5] = ["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb"];

/// The fonts of the pictures, the same on every machine; see `browser/support/fonts.js`.
pub const FONTS: [&str; 2] = ["fonts-inter", "fonts-dejavu-core"];

/// The oldest Node that Playwright and Selenium run on; Debian 12's own is older.
const NODE: u32 = 20;

/// The minor version of geckodriver that the tests require.
const GECKODRIVER: &str = "0.37";

/// Installs the missing tools. geckodriver is compiled once into `target/tools`, where the tests look first.
pub fn install() -> anyhow::Result<()> {
    machine::install(&PACKAGES)?;
    let tools = machine::workspace().join("target").join("tools");
    let cached = tools.join("bin").join("geckodriver");
    if has_required_version(&cached) || (!cached.exists() && has_required_version(Path::new("geckodriver"))) {
        return Ok(());
    }
    say("compiling geckodriver, once: some minutes");
    let mut install = machine::cargo();
    install.args(["install", "--locked", "geckodriver", "--version"]);
    install.arg(format!("^{GECKODRIVER}")).arg("--root").arg(tools);
    run(&mut install)
}

/// Builds the demo that the browser tests start, and installs what they import.
pub fn prepare() -> anyhow::Result<()> {
    run(machine::cargo().args(["build", "--locked", "--package", "end2end", "--bin", "demo"]))?;
    run(npm("browser")?.args(CLEAN_INSTALL))
}

/// Installs the versions of the lock file, without running the packages' own scripts.
pub const CLEAN_INSTALL: [&str; 4] = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];

/// An npm command in a folder below `end2end`.
pub fn npm(folder: &str) -> anyhow::Result<Command> {
    let mut command = node("npm")?;
    command.current_dir(machine::workspace().join("end2end").join(folder));
    Ok(command)
}

/// A command of Node, run with the machine's Node if that is new enough, else with one from npm in `target/tools`.
fn node(command: &str) -> anyhow::Result<Command> {
    if version_of_node(Path::new("node")).is_some_and(|version| version >= NODE) && exists("npm") {
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
    let current = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(modules.join("node").join("bin")).chain(std::env::split_paths(&current));
    let mut command = Command::new(command);
    command.env("PATH", std::env::join_paths(path)?);
    Ok(command)
}

fn exists(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The major version of a Node binary; `None` if it does not exist.
fn version_of_node(node: &Path) -> Option<u32> {
    let output = Command::new(node).arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Whether this geckodriver exists and has the required version.
fn has_required_version(geckodriver: &Path) -> bool {
    let output = Command::new(geckodriver).arg("--version").output();
    output.is_ok_and(|output| output.stdout.starts_with(format!("geckodriver {GECKODRIVER}.").as_bytes()))
}
