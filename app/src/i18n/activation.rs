//! The catalogue of linking the app, for the enrollment and the wizard. Separate so that the service desk page does not load
//! it.

use super::messages::{Template, catalogue};

catalogue! {
    /// The messages of linking the app in one language.
    ActivationMessages {}

    // Linking the app, on the registration page and in the wizard.
    link_step_install,
    link_install,
    link_installed,
    link_step_link,
    link_scan,
    link_open,
    link_here,
    link_qr,
    link_password,
    link_on_phone,
    link_by_scan,
    link_waiting,
    link_not_installed,

    // The wizard with a start code of the service desk.
    new_app_stop,
    new_app_banner,
    new_app_lead,
    need_start_code,
    need_new_phone,
    start_code_heading,
    start_code_intro,
    start_code,
    start_code_hint,
    start_code_secret,
    start_code_none,
    start_code_help(2),
    new_app_heading,
    new_app_link,
    new_app_linked_heading,
    new_app_from(1),
    new_app_now,
    new_app_old,
    new_app_reset,

    // Errors, and what to do about them.
    start_code_empty,
    start_code_length,
    start_code_letters,
    start_code_wrong,
    start_code_cause,
    new_app_refused,
    new_app_refused_why,
    new_app_refused_todo,
    new_app_unknown,
    new_app_unknown_todo,
}
