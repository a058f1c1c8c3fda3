//! Taking over the page that the server sent, without losing what was typed, the focus or the caret.
//! Not the drawing of it: that is `frame`'s, here as there.

use super::browser;
use super::calls::Calls as _;
use super::frame::frame;
use super::talk::Talk;
use super::timing::begin;
use crate::api::client;
use crate::site::{Language, Site};
use crate::typed::Typed;
use crate::ui::view;
use crate::wire::{Read as _, Value};
use leptos::prelude::document;
use leptos::web_sys;
use wasm_bindgen::JsCast;

/// Takes over the page. The site comes with the page (`<script type="application/json" id="site">`); a
/// page without it asks for it.
pub(crate) fn take<T: Talk>(new: fn(Site, Language) -> T) {
    let text = document().get_element_by_id(browser::SITE).and_then(|element| element.text_content());
    if let Some(site) = text.and_then(|text| Site::read(&Value::parse(&text))) {
        take_over(site, new);
    } else {
        wasm_bindgen_futures::spawn_local(async move {
            // Without it there is nothing to draw with; the first screen then says whom to call.
            if let Ok(site) = client::send(client::get("site")).await {
                take_over(site, new);
            }
        });
    }
}

/// What somebody did before the program was there, besides typing.
struct Begun {
    caret: Option<(u32, u32)>,
    focus: Option<String>,
    opened: Vec<&'static str>,
}

fn begun(opened: &'static [&'static str]) -> Begun {
    let focus = document().active_element().map(|element| element.id()).filter(|id| !id.is_empty());
    let input = focus.as_deref().and_then(element::<web_sys::HtmlInputElement>);
    Begun {
        caret: input.as_ref().and_then(|input| {
            Some((input.selection_start().ok().flatten()?, input.selection_end().ok().flatten()?))
        }),
        focus,
        opened: opened.iter().copied().filter(|id| is_open(id)).collect(),
    }
}

fn is_open(id: &str) -> bool {
    document().get_element_by_id(id).is_some_and(|details| details.has_attribute("open"))
}

impl Begun {
    /// Puts it back, in the same breath in which the old elements went: nothing flickers.
    fn restore(self) {
        for details in self.opened.into_iter().filter_map(|id| document().get_element_by_id(id)) {
            let _ = details.set_attribute("open", "");
        }
        let Some(id) = self.focus else { return };
        browser::focus(&id);
        if let (Some((start, end)), Some(input)) = (self.caret, element::<web_sys::HtmlInputElement>(&id)) {
            let _ = input.set_selection_range(start, end);
        }
    }
}

fn take_over<T: Talk>(site: Site, new: fn(Site, Language) -> T) {
    let Some(app) = element::<web_sys::HtmlElement>("app") else { return };
    let offered = &site.organisation.languages;
    let language = browser::remembered_language()
        .or_else(browser::page_language)
        .filter(|language| offered.contains(language))
        .or_else(|| offered.first().copied())
        .unwrap_or(Language::Nl);
    let begun = begun(T::OPENED);
    view::mount(&app, move || {
        let talk = new(site, language);
        for (id, typed) in talk.first_fields() {
            if let Some(input) = element::<web_sys::HtmlInputElement>(id) {
                typed.set(Typed::new(input.value()));
            }
        }
        begin(talk);
        talk.ask_first();
        frame(talk)
    });
    begun.restore();
    // Whoever looks from outside (the start script, a test) can tell that the page is live.
    let _ = document().document_element().map(|root| root.set_attribute("data-live", ""));
}

fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}
