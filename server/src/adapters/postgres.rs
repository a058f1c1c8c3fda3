//! The store in a `PostgreSQL` database that several nodes share: sessions, rate limits, records, frozen accounts and the
//! outbox.
//!
//! Each operation is one statement, or one transaction that locks the account it changes, so that nodes need no other
//! coordination. `synchronous_commit` is on: what was confirmed to a client survives a crash of the database.

mod call_codes;
mod collected_audit;
mod connection;
mod devices;
mod frozen;
mod leadership;
mod nodes;
mod outbox;
mod rate_limits;
mod records;
mod schema;
mod sessions;
mod start_codes;
mod transfer;
mod waiting;

pub use connection::{DEADLINE, PostgresConfig, PostgresHost};

use crate::ports::collected_audit::CollectedAudit;
use crate::ports::directory::AccountId;
use crate::ports::store::{Store, StoreError};
use async_trait::async_trait;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

/// The store in a database.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    pool: PgPool,
    /// How long a call waits for the database.
    deadline: Duration,
}

impl PostgresStore {
    /// Connects and migrates the tables. Two nodes may do so at the same time.
    pub async fn open(config: &PostgresConfig) -> Result<Self, StoreError> {
        let store = Self::open_as_it_is(config).await?;
        schema::migrate(config).await?;
        Ok(store)
    }

    /// Connects and migrates the tables. Fails if the database has none of them: it may be a wrong one.
    pub async fn open_existing(config: &PostgresConfig) -> Result<Self, StoreError> {
        let store = Self::open_as_it_is(config).await?;
        match schema::count_missing(&store.pool, store.deadline).await? {
            0 => return Ok(store),
            missing if missing == schema::count() => {
                return Err(StoreError::new("be opened", schema::SchemaError::Empty));
            }
            _ => {}
        }
        schema::migrate(config).await?;
        Ok(store)
    }

    /// Connects and changes nothing. If migrations are missing, most operations fail.
    pub async fn open_as_it_is(config: &PostgresConfig) -> Result<Self, StoreError> {
        let pool = connection::connect(config).await?;
        schema::refuse_newer(&pool, config.deadline).await?;
        Ok(Self { pool, deadline: config.deadline })
    }

    /// Begins a transaction, in a task of its own: sqlx puts a connection back into the pool whose BEGIN was cancelled
    /// halfway, and later statements on it would belong to a transaction that never commits.
    async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let pool = self.pool.clone();
        let begun = tokio::spawn(async move { pool.begin().await }).await;
        begun.unwrap_or_else(|error| Err(sqlx::Error::Io(std::io::Error::other(error))))
    }
}

#[async_trait]
impl Store for PostgresStore {
    async fn missing_migrations(&self) -> Result<usize, StoreError> {
        schema::count_missing(&self.pool, self.deadline).await
    }

    async fn close(&self) {
        self.pool.close().await;
    }

    fn collected_audit(&self) -> Option<Arc<dyn CollectedAudit>> {
        Some(Arc::new(self.clone()))
    }
}

/// Names the operation in which an error occurred.
trait During<T> {
    fn during(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> During<T> for Result<T, E> {
    fn during(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::new(what, error))
    }
}

/// Names the operation, and ends it if the database does not answer: its own time limits do not reach us if its machine is
/// gone.
trait Within<T>: Sized {
    async fn within(self, deadline: Duration, what: &'static str) -> Result<T, StoreError>;
}

impl<T, E, F> Within<T> for F
where
    E: Into<Box<dyn Error + Send + Sync>>,
    F: Future<Output = Result<T, E>> + Send,
    T: Send,
{
    async fn within(self, deadline: Duration, what: &'static str) -> Result<T, StoreError> {
        match tokio::time::timeout(deadline, self).await {
            Ok(result) => result.during(what),
            Err(_) => Err(StoreError::new(what, NoAnswer(deadline))),
        }
    }
}

/// The database did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer within {} s", .0.as_secs_f32())]
struct NoAnswer(Duration);

/// Makes this transaction the only one that changes the account, on all nodes, until it ends.
async fn lock_account(connection: &mut PgConnection, account: AccountId) -> Result<(), sqlx::Error> {
    let (_, low) = account.0.as_u64_pair();
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(i64::from_ne_bytes(low.to_ne_bytes()))
        .execute(connection)
        .await?;
    Ok(())
}
