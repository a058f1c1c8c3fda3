//! Logging (readable text on a terminal, JSON for machines) and metrics.
//!
//! | module | content |
//! |---|---|
//! | `json`, `text` | the formats of a log line |
//! | `redaction` | removes distinguished names from log values |
//! | [`catalog`] | names, kinds and labels of all metrics |
//! | [`recorder`] | the recorder of the metrics |
//! | `sampler` | reads the metrics that no event sets |

pub mod catalog;
mod json;
pub mod recorder;
mod redaction;
pub(crate) mod sampler;
mod text;

use crate::config::LogFormat;
use json::Json;
use std::io::IsTerminal as _;
use text::Text;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::JsonFields;

/// Initializes the process's logger. `directives` is a tracing filter, e.g. `info,server=debug`.
pub fn start(directives: &str, format: LogFormat) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_new(directives)?;
    let subscriber = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let as_text = match format {
        LogFormat::Auto => std::io::stderr().is_terminal(),
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    if as_text {
        subscriber.fmt_fields(Text).with_ansi(std::io::stderr().is_terminal()).try_init()
    } else {
        subscriber.fmt_fields(JsonFields::new()).event_format(Json).try_init()
    }
}
