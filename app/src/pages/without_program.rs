//! What the pages without a program have alike: only the server draws them, and a change of language is another
//! address.

use crate::site::{Language, Site};
use crate::ui::{View, el};

/// Links to the page in its other languages.
pub(super) fn languages(site: &Site, language: Language, address: &str) -> Vec<View> {
    let others = site.organisation.languages.iter().copied().filter(|other| *other != language);
    others
        .map(|language| {
            el("a")
                .class("button quiet")
                .attr("href", [address, "?language=", language.tag()].concat())
                .attr("lang", language.tag())
                .attr("hreflang", language.tag())
                .text(language.own_name())
        })
        .collect()
}
