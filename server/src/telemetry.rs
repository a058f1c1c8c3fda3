//! Logging (readable text on a terminal, JSON for machines), metrics and traces.
//!
//! | module | content |
//! |---|---|
//! | `json`, `text` | the formats of a log line |
//! | `redaction` | removes distinguished names from log values |
//! | [`catalog`] | names, kinds and labels of all metrics |
//! | `clock_offset` | the difference between our clock and another one |
//! | [`recorder`] | the recorder of the metrics |
//! | `sampler` | reads the metrics that no event sets |
//! | [`traces`] | the export of spans |

pub mod catalog;
pub(crate) mod clock_offset;
mod json;
pub mod recorder;
mod redaction;
pub(crate) mod sampler;
mod text;
pub mod traces;

use crate::config::LogFormat;
use json::Json;
use std::io::IsTerminal as _;
use text::Text;
use traces::Traces;
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, fmt, registry};

/// Initializes the process's logger and, if there is one, the exporter of traces. `directives` is a tracing filter, e.g.
/// `info,server=debug`; it does not apply to traces.
pub fn start(
    directives: &str,
    format: LogFormat,
    traces: Option<&Traces>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let filter = EnvFilter::try_new(directives)?;
    let is_terminal = std::io::stderr().is_terminal();
    let as_text = match format {
        LogFormat::Auto => is_terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    };
    let logger = fmt::layer().with_writer(std::io::stderr);
    let logger = if as_text {
        logger.fmt_fields(Text).with_ansi(is_terminal).with_filter(filter).boxed()
    } else {
        logger.fmt_fields(JsonFields::new()).event_format(Json).with_filter(filter).boxed()
    };
    registry().with(logger).with(traces.map(Traces::layer)).try_init()?;
    Ok(())
}
