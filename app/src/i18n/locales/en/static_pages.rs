//! The English messages of the static pages.

use crate::i18n::messages::Template;
use crate::i18n::static_pages::StaticPageMessages;

pub(crate) static MESSAGES: StaticPageMessages = StaticPageMessages {
    privacy_registered: "When you register",
    privacy_reset: "When you set a new password",
    privacy_in_browser: "In your browser",
    privacy_your_rights: "Your rights",
    privacy_wizard: "What you type to set a new password is kept only while you use this page. Your password is never kept.",
    privacy_log: "We record when someone tries this, whether it worked, and from which network. We record a code instead of your name.",
    privacy_browser: "Your browser remembers the step you reached and the language you chose. If it worked, we recognise this browser for another six months. We do not track you.",
    privacy_back: "Back to your password",
    elsewhere_where: Template::new("You can only do this on a {} computer, or on the {} network."),
    elsewhere_why: "You sign in here with your password, so you can only do this at work.",
    elsewhere_how: "Go to the same address when you are at work.",
    help_title: "Help with your password",
    help_lead: "The five most common problems, and what to do about them.",
    help_username: "I do not know my user name",
    help_code: "I have no code",
    help_code_app: "Open the Entrust Identity app on your phone. It shows a code. Type that code on the website.",
    help_code_sent: "If your details are right, you get the code by text message or mail. Type it on the website.",
    help_not_verified: "Everything is right, but I cannot go on",
    help_details: "Are you not sure? Call us.",
    help_refused: "My new password is not accepted",
    help_password: Template::new(
        "Your new password must have at least {} characters, and not contain your name. While you type, you see what is missing.",
    ),
    help_afterwards: "My account keeps getting locked",
    help_devices: "Your phone or tablet then still has your old password. Change it there, above all in your work mail.",
    help_other_tab: "Had you already started? Close this page and go on in the tab where you were.",
    help_print: "Tip for your ward: print this page and put it up. The paper also has a code that colleagues can scan.",
    help_scan: "Forgotten your password? Scan this code.",
    help_type: Template::new("Or go to {}"),
    help_qr: "QR code of the page for setting a new password",
    not_found: "This page does not exist",
    not_found_why: "The address may have been mistyped. What do you want to do?",
    not_found_reset: "Set a new password",
};
