//! The one integration-test binary: contracts of the ports, the workflow, the wire.

mod directory;
mod reset;
mod store;
//! Integration tests: one binary, one module per subject.
mod codes;
