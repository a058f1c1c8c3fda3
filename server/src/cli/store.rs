//! `store`: moves an installation from the embedded store to a database.

use super::print;
use anyhow::Context as _;
use clap::Subcommand;
use server::adapters::clock::SystemClock;
use server::adapters::postgres::PostgresStore;
use server::adapters::sqlite::SqliteStore;
use server::config::{Settings, SettingsError, StoreUrl};
use server::crypto::Keyring;
use server::ports::clock::Clock as _;
use server::ports::nodes::Nodes as _;
use server::wiring;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum StoreCommand {
    /// Copies everything from an SQLite file into an empty PostgreSQL database and compares each row. Stop the service
    /// first.
    Migrate {
        /// The embedded store: sqlite:FILE.
        #[arg(long, value_name = "URL")]
        from: String,
        /// The database, by default `store.url` of the settings: `postgres://USER@HOST/DATABASE`. Its password and CA are
        /// those of the settings.
        #[arg(long, value_name = "URL")]
        to: Option<String>,
    },
}

pub(crate) async fn run(settings: &Settings, command: StoreCommand) -> anyhow::Result<ExitCode> {
    let StoreCommand::Migrate { from, to } = command;
    let StoreUrl::Sqlite(file) = parse("--from", &from)? else {
        return Err(SettingsError::expected("--from", "sqlite:FILE").into());
    };
    let (option, to) = to.as_ref().map_or(("store.url", &settings.store.url), |to| ("--to", to));
    let StoreUrl::Postgres(url) = parse(option, to)? else {
        return Err(SettingsError::expected(option, "postgres://USER@HOST/DATABASE").into());
    };
    anyhow::ensure!(file.is_file(), "--from: {}: expected an SQLite file", file.display());
    let source = SqliteStore::open(&file).await.with_context(|| format!("--from: {}", file.display()))?;
    let node = wiring::node(settings, &Keyring::new(settings.keys()?)?, SystemClock.now())?;
    // Fails while a service uses the file: what it stores during the copy would be lost.
    source.announce(&node).await.with_context(|| format!("--from: {}", file.display()))?;
    let target = PostgresStore::open(&wiring::postgres_config(settings, &url)?).await;
    let target = target.with_context(|| format!("{option}: {url}"))?;
    let copied = target.copy_from(&source).await.with_context(|| format!("{option}: {url}"))?;
    for (table, rows) in copied {
        print(&format!("{table}: {rows} rows copied and compared"))?;
    }
    print("keep the SQLite file until the service runs with the database")?;
    Ok(ExitCode::SUCCESS)
}

fn parse(option: &str, url: &str) -> Result<StoreUrl, SettingsError> {
    StoreUrl::parse(url).map_err(|expected| SettingsError::expected(option, expected))
}
