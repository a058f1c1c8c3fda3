//! The sender address of all mail.

use lettre::message::Mailbox;

/// The sender of all mail, e.g. `Wachtwoord Reset <noreply@pantein.nl>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender(pub(super) Mailbox);

impl Sender {
    /// Parses an address with or without a display name; the error says what was expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        // A line break in a name would start another header.
        if text.chars().any(char::is_control) {
            return Err("one line like \"Wachtwoord Reset <noreply@example.org>\"");
        }
        let mailbox = text.trim().parse().map(Self);
        mailbox.map_err(|_| "an address like \"Wachtwoord Reset <noreply@example.org>\"")
    }

    /// The domain of the address: a name, or an address in brackets.
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }
}
