//! The catalogue of the pages without a program.

use super::messages::{Template, catalogue};

catalogue! {
    /// The messages of the static pages in one language.
    StaticPageMessages {}

    // The privacy page.
    privacy_wizard,
    privacy_log,
    privacy_browser,
    privacy_back,

    // The enrollment outside the organisation's own networks.
    elsewhere_where(2),
    elsewhere_why,
    elsewhere_how,

    // An address without a page.
    not_found,
    not_found_why,
    not_found_reset,
}
