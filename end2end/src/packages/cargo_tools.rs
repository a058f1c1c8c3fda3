//! Cargo commands that build packages, in the version that this repository is tested with, in `target/tools`.

use crate::machine::{self, run, say};
use anyhow::bail;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A cargo command from crates.io.
#[derive(Debug, Clone, Copy)]
pub struct CargoTool {
    name: &'static str,
    version: &'static str,
}

/// Makes Debian packages.
pub const CARGO_DEB: CargoTool = CargoTool { name: "cargo-deb", version: "3.8.0" };
/// Writes a bill of materials in the format `CycloneDX`.
pub const CARGO_CYCLONEDX: CargoTool = CargoTool { name: "cargo-cyclonedx", version: "0.5.9" };

impl CargoTool {
    /// Returns the program in `target/tools`. Compiles it first if it is missing or has another version, which takes
    /// about a minute.
    pub fn find_or_install(self) -> anyhow::Result<PathBuf> {
        let root = machine::target().join("tools").join(self.name);
        let program = root.join("bin").join(self.name);
        if self.has_version(&root, &program) {
            return Ok(program);
        }
        let line = format!("cargo install --locked {} --version {}", self.name, self.version);
        if !machine::installs() {
            bail!(
                "{} {} is not installed; install it:\n    {line} --root {}",
                self.name,
                self.version,
                root.display()
            );
        }
        say(&format!("compiling {} {}", self.name, self.version));
        let mut command = machine::cargo();
        command
            .args(["install", "--locked", "--quiet", self.name, "--version", self.version, "--root"])
            .arg(&root);
        // Its own target folder is temporary; that of the workspace would be locked.
        run(command.env_remove("CARGO_TARGET_DIR").env_remove("RUSTFLAGS"))?;
        Ok(program)
    }

    /// The programs print their versions differently, so cargo's own list decides.
    fn has_version(self, root: &Path, program: &Path) -> bool {
        let mut list = machine::cargo();
        list.args(["install", "--list", "--root"]).arg(root).stderr(Stdio::null());
        let line = format!("{} v{}:", self.name, self.version);
        program.is_file() && output_contains(&mut list, &line)
    }
}

fn output_contains(command: &mut Command, line: &str) -> bool {
    command
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|found| found == line))
}
