//! The error of a wire value that lacks a field of its variant.

/// A field of the named variant is missing.
pub(crate) struct MissingField;

impl std::fmt::Display for MissingField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a field is missing")
    }
}
