//! The components that reset and enrollment share.

use super::ServiceDeps;
use super::audit::AuditRecorder;
use super::code_verifier::CodeVerifier;
use super::config::ResetConfig;
use super::lookup::{AccountLookup, LookupConfig};
use super::rate_limit::RateLimiter;
use super::response_time::ResponseTimer;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use std::sync::Arc;

/// The components that reset and enrollment share, so that neither is a way around the limits of the other.
#[derive(Clone)]
pub struct SharedComponents {
    /// The rate limits.
    pub(crate) limiter: Arc<RateLimiter>,
    /// Writes audit entries.
    pub(crate) audit: Arc<AuditRecorder>,
    /// Accounts and their registered values.
    pub(crate) accounts: Arc<AccountLookup>,
    /// Verifies codes.
    pub(crate) verifier: Arc<CodeVerifier>,
    /// The minimum response time.
    pub(crate) timer: Arc<ResponseTimer>,
}

impl SharedComponents {
    /// Ends the consecutive wrong codes of an account. After an error the count is still too high, which is the safe side.
    pub async fn clear_failures(&self, account: AccountId) -> Result<(), StoreError> {
        self.limiter.clear_failures(account).await
    }

    /// Builds them over these ports.
    pub fn new(deps: &ServiceDeps, config: &ResetConfig) -> Self {
        let ServiceDeps { clock, keys, .. } = deps;
        let limiter = RateLimiter::new(
            Arc::clone(&deps.limits),
            Arc::clone(keys),
            Arc::clone(clock),
            config.limits.clone(),
        );
        let limiter = Arc::new(limiter);
        let lookup = LookupConfig {
            birthdate_from_directory: config.birthdate_from_directory,
            require_mobile: config.require_mobile,
            user_name: config.provider_user_name,
        };
        let accounts = AccountLookup::new(
            Arc::clone(&deps.directory),
            Arc::clone(&deps.records),
            Arc::clone(&deps.frozen),
            Arc::clone(keys),
            Arc::clone(clock),
            lookup,
        );
        let verifier = CodeVerifier::new(
            Arc::clone(&deps.otp_provider),
            Arc::clone(&limiter),
            Arc::clone(keys),
            Arc::clone(clock),
        );
        Self {
            limiter,
            audit: Arc::new(AuditRecorder::new(Arc::clone(&deps.audit), Arc::clone(keys), Arc::clone(clock))),
            accounts: Arc::new(accounts),
            verifier: Arc::new(verifier),
            timer: Arc::new(ResponseTimer::new(Arc::clone(clock), config.min_response_time)),
        }
    }
}
