//! Port: a list of passwords that are known from data breaches.

use super::health_finding::Finding;
use app::domain::password::Password;
use async_trait::async_trait;

/// [`Finding::part`] of the rows about this port.
pub const PART: &str = "breached passwords";

/// The list could not be consulted.
#[derive(Debug, thiserror::Error)]
#[error("the list of breached passwords cannot be consulted")]
pub struct BreachLookupError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// A list of breached passwords. No implementation passes the password or its whole digest on.
#[async_trait]
pub trait BreachedPasswords: Send + Sync {
    /// Returns whether the password is in the list. A list may take a few other passwords for one of its own.
    async fn contains(&self, password: &Password) -> Result<bool, BreachLookupError>;

    /// Checks the list for `check` and the admin page.
    async fn check(&self) -> Vec<Finding>;
}
