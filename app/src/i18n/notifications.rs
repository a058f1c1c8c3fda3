//! The catalogue of mails and text messages.

/// The messages of notifications in one language. The service fills in `{org}`, `{when}`, `{wait}`, `{desk}`, `{phone}`,
/// `{hours}`, `{url}` and `{code}`.
#[derive(Debug)]
pub struct NotificationMessages {
    /// Somebody was registered for the first time.
    pub registered: Notification,
    /// The password was reset.
    pub password_reset: Notification,
    /// The account was unlocked and kept its password.
    pub account_unlocked: Notification,
    /// Another mobile number was registered.
    pub mobile_changed: Notification,
    /// Another birthdate was registered.
    pub birthdate_changed: Notification,
    /// The app was activated for the first time.
    pub app_activated: Notification,
    /// The app was activated on another phone.
    pub app_replaced: Notification,
    /// How a mail begins.
    pub hello: &'static str,
    /// How long the password cannot be reset after a change.
    pub wait: &'static str,
    /// A number of hours, `{}`.
    pub hours: &'static str,
    /// A number of minutes, `{}`.
    pub minutes: &'static str,
    /// What to do if the reader made the change.
    pub was_you: &'static str,
    /// The same after a reset, where there is something left to do.
    pub was_you_reset: &'static str,
    /// What else to do after a reset, on computers and websites.
    pub elsewhere: &'static str,
    /// What to do if somebody else made the change.
    pub was_not_you: &'static str,
    /// Nobody asks for a password or a code.
    pub nobody_asks: &'static str,
    /// The address of the wizard.
    pub address: &'static str,
    /// The mail cannot be answered.
    pub automatic: &'static str,
    /// The text message with the code that confirms a mobile number.
    pub code: &'static str,
    /// Says, above a text in another language, that this language follows below it.
    pub below: &'static str,
    /// Date and time, as a `strftime` format.
    pub date_time: &'static str,
}

/// One event.
#[derive(Debug)]
pub struct Notification {
    /// The subject of the mail.
    pub subject: &'static str,
    /// What happened.
    pub what: &'static str,
}
