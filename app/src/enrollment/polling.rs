//! Polls whether the app is active while it is being linked.

use super::screen::Screen;
use super::state::EnrollmentState;
use crate::api::enrollment as api;
use crate::api::refusal::Refusal;
use crate::client::{Flow as _, browser};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The pause between two polls, in milliseconds.
pub(super) const POLL_MS: f64 = 5_000.0;

impl EnrollmentState {
    /// Polls the app when it is time and the page is visible.
    pub(super) fn poll_app_when_due(self, now: f64) {
        let is_linking = self.screen.get_untracked() == Screen::Activation;
        let is_idle = !self.page.busy.get_untracked();
        if is_linking && is_idle && now >= self.poll_app_at.get_value() && browser::is_visible() {
            self.poll_app();
        }
    }

    /// Asks whether the app is active by now. Outside `client::requests`: the page stays usable meanwhile.
    fn poll_app(self) {
        self.poll_app_at.set_value(f64::INFINITY);
        let newest = self.page.newest.get_value();
        spawn_local(async move {
            let answer = api::registration_app().await;
            // Something was sent or asked meanwhile: this answer is old.
            let is_outdated = self.page.busy.get_untracked() || !self.page.is_newest(newest);
            let mut pause = POLL_MS;
            if !is_outdated {
                match answer {
                    Ok(registration) => self.resumed(registration),
                    Err(refusal @ Refusal::StartAgain) => self.refused(refusal),
                    Err(Refusal::TooMany { retry_after } | Refusal::Unavailable { retry_after, .. }) => {
                        pause = browser::seconds_after(0.0, retry_after);
                    }
                    // Nothing is lost: the next poll asks the same.
                    Err(_) => {}
                }
            }
            self.poll_app_at.set_value(browser::now() + pause);
        });
    }
}
