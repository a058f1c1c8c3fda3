use super::SqliteStore;
use super::writer::QUEUE;
use crate::ports::rate_limits::{Limit, LimitKey, RateLimitDecision, RateLimits as _};
use crate::ports::sessions::{Revision, SessionId, Sessions, Swap};
use crate::ports::store::{Store as _, StoreError};
use futures::future::join_all;
use futures::poll;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);
const LATER: Timestamp = Timestamp::constant(1_800_000_900, 0);

fn id(number: u32) -> SessionId {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    SessionId(Zeroizing::new(id))
}

fn file(folder: &tempfile::TempDir) -> std::path::PathBuf {
    folder.path().join("reset.db")
}

async fn store(folder: &tempfile::TempDir) -> SqliteStore {
    SqliteStore::open(&file(folder)).await.unwrap()
}

async fn create(store: &SqliteStore, number: u32) -> Result<Revision, StoreError> {
    store.create(&id(number), b"", LATER).await
}

async fn exists(store: &SqliteStore, number: u32) -> bool {
    Sessions::load(store, &id(number)).await.unwrap().is_some()
}

/// Starts operations without waiting for their results: each is in the queue when this returns.
macro_rules! queue {
    ($operations:expr) => {{
        // Otherwise a task of tokio pauses after a number of operations.
        let mut operations = Box::pin(tokio::task::unconstrained(join_all($operations)));
        assert!(poll!(&mut operations).is_pending());
        operations
    }};
}

#[tokio::test]
async fn waiting_operations_share_one_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let commits = Arc::new(AtomicU32::new(0));
    {
        let mut connection = store.writer.acquire().await.unwrap();
        let counter = Arc::clone(&commits);
        connection.lock_handle().await.unwrap().set_commit_hook(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            true
        });
    }
    let created = queue!((0..100).map(|number| create(&store, number)));
    assert!(created.await.into_iter().all(|result| result.unwrap() == Revision(1)));
    assert_eq!(commits.load(Ordering::SeqCst), 1);
    for number in 0..100 {
        assert!(exists(&store, number).await);
    }
}

#[tokio::test]
async fn operation_that_fails_alone_does_not_affect_the_others_of_its_transaction() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let created = queue!([1, 2, 1, 3].map(|number| create(&store, number)));
    let succeeded: Vec<bool> = created.await.iter().map(Result::is_ok).collect();
    assert_eq!(succeeded, [true, true, false, true]);
    for number in 1..=3 {
        assert!(exists(&store, number).await);
    }
}

#[tokio::test]
async fn operations_of_one_transaction_are_executed_in_the_order_of_arrival() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let first = create(&store, 1).await.unwrap();
    let swap = async |sealed: &[u8]| store.swap(&id(1), first, sealed, LATER).await;
    let swaps = queue!([swap(b"a"), swap(b"b")]);
    let swaps: Vec<_> = swaps.await.into_iter().map(Result::unwrap).collect();
    assert_eq!(swaps, [Swap::Won(Revision(2)), Swap::Lost]);
    assert_eq!(Sessions::load(&store, &id(1)).await.unwrap().unwrap().sealed, b"a");

    let limit = Limit { max: 2, window: Duration::from_mins(1) };
    let wanted = [(LimitKey([1; 16]), limit)];
    let taken = queue!((0..3).map(|_| store.take(&wanted, NOW)));
    let left: Vec<_> = taken
        .await
        .into_iter()
        .map(|decision| match decision.unwrap() {
            RateLimitDecision::Granted { left } => Some(left),
            RateLimitDecision::Exhausted { .. } => None,
        })
        .collect();
    assert_eq!(left, [Some(1), Some(0), None]);
}

#[tokio::test]
async fn dropped_caller_does_not_affect_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let dropped = queue!((0..10).map(|number| create(&store, number)));
    let waiting = queue!((10..20).map(|number| create(&store, number)));
    drop(dropped);
    assert!(waiting.await.iter().all(Result::is_ok));
    for number in 10..20 {
        assert!(exists(&store, number).await);
    }
}

