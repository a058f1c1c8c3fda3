//! The messages of each person: mail by address, SMS by number.

use crate::mailbox::{Gateway, Mailbox};
use crate::people;

/// A source of the messages to a person.
pub trait MessageSource: Send + Sync {
    /// The mails to this person, oldest first.
    fn letters(&self, user: &str) -> Vec<Letter>;

    /// The SMS to this number, oldest first.
    fn texts(&self, _mobile: &str) -> Vec<String> {
        Vec::new()
    }
}

/// The messages in the demo's mailbox and SMS gateway.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The receiver of all mail.
    pub mailbox: Mailbox,
    /// The receiver of all SMS.
    pub gateway: Gateway,
}

impl MessageSource for Inbox {
    fn letters(&self, user: &str) -> Vec<Letter> {
        let received = self.mailbox.received_by(&people::mail_address(user)).into_iter();
        received.map(|mail| Letter { subject: mail.subject(), text: mail.text() }).collect()
    }

    fn texts(&self, mobile: &str) -> Vec<String> {
        self.gateway.received_by(mobile).into_iter().map(|text| text.text).collect()
    }
}

/// A received mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
}

/// A source without messages.
#[derive(Debug, Clone, Copy)]
pub struct NoMessages;

impl MessageSource for NoMessages {
    fn letters(&self, _: &str) -> Vec<Letter> {
        Vec::new()
    }
}
