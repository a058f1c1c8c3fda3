//! What a nested cargo may not inherit from the cargo that runs the build script. It is not about
//! what the nested cargo is told to do: that is in `toolchain`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Settings of the person or the machine, not of the build that is running: these stay.
/// `CARGO_MAKEFLAGS` names the job server: both cargos share the machine's cores through it.
const KEPT: [&str; 9] = [
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

/// What the outer cargo sets for a build script, or a person for the native build.
const TAKEN_PREFIXES: [&str; 6] = ["CARGO", "RUSTC", "RUSTDOC", "CLIPPY_", "DEP_", "WASM_BINDGEN_"];
const TAKEN: [&str; 11] = [
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
];

/// Whether a variable would change what the nested cargo builds.
pub(crate) fn is_foreign(name: &str) -> bool {
    let taken = TAKEN.contains(&name) || TAKEN_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    taken && !KEPT.iter().any(|kept| name == *kept || (kept.ends_with('_') && name.starts_with(kept)))
}

/// Takes every foreign variable away from a command.
pub(crate) fn clean(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_foreign) {
            command.env_remove(name);
        }
    }
}

/// The wasm build's own target folder: sharing the outer cargo's would wait for its lock for ever.
pub(crate) fn target_dir(workspace: &Path, outer: Option<&OsStr>) -> PathBuf {
    outer.map_or_else(|| workspace.join("target"), |outer| workspace.join(outer)).join("wasm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_outer_cargo_sets_is_taken_away() {
        for name in [
            "CARGO",
            "CARGO_ENCODED_RUSTFLAGS",
            "CARGO_CFG_TARGET_ARCH",
            "CARGO_PKG_NAME",
            "CARGO_TARGET_DIR",
            "CARGO_BUILD_TARGET",
            "CARGO_PROFILE_RELEASE_LTO",
            "CARGO_INCREMENTAL",
            "RUSTC",
            "RUSTC_WORKSPACE_WRAPPER",
            "RUSTFLAGS",
            "CLIPPY_ARGS",
            "TARGET",
            "OUT_DIR",
            "DEBUG",
            "LD_LIBRARY_PATH",
        ] {
            assert!(is_foreign(name), "{name}");
        }
    }

    #[test]
    fn what_belongs_to_the_person_or_the_machine_stays() {
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
            "TARGET_OF_SOMEBODY_ELSE",
            "https_proxy",
        ] {
            assert!(!is_foreign(name), "{name}");
        }
    }

    #[test]
    fn the_wasm_has_a_target_folder_of_its_own_inside_the_outer_one() {
        let workspace = Path::new("/w");
        assert_eq!(target_dir(workspace, None), Path::new("/w/target/wasm"));
        assert_eq!(target_dir(workspace, Some("/elsewhere".as_ref())), Path::new("/elsewhere/wasm"));
        assert_eq!(target_dir(workspace, Some("out".as_ref())), Path::new("/w/out/wasm"));
    }
}
