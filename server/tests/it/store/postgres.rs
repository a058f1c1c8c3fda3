//! The contract, and what only a database does, on a real `PostgreSQL` server.

mod migrations;
mod network;
mod transfer;

use super::collected_audit::{
    lines_are_counted_by_hour_event_and_reason, lines_of_several_logs_form_one_chain,
    two_nodes_collect_at_the_same_time,
};
use super::nodes::{
    node_with_the_name_of_another_is_noticed, nodes_see_each_other_until_they_leave,
    one_node_leads_and_another_takes_over,
};
use super::*;
use end2end::postgres::{Durability, PASSWORD, Postgres};
use end2end::tls::Authority;
use server::adapters::postgres::{DEADLINE, PostgresConfig, PostgresHost, PostgresStore};
use server::ports::frozen_accounts::{Freeze, FreezeOrigin, FrozenAccounts as _};
use server::ports::nodes::Nodes as _;
use tempfile::TempDir;
use tokio::sync::OnceCell;

/// A server with its certificate authority.
struct Server {
    postgres: Postgres,
    ca: TempDir,
}

impl Server {
    async fn start() -> Self {
        let authority = Authority::new().unwrap();
        let ca = tempfile::tempdir().unwrap();
        std::fs::write(ca.path().join("ca.pem"), authority.pem()).unwrap();
        let postgres = Postgres::start(&authority, Durability::Fast).await.unwrap();
        Self { postgres, ca }
    }

    /// The address of a new database.
    fn database(&self) -> PostgresConfig {
        let url = self.postgres.create_database().unwrap();
        PostgresConfig {
            host: PostgresHost::Tcp("127.0.0.1".to_owned(), self.postgres.port()),
            user: "reset".to_owned(),
            database: url.rsplit('/').next().unwrap().to_owned(),
            password: Some(Zeroizing::new(PASSWORD.to_owned())),
            tls: true,
            ca_file: Some(self.ca.path().join("ca.pem")),
            connections: 8,
            deadline: DEADLINE,
        }
    }
}

/// The server that most tests share. A test that stops its server starts one of its own.
async fn server() -> &'static Server {
    static SERVER: OnceCell<Server> = OnceCell::const_new();
    SERVER.get_or_init(Server::start).await
}

async fn error_of(config: &PostgresConfig) -> String {
    let error = PostgresStore::open(config).await.err().unwrap();
    format!("{:#}", anyhow::Error::new(error))
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_store_satisfies_the_contract() {
    let config = server().await.database();
    contract(Arc::new(PostgresStore::open(&config).await.unwrap())).await;
}

#[tokio::test]
async fn postgres_store_collects_the_audit_logs_of_all_nodes() {
    let store = PostgresStore::open(&server().await.database()).await.unwrap();
    lines_of_several_logs_form_one_chain(&store).await;
    let config = server().await.database();
    let (one, other) =
        (PostgresStore::open(&config).await.unwrap(), PostgresStore::open(&config).await.unwrap());
    two_nodes_collect_at_the_same_time(&one, &other).await;
    let store = PostgresStore::open(&server().await.database()).await.unwrap();
    lines_are_counted_by_hour_event_and_reason(&store).await;
}

#[tokio::test]
async fn postgres_store_has_one_leader() {
    let config = server().await.database();
    let (one, other) =
        (PostgresStore::open(&config).await.unwrap(), PostgresStore::open(&config).await.unwrap());
    nodes_see_each_other_until_they_leave(&one, &other).await;
    node_with_the_name_of_another_is_noticed(&one, &other).await;
    one_node_leads_and_another_takes_over(&one, &other).await;
    let difference = other.store_time().await.unwrap().unwrap().duration_since(jiff_now());
    assert!(difference.abs() < SignedDuration::from_mins(1), "{difference}");
}

#[expect(clippy::disallowed_methods, reason = "compared with the clock of the database")]
fn jiff_now() -> Timestamp {
    Timestamp::now()
}

/// Each of two nodes takes permits at the same time; together they never exceed the limit.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_limits_hold_across_nodes() {
    let config = server().await.database();
    let nodes = [PostgresStore::open(&config).await.unwrap(), PostgresStore::open(&config).await.unwrap()];
    let wanted = [
        (LimitKey([1; 16]), Limit { max: 25, window: Duration::from_mins(1) }),
        (LimitKey([2; 16]), Limit { max: 1000, window: Duration::from_hours(1) }),
    ];
    let takes = (0..100).map(|n| {
        let (store, wanted) = (nodes[n % 2].clone(), wanted.clone());
        tokio::spawn(async move { store.take(&wanted, NOW).await.unwrap() })
    });
    let mut granted = 0;
    for take in takes.collect::<Vec<_>>() {
        granted += u32::from(matches!(take.await.unwrap(), RateLimitDecision::Granted { .. }));
    }
    assert_eq!(granted, 25);
    assert_eq!(nodes[0].count(&wanted[1].0, wanted[1].1, NOW).await.unwrap(), 25);
}

