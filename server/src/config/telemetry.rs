//! The section `[telemetry]`. `settings.toml` explains each key.

use super::HttpsUrl;
use super::values::optional;
use serde::Deserialize;
use std::path::PathBuf;

/// The keys of `[telemetry]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct TelemetrySettings {
    #[serde(deserialize_with = "optional")]
    pub otlp_url: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub otlp_ca_file: Option<PathBuf>,
}

impl TelemetrySettings {
    /// The address of the collector, if one is set; an error is the key and the expected value.
    pub(crate) fn collector(&self) -> Result<Option<HttpsUrl>, (&'static str, &'static str)> {
        let url = self.otlp_url.as_deref().map(HttpsUrl::parse_base);
        url.transpose().map_err(|expected| ("telemetry.otlp_url", expected))
    }
}
