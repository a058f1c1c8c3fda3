//! The tables: who makes them, and under which time limits.

use super::*;

/// A trigger fails every statement that makes or changes a table under the limits of other statements.
#[tokio::test]
async fn postgres_migration_may_take_long_but_does_not_wait_long_for_locks() {
    let server = server().await;
    let config = server.database();
    let function = "create function limits() returns event_trigger language plpgsql as $$ begin
        if current_setting('statement_timeout') <> '0' or current_setting('lock_timeout') <> '5s' then
            raise exception 'limits: % and %', current_setting('statement_timeout'), current_setting('lock_timeout');
        end if; end $$";
    server.postgres.execute(&config.database, function).unwrap();
    let trigger = "create event trigger limits on ddl_command_start execute function limits()";
    server.postgres.execute(&config.database, trigger).unwrap();
    let store = PostgresStore::open(&config).await.unwrap();
    assert_eq!(store.missing_migrations().await.unwrap(), 0);
}

/// Any number of nodes may start at the same time with an empty database.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_nodes_that_start_together_migrate_once() {
    let config = server().await.database();
    let opening = (0..4).map(|_| {
        let config = config.clone();
        tokio::spawn(async move { PostgresStore::open(&config).await })
    });
    for opened in opening.collect::<Vec<_>>() {
        assert_eq!(opened.await.unwrap().unwrap().missing_migrations().await.unwrap(), 0);
    }
}

#[tokio::test]
async fn postgres_database_that_is_opened_as_it_is_stays_empty() {
    let server = server().await;
    let config = server.database();
    let store = PostgresStore::open_as_it_is(&config).await.unwrap();
    assert!(store.missing_migrations().await.unwrap() > 1);
    let tables = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(server.postgres.execute(&config.database, tables).unwrap(), "0");
    PostgresStore::open(&config).await.unwrap();
    assert_eq!(store.missing_migrations().await.unwrap(), 0);
}

#[tokio::test]
async fn postgres_database_without_tables_is_no_existing_store() {
    let server = server().await;
    let config = server.database();
    let refused = PostgresStore::open_existing(&config).await.unwrap_err();
    let cause = std::error::Error::source(&refused).unwrap().to_string();
    assert!(cause.contains("the database has no tables of the service"), "{cause}");
    let tables = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(server.postgres.execute(&config.database, tables).unwrap(), "0");
    PostgresStore::open(&config).await.unwrap();
    PostgresStore::open_existing(&config).await.unwrap();
}
