//! The JSON API as server functions. The server implements the traits `ResetHandler`, `EnrollmentHandler` and `ServiceDeskHandler` and provides
//! them as context of each request; the browser calls the functions through their generated clients.
#![expect(
    missing_docs,
    reason = "the `server` macro makes an argument struct per function, whose fields cannot be documented"
)]

#[cfg(feature = "ssr")]
pub mod arguments;
mod client;
pub mod enrollment;
pub mod enrollment_state;
mod json;
pub mod refusal;
mod reset;
pub mod service_desk;
pub mod service_desk_state;
pub mod site;
pub mod step;
#[cfg(feature = "ssr")]
mod strict_json;

pub(crate) use json::ApiJson;
pub(crate) use json::read as read_json;
pub use reset::*;
