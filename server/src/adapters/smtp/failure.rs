//! Classifies SMTP failures as permanent, temporary or unavailable.
//!
//! A server answers 5xx both for an address that does not exist and for a sender it will not relay for. The first
//! is permanent; the second can be fixed by an administrator, after which the mail should be sent. So only failures
//! that are certainly about the message itself are permanent; retrying a notice in vain for some days does no harm.

use super::{Smtp, reply_text};
use crate::adapters::tls_failure::TlsServer;
use crate::ports::notifier::TransportError;
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use std::error::Error;

/// The step at which an exchange failed.
pub(super) enum Failure {
    Connection(SmtpError),
    Command(SmtpError),
    Recipient(SmtpError),
    Content(SmtpError),
    /// The server does not support a non-ASCII address. Permanent for a recipient; a sender can be reconfigured.
    NonAscii(AddressRole),
    TimedOut,
}

/// Which address is meant.
pub(super) enum AddressRole {
    Sender,
    Recipient,
}

impl From<SmtpError> for Failure {
    fn from(error: SmtpError) -> Self {
        Self::Command(error)
    }
}

impl Smtp {
    pub(super) fn classify(&self, failure: Failure, recipient: &Address) -> TransportError {
        match failure {
            // This includes a rejected password: retried with every mail, it would lock the account.
            Failure::Connection(error) => self.unavailable(self.describe(&error, Some(recipient))),
            Failure::TimedOut => self.unavailable(format!("no answer within {:?}", self.timeout)),
            Failure::NonAscii(AddressRole::Recipient) => {
                self.permanent("it does not support non-ASCII addresses (SMTPUTF8)")
            }
            Failure::NonAscii(AddressRole::Sender) => {
                self.temporary("it does not support a non-ASCII mail.from (SMTPUTF8)".into())
            }
            Failure::Recipient(error) if is_unknown_recipient(&error) => {
                self.permanent(self.describe(&error, Some(recipient)))
            }
            Failure::Content(error) if is_content_rejected(&error) => {
                self.permanent(self.describe(&error, Some(recipient)))
            }
            Failure::Command(error) | Failure::Recipient(error) | Failure::Content(error) => {
                let description = self.describe(&error, Some(recipient));
                // Without a reply code the connection was interrupted.
                if error.status().is_some() {
                    self.temporary(description)
                } else {
                    self.unavailable(description)
                }
            }
        }
    }

    /// Describes the failure: the server's answer, an explained TLS failure, or the cause of the interruption.
    pub(super) fn describe(&self, error: &SmtpError, recipient: Option<&Address>) -> String {
        if let Some(code) = error.status() {
            let text = error.source().map(ToString::to_string).unwrap_or_default();
            return format!("it answered {code} {}", reply_text::for_log(&text, recipient))
                .trim_end()
                .to_owned();
        }
        if error.is_response() {
            return "its answer is not valid SMTP".to_owned();
        }
        let server = TlsServer { host: self.server.host(), address_key: "mail.url", ca_key: "mail.ca_file" };
        server.explain(error).unwrap_or_else(|| {
            let mut root_cause: &dyn Error = error;
            while let Some(cause) = root_cause.source() {
                root_cause = cause;
            }
            root_cause.to_string()
        })
    }

    pub(super) fn permanent(&self, what: impl Into<String>) -> TransportError {
        TransportError::Permanent { host: self.server.host().to_owned(), what: what.into() }
    }

    fn unavailable(&self, what: String) -> TransportError {
        TransportError::Unavailable { host: self.server.host().to_owned(), what }
    }

    pub(super) fn temporary(&self, what: String) -> TransportError {
        TransportError::Temporary { host: self.server.host().to_owned(), what }
    }
}

/// Subject and detail of an enhanced status code (RFC 3463): `5.1.1` is `(1, 1)`.
type EnhancedStatus = (u16, u16);

/// Whether the server says that the recipient does not exist there.
fn is_unknown_recipient(error: &SmtpError) -> bool {
    matches!(code(error), Some(550 | 551 | 553))
        && match status(error) {
            // Many servers check the sender only at RCPT; these two codes are about the sender.
            Some((1, 7 | 8)) => false,
            Some((subject, _)) => subject == 1,
            None => true,
        }
}

/// Whether the server refuses the content: its format or its size.
fn is_content_rejected(error: &SmtpError) -> bool {
    matches!(code(error), Some(552 | 554)) && matches!(status(error), Some((6, _) | (3, 4)))
}

fn code(error: &SmtpError) -> Option<u16> {
    error.status().map(u16::from)
}

/// Returns the enhanced status at the start of the server's text, if there is one.
fn status(error: &SmtpError) -> Option<EnhancedStatus> {
    let text = error.source()?.to_string();
    let mut numbers = text.split_whitespace().next()?.split('.').map(|number| number.parse().ok());
    let (class, subject, detail): (u16, u16, u16) = (numbers.next()??, numbers.next()??, numbers.next()??);
    (class == 5 && numbers.next().is_none()).then_some((subject, detail))
}
