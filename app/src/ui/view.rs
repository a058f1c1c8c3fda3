//! What a screen is made of before it is drawn: elements, texts, and parts that follow what is known. A tree of one
//! type on Leptos' reactive graph. Leptos' own views are a type per shape, each with its code: the wizard's were a
//! third of what a phone had to load. Drawing it is done twice: `dom` in a browser, `html` as text.

mod dom;
#[cfg(feature = "ssr")]
mod html;

pub use dom::mount;

use leptos::web_sys::Event;
use std::borrow::Cow;

/// The id of a screen's heading.
pub(crate) const HEADING: &str = "heading";

/// A part of a screen.
pub enum View {
    /// Words.
    Text(String),
    /// An element.
    Element(Element),
    /// Several parts, one after the other; none is nothing.
    Many(Vec<Self>),
    /// Drawn anew whenever what it reads changes.
    Live(Box<dyn FnMut() -> Self>),
}

/// An element: what it is, what is known of it, and what is in it.
pub struct Element {
    tag: &'static str,
    traits: Vec<Trait>,
    children: Vec<View>,
}

/// What is known of an element.
enum Trait {
    /// An attribute.
    Fixed(&'static str, Cow<'static, str>),
    /// An attribute that follows what it reads; `None` is without it.
    Live(&'static str, Box<dyn FnMut() -> Option<String>>),
    /// What is in an input, which is not its attribute.
    Value(Box<dyn FnMut() -> String>),
    /// What happens at an event.
    On(&'static str, Box<dyn Fn(Event)>),
    /// Markup of our own in place of children.
    Markup(Cow<'static, str>),
}

/// An element without anything yet.
pub const fn el(tag: &'static str) -> Element {
    Element { tag, traits: Vec::new(), children: Vec::new() }
}

/// A part that is drawn anew whenever what it reads changes.
pub fn live(draw: impl FnMut() -> View + 'static) -> View {
    View::Live(Box::new(draw))
}

/// Words that follow what they read.
pub fn live_text(mut words: impl FnMut() -> String + 'static) -> View {
    live(move || View::Text(words()))
}

/// Nothing to see.
pub const fn nothing() -> View {
    View::Many(Vec::new())
}

impl Element {
    fn knowing(mut self, known: Trait) -> Self {
        self.traits.push(known);
        self
    }

    /// With an attribute.
    #[must_use]
    pub fn attr(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.knowing(Trait::Fixed(name, value.into()))
    }

    /// With a class; an empty one is none.
    #[must_use]
    pub fn class(self, class: &'static str) -> Self {
        if class.is_empty() { self } else { self.attr("class", class) }
    }

    /// With an attribute that follows what it reads.
    #[must_use]
    pub fn live(self, name: &'static str, value: impl FnMut() -> Option<String> + 'static) -> Self {
        self.knowing(Trait::Live(name, Box::new(value)))
    }

    /// An input that shows this.
    #[must_use]
    pub fn value(self, value: impl FnMut() -> String + 'static) -> Self {
        self.knowing(Trait::Value(Box::new(value)))
    }

    /// Does something at an event.
    #[must_use]
    pub fn on(self, event: &'static str, act: impl Fn(Event) + 'static) -> Self {
        self.knowing(Trait::On(event, Box::new(act)))
    }

    /// With markup of our own in it: each element of a tree costs code, a string costs its bytes. Nothing that
    /// somebody else wrote may be in it.
    pub fn markup(self, markup: impl Into<Cow<'static, str>>) -> View {
        self.knowing(Trait::Markup(markup.into())).with(Vec::new())
    }

    /// With words in it.
    pub fn text(self, text: impl Into<String>) -> View {
        self.with(vec![View::Text(text.into())])
    }

    /// With these parts in it; what it is then is known whole.
    pub fn with(mut self, children: Vec<View>) -> View {
        self.children = children;
        View::Element(self)
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
