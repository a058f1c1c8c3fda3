//! The built-in privacy notice (GDPR, article 13), for organisations without a separate one.

use crate::api::site::Site;
use crate::i18n::Language;
use crate::paths;
use leptos::prelude::*;

/// The page's title.
pub const fn title(language: Language) -> &'static str {
    language.messages().privacy
}

/// Renders the page as HTML.
pub fn html(site: &Site, language: Language) -> String {
    let (messages, enrollment, texts) = (language.messages(), language.enrollment(), language.static_pages());
    let organisation = &site.organisation;
    let desk = &organisation.service_desk;
    let retention = enrollment.privacy_kept.fill([&site.kept_days.to_string(), &organisation.name]);
    let rights = enrollment.privacy_rights.fill([&desk.name, &desk.phone]);
    super::html(site, language, paths::PRIVACY, move || {
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{messages.privacy}</h1>
            <p class="lead">{enrollment.privacy_why}</p>
            <section>
                <h2>{texts.privacy_registered}</h2>
                <ul><li>{enrollment.privacy_birthdate}</li><li>{enrollment.privacy_mobile}</li></ul>
                <p>{retention}</p>
            </section>
            <section>
                <h2>{texts.privacy_reset}</h2>
                <p>{texts.privacy_wizard}</p>
                <p>{texts.privacy_log}</p>
            </section>
            <section>
                <h2>{texts.privacy_in_browser}</h2>
                <p>{texts.privacy_browser}</p>
            </section>
            <section>
                <h2>{texts.privacy_your_rights}</h2>
                <p>{rights}</p>
            </section>
            <p><a href=paths::WIZARD>{texts.privacy_back}</a></p>
        }
    })
}
