//! A button. Not a link: it does something here and leads nowhere.

use leptos::prelude::*;

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
pub fn button(label: &'static str, look: Look, busy: Signal<bool>, press: Option<Callback<()>>) -> AnyView {
    let (class, kind) = match look {
        Look::Primary => ("button primary", "submit"),
        Look::Strong => ("button primary", "button"),
        Look::Secondary => ("button secondary", "button"),
        Look::Quiet => ("button quiet", "button"),
    };
    view! {
        <button
            class=class
            type=kind
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |_| {
                if let Some(press) = press {
                    press.run(());
                }
            }
        >
            {label}
        </button>
    }
    .into_any()
}
