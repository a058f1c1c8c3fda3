//! Taking over the page that the server sent, without losing what was typed, the focus or the caret.
//! Not the drawing of it: that is `App`'s, here as there.

use super::browser;
use super::frame::frame;
use super::visit::Visit;
use crate::api;
use crate::site::{Language, Site};
use crate::step::Step;
use crate::typed::Typed;
use leptos::prelude::*;
use leptos::web_sys;
use wasm_bindgen::JsCast;

/// Takes over the page. The site comes with the page (`<script type="application/json" id="site">`); a
/// page without it asks for it.
pub fn mount() {
    let text = document().get_element_by_id(browser::SITE).and_then(|element| element.text_content());
    // From bytes, as the answers of the API are read: from a text would bring the whole reader twice.
    if let Some(site) = text.and_then(|text| leptos::serde_json::from_slice(text.as_bytes()).ok()) {
        take_over(site);
    } else {
        wasm_bindgen_futures::spawn_local(async {
            // Without it there is nothing to draw with; the first screen then says whom to call.
            if let Ok(site) = api::site().await {
                take_over(site);
            }
        });
    }
}

/// What somebody did before the program was there.
struct Begun {
    username: String,
    caret: Option<(u32, u32)>,
    focus: Option<String>,
    opened: bool,
}

fn begun() -> Begun {
    let input = element::<web_sys::HtmlInputElement>("username");
    let caret = input.as_ref().and_then(|input| {
        Some((input.selection_start().ok().flatten()?, input.selection_end().ok().flatten()?))
    });
    Begun {
        username: input.map(|input| input.value()).unwrap_or_default(),
        caret,
        focus: document().active_element().map(|element| element.id()).filter(|id| !id.is_empty()),
        opened: document().get_element_by_id("rules").is_some_and(|rules| rules.has_attribute("open")),
    }
}

impl Begun {
    /// Puts it back, in the same breath in which the old elements went: nothing flickers.
    fn restore(self) {
        if self.opened
            && let Some(rules) = document().get_element_by_id("rules")
        {
            let _ = rules.set_attribute("open", "");
        }
        if let Some(id) = self.focus {
            browser::focus(&id);
        }
        // The value is set in a microtask of its own, which moves the caret to the end; this one comes after.
        queue_microtask(move || {
            if let (Some((start, end)), Some(input)) =
                (self.caret, element::<web_sys::HtmlInputElement>("username"))
            {
                let _ = input.set_selection_range(start, end);
            }
        });
    }
}

fn take_over(site: Site) {
    let Some(app) = element::<web_sys::HtmlElement>("app") else { return };
    let begun = begun();
    let offered = &site.organisation.languages;
    let language = browser::remembered_language()
        .or_else(browser::page_language)
        .filter(|language| offered.contains(language))
        .or_else(|| offered.first().copied())
        .unwrap_or(Language::Nl);
    app.set_inner_html("");
    let username = Typed::new(begun.username.clone());
    leptos::mount::mount_to(app, move || {
        let visit = Visit::new(site, language, Step::Identify {});
        visit.username.set(username);
        visit.begin();
        visit.ask();
        frame(visit)
    })
    .forget();
    begun.restore();
    // Whoever looks from outside (the start script, a test) can tell that the page is live.
    let _ = document().document_element().map(|root| root.set_attribute("data-live", ""));
}

fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
