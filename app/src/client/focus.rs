//! Moves the focus: to the heading of a new screen, to the summary of a new problem, and to the heading when the
//! focused element is removed.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use leptos::web_sys::HtmlElement;

/// The id of a screen's heading, which receives the focus when the screen appears.
pub(crate) const HEADING: &str = "heading";
/// The id of the error summary, which receives the focus when it appears.
pub(crate) const ERROR_SUMMARY: &str = "summary";

/// Moves the focus to an element.
pub(crate) fn set(id: &str) {
    if let Some(element) = super::browser::element::<HtmlElement>(id) {
        // Fails for a hidden or removed element; there is no better target then.
        let _ = element.focus();
    }
}

/// Moves the focus to an element that pending effects are about to render. Runs in the same browser task: a timer or
/// the next animation frame could move the focus of a user who has pressed Tab or typed meanwhile.
pub(crate) fn set_once_rendered(id: &'static str) {
    spawn_local(async move {
        tick().await;
        set(id);
    });
}

/// Moves the focus to the screen's heading if the focused element is about to be removed.
pub(crate) fn recover_once_rendered() {
    // There is no focus on the server.
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

/// Whether no element has the focus: browsers then report the body.
fn is_lost() -> bool {
    let body = document().body();
    document().active_element().is_none_or(|active| body.is_some_and(|body| *body == active))
}
