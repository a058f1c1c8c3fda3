//! Access of the fuzz targets to the parsers of the HR system's answers.

use super::{Fields, next_link, page};
use crate::ports::hr::Employment;
use reqwest::Url;

/// The entries of a page and its link to the next one.
pub fn page(body: &[u8], fields: &Fields) -> Result<(Vec<Employment>, Option<String>), String> {
    page::decode(body, fields).map(|page| (page.people, page.next))
}

/// The address of a link on the page at `from`.
pub fn next_link(base: &str, from: &str, link: &str) -> Option<String> {
    let (base, from) = (Url::parse(base).ok()?, Url::parse(from).ok()?);
    next_link::resolve(&base, &from, link).ok().map(String::from)
}
