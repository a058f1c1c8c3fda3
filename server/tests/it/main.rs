//! The one integration-test binary: contracts of the ports, the workflow, the wire, the whole
//! product.

mod codes;
mod coverage;
mod directory;
mod documentation;
mod hr;
mod import;
mod leaving;
mod notices;
mod onboarding;
mod product;
mod registration;
mod reset;
mod store;
mod wire;
