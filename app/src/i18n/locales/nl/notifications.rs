//! The Dutch messages of notices by mail and text message.

use crate::i18n::notifications::{Notification, NotificationMessages};

pub(crate) static MESSAGES: NotificationMessages = NotificationMessages {
    registered: Notification {
        subject: "Je gegevens zijn geregistreerd",
        what: "Je gegevens zijn op {when} geregistreerd bij {org}. Daarmee kun je zelf een nieuw wachtwoord instellen.",
    },
    password_reset: Notification {
        subject: "Je wachtwoord is opnieuw ingesteld",
        what: "Je wachtwoord van {org} is op {when} opnieuw ingesteld.",
    },
    account_unlocked: Notification {
        subject: "Je account is niet meer vergrendeld",
        what: "Je account bij {org} is op {when} ontgrendeld. Je wachtwoord is niet veranderd.",
    },
    reset_requested: Notification {
        subject: "Er is een nieuw wachtwoord aangevraagd",
        what: "Op {when} is een nieuw wachtwoord aangevraagd voor je account bij {org}. Instellen kan vanaf {from}.",
    },
    mobile_changed: Notification {
        subject: "Je mobiele nummer is gewijzigd",
        what: "Je mobiele nummer bij {org} is op {when} gewijzigd.",
    },
    birthdate_changed: Notification {
        subject: "Je geboortedatum is gewijzigd",
        what: "Je geboortedatum bij {org} is op {when} gewijzigd.",
    },
    app_activated: Notification {
        subject: "De app Entrust Identity is gekoppeld",
        what: "De app Entrust Identity is op {when} gekoppeld aan je account bij {org}.",
    },
    app_replaced: Notification {
        subject: "De app Entrust Identity is op een andere telefoon gekoppeld",
        what: "De app Entrust Identity is op {when} op een andere telefoon gekoppeld aan je account bij {org}.",
    },
    start_code_issued: Notification {
        subject: "De servicedesk heeft een startcode voor je account gemaakt",
        what: "De servicedesk maakte op {when} een startcode voor je account bij {org}, voor een nieuwe telefoon.",
    },
    activation_sent: Notification {
        subject: "De servicedesk stuurt je een link om de app te koppelen",
        what: "De servicedesk stuurt je op {when} een sms met een link om de app te koppelen aan je account bij {org}.",
    },
    freeze_lifted: Notification {
        subject: "De blokkering van je account is opgeheven",
        what: "De blokkering van je account bij {org} is op {when} opgeheven.",
    },
    alert: Notification {
        subject: "Account geblokkeerd: {reference}",
        what: "Op {when} is bij {org} een account geblokkeerd voor Wachtwoord Reset. Misschien kent iemand anders het \
               wachtwoord. De eigenaar moet jullie bellen; laat iemand die belt zich eerst legitimeren.\n\nKenmerk: \
               {reference}. Beheerders vinden hiermee het account in het auditlog.",
    },
    hello: "Hallo,",
    wait: "Voor je veiligheid kun je je wachtwoord nu {wait} lang niet opnieuw instellen.",
    hours: "{} uur",
    minutes: "{} minuten",
    was_you: "Heb jij dit gedaan? Dan hoef je niets te doen.",
    was_you_reset: "Heb jij dit gedaan? Pas dan het opgeslagen wachtwoord op je telefoon en tablet aan.",
    was_you_requested: "Heb jij dit gedaan? Doe de stappen dan opnieuw vanaf dat moment.",
    was_you_at_the_desk: "Heb jij hierom gevraagd? Dan hoef je niets te doen.",
    elsewhere: "Log op je computer opnieuw in. Vraagt een website om je wachtwoord? Vul dan je nieuwe wachtwoord in.",
    was_not_you: "Was jij dit niet? Bel dan meteen {desk}: {phone} ({hours}).",
    freeze_link: "Met deze link kun je je account meteen laten blokkeren. Dan kan niemand nog je wachtwoord opnieuw \
                  instellen:\n{link}\nDe link werkt 7 dagen. Je hoeft er niets in te vullen.",
    was_not_you_sms: "Was jij dit niet? Bel dan meteen {desk}: {phone}. En blokkeer je account: {link}",
    was_not_you_brief: "Was jij dit niet? Bel {phone} en ga naar {link}",
    confidentiality_warning: "Niemand vraagt je ooit om je wachtwoord of om een code. Ook de servicedesk niet.",
    address: "Het adres om je wachtwoord opnieuw in te stellen is {url}. Typ het altijd zelf in.",
    automatic: "Deze mail is automatisch verstuurd. Je kunt hem niet beantwoorden.",
    code: "{code} is je code om je mobiele nummer bij {org} te bevestigen. De code werkt 10 minuten. Niemand vraagt \
           je ooit om deze code, ook de servicedesk niet. Geef de code dus aan niemand.",
    activation: "Met deze link koppel je de app Entrust Identity aan je account bij {org}. Open de link op je telefoon: {link}",
    activation_brief: "Koppel de app Entrust Identity van {org} met deze link: {link}",
    activation_secret: "Geef deze link aan niemand, ook niet aan de servicedesk.",
    activation_was_not_you: "Was jij dit niet? Bel {phone}.",
    activation_password: "Vraagt de app om een wachtwoord? Dat is {password}.",
    below: "De Nederlandse tekst staat hieronder.",
    date_time: "%d-%m-%Y om %H.%M uur",
};
