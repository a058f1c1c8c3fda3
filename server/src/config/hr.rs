//! The section `[hr]` and its validation.

use super::values::{duration, optional};
use super::{DateOrderSetting, HttpsUrl, JsonPath, Settings};
use serde::Deserialize;
use std::path::PathBuf;
use std::time::Duration;

/// Upper limit of `hr.timeout`. A run requests page by page; a page that takes longer is not expected to arrive.
const MAX_TIMEOUT: Duration = Duration::from_mins(2);
/// Lower limit of `hr.every`. HR data change daily, and every run requests all of them.
const MIN_INTERVAL: Duration = Duration::from_mins(10);

/// An invalid setting: its key, and the expected value.
type Expected = (&'static str, &'static str);

/// The keys of `[hr]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(missing_docs, reason = "every key is explained in settings.toml, once")]
pub struct HrSettings {
    #[serde(deserialize_with = "optional")]
    pub url: Option<String>,
    pub persons_path: String,
    pub token_url: String,
    pub client_id: String,
    #[serde(deserialize_with = "optional")]
    pub client_secret_file: Option<PathBuf>,
    pub tenant_id: String,
    #[serde(deserialize_with = "optional")]
    pub tenant_header: Option<String>,
    pub scope: String,
    #[serde(deserialize_with = "duration")]
    pub every: Duration,
    pub calls_per_minute: u32,
    pub people_field: String,
    pub next_field: String,
    #[serde(deserialize_with = "optional")]
    pub employee_number_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub username_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub birthdate_field: Option<String>,
    #[serde(deserialize_with = "optional")]
    pub since_field: Option<String>,
    pub date_order: DateOrderSetting,
    pub phones_field: String,
    pub phone_type_field: String,
    pub phone_number_field: String,
    pub mobile_type: String,
    #[serde(deserialize_with = "optional")]
    pub ca_file: Option<PathBuf>,
    #[serde(deserialize_with = "duration")]
    pub timeout: Duration,
}

impl Settings {
    pub(super) fn validate_hr(&self) -> Result<(), Expected> {
        let hr = &self.hr;
        let Some(url) = &hr.url else { return Ok(()) };
        HttpsUrl::parse_base(url).map_err(|expected| ("hr.url", expected))?;
        HttpsUrl::parse_base(&hr.token_url).map_err(|expected| ("hr.token_url", expected))?;
        validate_fields(hr)?;
        let is_set = |text: &str| !text.trim().is_empty();
        let has_number =
            hr.employee_number_field.is_some() && self.records.employee_number_attribute.is_some();
        for (key, is_valid, expected) in [
            ("hr.client_id", is_set(&hr.client_id), "a value; it has no default"),
            ("hr.client_secret_file", hr.client_secret_file.is_some(), "a file with the client's secret"),
            ("hr.persons_path", hr.persons_path.starts_with('/'), "a path that begins with /"),
            (
                "hr.tenant_id",
                hr.tenant_header.is_none() || is_set(&hr.tenant_id),
                "a value for hr.tenant_header",
            ),
            ("hr.mobile_type", is_set(&hr.mobile_type), "the type of business mobiles, e.g. Mobile"),
            ("hr.calls_per_minute", hr.calls_per_minute > 0, "at least 1"),
            ("hr.every", hr.every >= MIN_INTERVAL, "at least 10m"),
            ("hr.timeout", !hr.timeout.is_zero() && hr.timeout <= MAX_TIMEOUT, "at most 2m and more than 0"),
            (
                "hr.employee_number_field",
                has_number || hr.username_field.is_some(),
                "records.employee_number_attribute as well, or hr.username_field: otherwise no account is found",
            ),
        ] {
            if !is_valid {
                return Err((key, expected));
            }
        }
        Ok(())
    }
}

/// Validates the field mapping.
fn validate_fields(hr: &HrSettings) -> Result<(), Expected> {
    let required = [
        ("hr.people_field", &hr.people_field),
        ("hr.next_field", &hr.next_field),
        ("hr.phones_field", &hr.phones_field),
        ("hr.phone_type_field", &hr.phone_type_field),
        ("hr.phone_number_field", &hr.phone_number_field),
    ];
    let optional = [
        ("hr.employee_number_field", &hr.employee_number_field),
        ("hr.username_field", &hr.username_field),
        ("hr.birthdate_field", &hr.birthdate_field),
        ("hr.since_field", &hr.since_field),
    ];
    let given = optional.into_iter().filter_map(|(key, text)| Some((key, text.as_ref()?)));
    for (key, text) in required.into_iter().chain(given) {
        JsonPath::parse(text).map_err(|expected| (key, expected))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MINIMAL, load};

    const SOURCE: &str = "[records]\nemployee_number_attribute = \"employeeID\"\n\
        [hr]\nurl = \"https://api.example.org/iam\"\nclient_id = \"us\"\nclient_secret_file = \"secret\"\n";

    #[test]
    fn hr_source_is_disabled_without_url() {
        assert_eq!(load(MINIMAL).unwrap().hr.url, None);
        let settings = load(&format!("{MINIMAL}\n{SOURCE}")).unwrap();
        assert_eq!((settings.hr.calls_per_minute, settings.hr.every.as_secs()), (90, 86_400));
    }

    #[test]
    fn invalid_hr_settings_are_refused() {
        for (from, to, key) in [
            ("https://api", "http://api", "hr.url: expected https://"),
            (
                "url = \"https://api.example.org/iam\"",
                "url = \"https://a/?x=1\"",
                "hr.url: expected an address",
            ),
            ("client_id = \"us\"", "", "hr.client_id: expected a value"),
            ("client_secret_file = \"secret\"", "", "hr.client_secret_file: expected a file"),
            ("employee_number_attribute = \"employeeID\"", "", "hr.employee_number_field: expected records."),
            ("[hr]", "[hr]\ntoken_url = \"http://x/\"", "hr.token_url: expected https://"),
            ("[hr]", "[hr]\nevery = \"1s\"", "hr.every: expected at least 10m"),
            ("[hr]", "[hr]\ncalls_per_minute = 0", "hr.calls_per_minute: expected at least 1"),
            ("[hr]", "[hr]\ntimeout = \"5m\"", "hr.timeout: expected at most 2m"),
            ("[hr]", "[hr]\nphones_field = \"a..b\"", "hr.phones_field: expected a field like"),
            ("[hr]", "[hr]\nphones_field = \"\"", "hr.phones_field: expected a field like"),
            ("[hr]", "[hr]\ntenant_header = \"X-Tenant\"", "hr.tenant_id: expected a value"),
            ("[hr]", "[hr]\npersons_path = \"persons\"", "hr.persons_path: expected a path"),
        ] {
            let error = load(&format!("{MINIMAL}\n{}", SOURCE.replace(from, to))).unwrap_err();
            assert!(error.starts_with(&format!("FILE: {key}")), "{error}");
        }
        // With a user name no employee number is needed.
        let by_name = SOURCE.replace("employee_number_attribute = \"employeeID\"", "");
        assert!(load(&format!("{MINIMAL}\n{by_name}username_field = \"login\"")).is_ok());
    }
}
