//! The page for unknown paths, with links to the existing pages.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.static_pages().not_found
}

/// Renders the page as HTML.
pub fn html(site: &Site, language: Language) -> String {
    let texts = language.static_pages();
    // The empty address makes the language links relative, so that they work for every path.
    let registration = super::registration_address(site);
    super::html(site, language, "", move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{texts.not_found}</h1>
            <p class="lead">{texts.not_found_why}</p>
            <div class="actions">
                <a class="button primary" href=paths::WIZARD>{texts.not_found_reset}</a>
                <a class="button secondary" href=registration>{language.enrollment().title}</a>
            </div>
        }
    })
}
