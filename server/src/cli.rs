//! Commands of the command line: parse arguments, call the library, print the result and choose the exit code.

pub(crate) mod audit;
pub(crate) mod backup;
pub(crate) mod breached;
pub(crate) mod check;
pub(crate) mod database_variables;
pub(crate) mod desk;
pub(crate) mod freeze;
pub(crate) mod healthcheck;
pub(crate) mod hr;
pub(crate) mod import;
pub(crate) mod people;
pub(crate) mod store;
pub(crate) mod timing;

use std::io::Write as _;

pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

pub(crate) fn print_error(text: &str) {
    // If standard error is closed, the message cannot be reported anywhere.
    let _ = writeln!(std::io::stderr(), "wachtwoord-reset: {text}");
}
