//! Wrappers of browser APIs: clock, title, history, storage, events.

use crate::domain::birthdate::Birthdate;
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

/// The key of the chosen language in local storage; nothing else is stored there.
const LANGUAGE_KEY: &str = "language";
/// The key of what the next session of this tab is for, in session storage; nothing else is stored there.
const PURPOSE_KEY: &str = "purpose";

/// Milliseconds since 1970 by the device's clock, which may be wrong: compare only values of this function.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// The local time of the Netherlands by the device's clock, which may be wrong; `None` if the browser does not know the
/// time zone.
pub(crate) fn local_time() -> Option<LocalTime> {
    let options = js_sys::Object::new();
    js_sys::Reflect::set(&options, &"timeZone".into(), &"Europe/Amsterdam".into()).ok()?;
    let date = js_sys::Date::new_0();
    // Called by name, because `js_sys::Date::to_locale_string` does not catch exceptions.
    let format: js_sys::Function =
        js_sys::Reflect::get(&date, &"toLocaleString".into()).ok()?.dyn_into().ok()?;
    // The Swedish date format is that of ISO 8601: `2026-11-27 11:00:34`.
    let text = format.call2(&date, &"sv-SE".into(), &options).ok()?;
    LocalTime::parse(&text.as_string()?)
}

/// The date in UTC of a time in milliseconds since 1970; `None` if it is out of range.
pub(crate) fn utc_date(time: f64) -> Option<Birthdate> {
    let date = js_sys::Date::new(&time.into());
    let part = |number: u32| u8::try_from(number).ok();
    let year = u16::try_from(date.get_utc_full_year()).ok()?;
    Birthdate::new(year, part(date.get_utc_month() + 1)?, part(date.get_utc_date())?).ok()
}

/// The time `seconds` after `now`, in milliseconds.
pub(crate) fn seconds_after(now: f64, seconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a session lasts far less than 2^52 seconds")]
    let seconds = seconds as f64;
    now + seconds * 1000.0
}

/// The element with this id, if it has the type.
pub(crate) fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

/// The first element that a selector matches.
pub(crate) fn query_selector(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

/// Whether the element with this id has the focus.
pub(crate) fn is_focused(id: &str) -> bool {
    document().active_element().is_some_and(|active| active.id() == id)
}

/// Scrolls an element into view, by the smallest distance.
pub(crate) fn scroll_into_view(element: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Nearest);
    element.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Returns a function that runs `action` in a separate task, after the browser has painted the input. Calls before that
/// task starts are merged into one.
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

/// Disables the browser's scroll restoration: the position belongs to another screen with the same URL.
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

/// Stores the chosen language. If storage is disabled, the choice lasts until the page is closed.
pub(crate) fn store_language(language: Language) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(LANGUAGE_KEY, language.tag());
    }
}

/// The language that the user chose earlier in this browser.
pub(crate) fn stored_language() -> Option<Language> {
    storage()?.get_item(LANGUAGE_KEY).ok().flatten().as_deref().and_then(Language::from_tag)
}

/// Stores what the next session of this tab is for, so that a reload, or a tab that the browser discarded, does not turn a call
/// into a reset. `None` removes it.
pub(crate) fn store_purpose(purpose: Option<&str>) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = match purpose {
            Some(purpose) => storage.set_item(PURPOSE_KEY, purpose),
            None => storage.remove_item(PURPOSE_KEY),
        };
    }
}

/// The stored purpose of this tab.
pub(crate) fn stored_purpose() -> Option<String> {
    window().session_storage().ok()??.get_item(PURPOSE_KEY).ok()?
}

/// The language of the document, which the server selected from the browser's preferences.
pub(crate) fn document_language() -> Option<Language> {
    document().document_element()?.get_attribute("lang").as_deref().and_then(Language::from_tag)
}

/// The URL of the strength estimator's worker, from the document's root element.
pub(crate) fn worker_url() -> Option<String> {
    document().document_element()?.get_attribute("data-worker").filter(|url| !url.is_empty())
}

/// The number stored in the current history entry.
pub(crate) fn history_entry() -> Option<u8> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "`push_history_entry` stored it as a u8"
    )]
    window().history().ok()?.state().ok()?.as_f64().map(|number| number as u8)
}

/// Whether this tab was past the first screen before a reload, according to its history.
pub(crate) fn was_in_session() -> bool {
    history_entry().is_some_and(|number| number > 1)
}

/// Whether the browser accepts cookies.
pub(crate) fn cookies_enabled() -> bool {
    js_sys::Reflect::get(&window().navigator(), &"cookieEnabled".into())
        .is_ok_and(|enabled| enabled.is_truthy())
}

/// Adds a history entry for a screen, so that Back shows the previous screen instead of leaving the page. Does nothing
/// if the history already has an entry with this or a higher number.
pub(crate) fn push_history_entry(number: u8) {
    if history_entry().unwrap_or(1) < number
        && let Ok(history) = window().history()
    {
        let _ = history.push_state_with_url(&number.into(), "", None);
    }
}

/// Goes back in the history if this entry is the current one.
pub(crate) fn pop_history_entry(number: u8) {
    if history_entry() == Some(number)
        && let Ok(history) = window().history()
    {
        let _ = history.back();
    }
}

/// Goes back in the history to the entry before this one, if this or a later entry is the current one. The entries from
/// `number` on must be consecutive.
pub(crate) fn go_below_history_entry(number: u8) {
    if let Some(steps) = history_entry().and_then(|current| current.checked_sub(number))
        && let Ok(history) = window().history()
    {
        let _ = history.go_with_delta(-i32::from(steps) - 1);
    }
}

/// Navigates to another page of this site.
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

/// The kind of phone or tablet that this is; `None` on a desktop, whose screen a phone can scan.
pub(crate) fn phone() -> Option<Phone> {
    matches_media("(pointer: coarse)").then(|| {
        let agent = window().navigator().user_agent().unwrap_or_default();
        let agent_contains =
            |name: &str| agent.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == name);
        if agent_contains("Android") {
            Phone::Android
        } else if ["iPhone", "iPad", "Macintosh"].into_iter().any(agent_contains) {
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

/// Calls `action` when the browser reports that it is online.
pub(crate) fn on_online(action: impl Fn() + 'static) {
    listen(&window(), "online", action);
}

/// Adds an event listener that is never removed.
fn listen(target: &EventTarget, event: &str, action: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn(Event)>::new(move |_| action());
    let _ = target.add_event_listener_with_callback(event, closure.into_js_value().unchecked_ref());
}
