//! The button component.

use crate::client::focus;
use leptos::prelude::*;

/// How prominent a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ButtonKind {
    /// The primary action; submits its form.
    Submit,
    /// Submits the second form of a screen.
    SubmitSecondary,
    /// The primary action of a screen without a form.
    Primary,
    /// An alternative action.
    Secondary,
    /// An inconspicuous action.
    Quiet,
}

/// A button. While `busy` it has `aria-disabled` but not `disabled`, which would remove the focus without giving a
/// reason; the handler ignores a second press.
#[component]
pub(crate) fn Button(
    kind: ButtonKind,
    #[prop(optional, into)] busy: Option<Signal<bool>>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let (class, kind, id) = match kind {
        // The start script finds it by this type.
        ButtonKind::Submit => ("button primary", "submit", Some("next")),
        ButtonKind::SubmitSecondary => ("button secondary", "submit", None),
        ButtonKind::Primary => ("button primary", "button", None),
        ButtonKind::Secondary => ("button secondary", "button", None),
        ButtonKind::Quiet => ("button quiet", "button", None),
    };
    // The button may be removed while it has the focus, for example within a `Show`.
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
