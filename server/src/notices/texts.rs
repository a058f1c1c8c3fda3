//! The sentences of the notices: Dutch at B1, «je», and the same in English. Not when they are sent, and to whom.

use super::{gsm, moment};
use crate::ports::notices::Happened;
use app::code::Code;
use app::site::{Language, Organisation};
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

/// Who tells.
pub(super) struct Texts {
    pub(super) organisation: Organisation,
    /// From the settings: what a request says of the host never gets here.
    pub(super) origin: String,
    pub(super) waiting_time: SignedDuration,
}

/// The words of a language. `{org}`, `{when}`, `{wait}`, `{desk}`, `{phone}`, `{hours}`, `{url}` and `{code}` are
/// filled in.
struct Words {
    registered: Happening,
    password_reset: Happening,
    account_unlocked: Happening,
    mobile_changed: Happening,
    birthdate_changed: Happening,
    app_activated: Happening,
    app_replaced: Happening,
    hello: &'static str,
    wait: &'static str,
    hours: &'static str,
    minutes: &'static str,
    was_you: &'static str,
    /// After a reset there is something left to do.
    was_you_reset: &'static str,
    was_not_you: &'static str,
    nobody_asks: &'static str,
    address: &'static str,
    automatic: &'static str,
    code: &'static str,
    /// Tells, above a text in another language, that this one stands below.
    below: &'static str,
}

struct Happening {
    subject: &'static str,
    what: &'static str,
}

const NL: Words = Words {
    registered: Happening {
        subject: "Je gegevens zijn geregistreerd",
        what: "Je gegevens zijn op {when} geregistreerd bij {org}. Daarmee kun je zelf een nieuw wachtwoord instellen.",
    },
    password_reset: Happening {
        subject: "Je wachtwoord is opnieuw ingesteld",
        what: "Je wachtwoord van {org} is op {when} opnieuw ingesteld.",
    },
    account_unlocked: Happening {
        subject: "Je account is niet meer vergrendeld",
        what: "Je account bij {org} is op {when} ontgrendeld. Je wachtwoord is niet veranderd.",
    },
    mobile_changed: Happening {
        subject: "Je mobiele nummer is gewijzigd",
        what: "Je mobiele nummer bij {org} is op {when} gewijzigd.",
    },
    birthdate_changed: Happening {
        subject: "Je geboortedatum is gewijzigd",
        what: "Je geboortedatum bij {org} is op {when} gewijzigd.",
    },
    app_activated: Happening {
        subject: "De app Entrust Identity is gekoppeld",
        what: "De app Entrust Identity is op {when} gekoppeld aan je account bij {org}.",
    },
    app_replaced: Happening {
        subject: "De app Entrust Identity is op een andere telefoon gekoppeld",
        what: "De app Entrust Identity is op {when} op een andere telefoon gekoppeld aan je account bij {org}.",
    },
    hello: "Hallo,",
    wait: "Voor je veiligheid kun je je wachtwoord nu {wait} lang niet opnieuw instellen.",
    hours: "{} uur",
    minutes: "{} minuten",
    was_you: "Heb jij dit gedaan? Dan hoef je niets te doen.",
    was_you_reset: "Heb jij dit gedaan? Pas dan het opgeslagen wachtwoord op je telefoon en tablet aan.",
    was_not_you: "Was jij dit niet? Bel dan meteen {desk}: {phone} ({hours}).",
    nobody_asks: "Niemand vraagt je ooit om je wachtwoord of om een code. Ook de servicedesk niet.",
    address: "Het adres om je wachtwoord opnieuw in te stellen is {url}. Typ het altijd zelf in.",
    automatic: "Deze mail is automatisch verstuurd. Je kunt hem niet beantwoorden.",
    code: "{code} is je code om je mobiele nummer bij {org} te bevestigen. De code werkt 10 minuten. Niemand vraagt \
           je ooit om deze code, ook de servicedesk niet. Geef de code dus aan niemand.",
    below: "De Nederlandse tekst staat hieronder.",
};

const EN: Words = Words {
    registered: Happening {
        subject: "Your details have been registered",
        what: "Your details were registered at {org} on {when}. You can use them to set a new password yourself.",
    },
    password_reset: Happening {
        subject: "Your password has been reset",
        what: "Your {org} password was reset on {when}.",
    },
    account_unlocked: Happening {
        subject: "Your account is no longer locked",
        what: "Your {org} account was unlocked on {when}. Your password has not changed.",
    },
    mobile_changed: Happening {
        subject: "Your mobile number has been changed",
        what: "Your mobile number at {org} was changed on {when}.",
    },
    birthdate_changed: Happening {
        subject: "Your date of birth has been changed",
        what: "Your date of birth at {org} was changed on {when}.",
    },
    app_activated: Happening {
        subject: "The Entrust Identity app has been linked",
        what: "The Entrust Identity app was linked to your {org} account on {when}.",
    },
    app_replaced: Happening {
        subject: "The Entrust Identity app has been linked on another phone",
        what: "The Entrust Identity app was linked to your {org} account on another phone on {when}.",
    },
    hello: "Hello,",
    wait: "For your security, you cannot set a new password here for the next {wait}.",
    hours: "{} hours",
    minutes: "{} minutes",
    was_you: "If this was you, you do not need to do anything.",
    was_you_reset: "If this was you, change the saved password on your phone and tablet.",
    was_not_you: "If this was not you, call {desk} at once: {phone} ({hours}).",
    nobody_asks: "Nobody will ever ask for your password or for a code. Not even the service desk.",
    address: "The address for setting a new password is {url}. Always type it yourself.",
    automatic: "This message was sent automatically. You cannot reply to it.",
    code: "{code} is your code to confirm your mobile number at {org}. The code works for 10 minutes. Nobody will ever \
           ask for this code, not even the service desk. Do not give it to anyone.",
    below: "The English text is below.",
};

