//! What the pages do with time: the warning before the time is over, what comes by itself, and the pace
//! at which a screen reader is spoken to.

use super::browser;
use super::calls::Calls as _;
use super::page::{Page, Trouble};
use super::talk::Talk;
use crate::text::duration;
use crate::ui::watch;
use leptos::prelude::{set_interval, set_timeout};
use std::time::Duration;

/// WCAG 2.2.1 asks for a warning with time to act on it.
const WARN: f64 = 120.0;
/// A screen reader speaks once the typing pauses, not at every key.
const PAUSE: Duration = Duration::from_secs(1);

impl Page {
    /// Says something to a screen reader after a pause; what is said later replaces it, and has a pause of its own.
    pub(crate) fn say(self, text: String) {
        let count = self.saying.with(|saying| saying.as_ref().map_or(0, |(_, count)| count.wrapping_add(1)));
        // One timer for all that is said in a row: ending and setting one at each key is a part of what a key costs.
        if self.saying.replace(Some((text, count))).is_none() {
            self.wait_to_say(count);
        }
    }

    fn wait_to_say(self, count: u32) {
        let end = move || match self.saying.replace(None) {
            Some((text, now)) if now == count => self.said.set(text),
            Some((text, now)) => {
                self.saying.set(Some((text, now)));
                self.wait_to_say(now);
            }
            None => {}
        };
        set_timeout(end, PAUSE);
    }
}

/// Looks at the clock; called every second, and whenever the times change.
pub(crate) fn tick<T: Talk>(talk: T) {
    let page = talk.page();
    let now = browser::now();
    let expiring = match page.expires_at.get().map(|until| (until - now) / 1000.0) {
        Some(seconds) if seconds <= 0.0 => {
            page.expires_at.set(None);
            // The server knows; this clock may be wrong.
            talk.ask();
            0
        }
        // In coarse parts: a clock that runs before one's eyes hurries nobody well.
        Some(seconds) if seconds <= 30.0 => 30,
        Some(seconds) if seconds <= 60.0 => 60,
        Some(seconds) if seconds <= WARN => 120,
        Some(_) | None => 0,
    };
    if page.expiring.get_untracked() != expiring {
        page.expiring.set(expiring);
        let says = if expiring > 0 {
            page.words().expiring.fill([&duration(expiring, page.words())])
        } else {
            String::new()
        };
        page.say(says);
    }
    talk.second(now);
}

/// More time was asked for: what is said of it.
pub(crate) fn extended(page: Page) -> &'static str {
    let left = page.expires_at.get().map_or(0.0, |until| (until - browser::now()) / 1000.0);
    page.is_last.set(left <= WARN);
    if left <= WARN { page.words().expiring_fixed } else { page.words().expiring_extended }
}

/// Everything that happens by itself: clock, connection, coming back to the page, title and focus.
pub(crate) fn begin<T: Talk>(talk: T) {
    let page = talk.page();
    set_interval(move || tick(talk), Duration::from_secs(1));
    browser::on_return(move || {
        tick(talk);
        talk.ask();
    });
    browser::on_online(move || talk.retry());
    browser::on_back(move |at| talk.back(at));
    let mut before: Option<(u8, Option<Trouble>)> = None;
    watch(move || {
        let shown = talk.shown();
        let trouble = page.trouble.get();
        browser::set_language(page.language.get());
        browser::set_title(&title(talk, shown, trouble.is_some()));
        talk.showing(shown);
        if let Some((shown_before, trouble_before)) = &before {
            if trouble.is_some() && trouble != *trouble_before {
                browser::focus_soon("summary");
            } else if shown != *shown_before {
                browser::focus_soon("heading");
            }
        }
        before = Some((shown, trouble));
    });
}

fn title<T: Talk>(talk: T, shown: u8, trouble: bool) -> String {
    let page = talk.page();
    let words = page.words();
    let (product, heading) = talk.titles(shown);
    // As the server writes it: the tab does not change its name when the program takes over.
    let product = words.page_title.fill([product, &page.site().organisation.name]);
    let title = heading.map_or_else(|| product.clone(), |h| words.page_title.fill([h, &product]));
    if trouble { words.page_title_wrong.fill([&title]) } else { title }
}
