//! Whether a new password is known from data breaches, and what happens if that cannot be determined.

use super::audit::{AuditContext, AuditRecorder};
use super::failure::unavailable;
use crate::ports::audit::Event;
use crate::ports::breached_passwords::BreachedPasswords;
use crate::ports::health_finding::Finding;
use app::api::refusal::Refusal;
use app::domain::password::Password;
use app::policy::Violation;
use std::error::Error;
use std::sync::Arc;

/// The list of breached passwords, if one is configured.
#[derive(Clone, Default)]
pub struct BreachCheck {
    list: Option<Arc<dyn BreachedPasswords>>,
    /// A password is refused while the list cannot be consulted.
    refuse_unchecked: bool,
}

impl BreachCheck {
    /// Checks against a list. With `refuse_unchecked` no password is set while it cannot be consulted; otherwise the
    /// password is accepted, which the audit log records.
    pub fn new(list: Arc<dyn BreachedPasswords>, refuse_unchecked: bool) -> Self {
        Self { list: Some(list), refuse_unchecked }
    }

    /// Checks the list for `check` and the admin page.
    pub async fn findings(&self) -> Vec<Finding> {
        match &self.list {
            Some(list) => list.check().await,
            None => Vec::new(),
        }
    }

    /// Returns the violation of a password that is in the list.
    pub(super) async fn violation(
        &self,
        audit: &AuditRecorder,
        context: &AuditContext<'_>,
        password: &Password,
    ) -> Result<Option<Violation>, Refusal> {
        let Some(list) = &self.list else { return Ok(None) };
        match list.contains(password).await {
            Ok(contained) => Ok(contained.then_some(Violation::Breached)),
            Err(error) if self.refuse_unchecked => Err(unavailable("breached passwords", &error)),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn Error,
                    "breached passwords unavailable: password accepted unchecked"
                );
                metrics::counter!("reset_breach_unchecked_total").increment(1);
                audit.record_after(context, "", Event::BreachUnchecked).await;
                Ok(None)
            }
        }
    }
}
