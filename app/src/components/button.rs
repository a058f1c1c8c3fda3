//! A button.

use crate::client::focus;
use leptos::prelude::*;

/// How prominent a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ButtonKind {
    /// The one way on; submits its form.
    Submit,
    /// The one way on where there is no form.
    Primary,
    /// Another way.
    Secondary,
    /// A small way beside something else.
    Quiet,
}

/// A button. While `busy` it says that it is disabled, but is not `disabled`: that would take the focus away and give
/// no reason; the handler ignores a second press.
#[component]
pub(crate) fn Button(
    kind: ButtonKind,
    #[prop(optional, into)] busy: Option<Signal<bool>>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let (class, kind, id) = match kind {
        // The start script finds it by its type.
        ButtonKind::Submit => ("button primary", "submit", Some("next")),
        ButtonKind::Primary => ("button primary", "button", None),
        ButtonKind::Secondary => ("button secondary", "button", None),
        ButtonKind::Quiet => ("button quiet", "button", None),
    };
    // A button that goes away while it has the focus, for example within a `Show`.
    on_cleanup(focus::recover_once_rendered);
    view! {
        <button
            class=class
            type=kind
            id=id
            aria-disabled=move || busy.is_some_and(|busy| busy.get()).then_some("true")
            on:click=move |_| {
                if let Some(on_press) = on_press {
                    on_press.run(());
                }
            }
        >
            {children()}
        </button>
    }
}
