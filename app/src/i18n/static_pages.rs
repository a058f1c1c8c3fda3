//! The catalogue of the static pages.

use super::messages::{Template, catalogue};

catalogue! {
    /// The messages of the static pages in one language.
    StaticPageMessages {}

    // The privacy page.
    privacy_registered,
    privacy_reset,
    privacy_wizard,
    privacy_log,
    privacy_in_browser,
    privacy_browser,
    privacy_your_rights,
    privacy_back,

    // The enrollment outside the organisation's networks.
    elsewhere_where(2),
    elsewhere_why,
    elsewhere_how,

    // Help with the most common problems.
    help_title,
    help_lead,
    help_username,
    help_code,
    help_code_app,
    help_code_sent,
    help_not_verified,
    help_details,
    help_refused,
    help_password(1),
    help_afterwards,
    help_devices,
    help_other_tab,
    help_print,
    help_scan,
    help_type(1),
    help_qr,

    // Unknown paths.
    not_found,
    not_found_why,
    not_found_reset,
}
