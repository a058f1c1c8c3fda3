//! The test of the package: what an operator does with it, from the installation to the removal, in a fresh Debian.

use super::debian::Debian;
use super::installation::{AUDIT_FOLDER, BINARY, Installation, SETTINGS, USER};
use super::{Purpose, boot, container};
use crate::machine::say;
use anyhow::ensure;
use std::fs;
use std::path::Path;

const UNIT: &str = "wachtwoord-reset.service";
/// The greatest exposure that `systemd-analyze security` may report, in tenths.
const MAX_EXPOSURE: &str = "--threshold=20";

/// Builds the package of this binary and tests it.
pub fn test(binary: &Path) -> anyhow::Result<()> {
    // Files of the package have the time zero, which no test depends on.
    let package = super::build(binary, &super::folder().join("test"), Purpose::Test, "0")?;
    let debian = Debian::fresh()?;
    step("install the package");
    install(&debian, &package)?;
    step("unit: verify, and its exposure");
    debian.expect(0, "root", &["systemd-analyze", "verify", "--man=no", UNIT])?;
    let exposure = ["systemd-analyze", "security", "--offline=true", MAX_EXPOSURE, "--no-pager", UNIT];
    let report = debian.expect(0, "root", &exposure)?;
    say(report.trim_end().lines().last().unwrap_or_default());
    step("check names the first of the six settings");
    let report = debian.expect(2, USER, &[BINARY, "check", "--settings", SETTINGS])?;
    ensure!(report.contains("settings.toml: public_url: expected a value"), "{report}");
    step("edit six settings, check, first reset, logrotate");
    let mut installation = Installation::new(&debian)?;
    installation.first_reset()?;
    step("container: only the files of the image, read-only, as another user");
    container::test(&debian)?;
    step("boot: the unit under systemd; it starts while the directory is down, and resets when it is back");
    boot::test(&mut installation)?;
    step("upgrade and removal keep settings, keys, store and audit log");
    upgrade_and_removal(&debian)
}

fn step(text: &str) {
    say(&format!("package: {text}"));
}

fn install(debian: &Debian, package: &Path) -> anyhow::Result<()> {
    fs::copy(package, debian.path("/tmp/package.deb"))?;
    debian.expect(0, "root", &["dpkg", "--install", "/tmp/package.deb"])?;
    let version = debian.expect(0, USER, &[BINARY, "--version"])?;
    ensure!(
        version.starts_with(concat!("wachtwoord-reset ", env!("CARGO_PKG_VERSION"), " (commit ")),
        "{version}"
    );
    let links = debian.path("/etc/systemd/system/multi-user.target.wants").join(UNIT);
    ensure!(!links.exists(), "the installation enabled the service, which has no settings yet");
    Ok(())
}

fn upgrade_and_removal(debian: &Debian) -> anyhow::Result<()> {
    let kept = [SETTINGS, "/etc/wachtwoord-reset/key1", "/var/lib/wachtwoord-reset/reset.db"];
    let before = kept.map(|path| fs::read(debian.path(path)).ok());
    let audit_files = fs::read_dir(debian.path(AUDIT_FOLDER))?.count();
    debian.expect(0, "root", &["dpkg", "--install", "/tmp/package.deb"])?;
    debian.expect(0, "root", &["dpkg", "--remove", "wachtwoord-reset"])?;
    ensure!(!debian.path(BINARY).exists(), "the binary is still installed");
    let after = kept.map(|path| fs::read(debian.path(path)).ok());
    ensure!(before.iter().all(Option::is_some) && before == after, "a file was changed or removed");
    debian.expect(0, "root", &["dpkg", "--purge", "wachtwoord-reset"])?;
    ensure!(!debian.path(SETTINGS).exists(), "purge keeps the settings file");
    ensure!(debian.path(kept[1]).exists() && debian.path(kept[2]).exists(), "purge removed data");
    ensure!(fs::read_dir(debian.path(AUDIT_FOLDER))?.count() == audit_files, "purge removed the audit log");
    Ok(())
}
