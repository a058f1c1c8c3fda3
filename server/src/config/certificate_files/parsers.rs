//! Access of the fuzz targets to the parser of certificate files.

use super::content;

/// The PEM text in the form that each parser reads.
pub fn pem_text(content: &[u8]) -> Vec<u8> {
    content::pem_text(content)
}

/// What the file contains, for an error message.
pub fn describe(content: &[u8]) -> &'static str {
    content::describe(content)
}

/// The body of a DER sequence.
pub fn der_body(content: &[u8]) -> Option<&[u8]> {
    content::der_body(content)
}
