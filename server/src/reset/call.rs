//! Call codes: a caller of the service desk is verified like for a reset, and then gets a code to read aloud instead of the
//! password step. The code proves who calls, at the service desk only; nothing here accepts it.

use super::ServiceDeps;
use super::audit::{AuditContext, AuditRecorder};
use super::failure::{fault, store_unavailable};
use crate::crypto::{Keyring, Purpose};
use crate::ports::audit::Event;
use crate::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use crate::ports::clock::Clock;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::domain::call_code::CallCode;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// How long a code is accepted.
pub(crate) const CALL_CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Attempts to find a code that no other caller has. With 30 random bits even the second is hardly ever needed.
const MAX_ATTEMPTS: u32 = 5;

/// Issues call codes.
pub(super) struct CallCodeIssuer {
    calls: Arc<dyn CallCodes>,
    audit: Arc<AuditRecorder>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
}

impl CallCodeIssuer {
    pub(super) fn new(deps: &ServiceDeps, audit: &Arc<AuditRecorder>) -> Self {
        Self {
            calls: Arc::clone(&deps.calls),
            audit: Arc::clone(audit),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(&deps.clock),
        }
    }

    /// A new code for a verified account, and until when it is accepted. An earlier code of the account is not any more.
    pub(super) async fn issue(
        &self,
        context: &AuditContext<'_>,
        account: AccountId,
    ) -> Result<(CallCode, Timestamp), Refusal> {
        let verified_at = self.clock.now();
        let call = Call { account, verified_at, expires: verified_at + CALL_CODE_LIFETIME };
        for _ in 0..MAX_ATTEMPTS {
            let random =
                crate::random::bytes().map_err(|error| fault("no random bytes for a call code", &error))?;
            let code = CallCode::from_random(random);
            let stored = self.calls.put_call(digest(&self.keys, &code), &call).await;
            if stored.map_err(|error| store_unavailable(&error))? {
                self.audit.record_after(context, "", Event::CallCodeIssued).await;
                return Ok((code, call.expires));
            }
        }
        Err(store_unavailable(&StoreError::new("store a call code", "each code was in use")))
    }
}

/// The digest under which the store knows a code.
pub(crate) fn digest(keys: &Keyring, code: &CallCode) -> CallCodeDigest {
    CallCodeDigest(keys.digest(Purpose::CallCode, &[code.expose().as_bytes()]))
}
