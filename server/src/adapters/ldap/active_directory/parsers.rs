//! Access of the fuzz targets to the parsers of directory answers.

use super::super::entry::{paging_cookie as parse_cookie, parse_generalized_time};
use super::super::sid::Sid;
use super::security_descriptor::{Ace, Descriptor};
use jiff::Timestamp;

/// A SID in text form.
pub fn sid(bytes: &[u8]) -> Option<String> {
    Sid::parse(bytes).map(|sid| sid.to_string())
}

/// The access control entries of a security descriptor, in SDDL.
pub fn security_descriptor(bytes: &[u8]) -> Option<Vec<String>> {
    let descriptor = Descriptor::parse(bytes)?;
    Some(descriptor.all_entries().map(Ace::sddl).collect())
}

/// A `GeneralizedTime`.
pub fn generalized_time(text: &str) -> Option<Timestamp> {
    parse_generalized_time(text)
}

/// The cookie of a paged-results control.
pub fn paging_cookie(value: &[u8]) -> Option<Vec<u8>> {
    parse_cookie(value)
}
