//! The build of the site: compiles the wasm packages, runs wasm-bindgen, minifies, hashes and compresses every file,
//! and writes the table that the server includes.
//!
//! It replaces cargo-leptos and trunk for these reasons:
//! - The server's build script calls it, so `cargo build -p server` builds all of the product, with the site embedded in
//!   the binary.
//! - `Cargo.lock` pins wasm-bindgen-cli-support to the version of the `wasm-bindgen` crate. A tool from `cargo install`
//!   has its own version, which drifts from the lock file.
//! - cargo-leptos and trunk need a newer rustc than `rust-version`, and take long to install.
//! - Where rustup cannot fetch the wasm32 target, [`toolchain`] builds std from Debian's sources (`-Zbuild-std`).
//!
//! The site depends on its [`inputs`] and on the toolchain, both of which are in the cache key; on no other tool that
//! is on `PATH` and on no environment variable (see `environment`).
//!
//! The work is done by the binary `site` (feature `site`), which [`build`] compiles and runs with a nested cargo.
//! So its 150 dependencies are compiled once and not for every profile of the server, and a command can run this step
//! with cargo's progress visible; cargo shows no output of a build script while that runs.
//!
//! | module | content |
//! |---|---|
//! | [`toolchain`] | the Rust toolchain that can build for wasm32 on this machine, and its commands |
//! | `environment` | the environment of the nested cargo |
//! | `files` | the input files |
//! | `site` | the complete build |
//! | `site::wasm` | cargo, wasm-bindgen, validation of the modules |
//! | `site::script` | references between files, the JavaScript minifier |
//! | `site::style` | style sheets |
//! | `site::asset` | one file: its name, type and compressed forms |
//! | `site::table` | the generated Rust |
//! | `site::cache_key` | the hash of all inputs |

mod environment;
mod files;
#[cfg(feature = "site")]
mod site;
pub mod toolchain;

pub use files::inputs;
#[cfg(feature = "site")]
pub use site::make;

use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use toolchain::Toolchain;

/// The name of the site's folder.
const SITE: &str = "site";

/// Builds the site unless it is up to date, and returns its folder: the files, and `site.rs` with the table of them.
/// The debug, release, clippy and documentation builds of the server share it.
pub fn build(workspace: &Path) -> anyhow::Result<PathBuf> {
    let target = environment::target_dir(workspace, std::env::var_os("CARGO_TARGET_DIR").as_deref());
    let mut cargo = Toolchain::Current.cargo();
    cargo.current_dir(workspace).args(["run", "--locked", "--package", "bundle", "--bin", "site"]);
    cargo.arg("--target-dir").arg(&target).arg("--").arg(&target);
    // Cargo interprets the standard output of a build script.
    let status = cargo.stdin(Stdio::null()).stdout(Stdio::null()).status();
    if !status.with_context(|| format!("cannot run {}", cargo.get_program().display()))?.success() {
        bail!("cannot build the site; see the output above");
    }
    Ok(target.join(SITE))
}

/// Builds the site and copies it to `out_dir`, in the place of an older one.
pub fn build_into(workspace: &Path, out_dir: &Path) -> anyhow::Result<()> {
    let site = build(workspace)?;
    for entry in fs::read_dir(&site).with_context(|| format!("cannot list {}", site.display()))? {
        let older = out_dir.join(entry?.file_name());
        if older.is_dir() {
            fs::remove_dir_all(&older).with_context(|| format!("cannot remove {}", older.display()))?;
        }
    }
    files::copy(&site, out_dir)
}
