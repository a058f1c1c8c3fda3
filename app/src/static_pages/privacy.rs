//! The privacy notice (GDPR, article 13) of an organisation that has none of its own.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// Its name.
pub const fn title(language: Language) -> &'static str {
    language.words().privacy
}

/// The page as HTML.
pub fn html(site: &Site, language: Language) -> String {
    let (words, own, page) = (language.words(), language.enrollment(), language.static_pages());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let kept = own.privacy_kept.fill([&site.kept_days.to_string(), &organisation.name]);
    let rights = own.privacy_rights.fill([&desk.name, &desk.phone]);
    super::html(site, language, paths::PRIVACY, move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{words.privacy}</h1>
            <p class="lead">{own.privacy_why}</p>
            <section>
                <h2>{page.privacy_registered}</h2>
                <ul><li>{own.privacy_birthdate}</li><li>{own.privacy_mobile}</li></ul>
                <p>{kept}</p>
            </section>
            <section>
                <h2>{page.privacy_reset}</h2>
                <p>{page.privacy_wizard}</p>
                <p>{page.privacy_log}</p>
            </section>
            <section>
                <h2>{page.privacy_in_browser}</h2>
                <p>{page.privacy_browser}</p>
            </section>
            <section>
                <h2>{page.privacy_your_rights}</h2>
                <p>{rights}</p>
            </section>
            <p><a href=paths::WIZARD>{page.privacy_back}</a></p>
        }
    })
}
