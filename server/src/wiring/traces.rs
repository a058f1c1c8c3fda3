//! The export of traces from `[telemetry]`.

use super::invalid_settings;
use crate::adapters::otlp;
use crate::config::{Settings, SettingsError};
use crate::telemetry::traces::Traces;
use tokio::runtime::Handle;

/// Prepares the export, if a collector is configured. It sends on `runtime`.
pub fn traces(settings: &Settings, runtime: &Handle) -> Result<Option<Traces>, SettingsError> {
    let telemetry = &settings.telemetry;
    let collector =
        telemetry.collector().map_err(|(key, expected)| SettingsError::expected(key, expected))?;
    let Some(url) = collector else { return Ok(None) };
    let exporter = otlp::exporter(&url, telemetry.otlp_ca_file.as_deref(), runtime.clone());
    let exporter = exporter.map_err(|error| invalid_settings("telemetry", error))?;
    Ok(Some(Traces::new(exporter)))
}
