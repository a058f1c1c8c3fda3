//! Tests of the complete product: the real binary as a child process between the simulators of the demo, called
//! over HTTP and by its commands. The screens are tested in `end2end/browser`.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests; a failure here is a failed test"
)]

mod audit;
mod backup;
mod breached;
mod certificate;
mod check;
mod commands;
mod connections;
mod crash;
mod file_modes;
mod freeze;
mod hangup;
mod healthcheck;
mod hr;
mod ineligible;
mod key_rotation;
mod leaks;
mod memory;
mod metrics;
mod nodes;
mod parallel;
mod records;
mod reset;
mod restore;
mod restore_database;
mod samba;
mod service_desk;
mod service_manager;
mod serving;
mod timing;
mod traces;
pub(crate) mod world;
