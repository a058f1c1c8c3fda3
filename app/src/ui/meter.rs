//! A bar of four parts with its meaning in words. Not the estimator.

use super::view::{View, el, live_text};

/// Markup, because a view per part would be code.
const PARTS: &str = "<i></i><i></i><i></i><i></i>";

/// The bar; `level` is `0` to `4`, or empty while there is no estimate. Both follow what they read.
pub fn meter(label: &str, level: impl Fn() -> String + 'static, says: impl Fn() -> String + 'static) -> View {
    let words = vec![el("b").text([label, ": "].concat()), live_text(says)];
    el("div")
        .class("meter")
        .live("data-level", move || Some(level()))
        .with(vec![el("div").class("bar").attr("aria-hidden", "true").markup(PARTS), el("p").with(words)])
}
