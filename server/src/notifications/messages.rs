//! Composes mails and text messages from the catalogue.

use super::{gsm7, local_time};
use crate::ports::notifier::NoticeKind;
use app::api::site::Organisation;
use app::domain::code::Code;
use app::i18n::{Language, Notification, NotificationMessages};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// Who tells.
pub(super) struct NotificationTexts {
    pub(super) organisation: Organisation,
    /// From the settings: what a request says of the host never gets here.
    pub(super) origin: String,
    pub(super) waiting_time: SignedDuration,
}

const fn was_you(messages: &NotificationMessages, happened: NoticeKind) -> &'static str {
    match happened {
        NoticeKind::PasswordReset => messages.was_you_reset,
        NoticeKind::Registered
        | NoticeKind::AccountUnlocked
        | NoticeKind::MobileChanged
        | NoticeKind::BirthdateChanged
        | NoticeKind::AppActivated
        | NoticeKind::AppReplaced => messages.was_you,
    }
}

const fn notification(messages: &NotificationMessages, happened: NoticeKind) -> &Notification {
    match happened {
        NoticeKind::Registered => &messages.registered,
        NoticeKind::PasswordReset => &messages.password_reset,
        NoticeKind::AccountUnlocked => &messages.account_unlocked,
        NoticeKind::MobileChanged => &messages.mobile_changed,
        NoticeKind::BirthdateChanged => &messages.birthdate_changed,
        NoticeKind::AppActivated => &messages.app_activated,
        NoticeKind::AppReplaced => &messages.app_replaced,
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
    pub(super) fn mail(&self, happened: NoticeKind, now: Timestamp) -> (String, Zeroizing<String>) {
        let mut languages = self.languages();
        languages.dedup();
        let parts: Vec<String> =
            languages.iter().map(|language| self.letter(*language, happened, now)).collect();
        let below: String = languages.iter().skip(1).map(|language| language.notifications().below).collect();
        let above = if below.is_empty() { below } else { format!("({below})\n\n") };
        let subject = notification(self.first().notifications(), happened).subject.to_owned();
        (subject, Zeroizing::new(format!("{above}{}\n", parts.join("\n\n---\n\n"))))
    }

    fn letter(&self, language: Language, happened: NoticeKind, now: Timestamp) -> String {
        let messages = language.notifications();
        let mut paragraphs = vec![messages.hello, notification(messages, happened).what];
        if self.waits(happened) {
            paragraphs.push(messages.wait);
        }
        paragraphs.extend([
            was_you(messages, happened),
            messages.was_not_you,
            messages.nobody_asks,
            messages.address,
        ]);
        paragraphs.push(messages.automatic);
        self.fill(&paragraphs.join("\n\n"), language, now)
    }

    /// The text of an SMS: two joined ones at most, so the sentences that can be missed go first.
    pub(super) fn sms(&self, happened: NoticeKind, now: Timestamp) -> Zeroizing<String> {
        let language = self.first();
        let messages = language.notifications();
        let (what, call) = (notification(messages, happened).what, messages.was_not_you);
        let wait = if self.waits(happened) { messages.wait } else { "" };
        let choices: [&[&str]; 3] =
            [&[what, wait, was_you(messages, happened), call], &[what, wait, call], &[what, call]];
        let mut chosen = String::new();
        for sentences in choices {
            let said: Vec<&str> = sentences.iter().copied().filter(|said| !said.is_empty()).collect();
            chosen = gsm7::plain(&self.fill(&said.join(" "), language, now));
            if gsm7::places(&chosen) <= gsm7::MOST {
                break;
            }
        }
        Zeroizing::new(cut(&chosen))
    }

    /// The text of the SMS with a code that confirms a number.
    pub(super) fn code(&self, code: &Code) -> Zeroizing<String> {
        let text = self.first().notifications().code.replace("{org}", &self.organisation.name);
        // The code is put in last: it is not searched for anything.
        Zeroizing::new(cut(&gsm7::plain(&text)).replace("{code}", code.expose()))
    }

    fn waits(&self, happened: NoticeKind) -> bool {
        match happened {
            NoticeKind::MobileChanged | NoticeKind::BirthdateChanged | NoticeKind::AppReplaced => {
                self.waiting_time.is_positive()
            }
            NoticeKind::Registered
            | NoticeKind::PasswordReset
            | NoticeKind::AccountUnlocked
            | NoticeKind::AppActivated => false,
        }
    }

    fn fill(&self, text: &str, language: Language, now: Timestamp) -> String {
        let desk = &self.organisation.service_desk;
        text.replace("{org}", &self.organisation.name)
            .replace("{when}", &local_time::tell(now, language))
            .replace("{wait}", &duration(language.notifications(), self.waiting_time))
            .replace("{desk}", &desk.name)
            .replace("{phone}", &desk.phone)
            .replace("{hours}", desk.hours.in_language(language))
            .replace("{url}", &format!("{}/wachtwoordreset", self.origin))
    }

    fn languages(&self) -> Vec<Language> {
        self.organisation.languages.clone()
    }

    fn first(&self) -> Language {
        self.organisation.languages.first().copied().unwrap_or_default()
    }
}

/// An organisation may have a long name; a message that is cut still arrives.
fn cut(text: &str) -> String {
    let mut left = gsm7::MOST;
    text.chars()
        .take_while(|c| {
            let places = gsm7::places(c.encode_utf8(&mut [0; 4]));
            let fits = places <= left;
            left = left.saturating_sub(places);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests;
