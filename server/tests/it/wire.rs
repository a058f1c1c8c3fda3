//! Tests of the HTTP interface: raw requests to the real router over fakes.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod addresses;
mod calls;
pub(crate) mod client;
mod cookies;
mod description;
mod devices;
mod floods;
mod headers;
mod high_impact;
mod not_me;
mod oracle;
mod origin;
mod pages;
mod paths;
mod refusals;
mod registration;
mod request_id;
mod service_desk_abuse;
mod service_desk_page;
mod tampering;
mod transport;
