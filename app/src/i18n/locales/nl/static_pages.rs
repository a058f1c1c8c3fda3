//! The static pages in Dutch.

use crate::i18n::messages::Template;
use crate::i18n::static_pages::StaticPageMessages;

pub(crate) static MESSAGES: StaticPageMessages = StaticPageMessages {
    privacy_wizard: "Wat je typt om een nieuw wachtwoord in te stellen, bewaren we alleen zolang je bezig bent. Je wachtwoord bewaren we nooit.",
    privacy_log: "We houden bij wanneer iemand dit probeert, of het lukte, en vanaf welk netwerk. In plaats van je naam staat er een code.",
    privacy_browser: "Je browser bewaart waar je bent gebleven en welke taal je koos. Lukte het? Dan herkennen we deze browser nog een half jaar. We volgen je niet.",
    privacy_back: "Terug naar je wachtwoord",
    elsewhere_where: Template::new(
        "Je kunt dit alleen regelen op een computer van {}, of op het netwerk van {}.",
    ),
    elsewhere_why: "Je logt hier in met je wachtwoord. Daarom kan dat alleen op je werk.",
    elsewhere_how: "Ga op je werk naar hetzelfde adres.",
    not_found: "Deze pagina bestaat niet",
    not_found_why: "Misschien is het adres verkeerd getypt. Wat wil je doen?",
    not_found_reset: "Een nieuw wachtwoord instellen",
};
