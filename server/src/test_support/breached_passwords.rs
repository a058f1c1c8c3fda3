//! In-memory implementation of [`BreachedPasswords`].

use super::OUTAGE;
use crate::ports::breached_passwords::{BreachLookupError, BreachedPasswords, PART};
use crate::ports::health_finding::Finding;
use app::domain::password::Password;
use async_trait::async_trait;
use std::sync::atomic::{AtomicBool, Ordering};

/// The fake list.
#[derive(Debug, Default)]
pub struct FakeBreachedPasswords {
    passwords: Vec<String>,
    unavailable: AtomicBool,
}

impl FakeBreachedPasswords {
    /// A list of these passwords.
    pub fn of(passwords: &[&str]) -> Self {
        Self {
            passwords: passwords.iter().map(|password| (*password).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Starts or ends an outage.
    pub fn set_unavailable(&self, unavailable: bool) {
        self.unavailable.store(unavailable, Ordering::SeqCst);
    }
}

#[async_trait]
impl BreachedPasswords for FakeBreachedPasswords {
    async fn contains(&self, password: &Password) -> Result<bool, BreachLookupError> {
        if self.unavailable.load(Ordering::SeqCst) {
            return Err(BreachLookupError(OUTAGE.into()));
        }
        Ok(self.passwords.iter().any(|known| known == password.expose()))
    }

    async fn check(&self) -> Vec<Finding> {
        vec![Finding::good(PART, "fake", "in memory")]
    }
}
