//! The catalogue of notices by mail and text message.

/// The messages of notifications in one language. The service fills in `{org}`, `{when}`, `{wait}`, `{desk}`,
/// `{phone}`, `{hours}`, `{url}`, `{link}`, `{from}` and `{code}`.
#[derive(Debug)]
pub struct NotificationMessages {
    /// The account was registered for the first time.
    pub registered: Notification,
    /// The password was reset.
    pub password_reset: Notification,
    /// The account was unlocked without a new password.
    pub account_unlocked: Notification,
    /// Someone was verified for an account whose password can be reset later only. Contains `{from}`.
    pub reset_requested: Notification,
    /// Another mobile number was registered.
    pub mobile_changed: Notification,
    /// Another birthdate was registered.
    pub birthdate_changed: Notification,
    /// The app was activated for the first time.
    pub app_activated: Notification,
    /// The app was activated on another phone.
    pub app_replaced: Notification,
    /// The service desk issued a start code.
    pub start_code_issued: Notification,
    /// The service desk sends a link that activates the app.
    pub activation_sent: Notification,
    /// The freeze of the account is lifted.
    pub freeze_lifted: Notification,
    /// An account was frozen; for the service desk. Contains `{reference}`.
    pub alert: Notification,
    /// The salutation of a mail.
    pub hello: &'static str,
    /// For how long the password cannot be reset after a change.
    pub wait: &'static str,
    /// A number of hours, `{}`.
    pub hours: &'static str,
    /// A number of minutes, `{}`.
    pub minutes: &'static str,
    /// What to do if the reader made the change.
    pub was_you: &'static str,
    /// The same after a reset, when devices still have to be changed.
    pub was_you_reset: &'static str,
    /// The same after a request, when the steps have to be repeated later.
    pub was_you_requested: &'static str,
    /// What to do if the reader requested it at the service desk.
    pub was_you_at_the_desk: &'static str,
    /// What to do after a reset on computers and websites.
    pub elsewhere: &'static str,
    /// What to do if the reader did not make the change.
    pub was_not_you: &'static str,
    /// The link that blocks the account, in a mail.
    pub freeze_link: &'static str,
    /// What to do if the reader did not make the change, in a text message with a link.
    pub was_not_you_sms: &'static str,
    /// The same, as short as possible.
    pub was_not_you_brief: &'static str,
    /// A warning that the service desk and others never request a password or a code.
    pub confidentiality_warning: &'static str,
    /// The URL of the wizard.
    pub address: &'static str,
    /// States that replies are not read.
    pub automatic: &'static str,
    /// The text message with the code that confirms a mobile number.
    pub code: &'static str,
    /// The text message with a link that activates the app.
    pub activation: &'static str,
    /// The same, as short as possible.
    pub activation_brief: &'static str,
    /// Warns against passing the link on.
    pub activation_secret: &'static str,
    /// What to do if the reader did not request the link.
    pub activation_was_not_you: &'static str,
    /// A password that the app may ask for.
    pub activation_password: &'static str,
    /// Announces, above a text in another language, that this language follows below.
    pub below: &'static str,
    /// Date and time, as a `strftime` format.
    pub date_time: &'static str,
}

/// The texts about one event.
#[derive(Debug)]
pub struct Notification {
    /// The subject of the mail.
    pub subject: &'static str,
    /// What happened.
    pub what: &'static str,
}
