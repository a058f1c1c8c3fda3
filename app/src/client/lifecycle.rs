//! What happens on a page without a press: the session's clock, resuming, the document's title and language, focus.

use super::browser;
use super::focus;
use super::page_state::{PageState, Reported};
use super::requests::{Flow, refresh};
use crate::i18n::duration;
use leptos::prelude::*;
use std::time::Duration;

/// WCAG 2.2.1 requires a warning with time to act on it.
const WARNING_SECONDS: f64 = 120.0;

/// Starts the clock and the listeners, which live as long as the page.
pub(crate) fn start<F: Flow>(flow: F) {
    browser::keep_scroll_position();
    set_interval(move || tick(flow), Duration::from_secs(1));
    browser::on_return(move || {
        tick(flow);
        refresh(flow);
    });
    browser::on_online(move || flow.page().retry_connection());
}

/// Compares the session's times with the clock. Called every second, and whenever the times change.
pub(crate) fn tick<F: Flow>(flow: F) {
    let page = flow.page();
    let now = browser::now();
    let warning = match page.expires_at.get_value().map(|at| (at - now) / 1000.0) {
        Some(seconds) if seconds <= 0.0 => {
            page.expires_at.set_value(None);
            // The server decides; this clock may be wrong.
            refresh(flow);
            0
        }
        // In coarse steps: a running clock puts users under pressure.
        Some(seconds) if seconds <= 30.0 => 30,
        Some(seconds) if seconds <= 60.0 => 60,
        Some(seconds) if seconds <= WARNING_SECONDS => 120,
        Some(_) | None => 0,
    };
    if page.expiry_warning.get_untracked() != warning {
        page.expiry_warning.set(warning);
        let text = if warning > 0 {
            page.words().expiring.fill([&duration(warning, page.words())])
        } else {
            String::new()
        };
        page.announce(text);
    }
    flow.tick(now);
}

/// What to announce after more time was requested.
pub(crate) fn extension_outcome(page: PageState) -> &'static str {
    let left = page.expires_at.get_value().map_or(0.0, |at| (at - browser::now()) / 1000.0);
    let is_last = left <= WARNING_SECONDS;
    page.cannot_extend.set(is_last);
    if is_last { page.words().expiring_fixed } else { page.words().expiring_extended }
}

/// Keeps the document's title and language in step with the page, and moves the focus: to the summary of a new
/// problem, or else to the heading of a new screen. `title` gives the page's name and the screen's heading.
pub(crate) fn follow<S: PartialEq + 'static>(
    page: PageState,
    screen: impl Fn() -> S + 'static,
    title: impl Fn() -> (String, Option<&'static str>) + 'static,
) {
    let mut before: Option<(S, Option<Reported>)> = None;
    Effect::new(move |_: Option<()>| {
        let (screen, problem) = (screen(), page.problem.get());
        browser::set_document_language(page.language.get());
        document().set_title(&document_title(page, title(), problem.is_some()));
        if let Some((screen_before, problem_before)) = &before {
            if problem.is_some() && problem != *problem_before {
                focus::set_once_rendered(focus::ERROR_SUMMARY);
            } else if screen != *screen_before {
                focus::set_once_rendered(focus::HEADING);
            }
        }
        before = Some((screen, problem));
    });
}

fn document_title(
    page: PageState,
    (product, heading): (String, Option<&'static str>),
    has_problem: bool,
) -> String {
    let words = page.words();
    // As the server writes it: the tab keeps its name when the program takes over.
    let product = words.page_title.fill([&product, &page.site().organisation.name]);
    let title = match heading {
        Some(heading) => words.page_title.fill([heading, &product]),
        None => product,
    };
    if has_problem { words.page_title_wrong.fill([&title]) } else { title }
}
