//! What stands at the same address for whoever is not on an own network: where to register. It needs no
//! program, so it has none.

use super::ADDRESS;
use super::sign_in::WIZARD;
use crate::pages::frame::around;
use crate::site::{Language, Site};
use crate::ui::prose::{all, heading, line, link, text};
use crate::ui::{View, el};

/// The page. Only the server draws it.
pub fn elsewhere(site: &Site, language: Language) -> View {
    let languages = site.organisation.languages.iter().copied().filter(|other| *other != language);
    let links = languages.map(to_language).collect();
    around(site, language, links, card(site, language), all(vec![]))
}

fn to_language(language: Language) -> View {
    let address = [ADDRESS, "?language=", language.tag()].concat();
    el("a")
        .class("button quiet")
        .attr("href", address)
        .attr("lang", language.tag())
        .attr("hreflang", language.tag())
        .text(language.own_name())
}

fn card(site: &Site, language: Language) -> Vec<View> {
    let (words, own) = (language.words(), language.registration());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let mut parts = vec![
        heading(own.title),
        text("lead", &own.elsewhere_where.fill([&organisation.name, &organisation.name])),
        text("", &[own.elsewhere_why, " ", own.elsewhere_how].concat()),
        text("", &words.call.fill([&desk.name, &desk.phone])),
    ];
    // An organisation may keep its own registration somewhere else.
    let other = &organisation.links.registration;
    if !other.is_empty() && !other.ends_with(ADDRESS) {
        parts.push(line("", vec![link("", other, words.code_register)]));
    }
    parts.push(line("", vec![link("", WIZARD, own.elsewhere_reset)]));
    parts
}
