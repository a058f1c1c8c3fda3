//! What shows that a run of the wizard is an exercise, and its last screen. Not what makes it one: the
//! server writes no password then.

use super::visit::Visit;
use crate::step::Step;
use crate::ui::prose::{all, heading, line, link, section, text};
use crate::ui::{View, done};

/// Where a practice run begins, and leads back to.
const REGISTRATION: &str = "/registratie";

pub(crate) fn is_practice(step: &Step) -> bool {
    match step {
        Step::Identify {} => false,
        Step::Birthdate { practice, .. }
        | Step::Code { practice, .. }
        | Step::Password { practice, .. }
        | Step::Done { practice, .. } => *practice,
    }
}

/// Calm, and on every screen of a practice run; tracked.
pub(crate) fn banner(visit: Visit) -> View {
    if visit.step.with(is_practice) {
        section("notice calm", vec![text("strong", visit.words().practice)])
    } else {
        all(vec![])
    }
}

/// The last screen of a practice run.
pub(crate) fn page(visit: Visit) -> View {
    let words = visit.words();
    all(vec![
        done(),
        heading(words.practice_heading),
        text("lead", words.practice_unchanged),
        line("", vec![link("", REGISTRATION, words.practice_back)]),
    ])
}
