//! Converts `[mail]` and `[sms]` to the configuration of their adapters. They are validated in `validation`.

use super::{Settings, SettingsError, is_loopback_host, secret};
use crate::adapters::{sms, smtp};

impl Settings {
    /// Returns the configuration of the mail transport; `None` if no server is set.
    pub fn smtp(&self) -> Result<Option<smtp::SmtpConfig>, SettingsError> {
        let mail = &self.mail;
        let Some(url) = &mail.url else { return Ok(None) };
        let login = match (&mail.user, &mail.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), secret("mail.password_file", file)?)),
            (Some(_) | None, Some(_) | None) => None,
        };
        Ok(Some(smtp::SmtpConfig {
            server: smtp::Server::parse(url).map_err(|expected| invalid("mail.url", expected))?,
            sender: smtp::Sender::parse(&mail.from).map_err(|expected| invalid("mail.from", expected))?,
            login,
            ca_file: mail.ca_file.clone(),
            hello: self.host_name(),
            timeout: mail.timeout,
        }))
    }

    /// Returns the host of `public_url`, as the name of this service in EHLO.
    fn host_name(&self) -> String {
        let origin = self.origin();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let name = host.split(':').next().unwrap_or_default();
        // A mail server may refuse an IP address as a name in EHLO.
        if is_loopback_host(host) { "localhost".to_owned() } else { name.to_owned() }
    }

    /// Returns the configuration of the SMS transport; `None` if no gateway is set.
    pub fn sms_gateway(&self) -> Result<Option<sms::SmsConfig>, SettingsError> {
        let Some(url) = &self.sms.url else { return Ok(None) };
        let token = self.sms.token_file.as_deref().map(|file| secret("sms.token_file", file)).transpose()?;
        Ok(Some(sms::SmsConfig {
            gateway: sms::Gateway::parse(url).map_err(|expected| invalid("sms.url", expected))?,
            token,
            sender: self.sms.sender.clone(),
            ca_file: self.sms.ca_file.clone(),
            timeout: self.sms.timeout,
        }))
    }
}

fn invalid(key: &str, expected: &str) -> SettingsError {
    SettingsError::Invalid(format!("{key}: expected {expected}"))
}
