//! Receivers of the product's messages: an SMTP server and an SMS gateway that store what they receive. They deliver
//! nothing to real recipients.

mod received;
mod sms;
mod smtp;

pub use received::Received;
pub use sms::{Gateway, SmsFault, Text};
pub use smtp::{Encryption, Fault, Mailbox, Options};
