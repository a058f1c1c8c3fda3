//! The cache key of the site: one hash of all inputs, which shows whether the existing site is up to date.

use crate::files;
use anyhow::Context;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// One hash over all inputs and the description of the cargo commands that read them.
pub(crate) fn hash(workspace: &Path, commands: &str) -> anyhow::Result<String> {
    let mut hash = Sha256::new();
    // Each part with its length, so that no two sets of inputs look the same.
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(commands.as_bytes());
    for input in files::inputs(workspace) {
        for path in files::below(&input)? {
            part(path.strip_prefix(workspace)?.as_os_str().as_encoded_bytes());
            part(&fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    Ok(HEXLOWER.encode(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_changes_with_the_commands_and_with_the_content_and_name_of_a_file() {
        let workspace = std::env::temp_dir().join(format!("bundle-inputs-{}", std::process::id()));
        let style = workspace.join("style");
        fs::create_dir_all(&style).unwrap();
        let write = |name: &str, text: &str| fs::write(style.join(name), text).unwrap();
        write("a.css", "a{}");
        let first = hash(&workspace, "rustc 1.95.0").unwrap();
        assert_eq!(hash(&workspace, "rustc 1.95.0").unwrap(), first);
        assert_ne!(hash(&workspace, "rustc 1.96.0").unwrap(), first);
        write("a.css", "b{}");
        let second = hash(&workspace, "rustc 1.95.0").unwrap();
        assert_ne!(second, first);
        fs::rename(style.join("a.css"), style.join("b.css")).unwrap();
        assert_ne!(hash(&workspace, "rustc 1.95.0").unwrap(), second);
        fs::remove_dir_all(&workspace).unwrap();
    }
}
