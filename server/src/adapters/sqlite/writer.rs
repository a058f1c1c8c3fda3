//! Group commit: one task executes the waiting write operations of all requests in one transaction and syncs the disk
//! once for all of them.
//!
//! Each caller is answered only after its own change is on disk, and operations are executed in the order in which they
//! arrived. An operation that fails alone, e.g. because of a constraint, changes nothing and does not affect the others.
//! If the transaction is lost (the disk is full, the commit failed), all its operations report the failure.
//!
//! The task takes the only connection of the writer pool for each transaction, as other code does that writes through
//! the pool. The pool is fair, so neither starves.

use crate::ports::store::StoreError;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Operations per transaction. Bounds the time until the first of them is answered.
const MAX_BATCH: usize = 256;
/// Operations that wait. More callers wait for a place, for as long as for a connection.
pub(super) const QUEUE: usize = 1024;
/// Primary result codes of `SQLite` after which it may have rolled back the transaction: busy, out of memory,
/// interrupted, I/O error, disk full.
const ENDS_TRANSACTION: [u32; 5] = [5, 7, 9, 10, 13];

/// Why an operation has no result of its own.
#[derive(Debug, Clone, thiserror::Error)]
enum WriteFailure {
    /// The transaction of the operation could not be started or committed.
    #[error("{0}")]
    Transaction(Arc<sqlx::Error>),
    #[error("too many write operations are waiting")]
    QueueFull,
    #[error("the store is closed")]
    Closed,
    #[error("the write operation panicked")]
    Panicked,
}

/// Whether the transaction is still usable after an operation.
enum Continue {
    Yes,
    /// `SQLite` may have ended the transaction; the error of the operation that noticed.
    TransactionLost(Arc<sqlx::Error>),
}

/// An operation in the queue.
trait Operation: Send {
    /// Whether the caller no longer waits.
    fn is_abandoned(&self) -> bool;
    /// Executes the operation and keeps its result.
    fn execute<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, Continue>;
    /// Sends the result to the caller, or the failure of the whole transaction.
    fn answer(self: Box<Self>, committed: Result<(), WriteFailure>);
}

struct Pending<W, T> {
    work: Option<W>,
    result: Option<Result<T, sqlx::Error>>,
    caller: oneshot::Sender<Result<T, Cause>>,
}

type Cause = Box<dyn std::error::Error + Send + Sync>;

impl<W, T> Operation for Pending<W, T>
where
    W: for<'a> FnOnce(&'a mut SqliteConnection) -> BoxFuture<'a, Result<T, sqlx::Error>> + Send,
    T: Send,
{
    fn is_abandoned(&self) -> bool {
        self.caller.is_closed()
    }

    fn execute<'a>(&'a mut self, connection: &'a mut SqliteConnection) -> BoxFuture<'a, Continue> {
        Box::pin(async move {
            let Some(work) = self.work.take() else { return Continue::Yes };
            match work(connection).await {
                Err(error) if ends_transaction(&error) => Continue::TransactionLost(Arc::new(error)),
                result => {
                    self.result = Some(result);
                    Continue::Yes
                }
            }
        })
    }

    fn answer(self: Box<Self>, committed: Result<(), WriteFailure>) {
        let result = match (committed, self.result) {
            // It failed before the transaction did, for a reason of its own.
            (_, Some(Err(error))) => Err(error.into()),
            (Ok(()), Some(Ok(value))) => Ok(value),
            (Ok(()), None) => Err(WriteFailure::Panicked.into()),
            (Err(failure), _) => Err(failure.into()),
        };
        // The caller may have stopped waiting.
        drop(self.caller.send(result));
    }
}

/// Whether `SQLite` may have ended the transaction in which this error occurred. An error that does not come from
/// `SQLite` says nothing about the state of the connection.
fn ends_transaction(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code()?.parse::<u32>().ok());
    code.is_none_or(|code| ENDS_TRANSACTION.contains(&(code & 0xff)))
}

enum Request {
    Write(Box<dyn Operation>),
    Close(oneshot::Sender<()>),
}

/// Sends write operations to the task that executes them. The task ends when the last sender is gone.
#[derive(Debug, Clone)]
pub(super) struct GroupWriter {
    queue: Sender<Request>,
    patience: Duration,
    file: Arc<Path>,
}

/// Names the file in which an operation failed.
#[derive(Debug, thiserror::Error)]
#[error("{}: {cause}", file.display())]
struct InFile {
    file: Arc<Path>,
    cause: Cause,
}

