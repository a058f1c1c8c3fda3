//! The connections to the database: address, TLS and time limits.

use super::During as _;
use crate::ports::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, PgConnection, PgPool};
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::timeout;
use zeroize::Zeroizing;

/// How long a call waits for the database by default. Longer than its time limits below, which end what only waits for a
/// lock.
pub const DEADLINE: Duration = Duration::from_secs(15);
/// How long a caller waits for a connection, and for a new one.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// After this time without use a connection is tested first: the database may have been restarted.
const TEST_AFTER: Duration = Duration::from_secs(1);
/// Time limits that the server applies, in milliseconds. A statement takes microseconds; the limit ends those that wait
/// for a lock of a node that was lost.
const STATEMENT_TIMEOUT: &str = "10000";
const IDLE_TRANSACTION_TIMEOUT: &str = "10000";
/// A migration may take as long as a large table needs. It waits only so long for its locks, because everything else on the
/// table waits behind it; the next start of the service tries again.
const MIGRATION_LOCK_TIMEOUT: &str = "5000";
/// The key of the advisory lock of the node that migrates.
const MIGRATING: i64 = 7_305_803;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresHost {
    /// A host name or address, and a port.
    Tcp(String, u16),
    /// The folder of a Unix domain socket, and a port.
    Socket(PathBuf, u16),
}

/// How to connect to the database. It has no `Debug`, because of the password.
#[derive(Clone)]
pub struct PostgresConfig {
    /// Where it is.
    pub host: PostgresHost,
    /// The role.
    pub user: String,
    /// The name of the database.
    pub database: String,
    /// The password of the role, if it has one.
    pub password: Option<Zeroizing<String>>,
    /// Whether the connection is encrypted and the certificate of the server verified.
    pub tls: bool,
    /// A certificate authority that is trusted besides those of the system.
    pub ca_file: Option<PathBuf>,
    /// The largest number of connections.
    pub connections: u32,
    /// How long a call waits for the database, whose machine or network may be gone: [`DEADLINE`], except in tests.
    pub deadline: Duration,
}

impl PostgresConfig {
    pub(super) fn options(&self) -> PgConnectOptions {
        self.options_with(STATEMENT_TIMEOUT)
    }

    fn options_with(&self, statement_timeout: &str) -> PgConnectOptions {
        let options = PgConnectOptions::new_without_pgpass()
            .username(&self.user)
            .database(&self.database)
            .application_name("wachtwoord-reset")
            .options([
                ("statement_timeout", statement_timeout),
                ("idle_in_transaction_session_timeout", IDLE_TRANSACTION_TIMEOUT),
                ("synchronous_commit", "on"),
                // `take_permits` must see what was committed while it waited for its lock.
                ("default_transaction_isolation", "read committed"),
                // A node that is lost without closing its connections holds locks no longer than this.
                ("tcp_keepalives_idle", "30"),
                ("tcp_keepalives_interval", "10"),
                ("tcp_keepalives_count", "3"),
                ("client_min_messages", "warning"),
            ]);
        let options = match &self.host {
            PostgresHost::Tcp(host, port) => options.host(host).port(*port),
            PostgresHost::Socket(folder, port) => options.socket(folder).port(*port),
        };
        let options = match &self.password {
            Some(password) => options.password(password),
            None => options,
        };
        let options = options.ssl_mode(if self.tls { PgSslMode::VerifyFull } else { PgSslMode::Disable });
        match &self.ca_file {
            Some(file) if self.tls => options.ssl_root_cert(file),
            Some(_) | None => options,
        }
    }
}

pub(super) async fn connect(config: &PostgresConfig) -> Result<PgPool, StoreError> {
    // The pool would retry, and report only that it took too long.
    let options = config.options();
    connect_once(&options).await?.close().await.during("be opened")?;
    PgPoolOptions::new()
        .max_connections(config.connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .test_before_acquire(false)
        .before_acquire(|connection, use_| {
            Box::pin(async move {
                if use_.idle_for > TEST_AFTER {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .after_release(|connection, _| {
            Box::pin(async move {
                // A connection that no longer answers must not keep its place in the pool.
                timeout(ACQUIRE_TIMEOUT, connection.ping())
                    .await
                    .unwrap_or(Err(sqlx::Error::PoolTimedOut))?;
                Ok(true)
            })
        })
        .connect_with(options)
        .await
        .during("be opened")
}

async fn connect_once(options: &PgConnectOptions) -> Result<PgConnection, StoreError> {
    let connected = timeout(ACQUIRE_TIMEOUT, PgConnection::connect_with(options)).await;
    connected.unwrap_or(Err(sqlx::Error::PoolTimedOut)).during("be opened")
}

/// A connection for migrations, which one node at a time has: the others wait here until it is done.
pub(super) async fn connect_to_migrate(config: &PostgresConfig) -> Result<PgConnection, StoreError> {
    let what = "migrate its tables";
    let mut connection = connect_once(&config.options_with("0")).await?;
    let lock = sqlx::query("select pg_advisory_lock($1)").bind(MIGRATING);
    lock.execute(&mut connection).await.during(what)?;
    // Only now: it would also limit the wait for another node.
    let limit = sqlx::query("select set_config('lock_timeout', $1, false)").bind(MIGRATION_LOCK_TIMEOUT);
    limit.execute(&mut connection).await.during(what)?;
    Ok(connection)
}
