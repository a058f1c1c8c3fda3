//! Composes mails and text messages from the catalogue.

use super::{gsm7, local_time};
use crate::ports::notifier::{ActivationLink, NoticeKind};
use app::api::site::Organisation;
use app::domain::code::Code;
use app::i18n::{Language, Notification, NotificationMessages};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// The settings that the texts depend on.
pub(super) struct NotificationTexts {
    pub(super) organisation: Organisation,
    /// From the settings: the `Host` header of a request is never used.
    pub(super) origin: String,
    pub(super) waiting_time: SignedDuration,
}

const fn was_you(messages: &NotificationMessages, kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::PasswordReset => messages.was_you_reset,
        NoticeKind::ResetRequested { .. } => messages.was_you_requested,
        NoticeKind::ActivationSent | NoticeKind::FreezeLifted => messages.was_you_at_the_desk,
        NoticeKind::Registered
        | NoticeKind::AccountUnlocked
        | NoticeKind::MobileChanged
        | NoticeKind::BirthdateChanged
        | NoticeKind::AppActivated
        | NoticeKind::AppReplaced
        | NoticeKind::StartCodeIssued => messages.was_you,
    }
}

const fn notification(messages: &NotificationMessages, kind: NoticeKind) -> &Notification {
    match kind {
        NoticeKind::Registered => &messages.registered,
        NoticeKind::PasswordReset => &messages.password_reset,
        NoticeKind::AccountUnlocked => &messages.account_unlocked,
        NoticeKind::ResetRequested { .. } => &messages.reset_requested,
        NoticeKind::MobileChanged => &messages.mobile_changed,
        NoticeKind::BirthdateChanged => &messages.birthdate_changed,
        NoticeKind::AppActivated => &messages.app_activated,
        NoticeKind::AppReplaced => &messages.app_replaced,
        NoticeKind::StartCodeIssued => &messages.start_code_issued,
        NoticeKind::ActivationSent => &messages.activation_sent,
        NoticeKind::FreezeLifted => &messages.freeze_lifted,
    }
}

/// Fills in `{from}`: from when the password can be reset.
fn with_opening(text: &str, kind: NoticeKind, language: Language) -> String {
    match kind {
        NoticeKind::ResetRequested { opens } => {
            text.replace("{from}", &local_time::format_local(opens, language))
        }
        NoticeKind::Registered
        | NoticeKind::PasswordReset
        | NoticeKind::AccountUnlocked
        | NoticeKind::MobileChanged
        | NoticeKind::BirthdateChanged
        | NoticeKind::AppActivated
        | NoticeKind::AppReplaced
        | NoticeKind::StartCodeIssued
        | NoticeKind::ActivationSent
        | NoticeKind::FreezeLifted => text.to_owned(),
    }
}

/// `24 uur`, `90 minuten`.
fn duration(messages: &NotificationMessages, duration: SignedDuration) -> String {
    let minutes = duration.as_mins();
    let (form, number) =
        if minutes % 60 == 0 { (messages.hours, minutes / 60) } else { (messages.minutes, minutes) };
    form.replace("{}", &number.to_string())
}

impl NotificationTexts {
    /// Subject and text of a mail, in every language of the organisation.
    /// `link` freezes the account.
    pub(super) fn mail(
        &self,
        kind: NoticeKind,
        link: Option<&str>,
        now: Timestamp,
    ) -> (String, Zeroizing<String>) {
        let mut languages = self.languages();
        languages.dedup();
        let parts: Vec<String> =
            languages.iter().map(|language| self.mail_body(*language, kind, link, now)).collect();
        let below: String = languages.iter().skip(1).map(|language| language.notifications().below).collect();
        let preface = if below.is_empty() { below } else { format!("({below})\n\n") };
        let subject = notification(self.default_language().notifications(), kind).subject.to_owned();
        (subject, Zeroizing::new(format!("{preface}{}\n", parts.join("\n\n---\n\n"))))
    }

    fn mail_body(&self, language: Language, kind: NoticeKind, link: Option<&str>, now: Timestamp) -> String {
        let messages = language.notifications();
        let mut paragraphs = vec![messages.hello, notification(messages, kind).what];
        if self.starts_waiting_time(kind) {
            paragraphs.push(messages.wait);
        }
        paragraphs.extend([was_you(messages, kind), messages.was_not_you]);
        if link.is_some() {
            paragraphs.push(messages.freeze_link);
        }
        paragraphs.extend([messages.confidentiality_warning, messages.address, messages.automatic]);
        self.fill_placeholders(&with_opening(&paragraphs.join("\n\n"), kind, language), language, link, now)
    }