#[tokio::test]
async fn closing_finishes_the_waiting_operations_and_refuses_later_ones() {
    let folder = tempfile::tempdir().unwrap();
    let closed = store(&folder).await;
    let created = queue!((0..600).map(|number| create(&closed, number)));
    closed.close().await;
    assert!(created.await.iter().all(Result::is_ok));
    let error = create(&closed, 700).await.unwrap_err();
    assert_eq!(error.source().unwrap().to_string(), "the store is closed");
    let reopened = store(&folder).await;
    for number in 0..600 {
        assert!(exists(&reopened, number).await);
    }
}

#[tokio::test]
async fn full_disk_is_reported_and_the_store_works_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    // The first statement writes the file, so that the page count is that of the tables.
    store.writer.execute("delete from visits").await.unwrap();
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&store.writer).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("pragma max_page_count = {}", pages + 2));
    store.writer.execute(limit).await.unwrap();
    let large = vec![7; 100_000];
    let failed = queue!((0..3).map(async |number| store.create(&id(number), &large, LATER).await));
    for result in failed.await {
        let error = result.unwrap_err().source().unwrap().to_string();
        assert!(error.contains("reset.db: ") && error.contains("full"), "{error}");
    }
    store.writer.execute("pragma max_page_count = 1000000").await.unwrap();
    store.create(&id(9), &large, LATER).await.unwrap();
    let wanted = [(LimitKey([1; 16]), Limit { max: 2, window: Duration::from_mins(1) })];
    assert_eq!(store.take(&wanted, NOW).await.unwrap(), RateLimitDecision::Granted { left: 1 });
    for number in 0..3 {
        assert!(!exists(&store, number).await, "the caller received an error");
    }
}

#[tokio::test]
async fn full_disk_during_another_write_does_not_stop_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    store.writer.execute("delete from visits").await.unwrap();
    let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(&store.writer).await.unwrap();
    let limit = sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}"));
    store.writer.execute(limit).await.unwrap();
    let mut transaction = store.writer.begin_with("begin immediate").await.unwrap();
    let insert = "insert into outbox (account, channel, sealed, since, due) values (x'01', 'mail', zeroblob(99999), 1, 1)";
    let error = transaction.execute(insert).await.unwrap_err().to_string();
    assert!(error.contains("full"), "{error}");
    drop(transaction);
    store.writer.execute("pragma max_page_count = 1000000").await.unwrap();
    create(&store, 1).await.unwrap();
}

#[tokio::test]
async fn file_locked_by_another_process_is_reported_and_the_store_works_again_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_with(&file(&folder), Duration::from_millis(50)).await.unwrap();
    let options = SqliteConnectOptions::new().filename(file(&folder));
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("begin immediate").await.unwrap();
    let failed = queue!((0..u32::try_from(QUEUE).unwrap()).map(|number| create(&store, number)));
    for result in failed.await {
        let error = result.unwrap_err().source().unwrap().to_string();
        assert!(error.contains("locked"), "{error}");
    }
    other.execute("rollback").await.unwrap();
    other.close().await.unwrap();
    assert!(!exists(&store, 0).await);
    create(&store, 0).await.unwrap();
}

#[tokio::test]
async fn panic_in_an_operation_does_not_stop_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let panicking = store.group.write("be tested", |_| {
        Box::pin(async {
            assert!(std::hint::black_box(false), "as arranged");
            Ok(())
        })
    });
    let error = panicking.await.unwrap_err().source().unwrap().to_string();
    assert!(error.ends_with("reset.db: the write operation panicked"), "{error}");
    create(&store, 1).await.unwrap();
    assert!(exists(&store, 1).await);
}

#[tokio::test]
async fn all_expired_rows_are_purged_in_several_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let created = queue!((0..1000).map(async |number| store.create(&id(number), b"", NOW).await));
    assert!(created.await.iter().all(Result::is_ok));
    create(&store, 1000).await.unwrap();
    let limit = Limit { max: 9, window: Duration::from_mins(1) };
    let keys = (0..1001_u128).map(|number| (LimitKey(number.to_be_bytes()), limit));
    let taken = queue!(keys.map(async |wanted| store.take(&[wanted], NOW).await));
    assert!(taken.await.iter().all(Result::is_ok));
    store.purge(NOW + SignedDuration::from_mins(5)).await.unwrap();
    let rows: (i64, i64) =
        sqlx::query_as("select (select count(*) from visits), (select count(*) from counts)")
            .fetch_one(&store.reader)
            .await
            .unwrap();
    assert_eq!(rows, (1, 0));
    assert!(exists(&store, 1000).await);
}
