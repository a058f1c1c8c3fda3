//! From Rust to a module that a browser loads: cargo, wasm-bindgen and, where there is one, wasm-opt.
//! Which cargo, is `toolchain`'s to know.

use super::shrink::shrink;
use crate::toolchain::{TARGET, Toolchain};
use anyhow::{Context, bail};
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wasm_bindgen_cli_support::Bindgen;

/// A module and the script that loads it.
pub(crate) struct Bound {
    /// The script, an ES module.
    pub(crate) glue: String,
    /// The WebAssembly.
    pub(crate) module: Vec<u8>,
}

/// What is built in one go, so that it shares what it can. The strength estimate is not: what it asks of crates that the
/// pages use too would be in them as well (6 kB br of the first load).
const TOGETHER: [&[&str]; 2] = [&["frontend", "registration"], &["strength"]];

/// Builds all packages for wasm32.
pub(crate) fn compile(toolchain: &Toolchain, workspace: &Path, target: &Path) -> anyhow::Result<()> {
    TOGETHER.iter().try_for_each(|packages| compile_together(toolchain, workspace, target, packages))
}

fn compile_together(
    toolchain: &Toolchain,
    workspace: &Path,
    target: &Path,
    packages: &[&str],
) -> anyhow::Result<()> {
    let mut cargo = toolchain.build(workspace, target, packages);
    // A build script's standard output is read by cargo.
    let status = cargo
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", cargo.get_program().display()))?;
    if !status.success() {
        bail!("building the front end for {TARGET} failed; cargo's own words stand above");
    }
    Ok(())
}

/// Binds one package: the same version as the `wasm-bindgen` crate, since both stand in `Cargo.lock`.
pub(crate) fn bind(target: &Path, package: &str) -> anyhow::Result<Bound> {
    let built = target.join(TARGET).join("wasm-release").join(format!("{package}.wasm"));
    let folder = target.join("bound").join(package);
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    Bindgen::new()
        .input_path(&built)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(&folder)
        .with_context(|| format!("wasm-bindgen cannot bind {}", built.display()))?;
    if folder.join("snippets").exists() {
        bail!("{package} brings script snippets of its own, which the site does not carry");
    }
    let (glue, module) = (folder.join(format!("{package}.js")), folder.join(format!("{package}_bg.wasm")));
    let (script, bytes) = shrink(&fs::read_to_string(&glue)?, &fs::read(&module)?)?;
    fs::write(&module, bytes)?;
    if let Some(optimiser) = optimiser() {
        optimise(&optimiser, &module)?;
    }
    Ok(Bound { glue: script, module: fs::read(module)? })
}

/// wasm-opt, where it is on the path. Under fat LTO it saves 1.5 %, so nobody has to have it.
pub(crate) fn optimiser() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join("wasm-opt")).find(|program| program.is_file())
}

fn optimise(optimiser: &Path, module: &Path) -> anyhow::Result<()> {
    let status = Command::new(optimiser)
        .args(["-Oz", "--all-features", "-o"])
        .arg(module)
        .arg(module)
        .stdout(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", optimiser.display()))?;
    if !status.success() {
        bail!("wasm-opt failed on {}", module.display());
    }
    Ok(())
}
