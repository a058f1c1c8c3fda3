//! Moves between the overview, the screens that are opened from it, and the confirmation of a typed value, with their
//! history entries.

use super::screen::{SECTION_HISTORY_ENTRY, Section};
use super::state::{EnrollmentState, Saved};
use crate::client::page_state::set_if_changed;
use crate::client::polling::POLL_INTERVAL_MS;
use crate::client::{browser, focus};
use crate::domain::raw_input::RawInput;
use leptos::prelude::*;

impl EnrollmentState {
    /// Opens a screen from the overview; Back returns to the overview.
    pub(super) fn open(self, section: Section) {
        self.page.clear_problem();
        set_if_changed(self.saved, None);
        set_if_changed(self.is_checking, false);
        self.poll_app_at.set_value(browser::now() + POLL_INTERVAL_MS);
        browser::push_history_entry(SECTION_HISTORY_ENTRY);
        let entry = browser::history_entry().unwrap_or(SECTION_HISTORY_ENTRY);
        let is_from_overview = self.section.get_untracked() == Section::Overview;
        let first = if is_from_overview { entry } else { self.entries.get_value().0 };
        self.entries.set_value((first, entry));
        set_if_changed(self.section, section);
    }

    /// Shows the typed value for confirmation; Back returns to its field.
    pub(super) fn check_value(self) {
        self.page.clear_problem();
        browser::push_history_entry(self.entries.get_value().1.saturating_add(1));
        set_if_changed(self.is_checking, true);
        focus::set_once_rendered(focus::HEADING);
    }

    /// Returns from the confirmation to the field, which keeps the typed text.
    pub(super) fn change_value(self) {
        if self.is_checking.get_untracked() {
            self.page.clear_problem();
            set_if_changed(self.is_checking, false);
            browser::pop_history_entry(self.entries.get_value().1.saturating_add(1));
        }
    }

    /// Returns to the overview, and removes the opened screens from the history.
    pub(super) fn return_to_overview(self) {
        self.page.clear_problem();
        self.close_section();
        browser::go_below_history_entry(self.entries.get_value().0);
    }

    /// Handles Back and Forward. Forward opens nothing, because the content of the screen may be outdated.
    pub(super) fn history_moved(self) {
        let entry = browser::history_entry().unwrap_or(1);
        let (first, current) = self.entries.get_value();
        if self.section.get_untracked() == Section::Overview || entry > current {
            return;
        }
        if entry < current {
            self.page.clear_problem();
            self.close_section();
            browser::go_below_history_entry(first);
        } else if self.is_checking.get_untracked() {
            self.page.clear_problem();
            set_if_changed(self.is_checking, false);
        }
    }

    /// Shows the overview, and wipes the text that was typed on the other screens.
    pub(super) fn close_section(self) {
        set_if_changed(self.section, Section::Overview);
        set_if_changed(self.is_app_installed, false);
        set_if_changed(self.is_checking, false);
        for typed in [self.birthdate, self.mobile, self.code] {
            set_if_changed(typed, RawInput::default());
        }
    }

    /// Shows the overview with a confirmation of the saved value.
    pub(super) fn confirm_saved(self, saved: Saved) {
        self.return_to_overview();
        set_if_changed(self.saved, Some(saved));
        // The button that was pressed has been removed.
        focus::set_once_rendered(focus::HEADING);
        self.page.announce(saved.message(self.enrollment_messages()));
    }
}
