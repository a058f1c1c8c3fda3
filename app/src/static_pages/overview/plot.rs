//! The plots of the overview. The style sheet colours them, so that they follow the accent, a dark screen and forced colours.

use super::HourCounts;
use crate::i18n::{StaticPageMessages, time_of_day};
use leptos::prelude::*;

/// Units of the drawing: about a pixel each.
const WIDTH: u64 = 540;
/// The columns of the hours: left edge, height and width of the area.
const LEFT: u64 = 44;
const HEIGHT: u64 = 150;
const AREA: u64 = WIDTH - LEFT - 8;
/// The line below the columns.
const BASE: u64 = HEIGHT + 12;
/// A bar with its name above it.
const ROW: u64 = 46;
/// The room for the number beside the longest bar.
const NUMBER: u64 = 96;
/// How many bars are drawn; the table has them all.
const MAX_BARS: usize = 10;
/// Characters of a name that fit in the width.
const MAX_NAME: usize = 60;

/// A horizontal bar with a name.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) length: u64,
    /// The part of the length that is filled; without it the whole bar.
    pub(super) filled: Option<u64>,
    /// The text after the bar.
    pub(super) number: String,
}

/// A column per hour with a part for each outcome, and the names of the outcomes.
pub(super) fn columns(
    hours: &[HourCounts],
    outcomes: [&'static str; 5],
    texts: &'static StaticPageMessages,
) -> AnyView {
    let top = hours.iter().map(|hour| hour.counts().iter().sum()).max().unwrap_or_default();
    // Two steps of whole numbers.
    let top: u64 = u64::next_multiple_of(top, 2).max(2);
    let mut shapes = Vec::new();
    for (part, number) in [(0, 0), (1, top / 2), (2, top)] {
        let y = BASE - HEIGHT * part / 2;
        shapes.push(rect("line", (LEFT, y), (AREA, 1)));
        shapes.push(text((LEFT - 8, y + 5), "end", number.to_string()));
    }
    let step = AREA / (hours.len().max(1) as u64);
    let mut last_label = "";
    for (number, hour) in (0..).zip(hours) {
        let x = LEFT + number * step;
        let mut y = BASE;
        for (series, count) in SERIES.into_iter().zip(hour.counts()).filter(|(_, count)| *count > 0) {
            // A single one among many is visible too.
            let height = (HEIGHT * count).div_ceil(top).min(y);
            y -= height;
            shapes.push(rect(series, (x + 2, y), (step.saturating_sub(4), height)));
        }
        let label = time_of_day(&hour.from);
        let is_third =
            label.get(..2).and_then(|hour| hour.parse::<u8>().ok()).is_some_and(|hour| hour % 3 == 0);
        // The hour that comes twice when the clocks change has one label.
        if is_third && label != last_label {
            shapes.push(text((x + step / 2, BASE + 20), "middle", label.to_owned()));
            last_label = label;
        }
    }
    for (number, (series, name)) in (0..).zip(SERIES.into_iter().zip(outcomes)) {
        let (x, y) = (LEFT + number % 2 * (AREA / 2), BASE + 36 + number / 2 * 26);
        shapes.push(rect(series, (x, y), (14, 14)));
        shapes.push(text((x + 22, y + 12), "start", name.to_owned()));
    }
    svg(BASE + 36 + 3 * 26, shapes, texts)
}

/// The classes of the outcomes.
const SERIES: [&str; 5] = ["s0", "s1", "s2", "s3", "s4"];

/// Horizontal bars, each with its name above it.
pub(super) fn bars(series: &'static str, bars: Vec<Bar>, texts: &'static StaticPageMessages) -> AnyView {
    let top = bars.iter().map(|bar| bar.length).max().unwrap_or_default().max(1);
    let scaled = |number: u64| ((WIDTH - NUMBER) * number).div_ceil(top);
    let mut shapes = Vec::new();
    let mut height = 0;
    for bar in bars.into_iter().take(MAX_BARS) {
        let Bar { name, length, filled, number } = bar;
        shapes.push(text((0, height + 16), "start", shortened(&name)));
        if filled.is_some() {
            shapes.push(rect("line", (0, height + 24), (scaled(length), 14)));
        }
        shapes.push(rect(series, (0, height + 24), (scaled(filled.unwrap_or(length)), 14)));
        shapes.push(text((scaled(length) + 8, height + 36), "start", number));
        height += ROW;
    }
    svg(height, shapes, texts)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    name.chars().take(MAX_NAME - 1).chain(['…']).collect()
}

fn rect(class: &'static str, (x, y): (u64, u64), (width, height): (u64, u64)) -> AnyView {
    let [x, y, width, height] = [x, y, width, height].map(|number| number.to_string());
    view! { <rect class=class x=x y=y width=width height=height /> }.into_any()
}

fn text((x, y): (u64, u64), anchor: &'static str, content: String) -> AnyView {
    let [x, y] = [x, y].map(|number| number.to_string());
    view! { <text x=x y=y text-anchor=anchor>{content}</text> }.into_any()
}

fn svg(height: u64, shapes: Vec<AnyView>, texts: &'static StaticPageMessages) -> AnyView {
    let view_box = format!("0 0 {WIDTH} {height}");
    view! { <svg class="plot" viewBox=view_box role="img" aria-label=texts.plot>{shapes}</svg> }.into_any()
}
