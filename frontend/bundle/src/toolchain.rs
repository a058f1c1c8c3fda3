//! Which Rust can build for wasm32 on this machine, and its commands. It installs no system
//! packages: that is for a person, or for a command that says so.

use crate::environment;
use anyhow::bail;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target of everything that runs in the browser.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages that can build for wasm32 beside rustup.
pub const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Debian's package that [`Toolchain::clippy`] needs besides, when the toolchain is Debian's.
pub const DEBIAN_CLIPPY_PACKAGE: &str = "rust-web-clippy";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/rust-lld";
const DEBIAN_CARGO_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Debian ships std's sources instead of a built std for wasm32; building it is an unstable option,
/// allowed by `RUSTC_BOOTSTRAP`.
const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// A Rust that can build for wasm32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that builds the server: it has std for wasm32.
    Current,
    /// Debian's, beside rustup: it builds std from its sources, once per target folder.
    Debian,
}

impl Toolchain {
    /// Looks for the target, else asks rustup for it, else takes Debian's toolchain.
    pub fn find() -> anyhow::Result<Self> {
        if current_has_target() || (rustup_adds_target() && current_has_target()) {
            return Ok(Self::Current);
        }
        if debian_is_complete() {
            return Ok(Self::Debian);
        }
        bail!(
            "no Rust on this machine can build for {TARGET}: run `rustup target add {TARGET}`, or on Debian \
             `apt-get install -y --no-install-recommends {}`, or put a toolchain that has the target first on PATH",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    /// `cargo build` for wasm32 of these packages, into a target folder of their own.
    pub fn build(&self, workspace: &Path, target_dir: &Path, packages: &[&str]) -> Command {
        let mut command = self.cargo();
        command.arg("build");
        self.finish(&mut command, workspace, target_dir);
        // What is sent to every browser names no folder of the machine that built it.
        command.env("RUSTFLAGS", remapped(workspace));
        command.args(["--profile", "wasm-release"]);
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        command
    }

    /// `cargo clippy` for wasm32 of one package, warnings as errors; e.g.
    /// `clippy(workspace, "app", &["csr"])`.
    ///
    /// With Debian's toolchain this is
    /// `CARGO=/usr/bin/cargo RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 /usr/bin/cargo-clippy clippy --target
    /// wasm32-unknown-unknown -Zbuild-std=std,panic_abort …`: `cargo clippy` would take rustup's clippy, which
    /// stands earlier in cargo's own search path.
    pub fn clippy(&self, workspace: &Path, package: &str, features: &[&str]) -> Command {
        let outer = env::var_os("CARGO_TARGET_DIR");
        let target_dir = environment::target_dir(workspace, outer.as_deref());
        let mut command = match self {
            Self::Current => self.cargo(),
            Self::Debian => {
                let mut command = debian(DEBIAN_CARGO_CLIPPY);
                command.env("CARGO", DEBIAN_CARGO);
                command
            }
        };
        command.arg("clippy");
        self.finish(&mut command, workspace, &target_dir);
        command.args(["--package", package]);
        if !features.is_empty() {
            command.arg("--features").arg(features.join(","));
        }
        command.args(["--", "-D", "warnings"]);
        command
    }

    fn cargo(&self) -> Command {
        match self {
            Self::Current => {
                let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
                environment::clean(&mut command);
                command
            }
            Self::Debian => debian(DEBIAN_CARGO),
        }
    }

    fn finish(&self, command: &mut Command, workspace: &Path, target_dir: &Path) {
        command.current_dir(workspace).args(["--locked", "--target", TARGET, "--target-dir"]).arg(target_dir);
        match self {
            Self::Current => {}
            Self::Debian => {
                command.arg(BUILD_STD);
            }
        }
    }
}

/// Flags that shorten the paths in panic messages.
fn remapped(workspace: &Path) -> String {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registry = cargo_home.into_iter().flat_map(|home| {
        let sources = std::fs::read_dir(home.join("registry").join("src"));
        sources.into_iter().flatten().filter_map(|folder| Some(folder.ok()?.path()))
    });
    let folders = std::iter::once(workspace.to_owned()).chain(registry);
    let flags = folders.map(|folder| format!("--remap-path-prefix={}=", folder.display()));
    flags.collect::<Vec<_>>().join(" ")
}

/// What the rustc of this build says about itself, so that a new one makes a new site.
#[cfg(feature = "site")]
pub(crate) fn version() -> String {
    answer(Command::new(rustc()).arg("-vV")).unwrap_or_default()
}

/// In a build script cargo names the rustc that it uses itself.
fn rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn debian(program: &str) -> Command {
    let mut command = Command::new(program);
    environment::clean(&mut command);
    command.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    command
}

fn current_has_target() -> bool {
    answer(Command::new(rustc()).args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Fails at once where rustup is missing or has no route; one retry, since Debian's way may be next.
fn rustup_adds_target() -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1");
    answer(&mut rustup).is_some()
}

/// All of its parts: without `rust-web-src` there is no std, and without `lld-22` the linker is a link
/// that leads nowhere.
fn debian_is_complete() -> bool {
    let Some(sysroot) = answer(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"])) else { return false };
    let std = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    [Path::new(DEBIAN_CARGO), Path::new(DEBIAN_LINKER), &std].iter().all(|part| part.exists())
}

/// What a command prints, if it exists and succeeds.
fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn debians_cargo_is_told_its_own_rustc_and_builds_std() {
        let command = Toolchain::Debian.build(Path::new("/w"), Path::new("/t"), &["frontend", "strength"]);
        assert_eq!(
            words(&command).join(" "),
            "/usr/bin/cargo build --locked --target wasm32-unknown-unknown --target-dir /t \
             -Zbuild-std=std,panic_abort --profile wasm-release --package frontend --package strength"
        );
        let set: Vec<_> = command.get_envs().filter_map(|(name, value)| Some((name, value?))).collect();
        assert!(set.contains(&("RUSTC".as_ref(), DEBIAN_RUSTC.as_ref())));
        assert!(set.contains(&("RUSTC_BOOTSTRAP".as_ref(), "1".as_ref())));
    }

    #[test]
    fn debians_clippy_is_called_by_its_own_path() {
        let command = Toolchain::Debian.clippy(Path::new("/w"), "app", &["csr"]);
        let words = words(&command);
        assert_eq!(words.first().map(String::as_str), Some("/usr/bin/cargo-clippy"));
        assert!(words.join(" ").ends_with("--package app --features csr -- -D warnings"));
    }

    #[test]
    fn the_current_toolchain_needs_no_unstable_option() {
        let command = Toolchain::Current.build(Path::new("/w"), Path::new("/t"), &["frontend"]);
        assert!(!words(&command).iter().any(|word| word.starts_with("-Z")));
        assert!(!command.get_envs().any(|(name, value)| name == "RUSTC_BOOTSTRAP" && value.is_some()));
    }
}
