//! The import over a directory in memory and both stores: what is refused, what is taken, what is reported.

mod abuse;
mod bad_input;
mod many;
pub(crate) mod world;
