//! Asks until all domain controllers know the new password. The server finds out; the page only asks where the session
//! stands.

use super::state::WizardState;
use crate::client::page_state::set_if_changed;
use crate::client::{browser, requests};
use leptos::prelude::*;

/// Seconds after the last screen appeared at which to ask: soon at first, because it mostly takes seconds.
const ASK_AFTER: [f64; 7] = [3.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0];

impl WizardState {
    /// Takes over whether all domain controllers know the password. A change for the better is announced.
    pub(super) fn set_replication(self, everywhere: Option<bool>, now: f64) {
        let before = self.everywhere.get_untracked();
        if before == everywhere {
            return;
        }
        self.replication.set_value((now, 0));
        set_if_changed(self.everywhere, everywhere);
        if (before, everywhere) == (Some(false), Some(true)) {
            self.page.announce(self.page.words().done_everywhere);
        }
    }

    /// Asks when it is time and the page is visible. Several missed times are one question.
    pub(super) fn ask_about_replication(self, now: f64) {
        let (since, asked) = self.replication.get_value();
        let due = ASK_AFTER.iter().filter(|after| now - since >= **after * 1000.0).count();
        let pending = self.everywhere.get_untracked() == Some(false);
        if pending && due > asked && browser::is_visible() {
            self.replication.set_value((since, due));
            requests::refresh(self);
        }
    }
}
