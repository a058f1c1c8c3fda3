//! What is done with personal data (AVG, article 13), for an organisation that names no notice of its own. It needs no
//! program, so it has none.

use super::frame::{PRIVACY, around};
use super::without_program;
use crate::site::{Language, Site};
use crate::ui::prose::{heading, line, link, text, words_list};
use crate::ui::{View, nothing};

/// Where it is.
pub const ADDRESS: &str = PRIVACY;

/// The title of the page.
pub const fn title(language: Language) -> &'static str {
    language.words().privacy
}

/// The page. Only the server draws it.
pub fn page(site: &Site, language: Language) -> View {
    let (words, own) = (language.words(), language.registration());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let card = vec![
        heading(words.privacy),
        text("lead", own.privacy_why),
        words_list("", [own.privacy_birthdate, own.privacy_mobile]),
        text("", &own.privacy_kept.fill([&site.kept_days.to_string(), &organisation.name])),
        text("", own.privacy_wizard),
        text("", own.privacy_log),
        text("", own.privacy_browser),
        text("", &own.privacy_rights.fill([&desk.name, &desk.phone])),
        line("", vec![link("", super::WIZARD, own.privacy_back)]),
    ];
    let languages = without_program::languages(site, language, PRIVACY);
    around(site, language, languages, card, nothing())
}

/// The page as HTML, for the inside of `<div id="app">`.
#[cfg(feature = "ssr")]
pub fn shell(site: &Site, language: Language) -> String {
    leptos::prelude::Owner::new().with(|| page(site, language).to_html())
}
