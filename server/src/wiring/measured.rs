//! Measures the calls of the ports.

use crate::adapters::measured::{
    MeasuredAudit, MeasuredAuthenticators, MeasuredDirectory, MeasuredOtpProvider, MeasuredStore,
};
use crate::ports::call_codes::CallCodes;
use crate::ports::devices::Devices;
use crate::ports::frozen_accounts::FrozenAccounts;
use crate::ports::notifier::Outbox;
use crate::ports::rate_limits::RateLimits;
use crate::ports::records::Records;
use crate::ports::sessions::Sessions;
use crate::ports::start_codes::StartCodes;
use crate::ports::store::Store;
use crate::ports::waiting_resets::WaitingResets;
use crate::reset::ServiceDeps;
use std::sync::Arc;

/// The same ports with measured calls.
pub(super) fn deps(deps: ServiceDeps) -> ServiceDeps {
    ServiceDeps {
        directory: Arc::new(MeasuredDirectory::new(deps.directory)),
        otp_provider: Arc::new(MeasuredOtpProvider::new(deps.otp_provider)),
        records: Arc::new(MeasuredStore::<dyn Records>::new(deps.records)),
        frozen: Arc::new(MeasuredStore::<dyn FrozenAccounts>::new(deps.frozen)),
        waits: Arc::new(MeasuredStore::<dyn WaitingResets>::new(deps.waits)),
        calls: Arc::new(MeasuredStore::<dyn CallCodes>::new(deps.calls)),
        start_codes: Arc::new(MeasuredStore::<dyn StartCodes>::new(deps.start_codes)),
        sessions: Arc::new(MeasuredStore::<dyn Sessions>::new(deps.sessions)),
        devices: Arc::new(MeasuredStore::<dyn Devices>::new(deps.devices)),
        limits: Arc::new(MeasuredStore::<dyn RateLimits>::new(deps.limits)),
        authenticators: Arc::new(MeasuredAuthenticators::new(deps.authenticators)),
        audit: Arc::new(MeasuredAudit::new(deps.audit)),
        ..deps
    }
}

/// The queue of the notices with measured calls.
pub(crate) fn measured_outbox(store: &Arc<dyn Store>) -> Arc<dyn Outbox> {
    Arc::new(MeasuredStore::<dyn Outbox>::new(Arc::clone(store) as _))
}
