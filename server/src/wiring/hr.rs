//! The HR source from `[hr]`.

use super::{invalid_settings, signed};
use crate::adapters::measured::MeasuredHrSource;
use crate::adapters::youforce::{Fields, Youforce, YouforceConfig};
use crate::config::{HrSettings, HttpsUrl, JsonPath, Settings, SettingsError, secret};
use crate::hr_sync::HrSync;
use crate::import::ImportConfig;
use crate::ports::clock::Clock;
use std::sync::Arc;

/// Creates the HR synchronization, if the settings configure a source.
pub(super) fn hr_sync(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<HrSync>>> {
    let Some(config) = youforce_config(settings)? else { return Ok(None) };
    let youforce = Youforce::new(config, Arc::clone(clock)).map_err(|error| invalid_settings("hr", error))?;
    // The API writes its dates independently of the files of `import`.
    let date_order = settings.hr.date_order.order();
    let config = ImportConfig { date_order, ..ImportConfig::of(settings, false)? };
    Ok(Some(Arc::new(HrSync::new(
        Arc::new(MeasuredHrSource::new(Arc::new(youforce))),
        config,
        signed(settings.hr.every),
    ))))
}

fn youforce_config(settings: &Settings) -> Result<Option<YouforceConfig>, SettingsError> {
    let hr = &settings.hr;
    let (Some(url), Some(file)) = (&hr.url, &hr.client_secret_file) else { return Ok(None) };
    let base =
        |key, text| HttpsUrl::parse_base(text).map_err(|expected| SettingsError::expected(key, expected));
    Ok(Some(YouforceConfig {
        base: base("hr.url", url)?,
        token_url: base("hr.token_url", &hr.token_url)?,
        persons_path: hr.persons_path.clone(),
        client_id: hr.client_id.clone(),
        client_secret: secret("hr.client_secret_file", file)?,
        tenant_id: hr.tenant_id.clone(),
        tenant_header: hr.tenant_header.clone(),
        scope: hr.scope.clone(),
        calls_per_minute: hr.calls_per_minute,
        fields: fields(hr)?,
        ca_file: hr.ca_file.clone(),
        timeout: hr.timeout,
    }))
}

fn fields(hr: &HrSettings) -> Result<Fields, SettingsError> {
    let field =
        |key, text: &String| JsonPath::parse(text).map_err(|expected| SettingsError::expected(key, expected));
    let optional = |key, text: &Option<String>| text.as_ref().map(|text| field(key, text)).transpose();
    Ok(Fields {
        people: field("hr.people_field", &hr.people_field)?,
        next: field("hr.next_field", &hr.next_field)?,
        employee_number: optional("hr.employee_number_field", &hr.employee_number_field)?,
        username: optional("hr.username_field", &hr.username_field)?,
        birthdate: optional("hr.birthdate_field", &hr.birthdate_field)?,
        since: optional("hr.since_field", &hr.since_field)?,
        phones: field("hr.phones_field", &hr.phones_field)?,
        phone_type: field("hr.phone_type_field", &hr.phone_type_field)?,
        phone_number: field("hr.phone_number_field", &hr.phone_number_field)?,
        mobile_type: hr.mobile_type.clone(),
    })
}
