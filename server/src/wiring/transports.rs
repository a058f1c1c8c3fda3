//! The transports of notifications, from `[mail]` and `[sms]`.

use super::hello::hello_name;
use super::invalid_settings;
use crate::adapters::measured::MeasuredTransport;
use crate::adapters::sms::{Sms, SmsConfig};
use crate::adapters::smtp::{Sender, Smtp, SmtpConfig};
use crate::config::{HttpsUrl, MailServer, Settings, SettingsError, secret};
use crate::ports::notifier::Transport;
use std::sync::Arc;

/// Creates the transports whose server is configured.
pub(super) fn transports(settings: &Settings) -> anyhow::Result<Vec<Arc<dyn Transport>>> {
    let mut transports: Vec<Arc<dyn Transport>> = Vec::new();
    if let Some(config) = smtp_config(settings)? {
        let smtp = Smtp::new(config).map_err(|error| invalid_settings("mail", error))?;
        transports.push(Arc::new(MeasuredTransport::new(Arc::new(smtp))));
    }
    if let Some(config) = sms_config(settings)? {
        let sms = Sms::new(config).map_err(|error| invalid_settings("sms", error))?;
        transports.push(Arc::new(MeasuredTransport::new(Arc::new(sms))));
    }
    Ok(transports)
}

fn smtp_config(settings: &Settings) -> Result<Option<SmtpConfig>, SettingsError> {
    let mail = &settings.mail;
    let Some(url) = &mail.url else { return Ok(None) };
    let login = match (&mail.user, &mail.password_file) {
        (Some(user), Some(file)) => Some((user.clone(), secret("mail.password_file", file)?)),
        (Some(_) | None, Some(_) | None) => None,
    };
    let sender =
        Sender::parse(&mail.from).map_err(|expected| SettingsError::expected("mail.from", expected))?;
    Ok(Some(SmtpConfig {
        server: MailServer::parse(url).map_err(|expected| SettingsError::expected("mail.url", expected))?,
        hello: hello_name(settings, &sender)?.as_str().to_owned(),
        sender,
        login,
        ca_file: mail.ca_file.clone(),
        timeout: mail.timeout,
    }))
}

fn sms_config(settings: &Settings) -> Result<Option<SmsConfig>, SettingsError> {
    let sms = &settings.sms;
    let Some(url) = &sms.url else { return Ok(None) };
    Ok(Some(SmsConfig {
        gateway: HttpsUrl::parse(url).map_err(|expected| SettingsError::expected("sms.url", expected))?,
        token: sms.token_file.as_deref().map(|file| secret("sms.token_file", file)).transpose()?,
        sender: sms.sender.clone(),
        ca_file: sms.ca_file.clone(),
        timeout: sms.timeout,
    }))
}
