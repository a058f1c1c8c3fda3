//! A line of a list of things that are in order or not yet. Not the judge of them.

use super::view::{View, el, live_text};
use std::rc::Rc;

/// Whether something is in order; follows what it reads.
pub type Check = Rc<dyn Fn() -> bool>;

/// A line. The mark is drawn by the style sheet; a screen reader hears `says`' first or second word.
/// Without a `check` nobody here can tell: it is only said.
pub fn check_item(text: String, check: Option<Check>, says: (&'static str, &'static str)) -> View {
    let Some(check) = check else {
        return el("li").attr("data-check", "said").text(text);
    };
    let state = Rc::clone(&check);
    let heard = move || if check() { says.0 } else { says.1 }.to_owned();
    el("li").live("data-check", move || Some(if state() { "met" } else { "unmet" }.to_owned())).with(vec![
        el("span").class("unseen").with(vec![live_text(heard)]),
        View::Text([" ", &text].concat()),
    ])
}

/// A line of what must be in order: what it is, how it stands in a word, and what to do where there is
/// something `todo`. The mark is drawn by the style sheet.
pub fn point(name: &str, word: &'static str, todo: Option<String>) -> View {
    let state = if todo.is_none() { "met" } else { "open" };
    let head = vec![el("b").text(name), View::Text(" ".to_owned()), el("span").class("state").text(word)];
    let mut parts = vec![el("p").with(head)];
    parts.extend(todo.map(|todo| el("p").text(todo)));
    el("li").attr("data-check", state).with(parts)
}
