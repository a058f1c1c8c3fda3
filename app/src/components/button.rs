//! A button.

use crate::client::browser;
use leptos::html;
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
    let node = NodeRef::<html::Button>::new();
    on_cleanup(move || {
        let had_focus = node
            .get_untracked()
            .is_some_and(|button| document().active_element().is_some_and(|active| *active == ***button));
        if had_focus {
            browser::recover_focus();
        }
    });
    view! {
        <button
            node_ref=node
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
