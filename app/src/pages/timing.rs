//! What the screens do with time: the warning before a visit ends, the wait before another code, and
//! the pace at which a screen reader is spoken to.

use super::browser;
use super::visit::{Trouble, Visit};
use crate::text::duration;
use leptos::prelude::*;
use std::time::Duration;

/// WCAG 2.2.1 asks for a warning with time to act on it.
const WARN: f64 = 120.0;
/// A screen reader speaks once the typing pauses, not at every key.
const PAUSE: Duration = Duration::from_secs(1);

impl Visit {
    /// Looks at the clock; called every second, and whenever the times change.
    pub(crate) fn tick(self) {
        let now = browser::now();
        let left = |until: Option<f64>| until.map(|until| (until - now) / 1000.0);
        let expiring = match left(self.expires_at.get_value()) {
            Some(seconds) if seconds <= 0.0 => {
                self.expires_at.set_value(None);
                // The server knows; this clock may be wrong.
                self.ask();
                0
            }
            // In coarse parts: a clock that runs before one's eyes hurries nobody well.
            Some(seconds) if seconds <= 30.0 => 30,
            Some(seconds) if seconds <= 60.0 => 60,
            Some(seconds) if seconds <= WARN => 120,
            Some(_) | None => 0,
        };
        if self.expiring.get_untracked() != expiring {
            self.expiring.set(expiring);
            if expiring > 0 {
                self.say(self.words().expiring.fill([&duration(expiring, self.words())]));
            }
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, far below 2^63"
        )]
        let resend_in = left(self.resend_at.get_value()).unwrap_or_default().max(0.0).ceil() as u64;
        if self.resend_in.get_untracked() != resend_in {
            self.resend_in.set(resend_in);
        }
    }

    /// Says something to a screen reader after a pause; what is said later replaces it.
    pub(crate) fn say(self, text: String) {
        if let Some(earlier) = self.saying.get_value() {
            earlier.clear();
        }
        self.saying.set_value(set_timeout_with_handle(move || self.said.set(text), PAUSE).ok());
    }

    /// Everything that happens by itself: clock, connection, coming back to the page, title and focus.
    pub(crate) fn begin(self) {
        set_interval(move || self.tick(), Duration::from_secs(1));
        browser::on_return(move || {
            self.tick();
            self.ask();
        });
        browser::on_online(move || self.retry());
        browser::on_back(move |at| self.looking_back.set(at));
        Effect::new(move |before: Option<(u8, Option<Trouble>)>| {
            let shown = self.shown();
            let trouble = self.trouble.get();
            browser::set_language(self.language.get());
            browser::set_title(&self.title(shown, trouble.is_some()));
            // A screen early, so that the estimator is there when the password is typed.
            if shown == 3 || shown == 4 {
                self.strength.start();
            }
            if let Some((shown_before, trouble_before)) = before {
                if trouble.is_some() && trouble != trouble_before {
                    browser::focus_soon("summary");
                } else if shown != shown_before {
                    browser::focus_soon("heading");
                }
            }
            (shown, trouble)
        });
    }

    fn title(self, shown: u8, trouble: bool) -> String {
        let language = self.language.get();
        let words = language.words();
        let site = self.site();
        // As the server writes it: the tab does not change its name when the program takes over.
        let organisation = &site.organisation;
        let product = words.page_title.fill([organisation.title.in_language(language), &organisation.name]);
        let heading = match shown {
            1 => None,
            2 => Some(words.birthdate_heading.trim_end_matches('.')),
            3 => Some(words.code_heading),
            4 => Some(words.password_heading),
            _ => Some(words.done_heading),
        };
        let title = heading.map_or_else(|| product.clone(), |h| words.page_title.fill([h, &product]));
        if trouble { words.page_title_wrong.fill([&title]) } else { title }
    }
}
