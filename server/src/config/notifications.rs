//! `[mail]` and `[sms]` as their adapters want them. Not what may stand there: that is `checks`.

use super::{Settings, SettingsError, is_loopback_host, secret};
use crate::adapters::{sms, smtp};

impl Settings {
    /// How mail is sent; `None` where no server is named.
    pub fn smtp(&self) -> Result<Option<smtp::SmtpConfig>, SettingsError> {
        let mail = &self.mail;
        let Some(url) = &mail.url else { return Ok(None) };
        let login = match (&mail.user, &mail.password_file) {
            (Some(user), Some(file)) => Some((user.clone(), secret("mail.password_file", file)?)),
            (Some(_) | None, Some(_) | None) => None,
        };
        Ok(Some(smtp::SmtpConfig {
            server: smtp::Server::parse(url).map_err(|expected| wrong("mail.url", expected))?,
            sender: smtp::Sender::parse(&mail.from).map_err(|expected| wrong("mail.from", expected))?,
            login,
            ca_file: mail.ca_file.clone(),
            hello: self.host_name(),
            timeout: mail.timeout,
        }))
    }

    /// What the service calls itself to others: the host of `public_url`.
    fn host_name(&self) -> String {
        let origin = self.origin();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let name = host.split(':').next().unwrap_or_default();
        // An address is no name, and a mail server may refuse to be greeted with one.
        if is_loopback_host(host) { "localhost".to_owned() } else { name.to_owned() }
    }

    /// How SMS is sent; `None` where no gateway is named.
    pub fn sms_gateway(&self) -> Result<Option<sms::SmsConfig>, SettingsError> {
        let Some(url) = &self.sms.url else { return Ok(None) };
        let token = self.sms.token_file.as_deref().map(|file| secret("sms.token_file", file)).transpose()?;
        Ok(Some(sms::SmsConfig {
            gateway: sms::Gateway::parse(url).map_err(|expected| wrong("sms.url", expected))?,
            token,
            sender: self.sms.sender.clone(),
            ca_file: self.sms.ca_file.clone(),
            timeout: self.sms.timeout,
        }))
    }
}

fn wrong(key: &str, expected: &str) -> SettingsError {
    SettingsError::Wrong(format!("{key}: expected {expected}"))
}
