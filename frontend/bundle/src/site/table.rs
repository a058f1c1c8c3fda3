//! The generated Rust source: a table of all files and the paths that the pages refer to. The server's module
//! `http::static_files` declares the type of the rows and includes the table.

use super::asset::Asset;
use anyhow::Context;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The folder, beside the table, that the files are written to.
const FOLDER: &str = "files";

/// A larger file is embedded in its compressed forms only, if there is a brotli form. In bytes.
const LARGE: usize = 64 * 1024;

/// The whole site, ready to be written.
pub(crate) struct Site {
    assets: Vec<Asset>,
    /// Name, meaning and path of each constant.
    constants: Vec<(&'static str, &'static str, String)>,
}

impl Site {
    /// Sorts the files by path, for the server's binary search.
    pub(crate) fn new(mut assets: Vec<Asset>, constants: Vec<(&'static str, &'static str, String)>) -> Self {
        assets.sort_by(|a, b| a.path.cmp(&b.path));
        Self { assets, constants }
    }

    /// Writes the files and `site.rs`.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut source = String::new();
        for (name, doc, path) in &self.constants {
            writeln!(source, "/// {doc}\npub const {name}: &str = {path:?};")?;
        }
        let count = self.assets.len();
        writeln!(
            source,
            "/// Every file, in the order of the paths.\npub static FILES: [File; {count}] = ["
        )?;
        for asset in &self.assets {
            let compressed = asset.compress()?;
            // The binary does not contain a large file twice: the server unpacks the brotli form if a client needs it.
            let is_packed = asset.raw.len() > LARGE && compressed.br.is_some();
            let raw = embed(folder, &asset.path, "", (!is_packed).then_some(asset.raw.as_slice()))?;
            let raw = raw.map_or("Raw::Unpacked(OnceLock::new())".to_owned(), |bytes| {
                format!("Raw::Embedded({bytes})")
            });
            let br = embed(folder, &asset.path, ".br", compressed.br.as_deref())?;
            let gz = embed(folder, &asset.path, ".gz", compressed.gz.as_deref())?;
            let option =
                |bytes: Option<String>| bytes.map_or("None".to_owned(), |bytes| format!("Some({bytes})"));
            writeln!(
                source,
                "    File {{ path: {:?}, content_type: {:?}, immutable: {}, raw: {raw}, br: {}, gz: {} }},",
                asset.path,
                asset.content_type(),
                asset.immutable,
                option(br),
                option(gz),
            )?;
        }
        writeln!(source, "];")?;
        fs::write(folder.join("site.rs"), source).context("cannot write the table of the site")
    }
}

/// Writes one form of a file and returns the expression that embeds it.
fn embed(folder: &Path, path: &str, suffix: &str, bytes: Option<&[u8]>) -> anyhow::Result<Option<String>> {
    let Some(bytes) = bytes else { return Ok(None) };
    let file = format!("{FOLDER}{path}{suffix}");
    let target = folder.join(&file);
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(&target, bytes).with_context(|| format!("cannot write {}", target.display()))?;
    // Relative to the build's folder: the cached site is copied to more than one.
    Ok(Some(format!("include_bytes!(concat!(env!(\"OUT_DIR\"), {:?}))", format!("/{file}"))))
}
