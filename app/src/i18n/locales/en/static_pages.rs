//! The static pages in English.

use crate::i18n::messages::Template;
use crate::i18n::static_pages::StaticPageMessages;

pub(crate) static MESSAGES: StaticPageMessages = StaticPageMessages {
    privacy_wizard: "What you type to set a new password is kept only while you use this page. Your password is never kept.",
    privacy_log: "We record when someone tries this, whether it worked, and from which network. We record a code instead of your name.",
    privacy_browser: "Your browser remembers the step you reached and the language you chose. If it worked, we recognise this browser for another six months. We do not track you.",
    privacy_back: "Back to your password",
    elsewhere_where: Template::new("You can only do this on a {} computer, or on the {} network."),
    elsewhere_why: "You sign in here with your password, so you can only do this at work.",
    elsewhere_how: "Go to the same address when you are at work.",
    not_found: "This page does not exist",
    not_found_why: "The address may have been mistyped. What do you want to do?",
    not_found_reset: "Set a new password",
};
