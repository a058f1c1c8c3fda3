//! [`BreachedPasswords`] over a filter file of `breached build`.

use crate::breached::filter::{BreachFilter, FilterError};
use crate::ports::breached_passwords::{BreachLookupError, BreachedPasswords, PART};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use async_trait::async_trait;
use sha1::{Digest as _, Sha1};
use std::path::Path;
use std::sync::Arc;

/// A filter file, opened at the start.
#[derive(Debug)]
pub struct BreachFilterFile(Arc<BreachFilter>);

impl BreachFilterFile {
    /// Opens the file.
    pub fn open(path: &Path) -> Result<Self, FilterError> {
        Ok(Self(Arc::new(BreachFilter::open(path)?)))
    }

    async fn contains_digest(&self, digest: [u8; 20]) -> Result<bool, BreachLookupError> {
        let filter = Arc::clone(&self.0);
        // Reads from the disk.
        let found = tokio::task::spawn_blocking(move || filter.contains_digest(&digest)).await;
        found
            .map_err(|error| BreachLookupError(error.into()))?
            .map_err(|error| BreachLookupError(error.into()))
    }
}

#[async_trait]
impl BreachedPasswords for BreachFilterFile {
    async fn contains(&self, password: &Password) -> Result<bool, BreachLookupError> {
        self.contains_digest(Sha1::digest(password.expose().as_bytes()).into()).await
    }

    async fn check(&self) -> Vec<Finding> {
        // Any digest shows whether the file can be read.
        vec![match self.contains_digest([0x77; 20]).await {
            Ok(_) => Finding::good(PART, "filter", format!("{} passwords", self.0.entries())),
            Err(error) => Finding::bad(PART, "filter", format!("{:#}", anyhow::Error::new(error))),
        }]
    }
}
