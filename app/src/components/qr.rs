//! A QR code.

use leptos::prelude::*;

/// A QR code of `size` units a side; `path` is the `d` of its dark modules. White also on a dark page: scanners expect
/// it so.
#[component]
pub(crate) fn QrCode(size: u32, path: String, label: &'static str) -> impl IntoView {
    let view_box = format!("0 0 {size} {size}");
    view! {
        <div class="qr" role="img" aria-label=label>
            <svg viewBox=view_box shape-rendering="crispEdges"><path d=path></path></svg>
        </div>
    }
}
