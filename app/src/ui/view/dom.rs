//! Drawing a view in a browser, and drawing its live parts anew. Not deciding when: that is the reactive graph's.

use super::{Element, HEADING, Trait, View};
use leptos::prelude::*;
use leptos::reactive::effect::RenderEffect;
use leptos::web_sys;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;

/// What a drawn view needs as long as it stands.
enum Kept {
    Attribute(#[expect(dead_code, reason = "ends with it")] RenderEffect<()>),
    Part(#[expect(dead_code, reason = "ends with it")] RenderEffect<Vec<Kept>>),
    Listener(#[expect(dead_code, reason = "ends with it")] Closure<dyn Fn(web_sys::Event)>),
}

/// Draws the view in an element, in place of what was there, for as long as the page lives.
pub fn mount(parent: &web_sys::Element, draw: impl FnOnce() -> View) {
    // An error means that it runs already.
    let _ = any_spawner::Executor::init_wasm_bindgen();
    let owner = Owner::new();
    let kept = owner.with(|| {
        let view = draw();
        parent.set_inner_html("");
        let mut kept = Vec::new();
        build(view, parent, None, &mut kept);
        kept
    });
    std::mem::forget((owner, kept));
}

/// Puts a view into a parent, before another node or at the end.
fn build(view: View, parent: &web_sys::Node, before: Option<&web_sys::Node>, kept: &mut Vec<Kept>) {
    match view {
        View::Text(text) => insert(&document().create_text_node(&text), parent, before),
        View::Many(parts) => {
            for part in parts {
                build(part, parent, before, kept);
            }
        }
        View::Element(element) => {
            if let Some(node) = element.build(kept) {
                insert(&node, parent, before);
            }
        }
        View::Live(draw) => {
            let (start, end) = (document().create_comment(""), document().create_comment(""));
            insert(&start, parent, before);
            insert(&end, parent, before);
            kept.push(Kept::Part(follow(draw, start.into(), end.into())));
        }
    }
}

/// Draws what is between two marks, now and whenever what it reads has changed.
fn follow(
    mut draw: Box<dyn FnMut() -> View>,
    start: web_sys::Node,
    end: web_sys::Node,
) -> RenderEffect<Vec<Kept>> {
    // Words alone: most of what is drawn anew, at every key, and mostly the same words.
    let mut words: Option<(web_sys::Text, String)> = None;
    RenderEffect::new(move |before: Option<Vec<Kept>>| {
        let view = draw();
        if let (View::Text(text), Some((node, shown))) = (&view, &mut words) {
            if text != shown {
                node.set_data(text);
                shown.clone_from(text);
            }
            return before.unwrap_or_default();
        }
        let mut kept = Vec::new();
        let Some(parent) = end.parent_node() else { return kept };
        let focused = before.is_some().then(|| focused(&start, &end)).flatten();
        drop(before);
        while let Some(old) = start.next_sibling().filter(|next| !next.is_same_node(Some(&end))) {
            let _ = parent.remove_child(&old);
        }
        words = None;
        if let View::Text(text) = view {
            let node = document().create_text_node(&text);
            insert(&node, &parent, Some(&end));
            words = Some((node, text));
        } else {
            build(view, &parent, Some(&end), &mut kept);
        }
        if let Some(path) = focused
            && !focus(&start, &path)
            && let Some(heading) = document().get_element_by_id(HEADING)
        {
            // What had the focus is gone: the beginning of what it belonged to is better than nowhere.
            let _ = heading.unchecked_into::<web_sys::HtmlElement>().focus();
        }
        kept
    })
}

/// Where the focus is between two marks: how many nodes on, then how many down in it, and so forth. Drawn anew, the
/// node in that place is the same to whoever uses it.
fn focused(start: &web_sys::Node, end: &web_sys::Node) -> Option<Vec<u32>> {
    let parent = end.parent_node()?;
    let mut node: web_sys::Node = document().active_element()?.into();
    if node.is_same_node(Some(&parent)) || !parent.contains(Some(&node)) {
        return None;
    }
    let mut path = Vec::new();
    while !node.is_same_node(Some(&parent)) {
        let mut place = 0;
        let mut at = node.clone();
        while let Some(earlier) = at.previous_sibling() {
            if earlier.is_same_node(Some(start)) {
                path.push(place);
                path.reverse();
                return Some(path);
            }
            at = earlier;
            place += 1;
        }
        path.push(place);
        node = node.parent_node()?;
    }
    // Beside the marks, not between them.
    None
}

fn focus(start: &web_sys::Node, path: &[u32]) -> bool {
    let mut node = start.next_sibling();
    for (depth, place) in path.iter().enumerate() {
        if depth > 0 {
            node = node.and_then(|node| node.first_child());
        }
        for _ in 0..*place {
            node = node.and_then(|node| node.next_sibling());
        }
    }
    let Some(node) = node else { return false };
    let Ok(element) = node.dyn_into::<web_sys::HtmlElement>() else { return false };
    let _ = element.focus();
    let now = document().active_element();
    now.is_some_and(|now| now.is_same_node(Some(&element)))
}

fn insert(node: &web_sys::Node, parent: &web_sys::Node, before: Option<&web_sys::Node>) {
    // The mark is a child of the parent, so this cannot fail.
    let _ = parent.insert_before(node, before);
}

impl Element {
    fn build(self, kept: &mut Vec<Kept>) -> Option<web_sys::Element> {
        let Self { tag, traits, children } = self;
        // Only a tag that is none could fail.
        let node = document().create_element(tag).ok()?;
        for known in traits {
            known.give(&node, kept);
        }
        for child in children {
            build(child, &node, None, kept);
        }
        Some(node)
    }
}

impl Trait {
    fn give(self, node: &web_sys::Element, kept: &mut Vec<Kept>) {
        match self {
            Self::Fixed(name, value) => {
                let _ = node.set_attribute(name, &value);
            }
            Self::Live(name, mut value) => {
                let node = node.clone();
                let mut shown = None;
                kept.push(Kept::Attribute(RenderEffect::new(move |_| {
                    let value = value();
                    if value != shown {
                        let _ = match &value {
                            Some(value) => node.set_attribute(name, value),
                            None => node.remove_attribute(name),
                        };
                        shown = value;
                    }
                })));
            }
            Self::Value(mut value) => {
                let Ok(input) = node.clone().dyn_into::<web_sys::HtmlInputElement>() else { return };
                kept.push(Kept::Attribute(RenderEffect::new(move |_| {
                    let value = value();
                    // Setting what is there already would move the caret.
                    if input.value() != value {
                        input.set_value(&value);
                    }
                })));
            }
            Self::On(event, act) => {
                let listener = Closure::<dyn Fn(web_sys::Event)>::new(act);
                let _ = node.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
                kept.push(Kept::Listener(listener));
            }
            Self::Markup(markup) => node.set_inner_html(&markup),
        }
    }
}
