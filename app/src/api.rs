//! The JSON API as server functions. The server runs them through the inbound traits `Reset` and
//! `enrollment::Register`, which it provides as context for each request; the browser calls them through their
//! generated client stubs.
#![expect(
    missing_docs,
    reason = "the `server` macro makes an argument struct per function, whose fields cannot be documented"
)]

mod client;
pub mod enrollment;
pub mod enrollment_state;
mod json;
pub mod refusal;
mod reset;
pub mod site;
pub mod step;

pub(crate) use json::ApiJson;
pub(crate) use json::read as read_json;
pub use reset::*;
