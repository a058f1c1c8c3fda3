//! Which refusal of a mail is for good. Not how it was refused: that is the exchange.
//!
//! A server says with the same 5xx that an address does not exist and that it will not relay for us. The first is
//! final; the second somebody mends, and then the mail should go. So only what is surely about the message itself is
//! taken as final: a notice that is tried in vain for some days harms nobody.

use lettre::transport::smtp::Error as SmtpError;
use std::error::Error as _;

/// An enhanced status (RFC 3463), without its class: `5.1.1` is `(1, 1)`.
type Status = (u16, u16);

/// Of a recipient: it does not exist, or not here.
pub(super) fn is_no_such_address(error: &SmtpError) -> bool {
    matches!(code(error), Some(550 | 551 | 553))
        && match status(error) {
            // Many servers check the sender here only; these two are about it.
            Some((1, 7 | 8)) => false,
            Some((subject, _)) => subject == 1,
            None => true,
        }
}

/// Of a mail that was sent: its form, or its size.
pub(super) fn is_about_the_content(error: &SmtpError) -> bool {
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
