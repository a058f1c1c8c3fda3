//! How log lines are written: readable text on a terminal, JSON for machines. Not what is logged.

use crate::config::LogFormat;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Sets the process's log up. `directives` is a tracing filter, e.g. `info,server=debug`.
pub fn start(directives: &str, format: LogFormat) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_new(directives)?;
    let to = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_text = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    if as_text {
        to.with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        to.json().flatten_event(true).try_init()
    }
}
