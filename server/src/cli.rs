//! What the longer commands print, and how they end. Not what they do: that is in the library.

pub(crate) mod check;
pub(crate) mod hr;
pub(crate) mod import;
pub(crate) mod people;

use std::io::Write as _;

pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

pub(crate) fn complain(text: &str) {
    // Where even standard error is closed there is nobody left to tell.
    let _ = writeln!(std::io::stderr(), "wachtwoord-reset: {text}");
}
