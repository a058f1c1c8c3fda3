//! Screen 5: the password is set again. Nothing is left to do here, but something is on the phone.

use super::calls::Calls as _;
use super::visit::{Call, Visit};
use crate::ui::prose::{all, heading, subheading, text, words_list};
use crate::ui::{Look, button, done};
use leptos::prelude::*;

pub(crate) fn page(visit: Visit, applications: &[String], everywhere: Option<bool>) -> AnyView {
    let words = visit.words();
    let reach = match everywhere {
        Some(true) => words.done_everywhere,
        Some(false) => words.done_not_everywhere,
        None => words.done_unchecked,
    };
    let again = Callback::new(move |()| visit.submit(Call::Cancel));
    all(vec![
        done(),
        heading(words.done_heading),
        text("lead", words.done_close),
        text("notice warm", words.done_devices),
        subheading(words.done_applications),
        words_list("applications", applications.iter().map(String::as_str)),
        text("", reach),
        button(words.done_again, Look::Quiet, visit.busy.into(), Some(again)),
    ])
}