impl GroupWriter {
    /// Starts the task. A caller waits for a place in the queue for as long as `patience`; errors name `file`.
    pub(super) fn start(pool: SqlitePool, patience: Duration, file: &Path) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        tokio::spawn(serve(pool, requests));
        Self { queue, patience, file: file.into() }
    }

    /// Executes `work` in the next transaction and returns its result after the commit. `work` must change everything
    /// or nothing: one statement, or several in a savepoint.
    pub(super) async fn write<T, W>(&self, what: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'a> FnOnce(&'a mut SqliteConnection) -> BoxFuture<'a, Result<T, sqlx::Error>> + Send + 'static,
    {
        let place = match timeout(self.patience, self.queue.reserve()).await {
            Ok(Ok(place)) => place,
            Ok(Err(_)) => return Err(StoreError::new(what, WriteFailure::Closed)),
            Err(_) => return Err(StoreError::new(what, WriteFailure::QueueFull)),
        };
        let (caller, result) = oneshot::channel();
        place.send(Request::Write(Box::new(Pending { work: Some(work), result: None, caller })));
        match result.await {
            Ok(result) => {
                result.map_err(|cause| StoreError::new(what, InFile { file: Arc::clone(&self.file), cause }))
            }
            Err(_) => Err(StoreError::new(what, WriteFailure::Closed)),
        }
    }

    /// Finishes the waiting operations. Later ones are refused.
    pub(super) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Request::Close(done)).await.is_ok() {
            drop(closed.await);
        }
    }
}

async fn serve(pool: SqlitePool, mut requests: Receiver<Request>) {
    let mut received = Vec::with_capacity(MAX_BATCH);
    let mut closing = Vec::new();
    while requests.recv_many(&mut received, MAX_BATCH).await > 0 {
        let mut batch = Vec::with_capacity(received.len());
        for request in received.drain(..) {
            match request {
                Request::Write(operation) if operation.is_abandoned() => {}
                Request::Write(operation) => batch.push(operation),
                Request::Close(done) => {
                    requests.close();
                    closing.push(done);
                }
            }
        }
        if !batch.is_empty() {
            write_batch(&pool, batch, &mut requests).await;
        }
    }
    // A dropped sender answers as well.
    drop(closing);
}

/// Executes and answers the operations.
async fn write_batch(
    pool: &SqlitePool,
    mut batch: Vec<Box<dyn Operation>>,
    requests: &mut Receiver<Request>,
) {
    let result = AssertUnwindSafe(commit(pool, &mut batch)).catch_unwind().await;
    let committed = match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(BatchError::Begin(error))) => {
            let failure = WriteFailure::Transaction(error);
            // Who arrived in the meantime waited for the same connection or lock; to wait again for each batch would
            // take a multiple of the time that callers accept.
            while let Ok(request) = requests.try_recv() {
                match request {
                    Request::Write(operation) => batch.push(operation),
                    // Dropping the sender answers.
                    Request::Close(_) => requests.close(),
                }
            }
            Err(failure)
        }
        Ok(Err(BatchError::Lost(error))) => Err(WriteFailure::Transaction(error)),
        // The panic message is on standard error. The task goes on: otherwise all writes would fail from now on.
        Err(_) => Err(WriteFailure::Panicked),
    };
    for operation in batch {
        operation.answer(committed.clone());
    }
}

enum BatchError {
    /// No connection, or the file is locked by another process.
    Begin(Arc<sqlx::Error>),
    /// The transaction was rolled back.
    Lost(Arc<sqlx::Error>),
}

async fn commit(pool: &SqlitePool, batch: &mut [Box<dyn Operation>]) -> Result<(), BatchError> {
    // BEGIN IMMEDIATE: otherwise two transactions that both read first would both be granted the last permit.
    let begin = pool.begin_with("begin immediate").await;
    let mut transaction = begin.map_err(|error| BatchError::Begin(Arc::new(error)))?;
    for operation in batch {
        match operation.execute(&mut transaction).await {
            Continue::Yes => {}
            // Dropping the transaction rolls it back. The pool closes a connection that did not return to its
            // initial state.
            Continue::TransactionLost(error) => return Err(BatchError::Lost(error)),
        }
    }
    transaction.commit().await.map_err(|error| BatchError::Lost(Arc::new(error)))
}
