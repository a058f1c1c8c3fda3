//! What an address shows that is no page: where to go instead, and whom to call.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// Its name.
pub const fn title(language: Language) -> &'static str {
    language.static_pages().not_found
}

/// The page as HTML.
pub fn html(site: &Site, language: Language) -> String {
    let own = language.static_pages();
    // Relative: whatever the address is, its other languages are there too.
    let registration = super::registration_address(site);
    super::html(site, language, "", move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{own.not_found}</h1>
            <p class="lead">{own.not_found_why}</p>
            <div class="actions">
                <a class="button primary" href=paths::WIZARD>{own.not_found_reset}</a>
                <a class="button secondary" href=registration>{language.enrollment().title}</a>
            </div>
        }
    })
}
