//! `backup`: copies the store, the audit file and the settings file, and says what must be stored apart from them.

use super::print;
use server::backup::{AUDIT, Backup, SETTINGS, STORE, backup};
use server::config::{Settings, SettingsPath};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A folder that does not exist yet; the folder that contains it must exist.
    dir: PathBuf,
}

pub(crate) async fn run(
    settings: &Settings,
    settings_file: &Path,
    arguments: &Arguments,
) -> anyhow::Result<ExitCode> {
    let made = backup(settings, settings_file, &arguments.dir).await?;
    print(&describe(&made, &arguments.dir, settings))?;
    Ok(ExitCode::SUCCESS)
}

fn describe(backup: &Backup, dir: &Path, settings: &Settings) -> String {
    let mut lines = vec![format!("backup complete: {}", dir.display())];
    lines.extend(backup.files.iter().map(|(name, size)| format!("  {name}  {size} bytes")));
    let list = |lines: &mut Vec<String>, title: &str, paths: &[SettingsPath]| {
        if !paths.is_empty() {
            lines.extend([String::new(), title.to_owned()]);
            lines.extend(paths.iter().map(|path| format!("  {}  {}", path.key, path.path.display())));
        }
    };
    let secrets = "store apart from this backup, in another safe place (without the key files the backup cannot be read; \
                   with them, its holder can read the mobile numbers and find out the birthdates):";
    list(&mut lines, secrets, &backup.secrets);
    list(&mut lines, "not secret, and not in this backup:", &backup.others);
    let store = settings.sqlite_path().unwrap_or_default();
    let (store, audit) = (store.display(), settings.audit_file.display());
    lines.extend([
        String::new(),
        "also not in this backup: rotated audit files, and settings from environment variables (RESET__…)".to_owned(),
        String::new(),
        "to restore:".to_owned(),
        "  1. stop the service".to_owned(),
        format!("  2. remove {store}, {store}-wal and {store}-shm"),
        format!("  3. copy {STORE} to {store}, {AUDIT} to {audit} unless that file is newer, {SETTINGS} to its place;"),
        "     keep mode 0600, and make the user of the service their owner".to_owned(),
        "  4. put the files of store.key_files back".to_owned(),
        "  5. run `wachtwoord-reset check`, start the service".to_owned(),
    ]);
    lines.join("\n")
}
