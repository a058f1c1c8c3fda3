//! promtool: checks the alert rules and runs their tests.

use crate::machine::{self, run};
use anyhow::Context as _;
use std::process::Command;

/// The Debian package with promtool.
pub const PACKAGES: [&str; 1] = ["prometheus"];

/// Installs promtool if it is missing. The service of its package is not started, see [`machine::install`], and does not
/// start with the machine either.
pub fn install() -> anyhow::Result<()> {
    if Command::new("promtool").arg("--version").output().is_ok() {
        return Ok(());
    }
    machine::install(&PACKAGES)?;
    // A machine without systemd starts no service.
    drop(Command::new("systemctl").args(["disable", "--quiet", "prometheus.service"]).output());
    Ok(())
}

/// Checks the alert rules in `server/packaging/prometheus` and runs their tests.
pub fn check() -> anyhow::Result<()> {
    let folder = machine::workspace().join("server").join("packaging").join("prometheus");
    for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]] {
        run(Command::new("promtool").args(arguments).current_dir(&folder))
            .with_context(|| format!("promtool is in the Debian package {}", PACKAGES.join(" ")))?;
    }
    Ok(())
}
