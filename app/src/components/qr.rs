//! The QR code component.

use leptos::prelude::*;

/// A QR code with sides of `size` units; `path` is the `d` attribute of its dark modules. Its background is white also
/// in the dark theme, because scanners expect it.
#[component]
pub(crate) fn QrCode(size: u32, path: String, label: &'static str) -> impl IntoView {
    let view_box = format!("0 0 {size} {size}");
    view! {
        <div class="qr" role="img" aria-label=label>
            <svg viewBox=view_box shape-rendering="crispEdges"><path d=path></path></svg>
        </div>
    }
}
