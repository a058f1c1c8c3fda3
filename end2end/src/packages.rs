//! The package for Debian: builds it, and tests it in a fresh Debian.
//!
//! | module | content |
//! |---|---|
//! | [`cargo_tools`] | cargo-deb and cargo-cyclonedx, installed with cargo |
//! | [`release`] | everything that an operator gets: binary, package, bill of materials |
//! | [`debian`] | a minimal Debian in a folder, and commands in it |
//! | [`package_test`] | the test of the package |
//! | `installation` | the installed package between simulators |
//! | `boot` | the service under a real systemd |
//! | `container` | the files of the container image, without a container engine |

mod boot;
pub mod cargo_tools;
mod container;
pub mod debian;
mod installation;
pub mod package_test;
pub mod release;

use crate::machine::{self, run};
use anyhow::{Context as _, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The Debian packages of the machine that tests the package. `strip` is in binutils.
pub const PACKAGES: [&str; 3] = ["binutils", "debootstrap", "systemd-container"];

/// What a package is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A test: without the symbols of the debug binary, and compressed fast.
    Test,
    /// Operators: the binary as it is, compressed well.
    Release,
}

/// The folder of everything that the commands build here.
pub fn folder() -> PathBuf {
    machine::target().join("packages")
}

/// Makes the Debian package of this binary in this folder, and returns its path. The files inside have the time
/// `source_date_epoch`, in seconds.
pub fn build(
    binary: &Path,
    folder: &Path,
    purpose: Purpose,
    source_date_epoch: &str,
) -> anyhow::Result<PathBuf> {
    let tool = cargo_tools::CARGO_DEB.find_or_install()?;
    // cargo-deb takes the binary from a target folder; this one has nothing else.
    let stage = folder.join("stage");
    let staged = stage.join("release").join("wachtwoord-reset");
    fs::create_dir_all(staged.parent().unwrap_or(&stage))?;
    fs::copy(binary, &staged).with_context(|| format!("cannot read {}", binary.display()))?;
    let packages = folder.join("deb");
    if packages.exists() {
        fs::remove_dir_all(&packages)?;
    }
    fs::create_dir_all(&packages)?;
    let mut command = Command::new(tool);
    command.args(["--no-build", "--no-strip", "--locked", "--quiet", "--manifest-path"]);
    command.arg(machine::workspace().join("server").join("Cargo.toml")).arg("--output").arg(&packages);
    if purpose == Purpose::Test {
        run(Command::new("strip").arg(&staged))?;
        command.arg("--fast");
    }
    run(command.env("CARGO_TARGET_DIR", &stage).env("SOURCE_DATE_EPOCH", source_date_epoch))?;
    let mut entries = fs::read_dir(&packages)?;
    match (entries.next().transpose()?, entries.next()) {
        (Some(package), None) => Ok(package.path()),
        (None, _) | (Some(_), Some(_)) => bail!("expected one package in {}", packages.display()),
    }
}
