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

use anyhow::Context as _;
use server::config::Settings;
use server::ports::store::Store;
use server::reset::ServiceDeps;
use std::io::Write as _;
use std::sync::Arc;

/// The ports of the services. The store must exist. `action` is what the command attempts, for the error.
pub(crate) async fn deps(settings: &Settings, action: &str) -> anyhow::Result<ServiceDeps> {
    server::wiring::deps_of_existing(settings).await.with_context(|| format!("cannot {action}"))
}

/// The store, which must exist. `action` is what the command attempts, for the error.
pub(crate) async fn store(settings: &Settings, action: &str) -> anyhow::Result<Arc<dyn Store>> {
    server::wiring::store(settings).await.with_context(|| format!("cannot {action}"))
}

/// An error with its causes. Some libraries repeat the text of a cause in the error above it.
pub(crate) fn with_causes(error: &anyhow::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    for cause in error.chain().map(ToString::to_string) {
        if texts.last().is_none_or(|above| !above.ends_with(&cause)) {
            texts.push(cause);
        }
    }
    texts.join(": ")
}

pub(crate) fn print(text: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{text}")
}

pub(crate) fn print_error(text: &str) {
    // If standard error is closed, the message cannot be reported anywhere.
    let _ = writeln!(std::io::stderr(), "wachtwoord-reset: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_that_the_error_above_repeats_is_printed_once() {
        let error =
            anyhow::anyhow!("(code: 14) unable to open").context("from database: (code: 14) unable to open");
        let error = error.context("store.url: reset.db");
        let expected = "store.url: reset.db: from database: (code: 14) unable to open";
        assert_eq!(with_causes(&error), expected);
    }
}
