//! The one integration-test binary: contracts of the ports, the workflow, the wire.

mod codes;
mod directory;
mod reset;
mod store;
mod wire;
