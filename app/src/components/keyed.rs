//! Content that is replaced instead of patched when its key changes.

use crate::client::focus;
use leptos::either::Either;
use leptos::prelude::*;

/// Renders `view` again when `key` changes, instead of patching the existing nodes: two screens must not share an
/// input, and text nodes that a browser's translator has replaced cannot be patched.
#[component]
pub(crate) fn Keyed<K, V>(
    /// What identifies the content.
    key: impl Fn() -> K + Send + Sync + 'static,
    view: impl Fn(K) -> V + Send + Sync + 'static,
) -> impl IntoView
where
    K: PartialEq + Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let key = Memo::new(move |_| key());
    alternate(ViewFn::from(move || {
        let key = key.get();
        untrack(|| view(key)).into_any()
    }))
}

/// Alternates between two branches of `Either`: Leptos patches a branch that stays and replaces one that changes.
fn alternate(content: ViewFn) -> impl IntoView {
    let is_second = StoredValue::new(false);
    move || {
        focus::recover_once_rendered();
        is_second.update_value(|is_second| *is_second = !*is_second);
        if is_second.get_value() { Either::Right(content.run()) } else { Either::Left(content.run()) }
    }
}