const fn words(language: Language) -> &'static Words {
    match language {
        Language::Nl => &NL,
        Language::En => &EN,
    }
}

impl Words {
    const fn was_you(&self, happened: Happened) -> &'static str {
        match happened {
            Happened::PasswordReset => self.was_you_reset,
            Happened::Registered
            | Happened::AccountUnlocked
            | Happened::MobileChanged
            | Happened::BirthdateChanged
            | Happened::AppActivated
            | Happened::AppReplaced => self.was_you,
        }
    }

    const fn of(&self, happened: Happened) -> &Happening {
        match happened {
            Happened::Registered => &self.registered,
            Happened::PasswordReset => &self.password_reset,
            Happened::AccountUnlocked => &self.account_unlocked,
            Happened::MobileChanged => &self.mobile_changed,
            Happened::BirthdateChanged => &self.birthdate_changed,
            Happened::AppActivated => &self.app_activated,
            Happened::AppReplaced => &self.app_replaced,
        }
    }

    /// `24 uur`, `90 minuten`.
    fn duration(&self, duration: SignedDuration) -> String {
        let minutes = duration.as_mins();
        let (form, number) =
            if minutes % 60 == 0 { (self.hours, minutes / 60) } else { (self.minutes, minutes) };
        form.replace("{}", &number.to_string())
    }
}

impl Texts {
    /// Subject and text of a mail, in every language of the organisation.
    pub(super) fn mail(&self, happened: Happened, now: Timestamp) -> (String, Zeroizing<String>) {
        let mut languages = self.languages();
        languages.dedup();
        let parts: Vec<String> =
            languages.iter().map(|language| self.letter(*language, happened, now)).collect();
        let below: String = languages.iter().skip(1).map(|language| words(*language).below).collect();
        let above = if below.is_empty() { below } else { format!("({below})\n\n") };
        let subject = words(self.first()).of(happened).subject.to_owned();
        (subject, Zeroizing::new(format!("{above}{}\n", parts.join("\n\n---\n\n"))))
    }

    fn letter(&self, language: Language, happened: Happened, now: Timestamp) -> String {
        let words = words(language);
        let mut paragraphs = vec![words.hello, words.of(happened).what];
        if self.waits(happened) {
            paragraphs.push(words.wait);
        }
        paragraphs.extend([words.was_you(happened), words.was_not_you, words.nobody_asks, words.address]);
        paragraphs.push(words.automatic);
        self.fill(&paragraphs.join("\n\n"), language, now)
    }

    /// The text of an SMS: two joined ones at most, so the sentences that can be missed go first.
    pub(super) fn sms(&self, happened: Happened, now: Timestamp) -> Zeroizing<String> {
        let language = self.first();
        let words = words(language);
        let (what, call) = (words.of(happened).what, words.was_not_you);
        let wait = if self.waits(happened) { words.wait } else { "" };
        let choices: [&[&str]; 3] =
            [&[what, wait, words.was_you(happened), call], &[what, wait, call], &[what, call]];
        let mut chosen = String::new();
        for sentences in choices {
            let said: Vec<&str> = sentences.iter().copied().filter(|said| !said.is_empty()).collect();
            chosen = gsm::plain(&self.fill(&said.join(" "), language, now));
            if gsm::places(&chosen) <= gsm::MOST {
                break;
            }
        }
        Zeroizing::new(cut(&chosen))
    }

    /// The text of the SMS with a code that confirms a number.
    pub(super) fn code(&self, code: &Code) -> Zeroizing<String> {
        let text = words(self.first()).code.replace("{org}", &self.organisation.name);
        // The code is put in last: it is not searched for anything.
        Zeroizing::new(cut(&gsm::plain(&text)).replace("{code}", code.expose()))
    }

    fn waits(&self, happened: Happened) -> bool {
        match happened {
            Happened::MobileChanged | Happened::BirthdateChanged | Happened::AppReplaced => {
                self.waiting_time.is_positive()
            }
            Happened::Registered
            | Happened::PasswordReset
            | Happened::AccountUnlocked
            | Happened::AppActivated => false,
        }
    }

    fn fill(&self, text: &str, language: Language, now: Timestamp) -> String {
        let desk = &self.organisation.service_desk;
        text.replace("{org}", &self.organisation.name)
            .replace("{when}", &moment::tell(now, language))
            .replace("{wait}", &words(language).duration(self.waiting_time))
            .replace("{desk}", &desk.name)
            .replace("{phone}", &desk.phone)
            .replace("{hours}", desk.hours.in_language(language))
            .replace("{url}", &format!("{}/wachtwoordreset", self.origin))
    }

    fn languages(&self) -> Vec<Language> {
        self.organisation.languages.clone()
    }

    fn first(&self) -> Language {
        self.organisation.languages.first().copied().unwrap_or(Language::Nl)
    }
}

/// An organisation may have a long name; a message that is cut still arrives.
fn cut(text: &str) -> String {
    let mut left = gsm::MOST;
    text.chars()
        .take_while(|c| {
            let places = gsm::places(c.encode_utf8(&mut [0; 4]));
            let fits = places <= left;
            left = left.saturating_sub(places);
            fits
        })
        .collect()
}

#[cfg(test)]
mod tests;
