//! The store: an embedded one, or a database that several nodes share.

use crate::adapters::postgres::{DEADLINE, PostgresConfig, PostgresHost, PostgresStore};
use crate::adapters::sqlite::SqliteStore;
use crate::config::{DatabaseUrl, Settings, SettingsError, StoreUrl};
use crate::ports::store::Store;
use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::Arc;

/// What opening a store does with its tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    /// Makes or migrates them.
    Make,
    /// Migrates them, and fails if there are none.
    Migrate,
    /// Leaves those of a database as they are.
    LeaveAsTheyAre,
}

/// Opens the configured store, which must exist, and migrates its tables.
pub async fn store(settings: &Settings) -> anyhow::Result<Arc<dyn Store>> {
    open(settings, Tables::Migrate).await
}

/// Opens the configured store. The tables of an embedded store are always migrated: its file belongs to this service.
pub(super) async fn open(settings: &Settings, tables: Tables) -> anyhow::Result<Arc<dyn Store>> {
    match settings.store_url()? {
        StoreUrl::Sqlite(path) => {
            let store = match tables {
                Tables::Migrate => SqliteStore::open_existing(&path).await,
                Tables::Make | Tables::LeaveAsTheyAre => SqliteStore::open(&path).await,
            };
            Ok(Arc::new(store.with_context(|| format!("store.url: {}", path.display()))?))
        }
        StoreUrl::Postgres(url) => {
            let config = postgres_config(settings, &url)?;
            let store = match tables {
                Tables::Make => PostgresStore::open(&config).await,
                Tables::Migrate => PostgresStore::open_existing(&config).await,
                Tables::LeaveAsTheyAre => PostgresStore::open_as_it_is(&config).await,
            };
            Ok(Arc::new(store.with_context(|| format!("store.url: {url}"))?))
        }
    }
}

/// How to connect to this database with the settings of `[store]`.
pub fn postgres_config(settings: &Settings, url: &DatabaseUrl) -> Result<PostgresConfig, SettingsError> {
    let DatabaseUrl { host, port, user, database } = url.clone();
    let ca_file = settings.store.ca_file.clone();
    Ok(PostgresConfig {
        tls: !url.is_socket() && (ca_file.is_some() || !url.is_local()),
        host: if url.is_socket() {
            PostgresHost::Socket(PathBuf::from(host), port)
        } else {
            PostgresHost::Tcp(host, port)
        },
        user,
        database,
        password: settings.database_password()?,
        ca_file,
        connections: settings.store.connections,
        deadline: DEADLINE,
    })
}
