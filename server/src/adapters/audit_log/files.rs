//! Rotated files of an audit log, and their order.

use super::line::Link;
use super::pieces::Pieces;
use std::ffi::OsString;
use std::fs::File;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Suffixes of files beside the audit log that are no rotated ones.
const OTHER_SUFFIXES: [&str; 8] =
    [".chain", ".heads", ".sent", ".id", ".collected-heads", ".index", ".index-wal", ".index-shm"];
/// Suffixes that compression programs add.
const COMPRESSED_SUFFIXES: [&str; 4] = [".gz", ".xz", ".bz2", ".zst"];

/// The path with a suffix added to the file name.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

/// The files of a log.
#[derive(Debug, Default)]
pub struct LogFiles {
    /// In the order in which they were written.
    pub readable: Vec<PathBuf>,
    /// Compressed ones, which are not read.
    pub compressed: Vec<PathBuf>,
}

impl LogFiles {
    /// The file and its rotated ones beside it: the same name with an addition, such as `audit.jsonl.1`.
    pub fn find(path: &Path) -> Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let (mut files, mut compressed) = (Vec::new(), Vec::new());
        for entry in std::fs::read_dir(folder.unwrap_or(Path::new(".")))? {
            let entry = entry?;
            let entry_name = entry.file_name().to_string_lossy().into_owned();
            let Some(addition) = entry_name.strip_prefix(&name) else { continue };
            let is_rotated = addition.starts_with(['.', '-', '_']) && !OTHER_SUFFIXES.contains(&addition);
            if !(addition.is_empty() || is_rotated) || !entry.path().metadata()?.is_file() {
                continue;
            }
            if COMPRESSED_SUFFIXES.iter().any(|suffix| addition.ends_with(suffix)) {
                compressed.push(entry.path());
            } else {
                files.push(entry.path());
            }
        }
        compressed.sort();
        Ok(Self { readable: in_order(files)?, compressed })
    }
}

/// Orders files by the number of their first entry. Files without an entry of the chain come first, by name; an empty
/// one comes last, because it was just created.
pub fn in_order(files: Vec<PathBuf>) -> Result<Vec<PathBuf>> {
    let mut keyed = Vec::new();
    for path in files {
        let key = sort_key(&path)
            .map_err(|error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display())))?;
        keyed.push((key, path));
    }
    keyed.sort();
    Ok(keyed.into_iter().map(|(_, path)| path).collect())
}

fn sort_key(path: &Path) -> Result<u64> {
    Ok(match first_number(path)? {
        Some(seq) => seq,
        None if path.metadata()?.len() == 0 => u64::MAX,
        None => 0,
    })
}

fn first_number(path: &Path) -> Result<Option<u64>> {
    let mut pieces = Pieces::new(File::open(path)?);
    while let Some(piece) = pieces.next()? {
        if let Some(link) = Link::parse(piece.bytes).filter(|_| piece.is_line) {
            return Ok(Some(link.seq));
        }
    }
    Ok(None)
}
