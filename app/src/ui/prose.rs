//! What a screen is written in: paragraphs, lists, links, sections.

use super::view::{HEADING, View, el};

/// Several parts, one after the other.
pub const fn all(parts: Vec<View>) -> View {
    View::Many(parts)
}

/// A paragraph; the class may be empty.
pub fn text(class: &'static str, text: &str) -> View {
    el("p").class(class).text(text)
}

/// A paragraph of several parts.
pub fn line(class: &'static str, parts: Vec<View>) -> View {
    el("p").class(class).with(parts)
}

/// Words inside a line.
pub fn words(text: &str) -> View {
    View::Text(text.to_owned())
}

/// The screen's one heading. It takes the focus when the screen appears, so that it is read.
pub fn heading(text: &str) -> View {
    el("h1").attr("id", HEADING).attr("tabindex", "-1").text(text)
}

/// A heading below that.
pub fn subheading(text: &str) -> View {
    el("h2").text(text)
}

/// A list; the class may be empty.
pub fn list(class: &'static str, items: Vec<View>) -> View {
    bare_list(class, items.into_iter().map(|item| el("li").with(vec![item])).collect())
}

/// A list whose lines are lines already.
pub fn bare_list(class: &'static str, lines: Vec<View>) -> View {
    el("ul").class(class).with(lines)
}

/// A list of words.
pub fn words_list<'a>(class: &'static str, items: impl IntoIterator<Item = &'a str>) -> View {
    list(class, items.into_iter().map(words).collect())
}

/// Steps to take, in their order.
pub fn steps(steps: Vec<View>) -> View {
    el("ol").with(steps.into_iter().map(|step| el("li").with(vec![step])).collect())
}

/// A question with its answers; their own names do not say what they answer.
pub fn question(class: &'static str, heard: String, parts: Vec<View>) -> View {
    el("section").class(class).attr("role", "group").attr("aria-label", heard).with(parts)
}

/// Words for the eye, with others for the ear.
pub fn spoken(seen: &str, heard: &str) -> View {
    all(vec![el("span").attr("aria-hidden", "true").text(seen), el("span").class("unseen").text(heard)])
}

/// A link; the class may be empty.
pub fn link(class: &'static str, address: &str, text: &str) -> View {
    el("a").class(class).attr("href", address.to_owned()).text(text)
}

/// A link that opens beside this page: the visit goes on here.
pub fn link_beside(address: &str, text: &str) -> View {
    el("a")
        .attr("href", address.to_owned())
        .attr("target", "_blank")
        .attr("rel", "noopener noreferrer")
        .text(text)
}

/// A part of the screen with something of its own.
pub fn section(class: &'static str, parts: Vec<View>) -> View {
    el("section").class(class).with(parts)
}

/// A box without a meaning of its own.
pub fn group(class: &'static str, parts: Vec<View>) -> View {
    el("div").class(class).with(parts)
}

/// What can be opened by whom it concerns.
pub fn details(id: &'static str, summary: &str, mut parts: Vec<View>) -> View {
    parts.insert(0, el("summary").text(summary));
    el("details").attr("id", id).with(parts)
}

/// A form. `method=dialog`: before the program is there, Enter sends nothing; a plain form would put
/// what is typed in the address.
pub fn form(send: impl Fn() + 'static, parts: Vec<View>) -> View {
    el("form")
        .attr("method", "dialog")
        .attr("novalidate", "")
        .on("submit", move |event| {
            event.prevent_default();
            send();
        })
        .with(parts)
}
