//! Where the focus goes: to the heading of a new screen, to the summary of a new problem, and back to the heading when
//! the element that had it is gone.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use leptos::web_sys::HtmlElement;

/// The id of a screen's heading, which takes the focus when the screen appears.
pub(crate) const HEADING: &str = "heading";
/// The id of the error summary, which takes the focus when it appears.
pub(crate) const ERROR_SUMMARY: &str = "summary";

/// Moves the focus to an element.
pub(crate) fn set(id: &str) {
    if let Some(element) = super::browser::element::<HtmlElement>(id) {
        // A hidden or removed element takes no focus; there is nothing better to do then.
        let _ = element.focus();
    }
}

/// Moves the focus to an element that the effects under way are about to render. In the same browser task: a timer or
/// the next animation frame could take the focus away from a user who has pressed Tab or typed meanwhile.
pub(crate) fn set_once_rendered(id: &'static str) {
    spawn_local(async move {
        tick().await;
        set(id);
    });
}

/// Moves the focus to the screen's heading if the element that has it now is about to be removed.
pub(crate) fn recover_once_rendered() {
    // The server renders no focus.
    if cfg!(feature = "ssr") || is_lost() {
        return;
    }
    spawn_local(async {
        tick().await;
        if is_lost() {
            set(HEADING);
        }
    });
}

/// Whether nothing has the focus: a browser then reports the body.
fn is_lost() -> bool {
    let body = document().body();
    document().active_element().is_none_or(|active| body.is_some_and(|body| *body == active))
}
