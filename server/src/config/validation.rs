//! What can be checked of the settings without asking anybody. Not their form: that is `forms`.

use super::{DirectoryKind, Settings, SettingsError, is_loopback_host};
use crate::adapters::{sms, smtp};
use crate::reset::ProviderUserName;
use app::i18n::Language;
use std::path::Path;
use std::time::Duration;

const MOST_TIMEOUT: Duration = Duration::from_secs(30);

/// Whoever changed a number cannot be kept from a reset for ever; and far beyond this, times cannot be reckoned.
const MOST_WAITING: Duration = Duration::from_hours(30 * 24);

impl Settings {
    /// Refuses what cannot be, by file, key and expectation.
    pub(super) fn validate(&self, file: &Path) -> Result<(), SettingsError> {
        let wrong = |key: &str, expected: &str| {
            Err(SettingsError::Wrong(format!("{}: {key}: expected {expected}", file.display())))
        };
        for (key, value) in [
            ("public_url", &self.public_url),
            ("directory.bind_dn", &self.directory.bind_dn),
            ("directory.base_dn", &self.directory.base_dn),
            ("entrust.url", &self.entrust.url),
            ("entrust.application_id", &self.entrust.application_id),
        ] {
            if value.trim().is_empty() {
                return wrong(key, "a value; it has no default");
            }
        }
        if self.directory.urls.is_empty() {
            return wrong("directory.urls", "at least one ldaps:// address; it has no default");
        }
        let starttls = self.directory.starttls;
        let is_safe = |url: &String| {
            ["ldaps://", "srv:"].iter().any(|scheme| url.starts_with(scheme))
                || (starttls && url.starts_with("ldap://"))
        };
        if !self.directory.urls.iter().all(is_safe) {
            return wrong(
                "directory.urls",
                "ldaps:// addresses, srv:DOMAIN, or ldap:// addresses with directory.starttls = true",
            );
        }
        if self.store.key_files.is_empty() {
            return wrong("store.key_files", "at least one file of 32 random bytes; it has no default");
        }
        if self.sqlite_path().is_none() {
            return wrong("store.url", "sqlite:FILE");
        }
        if self.tls_cert_file.is_some() != self.tls_key_file.is_some() {
            return wrong("tls_cert_file", "both tls_cert_file and tls_key_file, or neither");
        }
        if self.tls_cert_file.is_none() && !self.listen.ip().is_loopback() {
            return wrong(
                "listen",
                "a loopback address, or tls_cert_file and tls_key_file beside it: plain http is served on loopback only",
            );
        }
        let Some((scheme, host)) = self.public_url.split_once("://") else {
            return wrong("public_url", "https://HOST, or http://HOST:PORT on loopback");
        };
        let host = host.split('/').next().unwrap_or_default();
        if scheme != "https" && !(scheme == "http" && is_loopback_host(host)) {
            return wrong("public_url", "https://HOST, or http://HOST:PORT on loopback");
        }
        if self.entrust.admin_application_id.is_some() != self.entrust.admin_secret_file.is_some() {
            return wrong(
                "entrust.admin_application_id",
                "both entrust.admin_application_id and entrust.admin_secret_file, or neither",
            );
        }
        if self.entrust.authenticators.is_empty() {
            return wrong("entrust.authenticators", "TOKEN and/or OTP");
        }
        if self.entrust.timeout > Duration::from_secs(6) {
            return wrong(
                "entrust.timeout",
                "at most 6s: three calls must end before a claim counts as abandoned",
            );
        }
        if self.directory.timeout > Duration::from_secs(10) {
            return wrong(
                "directory.timeout",
                "at most 10s: a write must end before its claim counts as abandoned",
            );
        }
        if self.registration.waiting_time > MOST_WAITING {
            return wrong("registration.waiting_time", "at most 30d");
        }
        if !contrast_with_white(&self.organisation.accent).is_some_and(|contrast| contrast >= 4.5) {
            return wrong("organisation.accent", "#rrggbb on which white stands out by 4.5 : 1 or more");
        }
        self.validate_languages().or_else(|(key, expected)| wrong(&key, &expected))?;
        if self.policy.min_length > self.policy.max_length || self.policy.max_length > 127 {
            return wrong("policy.max_length", "at least policy.min_length and at most 127");
        }
        self.validate_opening_hours().or_else(|(key, expected)| wrong(&key, expected))?;
        self.validate_kind()
            .and_then(|()| self.validate_notices())
            .and_then(|()| self.validate_hr())
            .or_else(|(key, expected)| wrong(key, expected))
    }

