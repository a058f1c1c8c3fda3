//! The tables: migrations, and which versions of them this binary works with.
//!
//! Nodes of two versions run at the same time during an upgrade. So a migration first only adds (the earlier version
//! goes on), and a later release removes what no supported version uses any more; that migration raises
//! `compatibility.oldest_known`, below which a binary refuses the database.

use super::{During as _, Within as _};
use crate::ports::store::StoreError;
use sqlx::PgPool;
use sqlx::migrate::Migrator;

static MIGRATOR: Migrator = sqlx::migrate!("migrations/postgres");

/// Applies the missing migrations, under a lock of the database.
pub(super) async fn migrate(pool: &PgPool) -> Result<(), StoreError> {
    let what = "migrate its tables";
    refuse_newer(pool).await?;
    let mut migrator = Migrator { migrations: MIGRATOR.migrations.clone(), ..Migrator::DEFAULT };
    migrator.set_ignore_missing(true);
    migrator.run(pool).await.during(what)
}

/// Fails if the tables need a newer binary. Tables that do not exist yet need none.
async fn refuse_newer(pool: &PgPool) -> Result<(), StoreError> {
    let what = "be opened";
    let exists: bool = sqlx::query_scalar("select to_regclass('compatibility') is not null")
        .fetch_one(pool)
        .within(what)
        .await?;
    if !exists {
        return Ok(());
    }
    let oldest_known: i64 =
        sqlx::query_scalar("select oldest_known from compatibility").fetch_one(pool).within(what).await?;
    if oldest_known > newest() {
        return Err(StoreError::new(what, SchemaError::Newer { needed: oldest_known, binary: newest() }));
    }
    Ok(())
}

/// The newest schema version that this binary knows.
fn newest() -> i64 {
    MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or_default()
}

/// Why this binary cannot use the tables.
#[derive(Debug, thiserror::Error)]
enum SchemaError {
    #[error(
        "its tables need a binary that knows schema version {needed}; this one knows {binary}: start the newer binary"
    )]
    Newer { needed: i64, binary: i64 },
}
