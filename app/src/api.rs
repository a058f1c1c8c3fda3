//! The JSON API as server functions. The server runs them through the inbound traits `Reset` and
//! `registration::Register`, which it provides as context for each request; the browser calls them through their
//! generated client stubs.
#![expect(
    missing_docs,
    reason = "the `server` macro makes an argument struct per function, whose fields cannot be documented"
)]

mod client;
mod json;
pub mod registration;
mod reset;

pub(crate) use json::ApiJson;
pub(crate) use json::read as read_json;
pub use reset::*;
