//! `backup`: copies the store, the audit file and the settings file, and says what must be stored apart from them.

use super::print;
use server::backup::{AUDIT, Backup, HEADS, SETTINGS, STORE, backup};
use server::config::{DatabaseUrl, Settings, SettingsPath, StoreUrl};
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
    lines.extend([
        String::new(),
        "also not in this backup: rotated audit files, and settings from environment variables (RESET__…)"
            .to_owned(),
    ]);
    lines.extend(steps(settings, backup));
    lines.join("\n")
}

/// How to complete the backup of a database, and how to restore.
fn steps(settings: &Settings, backup: &Backup) -> Vec<String> {
    let audit = settings.audit_file.display();
    let mut files = format!("{AUDIT} to {audit} unless that file is newer, {SETTINGS} to its place;");
    if backup.files.iter().any(|(name, _)| *name == HEADS) {
        let heads = server::wiring::heads_file(settings);
        files = format!("{HEADS} to {} unless that file is newer, {files}", heads.display());
    }
    let (complete, store) = match settings.store_url() {
        Ok(StoreUrl::Postgres(url)) => {
            let DatabaseUrl { host, port, user, database } = &url;
            let server = format!("--host {host} --port {port} --username {user}");
            let dump = format!("pg_dump {server} --format custom --file reset.dump {database}");
            let restore = format!(
                "pg_restore {server} --clean --if-exists --single-transaction --dbname {database} reset.dump"
            );
            let complete = vec![
                String::new(),
                "the database is not in this backup; before each backup copy it with:".to_owned(),
                format!("  {dump}"),
            ];
            (complete, vec![format!("  2. {restore}"), format!("  3. copy {files}")])
        }
        Ok(StoreUrl::Sqlite(store)) => {
            let store = store.display();
            let remove = format!("  2. remove {store}, {store}-wal and {store}-shm");
            let copy = format!("  3. copy {STORE} to {store}, {files}");
            (Vec::new(), vec![remove, copy])
        }
        // Settings with an invalid address are refused before a command runs.
        Err(_) => (Vec::new(), Vec::new()),
    };
    let first = [String::new(), "to restore:".to_owned(), "  1. stop the service, on all nodes".to_owned()];
    let last = [
        "     keep mode 0600, and make the user of the service their owner".to_owned(),
        "  4. put the other files above back: without those of store.key_files the store cannot be read"
            .to_owned(),
        "  5. run `wachtwoord-reset check` and `wachtwoord-reset audit verify`, start the service".to_owned(),
    ];
    complete.into_iter().chain(first).chain(store).chain(last).collect()
}
