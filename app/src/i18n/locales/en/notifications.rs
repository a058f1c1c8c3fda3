//! The English messages of notices by mail and text message.

use crate::i18n::notifications::{Notification, NotificationMessages};

pub(crate) static MESSAGES: NotificationMessages = NotificationMessages {
    registered: Notification {
        subject: "Your details have been registered",
        what: "Your details were registered at {org} on {when}. You can use them to set a new password yourself.",
    },
    password_reset: Notification {
        subject: "Your password has been reset",
        what: "Your {org} password was reset on {when}.",
    },
    account_unlocked: Notification {
        subject: "Your account is no longer locked",
        what: "Your {org} account was unlocked on {when}. Your password has not changed.",
    },
    reset_requested: Notification {
        subject: "A new password was requested",
        what: "A new password for your account at {org} was requested on {when}. It can be set from {from}.",
    },
    mobile_changed: Notification {
        subject: "Your mobile number has been changed",
        what: "Your mobile number at {org} was changed on {when}.",
    },
    birthdate_changed: Notification {
        subject: "Your date of birth has been changed",
        what: "Your date of birth at {org} was changed on {when}.",
    },
    app_activated: Notification {
        subject: "The Entrust Identity app has been linked",
        what: "The Entrust Identity app was linked to your {org} account on {when}.",
    },
    app_replaced: Notification {
        subject: "The Entrust Identity app has been linked on another phone",
        what: "The Entrust Identity app was linked to your {org} account on another phone on {when}.",
    },
    start_code_issued: Notification {
        subject: "The service desk has made a start code for your account",
        what: "The service desk made a start code for your {org} account on {when}, for a new phone.",
    },
    activation_sent: Notification {
        subject: "The service desk is sending you a link for the app",
        what: "On {when} the service desk is sending you a text message with a link for the app of your {org} account.",
    },
    freeze_lifted: Notification {
        subject: "Your account is no longer blocked",
        what: "Your {org} account was unblocked on {when}.",
    },
    alert: Notification {
        subject: "Account blocked: {reference}",
        what: "On {when} an account of {org} was blocked for Password reset. Someone else may know its password. Its owner \
               has to call you; verify the identity of a caller first.\n\nReference: {reference}. Administrators find the \
               account in the audit log with it.",
    },
    hello: "Hello,",
    wait: "For your security, you cannot set a new password here for the next {wait}.",
    hours: "{} hours",
    minutes: "{} minutes",
    was_you: "If this was you, you do not need to do anything.",
    was_you_reset: "If this was you, change the saved password on your phone and tablet.",
    was_you_requested: "Was this you? Then do the steps again from that time.",
    was_you_at_the_desk: "If you requested this, you do not need to do anything.",
    elsewhere: "Sign in to your computer again. If a website asks for your password, enter the new one.",
    was_not_you: "If this was not you, call {desk} at once: {phone} ({hours}).",
    freeze_link: "With this link you can block your account at once. Nobody can then reset your password any \
                  more:\n{link}\nThe link works for 7 days. You do not have to enter anything.",
    was_not_you_sms: "If this was not you, call {desk} at once: {phone}. And block your account: {link}",
    was_not_you_brief: "Not you? Call {phone} and go to {link}",
    confidentiality_warning: "Nobody will ever ask for your password or for a code. Not even the service desk.",
    address: "The address for setting a new password is {url}. Always type it yourself.",
    automatic: "This message was sent automatically. You cannot reply to it.",
    code: "{code} is your code to confirm your mobile number at {org}. The code works for 10 minutes. Nobody will ever \
           ask for this code, not even the service desk. Do not give it to anyone.",
    activation: "With this link you link the Entrust Identity app to your {org} account. Open the link on your phone: {link}",
    activation_brief: "Link the Entrust Identity app of {org} with this link: {link}",
    activation_secret: "Do not give this link to anyone, not even the service desk.",
    activation_was_not_you: "Not you? Call {phone}.",
    activation_password: "Does the app ask for a password? It is {password}.",
    below: "The English text is below.",
    date_time: "%-d %B %Y at %H:%M",
};
