//! What stands at the same address for whoever is not on an own network: where to register. It needs no
//! program, so it has none.

use super::ADDRESS;
use crate::pages::frame::around;
use crate::pages::{WIZARD, without_program};
use crate::site::{Language, Site};
use crate::ui::prose::{heading, line, link, text};
use crate::ui::{View, nothing};

/// The page. Only the server draws it.
pub fn elsewhere(site: &Site, language: Language) -> View {
    let languages = without_program::languages(site, language, ADDRESS);
    around(site, language, languages, card(site, language), nothing())
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
