//! A QR code as a drawing. Not the making of it: its modules come as a path.

use super::view::{View, el};

/// Dark modules in a white square of `size` units, also on a dark page: scanners expect it so.
pub fn qr(size: u32, path: &str, label: &'static str) -> View {
    let size = size.to_string();
    // It becomes markup, so nothing but a path's own signs comes in.
    let path: String =
        path.chars().filter(|c| c.is_ascii_alphanumeric() || [' ', '-', '.', ','].contains(c)).collect();
    let parts = [
        "<svg viewBox=\"0 0 ",
        &size,
        " ",
        &size,
        "\" shape-rendering=\"crispEdges\" focusable=\"false\"><path d=\"",
        &path,
        "\"></path></svg>",
    ];
    el("div").class("qr").attr("role", "img").attr("aria-label", label).markup(parts.concat())
}
