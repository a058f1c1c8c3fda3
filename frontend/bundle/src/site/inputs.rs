//! What the site is made of, as one hash. It is not a cache: it only says whether the last site will
//! still do.

use super::asset::hex;
use anyhow::Context;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// `Cargo.toml` holds the wasm profile, `Cargo.lock` every version.
const INPUTS: [&str; 6] = ["Cargo.lock", "Cargo.toml", "app", "frontend", "public", "style"];

/// Every input, whether it exists or not.
pub(crate) fn paths(workspace: &Path) -> impl Iterator<Item = PathBuf> {
    INPUTS.iter().map(|input| workspace.join(input))
}

/// One hash over all inputs and over the compiler that will read them.
pub(crate) fn hash(workspace: &Path, compiler: &str) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    // Each part with its length, so that no two sets of inputs look the same.
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(compiler.as_bytes());
    part(&[u8::from(super::wasm::optimiser().is_some())]);
    for input in paths(workspace) {
        for path in files(&input)? {
            part(path.strip_prefix(workspace)?.as_os_str().as_encoded_bytes());
            part(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(hex(&hash.finalize()))
}

/// All files below a folder, or the file itself, in the order of their names; none where nothing is.
pub(crate) fn files(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
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
        all.extend(files(&entry)?);
    }
    Ok(all)
}
