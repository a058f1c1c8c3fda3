//! Screen 5: the password is set again, or the account unlocked. Nothing is left to do here, but something is on the
//! phone.

use super::calls::Calls as _;
use super::visit::{Call, Visit};
use crate::step::Step;
use crate::ui::prose::{all, heading, line, subheading, text, words, words_list};
use crate::ui::{Look, View, button, done, live};

pub(crate) fn page(visit: Visit, applications: &[String]) -> View {
    let catalogue = visit.words();
    let reach = live(move || {
        words(match visit.everywhere.get() {
            Some(true) => catalogue.done_everywhere,
            Some(false) => catalogue.done_not_everywhere,
            None => catalogue.done_unchecked,
        })
    });
    all(vec![
        done(),
        heading(catalogue.done_heading),
        // First of all: the one thing left that goes wrong by itself.
        text("notice warm", catalogue.done_devices),
        text("lead", catalogue.done_close),
        subheading(catalogue.done_applications),
        words_list("applications", applications.iter().map(String::as_str)),
        line("reach", vec![reach]),
        again(visit, catalogue.done_again),
    ])
}

pub(crate) fn is_unlocked(step: &Step) -> bool {
    matches!(step, Step::Done { unlocked: true, .. })
}

/// The account can be used again, and the password is the one that somebody remembered.
pub(crate) fn unlocked(visit: Visit) -> View {
    let words = visit.words();
    all(vec![
        done(),
        heading(words.unlocked_heading),
        text("lead", words.unlocked_password),
        text("lead", words.done_close),
        text("notice warm", words.unlocked_devices),
        again(visit, words.start_again),
    ])
}

fn again(visit: Visit, says: &'static str) -> View {
    let begin = Box::new(move || visit.submit(Call::Cancel));
    button(says, Look::Quiet, Some(visit.busy), Some(begin))
}
