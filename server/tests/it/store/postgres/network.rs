//! A network that loses packets between a node and its database.

use super::*;
use end2end::proxy::{Direction, Proxy};
use server::ports::health_finding::State;
use server::ports::nodes::{Node, NodeDescription};
use std::collections::BTreeMap;
use std::error::Error as _;
use std::net::{Ipv4Addr, SocketAddr};

/// Longer than any wait of the store for a connection, also on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A database behind a proxy.
async fn database_behind_a_proxy() -> (PostgresConfig, PostgresConfig, Proxy) {
    let direct = server().await.database();
    let PostgresHost::Tcp(_, port) = direct.host else { panic!("expected a port") };
    let proxy = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.unwrap();
    let host = PostgresHost::Tcp("127.0.0.1".to_owned(), proxy.address().port());
    (PostgresConfig { host, ..direct.clone() }, direct, proxy)
}

/// A transaction that is cancelled after the database has received its BEGIN, and before the store knows, leaves nothing
/// behind on its connection: what is confirmed later is visible to other nodes.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_cancelled_operation_does_not_swallow_later_ones() {
    let (config, direct, proxy) = database_behind_a_proxy().await;
    let store = PostgresStore::open(&PostgresConfig { connections: 1, ..config }).await.unwrap();
    let other = PostgresStore::open(&direct).await.unwrap();
    let freeze = Freeze { since: NOW, by: FreezeOrigin::Link, reference: "AAAA-0001".to_owned() };
    for step in 0..5_u8 {
        let cancelled = async {
            // The connection may still be on its way into the pool, so that the silence began too early for a BEGIN.
            while !cancel_after_begin(&store, account(u128::from(step)), &freeze, &direct.database, &proxy)
                .await
            {}
        };
        tokio::time::timeout(PATIENCE, cancelled).await.expect("a BEGIN was cancelled");
        store.create(&id(step), &[step], NOW).await.unwrap();
        assert!(Sessions::load(&other, &id(step)).await.unwrap().is_some(), "step {step}");
    }
}

/// Cancels a call once the database is in a transaction whose begin the store does not know. Returns whether it was.
async fn cancel_after_begin(
    store: &PostgresStore,
    account: AccountId,
    freeze: &Freeze,
    database: &str,
    proxy: &Proxy,
) -> bool {
    let state = format!(
        "select count(*) from pg_stat_activity where datname = '{database}' and state = 'idle in transaction'"
    );
    let postgres = &server().await.postgres;
    proxy.set_silent(Direction::ToClient, true);
    let begun = async {
        for _ in 0..20 {
            let found = tokio::task::block_in_place(|| postgres.execute("postgres", &state)).unwrap();
            if found.trim() == "1" {
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    };
    let begun = tokio::select! {
        biased;
        result = store.freeze(account, freeze) => panic!("{result:?} without an answer of the database"),
        begun = begun => begun,
    };
    proxy.set_silent(Direction::ToClient, false);
    begun
}

/// The time limits of the database do not reach a node whose network swallows packets: its own deadline ends the call.
#[tokio::test(flavor = "multi_thread")]
async fn postgres_call_that_gets_no_answer_ends_with_an_error_that_names_it() {
    let (config, _, proxy) = database_behind_a_proxy().await;
    let deadline = Duration::from_millis(1500);
    let store = PostgresStore::open(&PostgresConfig { deadline, ..config }).await.unwrap();
    store.create(&id(1), b"1", NOW).await.unwrap();
    let other = Node {
        name: "a".to_owned(),
        run: "1".to_owned(),
        version: "1".to_owned(),
        started: NOW,
        description: NodeDescription { key_ids: Vec::new(), settings: BTreeMap::new() },
    };
    store.announce(&other).await.unwrap();
    for direction in [Direction::ToServer, Direction::ToClient] {
        proxy.set_silent(direction, true);
        // No call of a healthy store lasts as long as this, and no call waits for ever.
        let calls = async {
            let freeze = Freeze { since: NOW, by: FreezeOrigin::Link, reference: "AAAA-0001".to_owned() };
            [
                ("load a session", Sessions::load(&store, &id(1)).await.err()),
                ("store a session", store.create(&id(2), b"2", NOW).await.err()),
                ("freeze an account", store.freeze(account(1), &freeze).await.err()),
                ("withdraw this node", store.withdraw(&other).await.err()),
            ]
        };
        let failed = tokio::time::timeout(PATIENCE, calls).await.expect("each call ends");
        for (what, error) in failed {
            let error = error.unwrap_or_else(|| panic!("«{what}» succeeded without an answer"));
            assert_eq!(error.what, what);
            let cause = error.source().unwrap().to_string();
            assert_eq!(cause, "the database did not answer within 1.5 s", "{what}");
        }
        let check = tokio::time::timeout(PATIENCE, store.check()).await.expect("the check ends");
        assert_eq!(check[0].state, State::Bad, "{check:?}");
        proxy.set_silent(direction, false);
        let recovered = async { while Sessions::load(&store, &id(1)).await.is_err() {} };
        tokio::time::timeout(PATIENCE, recovered).await.expect("the store works again");
        let check = tokio::time::timeout(PATIENCE, store.check()).await.unwrap();
        assert_eq!(check[0].state, State::Good, "{check:?}");
    }
    assert_eq!(Sessions::load(&store, &id(1)).await.unwrap().unwrap().sealed, b"1");
    store.create(&id(3), b"3", NOW).await.unwrap();
    assert!(store.find_freeze(account(2)).await.unwrap().is_none());
}
