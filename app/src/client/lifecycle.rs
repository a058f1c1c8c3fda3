//! Page behaviour without user action: session expiry, resuming, title and language of the document, focus.

use super::browser;
use super::focus;
use super::page_state::{PageState, ReportedProblem};
use super::requests::{Flow, refresh};
use crate::i18n::duration_text;
use leptos::prelude::*;
use std::time::Duration;

/// When to warn before expiry, in seconds. WCAG 2.2.1 requires a warning with time to react.
const WARNING_SECONDS: f64 = 120.0;

/// Starts the timer and the event listeners, which run as long as the page.
pub(crate) fn start<F: Flow>(flow: F) {
    browser::keep_scroll_position();
    set_interval(move || tick(flow), Duration::from_secs(1));
    browser::on_return(move || {
        tick(flow);
        refresh(flow);
    });
    browser::on_online(move || flow.page().retry_connection());
}

/// Compares the session's times with the clock. Called every second, and when the times change.
pub(crate) fn tick<F: Flow>(flow: F) {
    let page = flow.page();
    let now = browser::now();
    let warning = match page.expires_at.get_value().map(|at| (at - now) / 1000.0) {
        Some(seconds) if seconds <= 0.0 => {
            page.expires_at.set_value(None);
            // The server decides whether the session has expired; the device's clock may be wrong.
            refresh(flow);
            0
        }
        // In coarse steps: a running countdown puts users under pressure.
        Some(seconds) if seconds <= 30.0 => 30,
        Some(seconds) if seconds <= 60.0 => 60,
        Some(seconds) if seconds <= WARNING_SECONDS => 120,
        Some(_) | None => 0,
    };
    if page.expiry_warning.get_untracked() != warning {
        page.expiry_warning.set(warning);
        let text = if warning > 0 {
            page.messages().expiring.fill([&duration_text(warning, page.messages())])
        } else {
            String::new()
        };
        page.announce(text);
    }
    flow.tick(now);
}

/// The announcement after more time was requested.
pub(crate) fn extension_outcome(page: PageState) -> &'static str {
    let left = page.expires_at.get_value().map_or(0.0, |at| (at - browser::now()) / 1000.0);
    let is_last = left <= WARNING_SECONDS;
    page.cannot_extend.set(is_last);
    if is_last { page.messages().expiring_fixed } else { page.messages().expiring_extended }
}

/// Synchronizes the document's title and language with the page, and moves the focus: to the summary of a new problem,
/// otherwise to the heading of a new screen. `title` returns the page's name and the screen's heading.
pub(crate) fn synchronize_document<S: PartialEq + 'static>(
    page: PageState,
    screen: impl Fn() -> S + 'static,
    title: impl Fn() -> (String, Option<&'static str>) + 'static,
) {
    let mut previous: Option<(S, Option<ReportedProblem>)> = None;
    Effect::new(move |_: Option<()>| {
        let (screen, problem) = (screen(), page.problem.get());
        browser::set_document_language(page.language.get());
        document().set_title(&document_title(page, title(), problem.is_some()));
        if let Some((previous_screen, previous_problem)) = &previous {
            if problem.is_some() && problem != *previous_problem {
                focus::set_once_rendered(focus::ERROR_SUMMARY);
            } else if screen != *previous_screen {
                focus::set_once_rendered(focus::HEADING);
            }
        }
        previous = Some((screen, problem));
    });
}

fn document_title(
    page: PageState,
    (product, heading): (String, Option<&'static str>),
    has_problem: bool,
) -> String {
    let messages = page.messages();
    // Same as on the server: the tab's name does not change when the program starts.
    let product = messages.page_title.fill([&product, &page.site().organisation.name]);
    let title = match heading {
        Some(heading) => messages.page_title.fill([heading, &product]),
        None => product,
    };
    if has_problem { messages.page_title_error.fill([&title]) } else { title }
}
