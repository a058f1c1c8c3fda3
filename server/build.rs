//! Builds the site that the server embeds, with the package `bundle`.

use std::env;
use std::path::{Path, PathBuf};

fn main() -> Result<(), env::VarError> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = manifest.parent().unwrap_or(Path::new("/"));
    for input in bundle::inputs(workspace) {
        instruct(&format!("rerun-if-changed={}", input.display()));
    }
    if let Err(error) = bundle::build_into(workspace, Path::new(&env::var("OUT_DIR")?)) {
        instruct(&format!("error={error:#}"));
    }
    Ok(())
}

/// Prints a build script instruction for cargo.
fn instruct(line: &str) {
    println!("cargo::{line}");
}
