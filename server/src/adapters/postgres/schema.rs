//! The tables: migrations, and which versions of them this binary works with.
//!
//! Nodes of two versions run at the same time during an upgrade. So a migration first only adds (the earlier version
//! goes on), and a later release removes what no supported version uses any more; that migration raises
//! `compatibility.oldest_known`, below which a binary refuses the database.

use super::{During as _, PostgresConfig, Within as _, connection};
use crate::ports::store::StoreError;
use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgPool};
use std::time::Duration;

static MIGRATOR: Migrator = sqlx::migrate!("migrations/postgres");

/// Applies the missing migrations, on a connection of its own.
pub(super) async fn migrate(config: &PostgresConfig) -> Result<(), StoreError> {
    let what = "migrate its tables";
    let mut connection = connection::connect_to_migrate(config).await?;
    let mut migrator = Migrator { migrations: MIGRATOR.migrations.clone(), ..Migrator::DEFAULT };
    migrator.set_ignore_missing(true);
    // `run` borrows the connection in a way that makes this future unusable in `tokio::spawn`.
    migrator.run_direct(None, &mut connection, false).await.during(what)?;
    connection.close().await.during(what)
}

/// The number of migrations that [`migrate`] would apply.
pub(super) async fn count_missing(pool: &PgPool, deadline: Duration) -> Result<usize, StoreError> {
    let what = "list its migrations";
    let applied: Vec<i64> = if exists(pool, "_sqlx_migrations", deadline).await? {
        let applied = sqlx::query_scalar("select version from _sqlx_migrations where success");
        applied.fetch_all(pool).within(deadline, what).await?
    } else {
        Vec::new()
    };
    Ok(MIGRATOR.iter().filter(|migration| !applied.contains(&migration.version)).count())
}

async fn exists(pool: &PgPool, table: &'static str, deadline: Duration) -> Result<bool, StoreError> {
    let exists = sqlx::query_scalar("select to_regclass($1) is not null").bind(table);
    exists.fetch_one(pool).within(deadline, "be opened").await
}

/// Fails if the tables need a newer binary. Tables that do not exist yet need none.
pub(super) async fn refuse_newer(pool: &PgPool, deadline: Duration) -> Result<(), StoreError> {
    let what = "be opened";
    if !exists(pool, "compatibility", deadline).await? {
        return Ok(());
    }
    let oldest_known: i64 = sqlx::query_scalar("select oldest_known from compatibility")
        .fetch_one(pool)
        .within(deadline, what)
        .await?;
    if oldest_known > newest() {
        return Err(StoreError::new(what, SchemaError::Newer { needed: oldest_known, binary: newest() }));
    }
    Ok(())
}

/// The number of migrations that this binary knows.
pub(super) fn count() -> usize {
    MIGRATOR.iter().count()
}

/// The newest schema version that this binary knows.
fn newest() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Why this binary cannot use the tables.
#[derive(Debug, thiserror::Error)]
pub(super) enum SchemaError {
    #[error("the database has no tables of the service; only `serve`, `import` and `hr` make them")]
    Empty,
    #[error(
        "its tables need a binary that knows schema version {needed}; this one knows {binary}: start the newer binary"
    )]
    Newer { needed: i64, binary: i64 },
}
