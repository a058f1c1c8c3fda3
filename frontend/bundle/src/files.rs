//! The input files of the site.

use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything in the workspace that the build reads: `.cargo` has cargo's settings, `Cargo.lock` every version (also of
/// wasm-bindgen), `Cargo.toml` the wasm profile, `frontend` this package as well. The server is not among them: an edit
/// there rebuilds no wasm.
const INPUTS: [&str; 7] = [".cargo", "Cargo.lock", "Cargo.toml", "app", "frontend", "public", "style"];

/// The files and folders that the site is built from. A path that does not exist is left out, because cargo would run
/// the build script every time.
pub fn inputs(workspace: &Path) -> Vec<PathBuf> {
    INPUTS.iter().map(|input| workspace.join(input)).filter(|path| path.exists()).collect()
}

/// All files below a folder, or the file itself, in the order of their names; empty if the path does not exist.
pub(crate) fn below(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    if !path.exists() {
        return Ok(Vec::new());
    }
    let mut entries = fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, _>>())
        .with_context(|| format!("cannot list {}", path.display()))?;
    entries.sort();
    let mut all = Vec::new();
    for entry in entries {
        all.extend(below(&entry)?);
    }
    Ok(all)
}

/// Copies a folder's files into another one.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for path in below(from)? {
        let target = to.join(path.strip_prefix(from)?);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::copy(&path, &target)
            .with_context(|| format!("cannot copy {} to {}", path.display(), target.display()))?;
    }
    Ok(())
}
