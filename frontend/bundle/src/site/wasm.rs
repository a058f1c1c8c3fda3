//! Compiles the wasm packages with cargo, generates their JavaScript with wasm-bindgen, and validates the result.

use crate::toolchain::{TARGET, Toolchain};
use anyhow::{Context, bail};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use wasm_bindgen_cli_support::Bindgen;
use wasmparser::{Validator, WasmFeatures};

/// A module and its JavaScript.
pub(crate) struct Bindings {
    /// The JavaScript that instantiates the module, an ES module itself.
    pub(crate) glue: String,
    /// The WebAssembly.
    pub(crate) module: Vec<u8>,
}

/// The packages of each cargo invocation. Packages built together share one set of crate features, so `strength` is
/// built alone: the features that it needs would add 6 kB (brotli) to the first load of the pages.
pub(crate) const BUILDS: [&[&str]; 2] = [&["frontend", "registration", "servicedesk"], &["strength"]];

/// What a module may use: WebAssembly 2.0 (reference types, multi-value, bulk memory, sign extension, saturating
/// conversion, SIMD). Chrome, Firefox and Safari support all of it since March 2023 (Safari 16.4).
const BROWSER_FEATURES: WasmFeatures = WasmFeatures::WASM2;

/// Builds all packages for wasm32.
pub(crate) fn compile(toolchain: &Toolchain, workspace: &Path, target: &Path) -> anyhow::Result<()> {
    for packages in BUILDS {
        let mut cargo = toolchain.build(workspace, target, packages);
        // Cargo interprets the standard output of a build script.
        let status = cargo
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", cargo.get_program().display()))?;
        if !status.success() {
            bail!("cannot build {} for {TARGET}; see cargo's output above", packages.join(" and "));
        }
    }
    Ok(())
}

/// Runs wasm-bindgen on a compiled package. Its version matches the `wasm-bindgen` crate, since `Cargo.lock` pins both.
pub(crate) fn bind(target: &Path, package: &str) -> anyhow::Result<Bindings> {
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
        .with_context(|| format!("wasm-bindgen cannot process {}", built.display()))?;
    if folder.join("snippets").exists() {
        bail!("{package} contains JavaScript snippets, which the site does not support");
    }
    let module = fs::read(folder.join(format!("{package}_bg.wasm")))?;
    validate(package, &module)?;
    Ok(Bindings { glue: fs::read_to_string(folder.join(format!("{package}.js")))?, module })
}

/// Fails if browsers would refuse to compile the module.
fn validate(package: &str, module: &[u8]) -> anyhow::Result<()> {
    match Validator::new_with_features(BROWSER_FEATURES).validate_all(module) {
        Ok(_) => Ok(()),
        Err(error) => bail!("the wasm module of package {package} is invalid: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 8] = *b"\0asm\x01\0\0\0";
    /// A function type `() -> i32`, and one function of that type.
    const FUNCTION: [u8; 11] = [1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0];

    fn module(sections: &[&[u8]]) -> Vec<u8> {
        [&HEADER[..]].iter().chain(sections).flat_map(|section| section.iter().copied()).collect()
    }

    #[test]
    fn a_valid_module_passes() {
        // i32.const 0; i32.extend8_s (sign extension); end
        let code = [10, 7, 1, 5, 0, 0x41, 0, 0xc0, 0x0b];
        validate("frontend", &module(&[&FUNCTION, &code])).unwrap();
    }

    #[test]
    fn an_invalid_module_fails_with_one_error_that_names_the_package() {
        // The body leaves no i32 on the stack.
        let code = [10, 4, 1, 2, 0, 0x0b];
        let error = validate("frontend", &module(&[&FUNCTION, &code])).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "the wasm module of package frontend is invalid: type mismatch: expected i32 but nothing on stack \
             (at offset 0x18)"
        );
    }

    #[test]
    fn a_module_that_needs_a_newer_browser_fails() {
        // A shared memory of exactly one page (the threads proposal).
        let memory = [5, 4, 1, 3, 1, 1];
        let error = validate("strength", &module(&[&memory])).unwrap_err().to_string();
        assert!(
            error.starts_with("the wasm module of package strength is invalid: threads must be enabled"),
            "{error}"
        );
    }
}
