//! Polls until all domain controllers have the new password. The server checks replication; the page queries the state
//! of the session.

use super::state::WizardState;
use crate::client::page_state::set_if_changed;
use crate::client::{browser, requests};
use leptos::prelude::*;

/// Times of the polls, in seconds after the last screen appeared: frequent at first, because replication usually takes
/// seconds.
const POLL_AFTER_SECONDS: [f64; 7] = [3.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0];

impl WizardState {
    /// Stores whether all domain controllers have the password, and announces when they do.
    pub(super) fn set_replication(self, everywhere: Option<bool>, now: f64) {
        let previous = self.everywhere.get_untracked();
        if previous == everywhere {
            return;
        }
        self.replication.set_value((now, 0));
        set_if_changed(self.everywhere, everywhere);
        if (previous, everywhere) == (Some(false), Some(true)) {
            self.page.announce(self.page.messages().done_everywhere);
        }
    }

    /// Queries the state if it is time and the page is visible. Several missed times result in one query.
    pub(super) fn poll_replication_when_due(self, now: f64) {
        let (since, polled) = self.replication.get_value();
        let due = POLL_AFTER_SECONDS.iter().filter(|after| now - since >= **after * 1000.0).count();
        let pending = self.everywhere.get_untracked() == Some(false);
        if pending && due > polled && browser::is_visible() {
            self.replication.set_value((since, due));
            requests::refresh(self);
        }
    }
}
