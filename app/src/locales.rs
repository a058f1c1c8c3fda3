//! The catalogues, one module per language. Not the choice between them: see [`crate::text`].

pub(crate) mod en;
pub(crate) mod nl;
