//! How far somebody is. Not a menu: the parts lead nowhere.

use super::view::{View, el};
use std::cmp::Ordering;

/// A row of parts, the `at`-th of `of`, with the same in words.
pub fn progress(at: u8, of: u8, says: String) -> View {
    // Markup, because a view per part would be code.
    let parts: String = (1..=of)
        .map(|part| match part.cmp(&at) {
            Ordering::Less => r#"<i data-part="past"></i>"#,
            Ordering::Equal => r#"<i data-part="now"></i>"#,
            Ordering::Greater => r#"<i data-part="ahead"></i>"#,
        })
        .collect();
    el("div")
        .class("progress")
        .with(vec![el("p").text(says), el("div").class("bar").attr("aria-hidden", "true").markup(parts)])
}
