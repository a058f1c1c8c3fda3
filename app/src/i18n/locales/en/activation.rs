//! The English messages of linking the app.

use crate::i18n::activation::ActivationMessages;
use crate::i18n::messages::Template;

pub(crate) static MESSAGES: ActivationMessages = ActivationMessages {
    link_step_install: "Step 1 of 2",
    link_install: "Install the Entrust Identity app on your phone.",
    link_installed: "The app is on my phone",
    link_step_link: "Step 2 of 2",
    link_scan: "Open the app and scan the code below.",
    link_open: "Open the app with the button below.",
    link_here: "Open Entrust Identity",
    link_qr: "QR code for linking the app",
    link_password: "Does the app ask for a password? Then enter:",
    link_on_phone: "Are you reading this on your phone?",
    link_by_scan: "Do you want to scan with another phone?",
    link_waiting: "This page updates automatically.",
    link_not_installed: "The app is not on my phone yet",

    new_app_stop: "I have no start code",
    new_app_banner: "You are linking the app on another phone. Your password does not change yet.",
    new_app_lead: "Prove in a few steps who you are. Then you link the app on your other phone.",
    need_start_code: "the start code from the service desk",
    need_new_phone: "your new phone",
    start_code_heading: "Enter your start code",
    start_code_intro: "The service desk has read a start code to you.",
    start_code: "Start code",
    start_code_hint: "Eight letters and digits, for example K7Q2 9F4P. Lower case and spaces are fine.",
    start_code_secret: "This code is only for you. Do not give it to anyone.",
    start_code_none: "No start code?",
    start_code_help: Template::new(
        "Do you have no start code, or does it no longer work? Call {}: {}. Request a new start code.",
    ),
    new_app_heading: "Link the app on your new phone",
    new_app_link: "Link the app",
    new_app_linked_heading: "Your app is linked",
    new_app_from: Template::new("You can set a new password from {}."),
    new_app_now: "You can set a new password now.",
    new_app_old: "Use the app on your new phone from now on. Was your old phone stolen? Then say so to the service desk.",
    new_app_reset: "Set a new password",

    start_code_empty: "Enter the start code.",
    start_code_length: "A start code has eight characters. Check that you entered all of them.",
    start_code_letters: "A start code contains letters and digits. Check every character.",
    start_code_wrong: "Your date of birth (dd-mm-yyyy) or your start code may be wrong.",
    start_code_cause: "the start code: it may have been mistyped, too old or used before.",
    new_app_refused: "The app cannot be linked here",
    new_app_refused_why: "We cannot link the app for your account now.",
    new_app_refused_todo: "Call the service desk. They will help you.",
    new_app_unknown: "One of our systems did not respond. We do not know whether the linking has started.",
    new_app_unknown_todo: "Wait a minute and reload the page.",
};
