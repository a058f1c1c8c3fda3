//! Mounts the program in place of the server-rendered first screen, and preserves typed text, focus, caret and opened
//! details.
//!
//! The first screen is replaced instead of hydrated: hydration requires the exact nodes that the server sent, and
//! panics if a browser's translator or a password manager has changed the page before the program started.

use super::browser::{self, element};
use super::focus;
use crate::api;
use crate::api::site::Site;
use crate::i18n::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::web_sys::{HtmlElement, HtmlInputElement};
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// The id of the element that contains the page.
pub(crate) const ROOT_ID: &str = "app";
/// The id of the data block with the [`Site`] as JSON.
pub(crate) const SITE_DATA_ID: &str = "site";

/// Mounts a page over the server-rendered one. Reads the site from the document, or queries the API if it is missing.
pub(crate) fn mount<V: IntoView + 'static>(app: fn(Arc<Site>, Language) -> V) {
    let json = element::<HtmlElement>(SITE_DATA_ID).and_then(|block| block.text_content());
    match json.and_then(|json| api::read_json(json.as_bytes())) {
        Some(site) => mount_site(site, app),
        None => spawn_local(async move {
            // Without the site there is nothing to render; the first screen then shows whom to call.
            if let Ok(site) = api::site().await {
                mount_site(site, app);
            }
        }),
    }
}

fn mount_site<V: IntoView + 'static>(site: Site, app: fn(Arc<Site>, Language) -> V) {
    let Some(root) = element::<HtmlElement>(ROOT_ID) else { return };
    let offered = &site.organisation.languages;
    let language = browser::stored_language()
        .or_else(browser::document_language)
        .filter(|language| offered.contains(language))
        .or_else(|| offered.first().copied())
        .unwrap_or_default();
    let interaction = Interaction::read(&root);
    leptos::mount::mount_to(root.clone(), move || {
        // The state reads the typed text before the fields are removed.
        let view = app(Arc::new(site), language);
        root.set_inner_html("");
        view
    })
    .forget();
    interaction.restore();
    // Signals to the start script and the tests that the program is running.
    if let Some(document) = document().document_element() {
        let _ = document.set_attribute("data-live", "");
    }
}

/// The text of a field of the first screen before the program has started.
pub(crate) fn initial_text(id: &str) -> String {
    element::<HtmlInputElement>(id).map(|input| input.value()).unwrap_or_default()
}

/// User interaction before the program has started, apart from typed text.
struct Interaction {
    caret: Option<(u32, u32)>,
    focus: Option<String>,
    opened: Vec<String>,
}

impl Interaction {
    fn read(root: &HtmlElement) -> Self {
        let focus = document().active_element().map(|active| active.id()).filter(|id| !id.is_empty());
        let input = focus.as_deref().and_then(element::<HtmlInputElement>);
        let caret = input.as_ref().and_then(|input| {
            Some((input.selection_start().ok().flatten()?, input.selection_end().ok().flatten()?))
        });
        let opened = root.query_selector_all("details[open]").ok();
        let opened = opened.into_iter().flat_map(|opened| {
            (0..opened.length())
                .filter_map(move |at| Some(opened.get(at)?.unchecked_into::<HtmlElement>().id()))
        });
        Self { caret, focus, opened: opened.collect() }
    }

    /// Restores it. Must run in the same task in which the nodes were replaced, so that nothing flickers.
    fn restore(self) {
        for details in self.opened.iter().filter_map(|id| element::<HtmlElement>(id)) {
            let _ = details.set_attribute("open", "");
        }
        let Some(id) = self.focus else { return };
        focus::set(&id);
        if let (Some((start, end)), Some(input)) = (self.caret, element::<HtmlInputElement>(&id)) {
            let _ = input.set_selection_range(start, end);
        }
    }
}
