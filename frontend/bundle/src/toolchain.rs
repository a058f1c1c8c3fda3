//! Finds the Rust toolchain that can build for wasm32 and composes its cargo commands. Installs no system packages.

use crate::environment;
use anyhow::bail;
use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The target of everything that runs in the browser.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's packages that can build for wasm32 beside rustup.
pub const DEBIAN_PACKAGES: [&str; 5] = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-llvm", "lld-22"];

/// Debian's package that [`Toolchain::clippy`] additionally needs if the toolchain is Debian's.
pub const DEBIAN_CLIPPY_PACKAGE: &str = "rust-web-clippy";

const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_CARGO: &str = "/usr/bin/cargo";
const DEBIAN_LINKER: &str = "/usr/bin/rust-lld";
const DEBIAN_CARGO_CLIPPY: &str = "/usr/bin/cargo-clippy";

/// Debian ships std's sources instead of a compiled std for wasm32; building it is an unstable option, which
/// `RUSTC_BOOTSTRAP` allows.
const BUILD_STD: &str = "-Zbuild-std=std,panic_abort";

/// Leptos then compiles every view to one type, which saves about 3 kB (brotli) on the wizard.
const ERASE_COMPONENTS: &str = "--cfg=erase_components";

/// A Rust toolchain that can build for wasm32.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Toolchain {
    /// The one that builds the server: it has std for wasm32.
    Current,
    /// Debian's, beside rustup: it builds std from its sources, once per target folder.
    Debian,
}

impl Toolchain {
    /// Returns the first one that is installed; if there is none, adds the target with rustup.
    pub fn find() -> anyhow::Result<Self> {
        if current_has_target() {
            return Ok(Self::Current);
        }
        if debian_is_complete() {
            return Ok(Self::Debian);
        }
        if rustup_adds_target() && current_has_target() {
            return Ok(Self::Current);
        }
        bail!(
            "no Rust on this machine can build for {TARGET}: run `rustup target add {TARGET}`, or on Debian \
             `apt-get install -y --no-install-recommends {}`, or put a toolchain that has the target first on PATH",
            DEBIAN_PACKAGES.join(" ")
        )
    }

    /// `cargo build` for wasm32 of these packages, into the target folder `target_dir`.
    pub fn build(&self, workspace: &Path, target_dir: &Path, packages: &[&str]) -> Command {
        let mut command = self.cargo();
        command.arg("build");
        self.add_build_arguments(&mut command, workspace, target_dir);
        command.args(["--profile", "wasm-release"]);
        command.args(packages.iter().flat_map(|package| ["--package", package]));
        command
    }

    /// `cargo clippy` for wasm32 of one package, warnings as errors; e.g. `clippy(workspace, "app", &["csr"])`.
    ///
    /// With Debian's toolchain this calls `/usr/bin/cargo-clippy` directly: `cargo clippy` would find rustup's
    /// clippy, which is earlier in cargo's own search path.
    pub fn clippy(&self, workspace: &Path, package: &str, features: &[&str]) -> Command {
        let outer = env::var_os("CARGO_TARGET_DIR");
        let target_dir = environment::target_dir(workspace, outer.as_deref());
        let mut command = match self {
            Self::Current => self.cargo(),
            Self::Debian => {
                let mut command = self.command(DEBIAN_CARGO_CLIPPY);
                command.env("CARGO", DEBIAN_CARGO);
                command
            }
        };
        command.arg("clippy");
        self.add_build_arguments(&mut command, workspace, &target_dir);
        command.args(["--package", package]);
        if !features.is_empty() {
            command.arg("--features").arg(features.join(","));
        }
        command.args(["--", "-D", "warnings"]);
        command
    }

    /// Describes what the output of [`build`](Self::build) depends on besides the sources: compiler, arguments and
    /// variables.
    #[cfg(feature = "site")]
    pub(crate) fn describe(&self, build: &Command) -> anyhow::Result<String> {
        use anyhow::Context;
        let rustc = self.rustc();
        let version = output(Command::new(&rustc).arg("-vV"))
            .with_context(|| format!("cannot run {} -vV", rustc.display()))?;
        let arguments: Vec<_> = build.get_args().collect();
        // Without the removed variables, which depend on the environment of the calling process.
        let set: Vec<_> =
            build.get_envs().filter(|(name, value)| value.is_some() && *name != "RUSTC").collect();
        Ok(format!("{self:?}\n{version}{arguments:?}\n{set:?}\n"))
    }

    /// Cargo with a clean environment.
    pub(crate) fn cargo(&self) -> Command {
        match self {
            Self::Current => self.command(env::var_os("CARGO").unwrap_or_else(|| "cargo".into())),
            Self::Debian => self.command(DEBIAN_CARGO),
        }
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        environment::clean(&mut command);
        command.env("RUSTC", self.rustc());
        command
    }

    fn rustc(&self) -> OsString {
        match self {
            Self::Current => current_rustc(),
            Self::Debian => DEBIAN_RUSTC.into(),
        }
    }

