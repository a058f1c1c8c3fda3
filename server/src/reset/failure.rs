//! Turns errors of ports into refusals, and logs each of them once with the reference that the employee sees.

use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use std::error::Error;
use tracing::error;

/// After how many seconds the browser repeats a step that met an unavailable backend.
pub(crate) const RETRY_AFTER_SECONDS: u64 = 5;

/// A backend is unavailable. `part` names it in the log and as the label of `reset_unavailable_total`.
pub(crate) fn unavailable(part: &'static str, error: &(dyn Error + 'static)) -> Refusal {
    match crate::random::reference() {
        Ok(reference) => {
            error!(reference, part, error, "{part} unavailable: the step can be repeated");
            metrics::counter!("reset_unavailable_total", "part" => part).increment(1);
            Refusal::Unavailable { reference, retry_after: RETRY_AFTER_SECONDS }
        }
        Err(fault) => fault,
    }
}

/// The store is unavailable.
pub(crate) fn store_unavailable(error: &StoreError) -> Refusal {
    unavailable("store", error)
}

/// A defect of this program. `what` says what could not be done.
pub(crate) fn fault(what: &'static str, error: &(dyn Error + 'static)) -> Refusal {
    match crate::random::reference() {
        Ok(reference) => {
            error!(reference, error, "defect: {what}");
            Refusal::Fault { reference }
        }
        Err(fault) => fault,
    }
}
