//! The pages of the link in a notice («Dit was ik niet»), with which an owner freezes the account. A form without a
//! program: it works in every browser, and only a press of the button changes anything.

use crate::api::site::Site;
use crate::i18n::Language;
use leptos::prelude::*;

/// The state that a page shows. No page contains a name or the reason of an invalid link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotMe {
    /// The button that freezes the account.
    Confirm,
    /// The account is frozen now.
    Frozen,
    /// The account was frozen before.
    AlreadyFrozen,
    /// The link is unknown, has expired or no longer works.
    Invalid,
    /// The request cannot be processed now.
    Unavailable,
}

/// The field of the form, and the value that only the button sends.
pub const CONFIRMATION: (&str, &str) = ("confirm", "yes");

/// The page's title.
pub const fn title(state: NotMe, language: Language) -> &'static str {
    let texts = language.static_pages();
    match state {
        NotMe::Confirm => texts.not_me_title,
        NotMe::Frozen => texts.not_me_frozen,
        NotMe::AlreadyFrozen => texts.not_me_already,
        NotMe::Invalid => texts.not_me_invalid,
        NotMe::Unavailable => texts.not_me_unavailable,
    }
}

/// Renders the page as HTML.
pub fn html(state: NotMe, site: &Site, language: Language) -> String {
    let texts = language.static_pages();
    let desk = &site.organisation.service_desk;
    let call = texts.not_me_call.fill([&desk.name, &desk.phone]);
    // The empty address makes the language links relative: the page does not know the secret in its address.
    super::html(site, language, "", move || {
        let content = match state {
            NotMe::Confirm => confirm(language).into_any(),
            NotMe::Frozen | NotMe::AlreadyFrozen => view! {
                <p class="lead">{texts.not_me_now}</p>
                <p class="strong">{call}</p>
                <p>{texts.not_me_next}</p>
            }
            .into_any(),
            NotMe::Invalid | NotMe::Unavailable => view! { <p class="lead">{call}</p> }.into_any(),
        };
        view! {
            <h1 id=crate::components::HEADING tabindex="-1">{title(state, language)}</h1>
            {content}
        }
    })
}

fn confirm(language: Language) -> impl IntoView {
    let texts = language.static_pages();
    let (name, value) = CONFIRMATION;
    view! {
        <p class="lead">{texts.not_me_lead}</p>
        <p>{texts.not_me_effect}</p>
        <p>{texts.not_me_lifted}</p>
        <p class="strong">{texts.not_me_sign_in}</p>
        // Without `action` the form posts to the address of the page.
        <form method="post">
            <input type="hidden" name=name value=value />
            <div class="actions">
                <button class="button primary" type="submit">{texts.not_me_button}</button>
            </div>
        </form>
        <p class="hint">{texts.not_me_was_me}</p>
    }
}
