//! The catalogues, one module per language.

pub(crate) mod en;
pub(crate) mod nl;
