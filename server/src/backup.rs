//! A backup of the service, while it runs or not: the store, the audit file with its signed heads and
//! the settings file in a new folder.
//!
//! Secrets are left out on purpose: with the key files, a person who obtains the backup can read the sealed numbers and try
//! all birthdates.

use crate::adapters::sqlite::SqliteStore;
use crate::config::{Settings, SettingsPath, StoreUrl};
use anyhow::{Context as _, bail};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The name of the store in a backup.
pub const STORE: &str = "reset.db";
/// The name of the audit file in a backup.
pub const AUDIT: &str = "audit.jsonl";
/// The name of the file with the signed heads of the audit log in a backup. Without signatures there is none.
pub const HEADS: &str = "audit.jsonl.heads";
/// The name of the settings file in a backup.
pub const SETTINGS: &str = "settings.toml";

/// What a backup contains and what it lacks.
#[derive(Debug)]
pub struct Backup {
    /// The names and sizes of its files.
    pub files: Vec<(&'static str, u64)>,
    /// Secret files, to be stored apart from the backup.
    pub secrets: Vec<SettingsPath>,
    /// Other files that the settings name, e.g. certificates.
    pub others: Vec<SettingsPath>,
}

/// Writes a backup into the new folder `target`. It appears under this name only when it is complete.
pub async fn backup(settings: &Settings, settings_file: &Path, target: &Path) -> anyhow::Result<Backup> {
    if target.symlink_metadata().is_ok() {
        bail!("{}: expected a folder that does not exist yet", target.display());
    }
    let partial = partial_name(target)?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&partial).with_context(|| partial.display().to_string())?;
    let result = fill(settings, settings_file, &partial).await.and_then(|files| {
        sync_folder(&partial)?;
        std::fs::rename(&partial, target).with_context(|| target.display().to_string())?;
        sync_folder(partial.parent().unwrap_or(Path::new("/")))?;
        Ok(files)
    });
    if result.is_err() {
        // The error that is reported is the one that happened first.
        drop(std::fs::remove_dir_all(&partial));
    }
    let copied = ["store.url", "audit_file", "audit.heads_file"];
    let apart = settings.paths.iter().filter(|path| !copied.contains(&path.key.as_str()));
    let (secrets, others) = apart.cloned().partition(Settings::is_secret);
    Ok(Backup { files: result?, secrets, others })
}

/// The name of the unfinished backup, in the same folder, so that it can be renamed.
fn partial_name(target: &Path) -> anyhow::Result<PathBuf> {
    let target = std::path::absolute(target)?;
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        bail!("{}: expected the name of a new folder", target.display())
    };
    Ok(folder.join(format!(".{}.{}.partial", name.display(), std::process::id())))
}

async fn fill(
    settings: &Settings,
    settings_file: &Path,
    folder: &Path,
) -> anyhow::Result<Vec<(&'static str, u64)>> {
    let mut names = Vec::new();
    match settings.store_url()? {
        StoreUrl::Sqlite(store) => {
            let copied = SqliteStore::copy(&store, &folder.join(STORE)).await;
            copied.with_context(|| format!("store.url: {}", store.display()))?;
            names.push(STORE);
        }
        // The tools of the database make a consistent copy of it; this command says how.
        StoreUrl::Postgres(_) => {}
    }
    // Before the audit file, so that this contains every entry that a head states.
    let heads = crate::wiring::heads_file(settings);
    if heads.exists() {
        copy_whole_lines(&heads, &folder.join(HEADS)).with_context(|| heads.display().to_string())?;
        names.push(HEADS);
    }
    // After the store, so that the audit file tells of everything that the copy of the store contains.
    copy_whole_lines(&settings.audit_file, &folder.join(AUDIT))
        .with_context(|| format!("audit_file: {}", settings.audit_file.display()))?;
    copy(settings_file, &folder.join(SETTINGS)).with_context(|| settings_file.display().to_string())?;
    names.extend([AUDIT, SETTINGS]);
    names.into_iter().map(|name| Ok((name, folder.join(name).metadata()?.len()))).collect()
}

/// Copies a file of lines without the one that is being written. If there is none yet, the copy is empty.
fn copy_whole_lines(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut content = Vec::new();
    match File::open(from) {
        Ok(mut file) => {
            file.read_to_end(&mut content)?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let end = content.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    content.truncate(end);
    write_private(to, &content)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    write_private(to, &std::fs::read(from)?)
}

/// Writes a new file with mode 0600 and synchronises it.
fn write_private(to: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(to)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Makes the names in a folder durable.
fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| folder.display().to_string())?;
    }
    Ok(())
}
