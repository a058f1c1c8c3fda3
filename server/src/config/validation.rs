//! Validates the settings as far as possible without contacting other systems. The formats of values are checked in
//! `values`.

use super::contrast;
use super::sources::Sources;
use super::{
    DirectoryKind, HelloName, HttpsUrl, MailServer, MailTls, Settings, SettingsError, StoreUrl,
    is_loopback_host,
};
use crate::ports::otp_provider::ProviderUserName;
use app::i18n::Language;
use std::ops::RangeInclusive;
use std::time::Duration;
use zeroize::Zeroizing;

/// Upper limit of `mail.timeout` and `sms.timeout`. A notice must leave within a minute, even if the one before it
/// waits for an unresponsive server.
const MAX_NOTICE_TIMEOUT: Duration = Duration::from_secs(30);

/// Upper limit of `registration.waiting_time`. An employee who changed a number must be able to reset eventually, and
/// far longer durations overflow a timestamp.
const MAX_WAITING_TIME: Duration = Duration::from_hours(30 * 24);

/// Range of `verification.high_impact_wait`. Wait and window together are at most as long as the link in the notice works.
const HIGH_IMPACT_WAIT: RangeInclusive<Duration> = Duration::from_hours(1)..=Duration::from_hours(96);

impl Settings {
    /// Returns an error with source, key and expected value for the first invalid setting.
    pub(super) fn validate(&self, sources: &Sources<'_>) -> Result<(), SettingsError> {
        let invalid = |key: &str, expected: &str| Err(sources.expected(key, expected));
        for (key, value) in [
            ("public_url", &self.public_url),
            ("directory.bind_dn", &self.directory.bind_dn),
            ("directory.base_dn", &self.directory.base_dn),
            ("entrust.url", &self.entrust.url),
            ("entrust.application_id", &self.entrust.application_id),
        ] {
            if value.trim().is_empty() {
                return invalid(key, "a value; it has no default");
            }
        }
        if self.entrust.decoy_user.as_deref().is_none_or(|user| user.trim().is_empty()) {
            return invalid(
                "entrust.decoy_user",
                "the user id of an Entrust user who is not a person: without it an attacker can tell real names and \
                 birthdates from others. In Entrust, add a user with a made-up name that no directory account has, \
                 assign the same authenticators as to employees, and keep no person's phone on it; see \
                 docs/integrations/entrust.md",
            );
        }
        if self.directory.urls.is_empty() {
            return invalid("directory.urls", "at least one ldaps:// address; it has no default");
        }
        let starttls = self.directory.starttls;
        let is_safe = |url: &String| {
            let is_tls = ["ldaps://", "srv:"].iter().any(|scheme| url.starts_with(scheme));
            (is_tls || (starttls && url.starts_with("ldap://"))) && !url.contains(',')
        };
        if !self.directory.urls.iter().all(is_safe) {
            return invalid(
                "directory.urls",
                "ldaps:// addresses, srv:DOMAIN, or ldap:// addresses with directory.starttls = true",
            );
        }
        self.validate_store(sources)?;
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            return invalid("tls_cert_file", "both tls_cert_file and tls_key_file, or neither");
        }
        if self.tls_cert_file.is_none() && !self.listen.ip().is_loopback() {
            return invalid(
                "listen",
                "a loopback address, or tls_cert_file and tls_key_file as well: plain http is served on loopback only",
            );
        }
        let Some((scheme, host)) = self.public_url.split_once("://") else {
            return invalid("public_url", "https://HOST, or http://HOST:PORT on loopback");
        };
        let host = host.split('/').next().unwrap_or_default();
        if scheme != "https" && !(scheme == "http" && is_loopback_host(host)) {
            return invalid("public_url", "https://HOST, or http://HOST:PORT on loopback");
        }
        if self.entrust.admin_application_id.is_some() != self.entrust.admin_secret_file.is_some() {
            return invalid(
                "entrust.admin_application_id",
                "both entrust.admin_application_id and entrust.admin_secret_file, or neither",
            );
        }
        if self.entrust.authenticators.is_empty() {
            return invalid("entrust.authenticators", "TOKEN and/or OTP");
        }
        if self.entrust.timeout > Duration::from_secs(6) {
            return invalid(
                "entrust.timeout",
                "at most 6s: three calls must complete before a claim counts as abandoned",
            );
        }
        if self.directory.timeout > Duration::from_secs(10) {
            return invalid(
                "directory.timeout",
                "at most 10s: a write must complete before its claim counts as abandoned",
            );
        }
        if self.registration.waiting_time > MAX_WAITING_TIME {
            return invalid("registration.waiting_time", "at most 30d");
        }
        if !HIGH_IMPACT_WAIT.contains(&self.verification.high_impact_wait) {
            return invalid("verification.high_impact_wait", "1h to 96h");
        }
        if !contrast::of_hex_with_white(&self.organisation.accent).is_some_and(|contrast| contrast >= 4.5) {
            return invalid("organisation.accent", "#rrggbb with a contrast to white of 4.5 : 1 or more");
        }
        self.validate_languages().or_else(|(key, expected)| invalid(&key, &expected))?;
        if self.policy.min_length > self.policy.max_length || self.policy.max_length > 127 {
            return invalid("policy.max_length", "at least policy.min_length and at most 127");
        }
        self.validate_entries().or_else(|(key, expected)| invalid(key, expected))?;
        self.validate_opening_hours().or_else(|(key, expected)| invalid(&key, expected))?;
        self.validate_kind()
            .and_then(|()| self.validate_notices())
            .and_then(|()| self.validate_hr())
            .and_then(|()| self.breached.validate())
            .and_then(|()| self.telemetry.collector().map(drop))
            .and_then(|()| self.validate_connections())
            .and_then(|()| self.validate_service_desk())
            .or_else(|(key, expected)| invalid(key, expected))
    }

    /// Validates `[store]`.
    fn validate_store(&self, sources: &Sources<'_>) -> Result<(), SettingsError> {
        let invalid = |key: &str, expected: &str| Err(sources.expected(key, expected));
        if self.store.key_files.is_empty() {
            return invalid("store.key_files", "at least one file of 32 random bytes; it has no default");
        }
        if let Err(expected) = StoreUrl::parse(&self.store.url) {
            return invalid("store.url", expected);
        }
        if !(4..=500).contains(&self.store.connections) {
            return invalid("store.connections", "4 to 500");
        }
        Ok(())
    }

    /// Validates `organisation.languages` and the texts in each of them. An error is the key and the expected value.
    fn validate_languages(&self) -> Result<(), (String, String)> {
        let organisation = &self.organisation;
        let languages = &organisation.languages;
        let invalid = |expected: &str| Err(("organisation.languages".to_owned(), expected.to_owned()));
        if languages.is_empty() {
            let tags: Vec<_> = Language::ALL.iter().map(|language| language.tag()).collect();
            return invalid(&format!("at least one of {}", tags.join(", ")));
        }
        if languages
            .iter()
            .enumerate()
            .any(|(index, language)| languages.iter().take(index).any(|earlier| earlier == language))
        {
            return invalid("each language once");
        }
        for (key, text) in [
            ("organisation.title", &organisation.title),
            ("organisation.welcome", &organisation.welcome),
            ("organisation.introduction", &organisation.introduction),
            ("organisation.service_desk.hours", &organisation.service_desk.hours),
        ] {
            if let Some(language) = text.missing_in(languages) {
                let expected = "a text: the language is one of organisation.languages".to_owned();
                return Err((format!("{key}.{}", language.tag()), expected));
            }
        }
        Ok(())
    }

    /// Refuses several words in one entry, as `a,b` in an environment variable gives: such an entry would never match
    /// anything. An error is the key and the expected value.
    fn validate_entries(&self) -> Result<(), (&'static str, &'static str)> {
        let domains = &self.organisation.domains;
        let is_separator = |character: char| matches!(character, ',' | ';') || character.is_whitespace();
        let is_joined = |entries: &[String]| entries.iter().any(|entry| entry.contains(is_separator));
        if is_joined(&domains.suffixes) {
            return Err((
                "organisation.domains.suffixes",
                "one domain per entry, as in [\"example.org\", \"example.com\"]",
            ));
        }
        if is_joined(&domains.prefixes) {
            return Err((
                "organisation.domains.prefixes",
                "one domain per entry, as in [\"EXAMPLE\", \"OTHER\"]",
            ));
        }
        // A word may contain a space.
        if self.policy.banned_words.iter().any(|word| word.contains([',', ';'])) {
            return Err(("policy.banned_words", "one word per entry, as in [\"example\", \"other\"]"));
        }
        Ok(())
    }

    /// Validates `organisation.service_desk.opening`. An error is the key and the expected value.
    fn validate_opening_hours(&self) -> Result<(), (String, &'static str)> {
        let service_desk = &self.organisation.service_desk;
        for (index, hours) in service_desk.opening.iter().enumerate() {
            let key = |name| format!("organisation.service_desk.opening.{index}.{name}");
            if hours.days.is_empty() {
                return Err((key("days"), "at least one of mon, tue, wed, thu, fri, sat, sun"));
            }
            if hours.from >= hours.to {
                return Err((key("to"), "a time after `from`; hours over midnight are two entries"));
            }
        }
        if !service_desk.outside.is_empty() && service_desk.opening.is_empty() {
            let key = "organisation.service_desk.outside".to_owned();
            return Err((
                key,
                "opening hours as well, or no text: without them the pages do not know when to show it",
            ));
        }
        if !service_desk.outside.is_empty()
            && service_desk.outside.missing_in(&self.organisation.languages).is_some()
        {
            let key = "organisation.service_desk.outside".to_owned();
            return Err((key, "a text in each language of organisation.languages, or none"));
        }
        Ok(())
    }

    /// Refuses settings that the kind of directory does not support. An error is the key and the expected value.
    fn validate_kind(&self) -> Result<(), (&'static str, &'static str)> {
        match self.directory.kind {
            DirectoryKind::ActiveDirectory if self.directory.default_policy.is_some() => {
                Err(("directory.default_policy", "nothing: Active Directory provides the policy"))
            }
            DirectoryKind::OpenLdap if self.entrust.user_attribute == ProviderUserName::PrincipalName => {
                Err(("entrust.user_attribute", "sAMAccountName, which is the uid here, or mail"))
            }
            DirectoryKind::ActiveDirectory | DirectoryKind::OpenLdap => Ok(()),
        }
    }

    /// Validates `[mail]` and `[sms]`. An error is the key and the expected value.
    fn validate_notices(&self) -> Result<(), (&'static str, &'static str)> {
        let (mail, sms) = (&self.mail, &self.sms);
        if self.notices.alert_service_desk && mail.url.is_none() {
            return Err(("notices.alert_service_desk", "false, or mail.url as well"));
        }
        if !self.directory.high_impact_groups.is_empty() && mail.url.is_none() {
            return Err((
                "directory.high_impact_groups",
                "empty, or mail.url as well: a notice that only the phone receives reaches a thief of the phone",
            ));
        }
        if let Some(url) = &mail.url {
            let server = MailServer::parse(url).map_err(|expected| ("mail.url", expected))?;
            if !is_mail_sender(&mail.from) {
                return Err(("mail.from", "an address like \"Wachtwoord Reset <noreply@example.org>\""));
            }
            if mail.user.is_some() != mail.password_file.is_some() {
                return Err(("mail.user", "both mail.user and mail.password_file, or neither"));
            }
            if let Some(name) = &mail.hello {
                HelloName::parse(name).map_err(|expected| ("mail.hello", expected))?;
            }
            if mail.user.is_some() && server.tls() == MailTls::None {
                return Err(("mail.user", "nothing: without TLS no password is sent"));
            }
        }
        if let Some(url) = &sms.url {
            HttpsUrl::parse(url).map_err(|expected| ("sms.url", expected))?;
        }
        for (key, timeout) in [("mail.timeout", mail.timeout), ("sms.timeout", sms.timeout)] {
            if timeout.is_zero() || timeout > MAX_NOTICE_TIMEOUT {
                return Err((key, "more than 0 and at most 30s"));
            }
        }
        Ok(())
    }

    /// Returns what is missing for notices that reach the owner of an account whose password was set by someone else.
    fn notice_warning(&self) -> Option<(&'static str, &'static str)> {
        let reason = match (&self.mail.url, &self.sms.url) {
            (None, None) => {
                "not set, and neither is sms.url: no one is notified when a password is set. NIST SP 800-63B-4: \
                 «every recovery SHALL cause a notification»"
            }
            (None, Some(_)) => "not set: account owners are not notified by mail when their password is set",
            (Some(_), None) if self.notices.private_mail_attribute.is_none() => {
                "the only channel for notices: it is the mailbox that opens with the password that was just set, so \
                 whoever set it can read and delete the notice; set sms.url or notices.private_mail_attribute as well"
            }
            (Some(_), None | Some(_)) => return None,
        };
        Some(("mail.url", reason))
    }

    /// Returns settings that are valid but probably a mistake: the key and the reason.
    pub fn warnings(&self) -> Vec<(&'static str, &'static str)> {
        let mut warnings = Vec::new();
        if self.has_unnamed_proxy() {
            warnings.push((
                "trusted_proxies",
                "empty, although a proxy must do TLS for public_url: all clients have the proxy's address, so the \
                 requests of one client count for all, and /registratie and /servicedesk are closed for all",
            ));
        }
        warnings.extend(self.network_warnings());
        warnings.extend(self.service_desk_warnings());
        if self.sms.url.is_none()
            && self.registration.enabled
            && self.entrust.authenticators.contains(&app::api::step::OtpMethod::Otp)
        {
            warnings.push((
                "sms.url",
                "not set, although entrust.authenticators contains OTP: employees cannot register a number, because it \
                 could not be confirmed",
            ));
        }
        if self.public_url.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty()) {
            warnings.push((
                "public_url",
                "has a path: the pages are served at the root of an origin of their own; on a shared one a \
                 cross-site scripting hole in another application would be same-origin",
            ));
        }
        // An unreadable key file is an error elsewhere.
        let is_text = |key: &Zeroizing<[u8; 32]>| key.iter().all(u8::is_ascii_graphic);
        if self.keys().is_ok_and(|keys| keys.iter().any(is_text)) {
            warnings.push((
                "store.key_files",
                "one contains only letters and digits, such as hexadecimal or base64 text: that is far less than 32 \
                 random bytes; rotate the key, see docs/operations/upgrade.md",
            ));
        }
        if self.audit.signing_key_file.is_none() {
            warnings.push((
                "audit.signing_key_file",
                "not set: the audit log has no signed heads, so that somebody who rewrites or truncates the whole file \
                 is not found",
            ));
        }
        warnings.extend(self.notice_warning());
        warnings
    }
}

/// Whether a text is one line with one mail address, with or without a display name. The mail adapter parses it fully.
fn is_mail_sender(text: &str) -> bool {
    let address = match text.trim().strip_suffix('>') {
        Some(rest) => rest.rsplit_once('<').map_or("", |(_, address)| address.trim()),
        None => text.trim(),
    };
    let is_address = |(local, domain): (&str, &str)| !local.is_empty() && !domain.is_empty();
    let is_clean = !text.chars().any(char::is_control) && !address.contains([' ', '<', '>']);
    is_clean && address.split_once('@').is_some_and(is_address)
}
