//! What the screens ask of the browser itself: clock, focus, title, history, storage, events. Each is a
//! sentence or two; none decides anything.

use crate::site::Language;
use leptos::prelude::{document, set_timeout, window};
use leptos::web_sys;
use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// Where the chosen language is remembered; nothing else ever is.
const LANGUAGE: &str = "language";

/// The data block that comes with the page: the site as text.
pub(crate) const SITE: &str = "site";

/// Milliseconds since 1970 by this machine's clock; only differences of it are used.
pub(crate) fn now() -> f64 {
    js_sys::Date::now()
}

/// The moment that is so many seconds after another.
pub(crate) fn after(now: f64, seconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "times of a page are far below 2^52")]
    let seconds = seconds as f64;
    now + seconds * 1000.0
}

/// Moves the focus to an element.
pub(crate) fn focus(id: &str) {
    let element = document().get_element_by_id(id).and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(element) = element {
        // An element that is gone or hidden takes no focus; there is nothing better to do then.
        let _ = element.focus();
    }
}

/// Moves the focus to an element that is about to be there. Not with the next frame: a busy phone draws late, and would
/// take the focus away from whoever types already.
pub(crate) fn focus_soon(id: &'static str) {
    set_timeout(move || focus(id), Duration::ZERO);
}

/// What can be put off until the browser has drawn what is typed; once, however often it is asked for meanwhile.
pub(crate) fn soon(act: impl Fn() + 'static) -> impl Fn() {
    let waits = Rc::new(Cell::new(false));
    let due = {
        let waits = Rc::clone(&waits);
        Closure::<dyn Fn()>::new(move || {
            waits.set(false);
            act();
        })
    };
    let due = due.into_js_value();
    move || {
        if !waits.replace(true) {
            let _ = window().set_timeout_with_callback(due.unchecked_ref());
        }
    }
}

pub(crate) fn set_title(title: &str) {
    document().set_title(title);
}

/// Says which language the page is in.
pub(crate) fn set_language(language: Language) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", language.tag());
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Remembers a chosen language; where storage is off it lasts as long as the page.
pub(crate) fn remember_language(language: Language) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(LANGUAGE, language.tag());
    }
}

pub(crate) fn remembered_language() -> Option<Language> {
    storage()?.get_item(LANGUAGE).ok().flatten().as_deref().and_then(Language::from_tag)
}

/// The language that the page came in: the server took the browser's preference among those on offer.
pub(crate) fn page_language() -> Option<Language> {
    document().document_element()?.get_attribute("lang").as_deref().and_then(Language::from_tag)
}

/// Where the strength estimator's worker is, as the page says it.
pub(crate) fn worker_url() -> Option<String> {
    document().document_element()?.get_attribute("data-worker").filter(|url| !url.is_empty())
}

fn history_step() -> Option<f64> {
    window().history().ok()?.state().ok()?.as_f64()
}

/// Whether somebody was past the first screen here, as far as this tab's history knows.
pub(crate) fn was_on_the_way() -> bool {
    history_step().is_some_and(|number| number > 1.0)
}

/// Whether this browser keeps cookies at all.
pub(crate) fn keeps_cookies() -> bool {
    web_sys::js_sys::Reflect::get(&window().navigator(), &"cookieEnabled".into())
        .is_ok_and(|enabled| enabled.is_truthy())
}

/// Leaves an entry in the history for a step that was reached, so that Back looks at the step before
/// instead of leaving the page.
pub(crate) fn push_step(number: u8) {
    let number = f64::from(number);
    if history_step().unwrap_or(1.0) < number
        && let Ok(history) = window().history()
    {
        let _ = history.push_state_with_url(&number.into(), "", None);
    }
}

/// Goes back in the history where it stands at this step's entry.
pub(crate) fn pop_step(number: u8) {
    if history_step() == Some(f64::from(number))
        && let Ok(history) = window().history()
    {
        let _ = history.back();
    }
}

/// Goes to another page of ours.
pub(crate) fn go(address: &str) {
    let _ = window().location().set_href(address);
}

/// Whether the page is before somebody's eyes.
pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

/// Whose app store a phone or tablet uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phone {
    /// With the Play Store.
    Android,
    /// An iPhone or iPad, with the App Store.
    Apple,
    /// Nobody can tell.
    Other,
}

/// What this device is, if it is one for fingers, which cannot scan its own screen; `None` for a desktop.
pub(crate) fn phone() -> Option<Phone> {
    let coarse = window().match_media("(pointer: coarse)").ok().flatten();
    coarse.is_some_and(|coarse| coarse.matches()).then(|| {
        let agent = window().navigator().user_agent().unwrap_or_default();
        let names = |name: &str| agent.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == name);
        if names("Android") {
            Phone::Android
        } else if ["iPhone", "iPad", "Macintosh"].into_iter().any(names) {
            // An iPad calls itself a Macintosh, which has no touch screen.
            Phone::Apple
        } else {
            Phone::Other
        }
    })
}

/// Calls with the step's number that Back or Forward leads to.
pub(crate) fn on_back(act: impl Fn(Option<u8>) + 'static) {
    listen(&window(), "popstate", move || {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it was a u8 when it was put there"
        )]
        act(Some(history_step().map_or(1, |number| number as u8)));
    });
}

/// Calls when somebody comes back to the page: from another app, or by Back from another page.
pub(crate) fn on_return(act: impl Fn() + Clone + 'static) {
    let shown = act.clone();
    listen(&document(), "visibilitychange", move || {
        if !document().hidden() {
            shown();
        }
    });
    listen(&window(), "pageshow", act);
}

/// Calls when the connection is back.
pub(crate) fn on_online(act: impl Fn() + 'static) {
    listen(&window(), "online", act);
}

// One listener of one form for all: each generic one would bring its own machinery.
fn listen(target: &web_sys::EventTarget, event: &str, act: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(act);
    // The page lives as long as its listeners.
    let _ = target.add_event_listener_with_callback(event, closure.into_js_value().unchecked_ref());
}
