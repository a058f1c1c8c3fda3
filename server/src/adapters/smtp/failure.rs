//! What goes wrong with a mail, and whether it is for good. Not how it is sent: that is the exchange.
//!
//! A server says with the same 5xx that an address does not exist and that it will not relay for us. The first is
//! final; the second somebody mends, and then the mail should go. So only what is surely about the message itself is
//! taken as final: a notice that is tried in vain for some days harms nobody.

use super::Smtp;
use crate::ports::notifier::TransportError;
use lettre::transport::smtp::Error as SmtpError;
use std::error::Error;

/// Why an exchange failed, and whether that was the message's own fault.
pub(super) enum Failure {
    Connection(SmtpError),
    Theirs(SmtpError),
    Recipient(SmtpError),
    Content(SmtpError),
    /// It takes no address of this form: theirs is for good, ours somebody can change.
    Form(Whose),
    TimedOut,
}

/// An address of whom.
pub(super) enum Whose {
    Ours,
    Theirs,
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        Self::Theirs(error)
    }
}

impl Smtp {
    pub(super) fn judge(&self, failure: Failure) -> TransportError {
        match failure {
            // Also a password that it does not take: tried with every mail, it would lock our account.
            Failure::Connection(error) => self.down(tell(&error)),
            Failure::TimedOut => self.down(format!("no answer within {:?}", self.timeout)),
            Failure::Form(Whose::Theirs) => self.never("it takes no address with other than ASCII letters"),
            Failure::Form(Whose::Ours) => {
                self.later("it takes no mail.from with other than ASCII letters".into())
            }
            Failure::Recipient(error) if is_no_such_address(&error) => self.never(tell(&error)),
            Failure::Content(error) if is_about_the_content(&error) => self.never(tell(&error)),
            Failure::Theirs(error) | Failure::Recipient(error) | Failure::Content(error) => {
                let told = tell(&error);
                // Without a code the exchange broke off.
                if error.status().is_some() { self.later(told) } else { self.down(told) }
            }
        }
    }

    pub(super) fn never(&self, what: impl Into<String>) -> TransportError {
        TransportError::Never { host: self.server.host().to_owned(), what: what.into() }
    }

    fn down(&self, what: String) -> TransportError {
        TransportError::Down { host: self.server.host().to_owned(), what }
    }

    fn later(&self, what: String) -> TransportError {
        TransportError::Later { host: self.server.host().to_owned(), what }
    }
}

/// What went wrong, without a word of what the server said: it likes to quote the address.
pub(super) fn tell(error: &SmtpError) -> String {
    if let Some(code) = error.status() {
        return format!("it answered {code}");
    }
    if error.is_response() {
        return "it did not answer as a mail server does".to_owned();
    }
    let mut deepest: &dyn Error = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    format!("{deepest}")
}

/// An enhanced status (RFC 3463), without its class: `5.1.1` is `(1, 1)`.
type Status = (u16, u16);

/// Of a recipient: it does not exist, or not here.
fn is_no_such_address(error: &SmtpError) -> bool {
    matches!(code(error), Some(550 | 551 | 553))
        && match status(error) {
            // Many servers check the sender here only; these two are about it.
            Some((1, 7 | 8)) => false,
            Some((subject, _)) => subject == 1,
            None => true,
        }
}

/// Of a mail that was sent: its form, or its size.
fn is_about_the_content(error: &SmtpError) -> bool {
    matches!(code(error), Some(552 | 554)) && matches!(status(error), Some((6, _) | (3, 4)))
}

fn code(error: &SmtpError) -> Option<u16> {
    error.status().map(u16::from)
}

/// The first word of what the server said, where it is such a status.
fn status(error: &SmtpError) -> Option<Status> {
    let said = error.source()?.to_string();
    let mut numbers = said.split_whitespace().next()?.split('.').map(|number| number.parse().ok());
    let (class, subject, detail): (u16, u16, u16) = (numbers.next()??, numbers.next()??, numbers.next()??);
    (class == 5 && numbers.next().is_none()).then_some((subject, detail))
}