    /// `organisation.languages`, and the texts that each of them needs: the key, and what was expected.
    fn validate_languages(&self) -> Result<(), (String, String)> {
        let organisation = &self.organisation;
        let languages = &organisation.languages;
        let wrong = |expected: &str| Err(("organisation.languages".to_owned(), expected.to_owned()));
        if languages.is_empty() {
            let tags: Vec<_> = Language::ALL.iter().map(|language| language.tag()).collect();
            return wrong(&format!("at least one of {}", tags.join(", ")));
        }
        if languages
            .iter()
            .enumerate()
            .any(|(at, language)| languages.iter().take(at).any(|one| one == language))
        {
            return wrong("each language once");
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

    /// `organisation.service_desk.opening`: the key, and what was expected.
    fn validate_opening_hours(&self) -> Result<(), (String, &'static str)> {
        let desk = &self.organisation.service_desk;
        for (at, hours) in desk.opening.iter().enumerate() {
            let key = |name| format!("organisation.service_desk.opening.{at}.{name}");
            if hours.days.is_empty() {
                return Err((key("days"), "at least one of mon, tue, wed, thu, fri, sat, sun"));
            }
            if hours.from >= hours.to {
                return Err((key("to"), "a time after `from`; hours over midnight are two entries"));
            }
        }
        if !desk.outside.is_empty() && desk.opening.is_empty() {
            let key = "organisation.service_desk.outside".to_owned();
            return Err((
                key,
                "opening hours as well, or no text: without them the pages do not know when to show it",
            ));
        }
        if !desk.outside.is_empty() && desk.outside.missing_in(&self.organisation.languages).is_some() {
            let key = "organisation.service_desk.outside".to_owned();
            return Err((key, "a text in each language of organisation.languages, or none"));
        }
        Ok(())
    }

    /// What one kind of directory does not have: the key, and what was expected.
    fn validate_kind(&self) -> Result<(), (&'static str, &'static str)> {
        match self.directory.kind {
            DirectoryKind::ActiveDirectory if self.directory.default_policy.is_some() => {
                Err(("directory.default_policy", "nothing: Active Directory tells its policy itself"))
            }
            DirectoryKind::OpenLdap if self.entrust.user_attribute == ProviderUserName::PrincipalName => {
                Err(("entrust.user_attribute", "sAMAccountName, which is the uid here, or mail"))
            }
            DirectoryKind::ActiveDirectory | DirectoryKind::OpenLdap => Ok(()),
        }
    }

    /// `[mail]` and `[sms]`: the key, and what was expected.
    fn validate_notices(&self) -> Result<(), (&'static str, &'static str)> {
        let (mail, sms) = (&self.mail, &self.sms);
        if let Some(url) = &mail.url {
            let server = smtp::Server::parse(url).map_err(|expected| ("mail.url", expected))?;
            smtp::Sender::parse(&mail.from).map_err(|expected| ("mail.from", expected))?;
            if mail.user.is_some() != mail.password_file.is_some() {
                return Err(("mail.user", "both mail.user and mail.password_file, or neither"));
            }
            if mail.user.is_some() && server.tls() == smtp::Tls::None {
                return Err(("mail.user", "nothing: without TLS no password is sent"));
            }
        }
        if let Some(url) = &sms.url {
            sms::Gateway::parse(url).map_err(|expected| ("sms.url", expected))?;
        }
        // A notice leaves within a minute, also when one before it waits for a server in vain.
        for (key, timeout) in [("mail.timeout", mail.timeout), ("sms.timeout", sms.timeout)] {
            if timeout.is_zero() || timeout > MOST_TIMEOUT {
                return Err((key, "more than nothing and at most 30s"));
            }
        }
        Ok(())
    }

    /// What is allowed and still likely a mistake: key and why.
    pub fn warnings(&self) -> Vec<(&'static str, &'static str)> {
        let mut warnings = Vec::new();
        if self.has_unnamed_proxy() {
            warnings.push((
                "trusted_proxies",
                "empty, though a proxy must do TLS for public_url: everybody has the proxy's address, so one \
                 person's calls count for all, and /registratie is closed to everybody",
            ));
        }
        if self.entrust.decoy_user.is_none() {
            warnings.push((
                "entrust.decoy_user",
                "not set: an outage of Entrust tells a stranger whose birthdate was right",
            ));
        }
        if self.public_url.splitn(4, '/').nth(3).is_some_and(|path| !path.is_empty()) {
            warnings.push((
                "public_url",
                "has a path: the pages are served at the root of an origin of their own; on a shared one a \
                 script hole elsewhere would be same-origin",
            ));
        }
        if self.mail.url.is_none() {
            warnings.push(("mail.url", "not set: nobody is told by mail when their password is set"));
        }
        warnings
    }
}

/// WCAG 2.2 contrast ratio of `#rrggbb` with white.
fn contrast_with_white(colour: &str) -> Option<f64> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let value = u32::from_str_radix(digits, 16).ok()?;
    let [_, red, green, blue] = value.to_be_bytes().map(|channel| {
        let share = f64::from(channel) / 255.0;
        if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
    });
    Some(1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05))
}

#[cfg(test)]
mod tests {
    use super::contrast_with_white;

    #[test]
    fn contrast_is_reckoned_as_wcag_says() {
        assert!((contrast_with_white("#000000").unwrap() - 21.0).abs() < 0.01);
        assert!((contrast_with_white("#767676").unwrap() - 4.54).abs() < 0.01);
        for no_colour in ["red", "#fff", "#12345é", ""] {
            assert_eq!(contrast_with_white(no_colour), None, "{no_colour}");
        }
    }
}