    fn add_build_arguments(&self, command: &mut Command, workspace: &Path, target_dir: &Path) {
        command.current_dir(workspace).args(["--locked", "--target", TARGET, "--target-dir"]).arg(target_dir);
        command.env("CARGO_ENCODED_RUSTFLAGS", rustflags(workspace));
        match self {
            Self::Current => {}
            Self::Debian => {
                command.arg(BUILD_STD).env("RUSTC_BOOTSTRAP", "1");
            }
        }
    }
}

/// The compiler flags, in the format of `CARGO_ENCODED_RUSTFLAGS`. Paths are remapped, so that panic messages in the
/// output name no folder of the build machine.
fn rustflags(workspace: &Path) -> String {
    let cargo_home = env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")));
    let registries = cargo_home.into_iter().flat_map(|home| {
        let sources = std::fs::read_dir(home.join("registry").join("src"));
        sources.into_iter().flatten().filter_map(|folder| Some(folder.ok()?.path()))
    });
    let folders = std::iter::once(workspace.to_owned()).chain(registries);
    let remapped = folders.map(|folder| format!("--remap-path-prefix={}=", folder.display()));
    let mut flags: Vec<_> = remapped.collect();
    flags.sort();
    flags.push(ERASE_COMPONENTS.to_owned());
    flags.join("\x1f")
}

/// The rustc of the outer cargo, which sets `RUSTC` for its build scripts.
fn current_rustc() -> OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn current_has_target() -> bool {
    output(Command::new(current_rustc()).args(["--print", "target-libdir", "--target", TARGET]))
        .is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Adds the wasm32 target with rustup. Fails at once if rustup is missing or cannot reach its server.
fn rustup_adds_target() -> bool {
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", TARGET]).env("RUSTUP_MAX_RETRIES", "1");
    output(&mut rustup).is_some()
}

/// Whether all of Debian's packages are installed: `rust-web-src` has std's sources, and `rust-lld` is a dangling link
/// without `lld-22`.
fn debian_is_complete() -> bool {
    let Some(sysroot) = output(Command::new(DEBIAN_RUSTC).args(["--print", "sysroot"])) else { return false };
    let std = Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/std/Cargo.toml");
    [Path::new(DEBIAN_CARGO), Path::new(DEBIAN_LINKER), &std].iter().all(|part| part.exists())
}

/// The standard output of a command, if it exists and succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(command: &Command) -> Vec<String> {
        std::iter::once(command.get_program())
            .chain(command.get_args())
            .map(|word| word.to_string_lossy().into_owned())
            .collect()
    }

    fn variable(command: &Command, name: &str) -> Option<String> {
        let (_, value) = command.get_envs().find(|(other, _)| *other == name)?;
        Some(value?.to_string_lossy().into_owned())
    }

    #[test]
    fn debians_cargo_uses_its_own_rustc_and_builds_std() {
        let command = Toolchain::Debian.build(Path::new("/w"), Path::new("/t"), &["frontend", "strength"]);
        assert_eq!(
            arguments(&command).join(" "),
            "/usr/bin/cargo build --locked --target wasm32-unknown-unknown --target-dir /t \
             -Zbuild-std=std,panic_abort --profile wasm-release --package frontend --package strength"
        );
        assert_eq!(variable(&command, "RUSTC").as_deref(), Some(DEBIAN_RUSTC));
        assert_eq!(variable(&command, "RUSTC_BOOTSTRAP").as_deref(), Some("1"));
    }

    #[test]
    fn debians_clippy_is_called_by_its_own_path() {
        let command = Toolchain::Debian.clippy(Path::new("/w"), "app", &["csr"]);
        let arguments = arguments(&command);
        assert_eq!(arguments.first().map(String::as_str), Some("/usr/bin/cargo-clippy"));
        assert!(arguments.join(" ").ends_with("--package app --features csr -- -D warnings"));
    }

    #[test]
    fn the_current_toolchain_needs_no_unstable_option() {
        let command = Toolchain::Current.build(Path::new("/w"), Path::new("/t"), &["frontend"]);
        assert!(!arguments(&command).iter().any(|word| word.starts_with("-Z")));
        assert_eq!(variable(&command, "RUSTC_BOOTSTRAP"), None);
    }

    #[test]
    fn build_and_clippy_compile_with_the_same_flags() {
        let workspace = Path::new("/folder with spaces");
        let build = Toolchain::Current.build(workspace, Path::new("/t"), &["frontend"]);
        let flags = variable(&build, "CARGO_ENCODED_RUSTFLAGS").unwrap();
        let clippy = Toolchain::Current.clippy(workspace, "frontend", &[]);
        assert_eq!(variable(&clippy, "CARGO_ENCODED_RUSTFLAGS").as_deref(), Some(flags.as_str()));
        let flags: Vec<_> = flags.split('\x1f').collect();
        assert!(flags.contains(&"--remap-path-prefix=/folder with spaces="), "{flags:?}");
        assert_eq!(flags.last(), Some(&"--cfg=erase_components"));
    }

    #[cfg(feature = "site")]
    #[test]
    fn the_description_names_toolchain_arguments_and_flags() {
        let command = Toolchain::Current.build(Path::new("/w"), Path::new("/t"), &["frontend"]);
        let described = Toolchain::Current.describe(&command).unwrap();
        for part in ["Current", "LLVM version", "wasm-release", "erase_components"] {
            assert!(described.contains(part), "no {part} in {described}");
        }
    }
}
