//! Builds the site that the server carries inside itself. How, is in the package `bundle`.

use std::env;
use std::path::{Path, PathBuf};

fn main() -> Result<(), env::VarError> {
    let manifest = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let workspace = manifest.parent().unwrap_or(Path::new("/"));
    for input in bundle::inputs(workspace) {
        say(&format!("rerun-if-changed={}", input.display()));
    }
    if let Err(error) = bundle::build(workspace, Path::new(&env::var("OUT_DIR")?)) {
        say(&format!("error={error:#}"));
    }
    Ok(())
}

fn say(line: &str) {
    println!("cargo::{line}");
}
