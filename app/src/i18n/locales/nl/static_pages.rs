//! The Dutch messages of the static pages.

use crate::i18n::messages::Template;
use crate::i18n::static_pages::StaticPageMessages;

pub(crate) static MESSAGES: StaticPageMessages = StaticPageMessages {
    privacy_registered: "Als je je registreert",
    privacy_reset: "Als je een nieuw wachtwoord instelt",
    privacy_in_browser: "In je browser",
    privacy_your_rights: "Je rechten",
    privacy_wizard: "Wat je typt om een nieuw wachtwoord in te stellen, bewaren we alleen zolang je bezig bent. Je wachtwoord bewaren we nooit.",
    privacy_log: "We houden bij wanneer iemand dit probeert, of het lukte, en vanaf welk netwerk. In plaats van je naam staat er een code.",
    privacy_browser: "Je browser bewaart waar je bent gebleven en welke taal je koos. Lukte het? Dan herkennen we deze browser nog een half jaar. We volgen je niet.",
    privacy_back: "Terug naar je wachtwoord",
    elsewhere_where: Template::new(
        "Je kunt dit alleen regelen op een computer van {}, of op het netwerk van {}.",
    ),
    elsewhere_why: "Je logt hier in met je wachtwoord. Daarom kan dat alleen op je werk.",
    elsewhere_how: "Ga op je werk naar hetzelfde adres.",
    help_title: "Hulp bij je wachtwoord",
    help_lead: "De vijf problemen die het meest voorkomen, en wat je eraan doet.",
    help_username: "Ik weet mijn gebruikersnaam niet",
    help_code: "Ik heb geen code",
    help_code_app: "Open de app Entrust Identity op je telefoon. Daar zie je een code. Typ die over op de website.",
    help_code_sent: "Kloppen je gegevens? Dan krijg je de code per sms of mail. Typ die over op de website.",
    help_not_verified: "Alles klopt, maar ik kom niet verder",
    help_details: "Weet je dat niet zeker? Bel ons.",
    help_refused: "Mijn nieuwe wachtwoord wordt niet geaccepteerd",
    help_password: Template::new(
        "Je nieuwe wachtwoord moet minstens {} tekens hebben. Je naam mag er niet in staan. Tijdens het typen zie je wat er nog moet.",
    ),
    help_afterwards: "Mijn account raakt steeds geblokkeerd",
    help_devices: "Op je telefoon of tablet staat dan nog je oude wachtwoord. Pas het daar aan, vooral bij je werkmail.",
    help_other_tab: "Was je al bezig? Sluit deze pagina en ga verder in het tabblad waar je was.",
    help_print: "Tip voor je afdeling: print deze pagina en hang hem op. Op papier staat ook een code die collega's kunnen scannen.",
    help_scan: "Wachtwoord vergeten? Scan deze code.",
    help_type: Template::new("Of ga naar {}"),
    help_qr: "QR-code naar de pagina om je wachtwoord opnieuw in te stellen",
    not_found: "Deze pagina bestaat niet",
    not_found_why: "Misschien is het adres verkeerd getypt. Wat wil je doen?",
    not_found_reset: "Een nieuw wachtwoord instellen",
};
