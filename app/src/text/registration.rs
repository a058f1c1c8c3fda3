//! The words of the registration. A catalogue of its own: the wizard's program does not carry them.

use super::Holes;
use crate::locales::{en, nl};
use crate::site::Language;

catalogue! {
    /// The words of the registration in one language.
    #[cfg_attr(not(feature = "ssr"), expect(dead_code, reason = "only the server renders the static pages"))]
    RegistrationWords {}

    // The page, and signing in.
    title,
    intro,
    current,
    current_hint,
    privacy,
    privacy_why,
    privacy_birthdate,
    privacy_mobile,
    privacy_kept(2),
    privacy_rights(2),

    // The privacy page.
    privacy_wizard,
    privacy_log,
    privacy_browser,
    privacy_back,

    // Elsewhere than on an own network.
    elsewhere_where(2),
    elsewhere_why,
    elsewhere_how,
    elsewhere_reset,

    // An address that is no page.
    not_found,
    not_found_why,
    not_found_reset,

    // «Kun je zelf je wachtwoord instellen?»
    ready_heading,
    ready_yes,
    ready_left(1),
    ready_left_one,
    point_done,
    point_open,
    point_wait,
    scope,
    scope_todo(2),
    birthdate_todo,
    mobile,
    mobile_todo,
    mobile_confirm_todo,
    app,
    app_new(1),
    clock,
    clock_todo,
    wait(1),
    practice,
    practice_hint,
    sign_out,
    signed_out,

    // What is registered.
    known(2),
    known_from_you(1),
    from_directory,
    birthdate_unseen,
    number_ends(1),
    birthdate_enter,
    mobile_enter,
    mobile_change,
    proposed_birthdate(1),
    proposed_mobile(2),
    proposed_yes,
    proposed_no,
    app_active,
    app_other,
    app_other_link,
    app_again,
    app_none,
    app_activating,
    app_link,
    app_go_on,
    app_by_hand(2),
    app_locked(2),
    app_unknown(2),
    fixed(2),
    saved_birthdate,
    saved_mobile,
    saved_answer,

    // Entering a value.
    birthdate_heading,
    mobile_heading,
    mobile_hint,
    mobile_check,
    mobile_right,
    change_wait(1),
    change_birthdate,
    change_mobile,
    save,

    // Confirming a number.
    confirm_heading,
    confirm_sent,
    confirm_code,
    confirm_none,
    confirm_waits,
    confirm_go,

    // Activating the app.
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
    linked_heading,
    linked,
    back,

    // What goes wrong, and what to do about it.
    mend_save,
    current_empty,
    mobile_empty,
    mobile_wrong,
    mobile_country,
    sign_in_wrong,
    sign_in_again,
    code_wrong,
    code_again,
    code_over,
    confirm_again,
    confirm_over,
    session_over,
    session_over_why,
    session_over_todo,
    unknown_why,
    unknown_todo,
}

impl Language {
    /// The registration's catalogue of this language.
    pub(crate) const fn registration(self) -> &'static RegistrationWords {
        match self {
            Self::Nl => &nl::registration::WORDS,
            Self::En => &en::registration::WORDS,
        }
    }
}
