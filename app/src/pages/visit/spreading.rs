//! Looking by itself whether all domain controllers know the new password. The server finds out; this only asks it
//! where the visit stands, and says nothing when there is no answer.

use super::Visit;
use crate::pages::browser;
use crate::pages::calls::Calls as _;

/// So many seconds after the last screen appeared: soon at first, because it mostly takes seconds.
const LOOKS: [f64; 7] = [3.0, 10.0, 30.0, 60.0, 120.0, 240.0, 480.0];

impl Visit {
    /// Takes over how far the new password has come; what has arrived everywhere while somebody was reading is said.
    pub(super) fn spread(self, everywhere: Option<bool>, now: f64) {
        let before = self.everywhere.get_untracked();
        if before == everywhere {
            return;
        }
        self.spreading.set((now, 0));
        self.everywhere.set(everywhere);
        if (before, everywhere) == (Some(false), Some(true)) {
            self.say(self.words().done_everywhere.to_owned());
        }
    }

    /// Asks when it is time, unless nobody is looking. What was missed meanwhile is one question.
    pub(super) fn look_whether_spread(self, now: f64) {
        let (since, looked) = self.spreading.get();
        let due = LOOKS.iter().filter(|after| now - since >= **after * 1000.0).count();
        let waits = self.everywhere.get_untracked() == Some(false);
        if waits && due > looked && browser::is_visible() {
            self.spreading.set((since, due));
            self.ask();
        }
    }
}
