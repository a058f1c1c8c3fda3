//! Polls whether the app is active while it is being linked.

use super::screen::Screen;
use super::state::{EnrollmentState, POLL_INTERVAL_MS};
use crate::api::enrollment as api;
use crate::api::refusal::Refusal;
use crate::client::{Flow as _, browser};
use leptos::prelude::*;
use leptos::task::spawn_local;

impl EnrollmentState {
    /// Polls the app if it is time and the page is visible.
    pub(super) fn poll_app_when_due(self, now: f64) {
        let is_linking = self.screen.get_untracked() == Screen::Activation;
        let is_idle = !self.page.busy.get_untracked();
        if is_linking && is_idle && now >= self.poll_app_at.get_value() && browser::is_visible() {
            self.poll_app();
        }
    }

    /// Queries whether the app is active. Does not use `client::requests`, so that the page stays usable meanwhile.
    fn poll_app(self) {
        self.poll_app_at.set_value(f64::INFINITY);
        let latest = self.page.latest_request.get_value();
        spawn_local(async move {
            let result = api::registration_app().await;
            // There was a newer request or query meanwhile: this response is outdated.
            let is_outdated = self.page.busy.get_untracked() || !self.page.is_latest(latest);
            let mut delay = POLL_INTERVAL_MS;
            if !is_outdated {
                match result {
                    Ok(registration) => self.on_session_state(registration),
                    Err(refusal @ Refusal::StartAgain) => self.on_refusal(refusal),
                    Err(Refusal::TooMany { retry_after } | Refusal::Unavailable { retry_after, .. }) => {
                        delay = browser::seconds_after(0.0, retry_after);
                    }
                    // The next poll repeats the query.
                    Err(_) => {}
                }
            }
            self.poll_app_at.set_value(browser::now() + delay);
        });
    }
}
