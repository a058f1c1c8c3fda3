//! The embedded store has one node: a lock on a file beside it makes sure of that.

use super::SqliteStore;
use crate::ports::nodes::{Announced, Leadership, Node, Nodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The lock of the process that serves. Commands use the file beside it without this lock.
#[derive(Debug, Clone)]
pub(super) struct ServingLock {
    path: PathBuf,
    file: Arc<Mutex<Option<File>>>,
}

/// Another process has the lock.
#[derive(Debug, thiserror::Error)]
#[error("another node serves from this file ({0} is locked): several nodes need a PostgreSQL database")]
struct AlreadyServed(String);

impl ServingLock {
    /// The lock beside the store's file, not taken yet.
    pub(super) fn beside(store: &Path) -> Self {
        let mut path = store.to_owned().into_os_string();
        path.push(".lock");
        Self { path: path.into(), file: Arc::default() }
    }

    /// Takes the lock until the process ends, however it ends.
    fn take(&self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut held = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&self.path)?;
        match file.try_lock() {
            Ok(()) => *held = Some(file),
            Err(TryLockError::WouldBlock) => {
                return Err(AlreadyServed(self.path.display().to_string()).into());
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(())
    }

    fn release(&self) {
        *self.file.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The only node always leads.
struct OnlyNode;

#[async_trait]
impl Leadership for OnlyNode {
    async fn lost(&mut self) {
        std::future::pending::<()>().await;
    }
}

#[async_trait]
impl Nodes for SqliteStore {
    async fn lead(&self) -> Result<Box<dyn Leadership>, StoreError> {
        Ok(Box::new(OnlyNode))
    }

    async fn announce(&self, _: &Node) -> Result<Announced, StoreError> {
        self.serving.take().map_err(|error| StoreError::new("announce this node", error))?;
        Ok(Announced { others: Vec::new(), replaced_namesake: false })
    }

    async fn withdraw(&self, _: &Node) -> Result<(), StoreError> {
        self.serving.release();
        Ok(())
    }

    async fn list_nodes(&self) -> Result<Vec<Node>, StoreError> {
        Ok(Vec::new())
    }

    async fn store_time(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}
