//! Where messages of the pretend world arrive: an SMTP server and an SMS gateway, both over real connections, both
//! keeping what they got. Not whose they are: the phone page knows that.

mod letter;
mod sms;
mod smtp;

pub use letter::Received;
pub use sms::{Gateway, SmsFault, Text};
pub use smtp::{Encryption, Fault, Mailbox, Options};
