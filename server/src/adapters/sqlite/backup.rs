//! A consistent copy of the embedded store, while another process writes to it or not.

use super::{PATIENCE, SqliteStore, create};
use crate::adapters::file_access;
use crate::ports::store::StoreError;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use std::io::ErrorKind;
use std::path::Path;

impl SqliteStore {
    /// Copies the store in the file `from` to the new file `to` (mode 0600) and synchronises it. The copy holds what was
    /// committed when the copying began; writers do not wait. Neither creates nor migrates `from`.
    pub async fn copy(from: &Path, to: &Path) -> Result<(), StoreError> {
        let store_error = |error: sqlx::Error| StoreError::new("be copied", error);
        let io_error = |error: std::io::Error| StoreError::new("be copied", error);
        std::fs::File::open(from).map_err(|error| io_error(file_access::explained(error)))?;
        let options = SqliteConnectOptions::new().filename(from).read_only(true).busy_timeout(PATIENCE);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(store_error)?;
        if to.exists() {
            return Err(io_error(ErrorKind::AlreadyExists.into()));
        }
        create(to).map_err(io_error)?;
        let copied =
            sqlx::query("vacuum into ?").bind(to.display().to_string()).execute(&mut connection).await;
        copied.map_err(store_error)?;
        connection.close().await.map_err(store_error)?;
        // `SQLite` does not synchronise the target of VACUUM INTO.
        std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(io_error)
    }
}
