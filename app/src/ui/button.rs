//! A button. Not a link: it does something here and leads nowhere.

use super::view::{View, el};
use super::{Act, Signal};

/// How much a button asks for attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// The one way on; it sends its form.
    Primary,
    /// The one way on where there is no form to send.
    Strong,
    /// Another way.
    Secondary,
    /// A small way beside something else.
    Quiet,
}

/// A button that says when it is `busy`. It is never `disabled`: that would take the focus away and say
/// nothing of the reason; whoever handles the press refuses the second one.
pub fn button(label: &'static str, look: Look, busy: Option<Signal<bool>>, press: Option<Act>) -> View {
    let (class, kind) = match look {
        Look::Primary => ("button primary", "submit"),
        Look::Strong => ("button primary", "button"),
        Look::Secondary => ("button secondary", "button"),
        Look::Quiet => ("button quiet", "button"),
    };
    let mut button = el("button").class(class).attr("type", kind);
    if look == Look::Primary {
        // By it the focus is found again when a screen is drawn anew; no screen has two.
        button = button.attr("id", "next");
    }
    if let Some(busy) = busy {
        button = button.live("aria-disabled", move || busy.get().then(|| "true".to_owned()));
    }
    if let Some(press) = press {
        button = button.on("click", move |_| press());
    }
    button.text(label)
}
