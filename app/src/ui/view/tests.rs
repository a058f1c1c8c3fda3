//! Views as they are written. In a browser: the browser tests.

use super::*;

#[test]
fn what_is_written_cannot_become_markup() {
    let view = el("p").attr("title", "\"><script>").text("<b> & \"quotes\"");
    assert_eq!(
        view.to_html(),
        "<p title=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt; &amp; &quot;quotes&quot;</p>"
    );
}

#[test]
fn live_parts_are_written_as_they_stand() {
    let view = el("div")
        .class("")
        .live("aria-busy", || None)
        .live("data-level", || Some("3".to_owned()))
        .on("click", |_| {})
        .with(vec![
            live_text(|| "now".to_owned()),
            nothing(),
            el("input").value(|| "typed".to_owned()).with(vec![]),
        ]);
    assert_eq!(view.to_html(), "<div data-level=\"3\">now<input></div>");
}

#[test]
fn markup_of_our_own_stands_as_it_is() {
    assert_eq!(el("div").markup("<i></i>").to_html(), "<div><i></i></div>");
}
