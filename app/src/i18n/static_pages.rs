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
    closed,
    closed_how,

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

    // The link of a notice, with which an owner freezes the account.
    not_me_title,
    not_me_lead,
    not_me_effect,
    not_me_lifted,
    not_me_sign_in,
    not_me_button,
    not_me_was_me,
    not_me_frozen,
    not_me_now,
    not_me_already,
    not_me_call(2),
    not_me_next,
    not_me_invalid,
    not_me_unavailable,

    // The numbers of today for the service desk.
    overview_lead,
    overview_refresh,
    overview_unavailable,
    counted_at(1),
    resets_heading,
    no_resets,
    outcome_done,
    outcome_not_verified,
    outcome_refused,
    outcome_waits,
    outcome_outage,
    refusals_heading,
    no_refusals,
    events_unavailable,
    units_heading,
    no_units,
    small_units,
    in_scope,
    with_birthdate,
    with_mobile,
    not_yet,
    ready,
    ready_of(2),
    accounts_at(1),
    accounts_counting,
    accounts_unavailable,
    hr_heading,
    hr_proposals(1),
    hr_conflicts(1),
    plot,
    in_numbers,
    download,

    // Unknown paths.
    not_found,
    not_found_why,
    not_found_reset,
}
