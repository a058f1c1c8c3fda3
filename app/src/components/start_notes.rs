//! The notes for a first screen whose program has not started.

use crate::api::site::ServiceDesk;
use crate::i18n::{Messages, Template};
use leptos::prelude::*;

/// Says what to do if scripting is off, if the browser cannot run the program, and if the program loads slowly or not at
/// all. The style sheet shows at most one of them, and none once the program runs.
#[component]
pub(crate) fn StartNotes<'a>(messages: &'static Messages, desk: &'a ServiceDesk) -> impl IntoView + use<> {
    let text = |template: &Template<2>| template.fill([&desk.name, &desk.phone]);
    view! {
        <noscript><p class="start-note">{text(&messages.no_scripting)}</p></noscript>
        // The start script causes it to appear, so it is announced.
        <p class="start-note cannot-run" role="alert">{text(&messages.cannot_run)}</p>
        <p class="start-note slow">{text(&messages.slow)}</p>
    }
}
