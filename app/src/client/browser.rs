//! Calls to the browser: clock, title, history, storage, events.

use crate::domain::opening_hours::LocalTime;
use crate::i18n::Language;
use leptos::ev::Event;
use leptos::prelude::*;
use leptos::web_sys::{
    Element, EventTarget, ScrollIntoViewOptions, ScrollLogicalPosition, ScrollRestoration, Storage,
};
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// The key in local storage under which the chosen language is kept; nothing else is stored.
const LANGUAGE: &str = "language";

/// Milliseconds since 1970 by the device's clock, which may be wrong: compare it only with itself.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// The time on the clocks of the Netherlands; `None` if the browser does not know that time zone. As wrong as the
/// device's clock.
pub(crate) fn local_time() -> Option<LocalTime> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"timeZone".into(), &"Europe/Amsterdam".into()).ok()?;
    let date = js_sys::Date::new_0();
    // Called by its name: `js_sys::Date::to_locale_string` does not catch what the browser throws.
    let format: js_sys::Function =
        js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?.dyn_into().ok()?;
    // Sweden writes dates as ISO 8601 does: `2026-11-27 11:00:34`.
    let text = format.call2(&date, &"sv-SE".into(), &options).ok()?;
    LocalTime::parse(&text.as_string()?)
}

/// The time a number of whole seconds after `now`, in milliseconds.
pub(crate) fn seconds_after(now: f64, seconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a session lasts far less than 2^52 seconds")]
    let seconds = seconds as f64;
    now + seconds * 1000.0
}

/// An element by its id.
pub(crate) fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The first element that a selector matches.
pub(crate) fn first(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Whether the element with this id has the focus.
pub(crate) fn is_focused(id: &str) -> bool {
    document().active_element().is_some_and(|active| active.id() == id)
}

/// Scrolls by as little as brings an element into view.
pub(crate) fn scroll_into_view(element: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Returns a function that runs `action` in a task of its own, after the browser has drawn what was typed. Calls
/// before that task starts are merged into one.
pub(crate) fn deferred(action: impl Fn() + 'static) -> impl Fn() + 'static {
    let action = std::rc::Rc::new((std::cell::Cell::new(false), action));
    move || {
        if !action.0.replace(true) {
            let action = std::rc::Rc::clone(&action);
            set_timeout(
                move || {
                    action.0.set(false);
                    (action.1)();
                },
                Duration::ZERO,
            );
        }
    }
}

/// Leaves the scroll position to the page: where the browser was on another screen, behind the same address, says
/// nothing about this one.
pub(crate) fn keep_scroll_position() {
    if let Ok(history) = window().history() {
        let _ = history.set_scroll_restoration(ScrollRestoration::Manual);
    }
}

/// Sets the `lang` attribute of the document.
pub(crate) fn set_document_language(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.tag());
    }
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Stores the chosen language. Where storage is off it lasts as long as the page.
pub(crate) fn store_language(language: Language) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(LANGUAGE, language.tag());
    }
}

/// The language that was chosen here earlier.
pub(crate) fn stored_language() -> Option<Language> {
    storage()?.get_item(LANGUAGE).ok().flatten().as_deref().and_then(Language::from_tag)
}

/// The language that the page was sent in: the server took the browser's preference among those offered.
pub(crate) fn document_language() -> Option<Language> {
    document().document_element()?.get_attribute("lang").as_deref().and_then(Language::from_tag)
}

/// The URL of the strength estimator's worker, from the document's root element.
pub(crate) fn worker_url() -> Option<String> {
    document().document_element()?.get_attribute("data-worker").filter(|url| !url.is_empty())
}

/// The number that the current history entry holds.
pub(crate) fn history_entry() -> Option<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`push_history_entry` stored it as a u8"
    )]
    window().history().ok()?.state().ok()?.as_f64().map(|number| number as u8)
}

/// Whether this tab was past the first screen, according to its history.
pub(crate) fn was_underway() -> bool {
    history_entry().is_some_and(|number| number > 1)
}

/// Whether the browser accepts cookies.
pub(crate) fn cookies_enabled() -> bool {
    js_sys::Reflect::get(&window().navigator(), &"cookieEnabled".into())
        .is_ok_and(|enabled| enabled.is_truthy())
}

/// Adds a history entry for a screen that was reached, so that Back shows the screen before it instead of leaving the
/// page. Does nothing where the history is that far already.
pub(crate) fn push_history_entry(number: u8) {
    if history_entry().unwrap_or(1) < number
        && let Ok(history) = window().history()
    {
        let _ = history.push_state_with_url(&number.into(), "", None);
    }
}

/// Goes back in the history if it stands at this entry.
pub(crate) fn pop_history_entry(number: u8) {
    if history_entry() == Some(number)
        && let Ok(history) = window().history()
    {
        let _ = history.back();
    }
}

/// Loads another page of this site.
pub(crate) fn navigate(address: &str) {
    let _ = window().location().set_href(address);
}

/// Whether the page is visible.
pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

/// The app store of a phone or tablet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phone {
    /// Android: Play Store.
    Android,
    /// iPhone or iPad: App Store.
    Apple,
    /// A phone of unknown make.
    Other,
}

/// Whether a media query applies.
pub(crate) fn matches_media(query: &str) -> bool {
    window().match_media(query).ok().flatten().is_some_and(|list| list.matches())
}

/// The kind of phone or tablet this is, which cannot scan its own screen; `None` on a desktop.
pub(crate) fn phone() -> Option<Phone> {
    matches_media("(pointer: coarse)").then(|| {
        let agent = window().navigator().user_agent().unwrap_or_default();
        let names = |name: &str| agent.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == name);
        if names("Android") {
            Phone::Android
        } else if ["iPhone", "iPad", "Macintosh"].into_iter().any(names) {
            // An iPad identifies itself as a Macintosh, which has no touch screen.
            Phone::Apple
        } else {
            Phone::Other
        }
    })
}

/// Calls `action` after Back or Forward.
pub(crate) fn on_history_move(action: impl Fn() + 'static) {
    listen(&window(), "popstate", action);
}

/// Calls `action` when the user returns to the page: from another app or tab, or by Back from another page.
pub(crate) fn on_return(action: impl Fn() + Clone + 'static) {
    let visible = action.clone();
    listen(&document(), "visibilitychange", move || {
        if is_visible() {
            visible();
        }
    });
    listen(&window(), "pageshow", action);
}

/// Calls `action` when the connection is back.
pub(crate) fn on_online(action: impl Fn() + 'static) {
    listen(&window(), "online", action);
}

/// Listens for as long as the page lives.
fn listen(target: &EventTarget, event: &str, action: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |_| action());
    let _ = target.add_event_listener_with_callback(event, closure.into_js_value().unchecked_ref());
}