#[tokio::test]
async fn postgres_error_names_what_is_wrong_with_the_address() {
    let server = server().await;
    let good = server.database();
    let wrong_password =
        PostgresConfig { password: Some(Zeroizing::new("wrong".to_owned())), ..good.clone() };
    assert!(error_of(&wrong_password).await.contains("password authentication failed"));
    let no_database = PostgresConfig { database: "absent".to_owned(), ..good.clone() };
    assert!(error_of(&no_database).await.contains("database \"absent\" does not exist"));
    // Not the authority that issued the certificate.
    let stranger = Authority::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), stranger.pem()).unwrap();
    let untrusted = PostgresConfig { ca_file: Some(folder.path().join("ca.pem")), ..good.clone() };
    let error = error_of(&untrusted).await;
    assert!(error.contains("certificate"), "{error}");
}

#[tokio::test]
async fn postgres_tables_that_need_a_newer_binary_are_refused_and_added_tables_are_not() {
    let server = server().await;
    let config = server.database();
    let store = PostgresStore::open(&config).await.unwrap();
    // A later version has added a table: nodes of this version go on and start again.
    server.postgres.execute(&config.database, "create table of_a_later_version (id bigint)").unwrap();
    let later = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                 values (999, 'of a later version', true, '\\x00', 0)";
    server.postgres.execute(&config.database, later).unwrap();
    store.create(&id(1), b"", NOW).await.unwrap();
    assert!(Sessions::load(&PostgresStore::open(&config).await.unwrap(), &id(1)).await.unwrap().is_some());
    // It has removed something that this version needs.
    server.postgres.execute(&config.database, "update compatibility set oldest_known = 999").unwrap();
    let error = error_of(&config).await;
    assert!(error.contains("schema version 999") && error.contains("newer binary"), "{error}");
}

#[tokio::test]
async fn postgres_address_without_a_server_is_named_at_once() {
    let config = server().await.database();
    let free = end2end::port::Port::free().unwrap();
    let nowhere = PostgresConfig { host: PostgresHost::Tcp("127.0.0.1".to_owned(), free.number()), ..config };
    let error = error_of(&nowhere).await;
    assert!(error.contains("refused"), "{error}");
}

/// After a crash of the database nothing that was confirmed is missing, and the store works again by itself.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_store_recovers_after_a_crash_of_the_database() {
    let mut server = Server::start().await;
    let config = server.database();
    let store = PostgresStore::open(&config).await.unwrap();
    let leadership = store.lead().await.unwrap();
    for byte in 1..20 {
        store.create(&id(byte), &[byte], NOW).await.unwrap();
    }
    server.postgres.crash().unwrap();
    assert!(Sessions::load(&store, &id(1)).await.is_err());
    let mut leadership = leadership;
    leadership.lost().await;
    server.postgres.run().await.unwrap();
    let recovered = async {
        while Sessions::load(&store, &id(1)).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), recovered).await.expect("the store works again");
    for byte in 1..20 {
        assert_eq!(Sessions::load(&store, &id(byte)).await.unwrap().unwrap().sealed, [byte]);
    }
    store.lead().await.unwrap();
}
