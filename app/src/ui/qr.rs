//! A QR code as a drawing. Not the making of it: its modules come as a path.

use leptos::prelude::*;

/// Dark modules in a white square of `size` units, also on a dark page: scanners expect it so.
pub fn qr(size: u32, path: &str, label: &'static str) -> AnyView {
    let size = size.to_string();
    let square = ["0 0 ", &size, " ", &size].concat();
    view! {
        <svg class="qr" role="img" aria-label=label viewBox=square shape-rendering="crispEdges">
            <path d=path.to_owned()></path>
        </svg>
    }
    .into_any()
}
