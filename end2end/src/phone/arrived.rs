//! Whose mail and SMS are whose: by the address and the number of a person. Not how they look on a phone.

use crate::mailbox::{Gateway, Mailbox};
use crate::people;

/// Where somebody's mail and SMS are found.
pub trait Mail: Send + Sync {
    /// The letters to this person, oldest first.
    fn letters(&self, user: &str) -> Vec<Letter>;

    /// The SMS to this number, oldest first.
    fn texts(&self, _mobile: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What arrived in the demo's mailbox and at its SMS gateway.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Everybody's mail.
    pub mailbox: Mailbox,
    /// Everybody's SMS.
    pub gateway: Gateway,
}

impl Mail for Arrived {
    fn letters(&self, user: &str) -> Vec<Letter> {
        let received = self.mailbox.received_by(&people::mail_of(user)).into_iter();
        received.map(|mail| Letter { subject: mail.subject(), text: mail.text() }).collect()
    }

    fn texts(&self, mobile: &str) -> Vec<String> {
        self.gateway.received_by(mobile).into_iter().map(|text| text.text).collect()
    }
}

/// A received mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Nobody gets any mail.
#[derive(Debug, Clone, Copy)]
pub struct NoMail;

impl Mail for NoMail {
    fn letters(&self, _: &str) -> Vec<Letter> {
        Vec::new()
    }
}
