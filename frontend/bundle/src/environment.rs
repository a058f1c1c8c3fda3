//! The environment variables of the nested cargo. A variable that could change the wasm is removed, because the site
//! may depend only on its inputs in the workspace and on the toolchain.
//!
//! Cargo's own configuration files (`$CARGO_HOME/config.toml` and `.cargo/config.toml` in the folders above) stay in
//! effect: they define where packages come from. Their compiler flags do not apply, since `toolchain` sets
//! `CARGO_ENCODED_RUSTFLAGS`, which has precedence.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings of the user or the machine that do not change the output: exact names, or prefixes that end in `_`.
/// `CARGO_MAKEFLAGS` names the job server, through which both cargos share the machine's cores.
const RETAINED: [&str; 9] = [
    "CARGO_HOME",
    "CARGO_HTTP_",
    "CARGO_NET_",
    "CARGO_REGISTRY_",
    "CARGO_REGISTRIES_",
    "CARGO_SOURCE_",
    "CARGO_TERM_",
    "CARGO_BUILD_JOBS",
    "CARGO_MAKEFLAGS",
];

/// What the outer cargo sets for a build script, what a user sets for the native build, and what Leptos' macros and
/// wasm-bindgen read while they compile.
const REMOVED_PREFIXES: [&str; 8] =
    ["CARGO", "RUSTC", "RUSTDOC", "CLIPPY_", "DEP_", "WASM_BINDGEN_", "LEPTOS_", "SERVER_FN_"];
const REMOVED: [&str; 12] = [
    "RUSTFLAGS",
    "TARGET",
    "HOST",
    "OUT_DIR",
    "PROFILE",
    "OPT_LEVEL",
    "DEBUG",
    "NUM_JOBS",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "RUST_RECURSION_COUNT",
    "DISABLE_SERVER_FN_HASH",
];

/// Whether a variable could change what the nested cargo builds.
pub(crate) fn is_removed(name: &str) -> bool {
    let removed = REMOVED.contains(&name) || REMOVED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    let matches =
        |retained: &&str| name == *retained || (retained.ends_with('_') && name.starts_with(*retained));
    removed && !RETAINED.iter().any(matches)
}

/// Removes every such variable from the environment of a command.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_removed) {
            command.env_remove(name);
        }
    }
}

/// The target folder of the wasm build. It is separate because the outer cargo locks its own until its build script
/// exits.
pub(crate) fn target_dir(workspace: &Path, outer: Option<&OsStr>) -> PathBuf {
    outer.map_or_else(|| workspace.join("target"), |outer| workspace.join(outer)).join("wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_change_the_build_are_removed() {
        for name in [
            "CARGO",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_CFG_TARGET_ARCH",
            "CARGO_PKG_NAME",
            "CARGO_TARGET_DIR",
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_PROFILE_WASM_RELEASE_OPT_LEVEL",
            "CARGO_INCREMENTAL",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTFLAGS",
            "CLIPPY_ARGS",
            "TARGET",
            "OUT_DIR",
            "DEBUG",
            "LD_LIBRARY_PATH",
            "LEPTOS_OUTPUT_NAME",
            "SERVER_FN_PREFIX",
        ] {
            assert!(is_removed(name), "{name}");
        }
    }

    #[test]
    fn variables_of_the_user_or_the_machine_are_retained() {
        for name in [
            "PATH",
            "HOME",
            "CARGO_HOME",
            "CARGO_HTTP_PROXY",
            "CARGO_REGISTRIES_CRATES_IO_PROTOCOL",
            "CARGO_TERM_COLOR",
            "CARGO_BUILD_JOBS",
            "CARGO_MAKEFLAGS",
            "RUSTUP_HOME",
            "RUSTUP_TOOLCHAIN",
            "TARGET_OF_ANOTHER_TOOL",
            "https_proxy",
        ] {
            assert!(!is_removed(name), "{name}");
        }
    }

    #[test]
    fn the_wasm_target_folder_is_inside_the_outer_one() {
        let workspace = Path::new("/w");
        assert_eq!(target_dir(workspace, None), Path::new("/w/target/wasm"));
        assert_eq!(target_dir(workspace, Some("/elsewhere".as_ref())), Path::new("/elsewhere/wasm"));
        assert_eq!(target_dir(workspace, Some("out".as_ref())), Path::new("/w/out/wasm"));
    }
}
