//! The notices: what carriers do with a message, what the queue does when they do not, and who is told of a reset.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests; a failure here is a failed test")]

mod carriers;
mod down;
mod gateway;
mod kept;
mod leaks;
mod mail;
mod queue;
mod reset;
mod running;
mod served;
mod world;