    /// Composes an SMS of at most two concatenated messages; optional sentences are dropped first. A link that does not
    /// fit is left out: truncated it would be worthless, and the service desk can freeze the account too.
    pub(super) fn sms(&self, kind: NoticeKind, link: Option<&str>, now: Timestamp) -> Zeroizing<String> {
        let language = self.default_language();
        let messages = language.notifications();
        let (what, contact) = (notification(messages, kind).what, messages.was_not_you);
        let wait = if self.starts_waiting_time(kind) { messages.wait } else { "" };
        let (with_link, briefly) = (messages.was_not_you_sms, messages.was_not_you_brief);
        let linked: [&[&str]; 4] = [
            &[what, wait, was_you(messages, kind), with_link],
            &[what, wait, with_link],
            &[what, with_link],
            &[what, briefly],
        ];
        let unlinked: [&[&str]; 3] =
            [&[what, wait, was_you(messages, kind), contact], &[what, wait, contact], &[what, contact]];
        let linked = linked.into_iter().filter(|_| link.is_some());
        let mut chosen = String::new();
        for sentences in linked.chain(unlinked) {
            let included: Vec<&str> =
                sentences.iter().copied().filter(|sentence| !sentence.is_empty()).collect();
            let included = with_opening(&included.join(" "), kind, language);
            chosen = gsm7::to_gsm7(&self.fill_placeholders(&included, language, link, now));
            if gsm7::septets(&chosen) <= gsm7::MAX_SEPTETS {
                break;
            }
        }
        Zeroizing::new(truncate(&chosen))
    }

    /// Subject and text of the alert to the service desk about a frozen account.
    pub(super) fn alert(&self, reference: &str, now: Timestamp) -> (String, Zeroizing<String>) {
        let language = self.default_language();
        let Notification { subject, what } = &language.notifications().alert;
        let text = self.fill_placeholders(what, language, None, now).replace("{reference}", reference);
        (subject.replace("{reference}", reference), Zeroizing::new(format!("{text}\n")))
    }

    /// Composes the SMS with a code that confirms a number.
    pub(super) fn code(&self, code: &Code) -> Zeroizing<String> {
        let text = self.default_language().notifications().code.replace("{org}", &self.organisation.name);
        // The code is inserted last so that no other placeholder is replaced in it.
        Zeroizing::new(truncate(&gsm7::to_gsm7(&text)).replace("{code}", code.expose()))
    }

    /// Composes the SMS with a link that activates the app; `None` if it does not fit, because a truncated link is worthless. The
    /// warnings are shortened last: someone may persuade the owner to pass the link on.
    pub(super) fn activation(&self, link: &ActivationLink<'_>) -> Option<Zeroizing<String>> {
        let messages = self.default_language().notifications();
        let (secret, not_you) = (messages.activation_secret, messages.activation_was_not_you);
        let password =
            link.password.map(|password| messages.activation_password.replace("{password}", password));
        let choices: [&[&str]; 4] = [
            &[secret, not_you, messages.activation],
            &[secret, not_you, messages.activation_brief],
            &[secret, messages.activation_brief],
            &[messages.activation_brief],
        ];
        choices.into_iter().find_map(|sentences| {
            let text = sentences.join(" ").replace("{org}", &self.organisation.name);
            let text = text.replace("{phone}", &self.organisation.service_desk.phone);
            let sentences: Vec<_> = password.clone().into_iter().chain([text]).collect();
            // The link is inserted last so that no other placeholder is replaced in it.
            let text = Zeroizing::new(gsm7::to_gsm7(&sentences.join(" ")).replace("{link}", link.link));
            (gsm7::septets(&text) <= gsm7::MAX_SEPTETS).then_some(text)
        })
    }

    fn starts_waiting_time(&self, kind: NoticeKind) -> bool {
        match kind {
            NoticeKind::MobileChanged | NoticeKind::BirthdateChanged | NoticeKind::AppReplaced => {
                self.waiting_time.is_positive()
            }
            NoticeKind::Registered
            | NoticeKind::PasswordReset
            | NoticeKind::AccountUnlocked
            | NoticeKind::ResetRequested { .. }
            | NoticeKind::AppActivated
            | NoticeKind::StartCodeIssued
            | NoticeKind::ActivationSent
            | NoticeKind::FreezeLifted => false,
        }
    }

    fn fill_placeholders(
        &self,
        text: &str,
        language: Language,
        link: Option<&str>,
        now: Timestamp,
    ) -> String {
        let service_desk = &self.organisation.service_desk;
        text.replace("{org}", &self.organisation.name)
            .replace("{when}", &local_time::format_local(now, language))
            .replace("{wait}", &duration(language.notifications(), self.waiting_time))
            .replace("{desk}", &service_desk.name)
            .replace("{phone}", &service_desk.phone)
            .replace("{hours}", service_desk.hours.in_language(language))
            .replace("{url}", &format!("{}/wachtwoordreset", self.origin))
            .replace("{link}", link.unwrap_or_default())
    }

    fn languages(&self) -> Vec<Language> {
        self.organisation.languages.clone()
    }

    fn default_language(&self) -> Language {
        self.organisation.languages.first().copied().unwrap_or_default()
    }
}

/// Truncates to the maximum length of an SMS: with a long organisation name a truncated message is better than
/// none.
fn truncate(text: &str) -> String {
    let mut left = gsm7::MAX_SEPTETS;
    text.chars()
        .take_while(|c| {
            let septets = gsm7::septets(c.encode_utf8(&mut [0; 4]));
            let fits = septets <= left;
            left = left.saturating_sub(septets);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests;
