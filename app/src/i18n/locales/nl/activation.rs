//! The Dutch messages of linking the app.

use crate::i18n::activation::ActivationMessages;
use crate::i18n::messages::Template;

pub(crate) static MESSAGES: ActivationMessages = ActivationMessages {
    link_step_install: "Stap 1 van 2",
    link_install: "Installeer de app Entrust Identity op je telefoon.",
    link_installed: "De app staat op mijn telefoon",
    link_step_link: "Stap 2 van 2",
    link_scan: "Open de app en scan de code hieronder.",
    link_open: "Open de app met de knop hieronder.",
    link_here: "Open Entrust Identity",
    link_qr: "QR-code om de app te koppelen",
    link_password: "Vraagt de app om een wachtwoord? Typ dan:",
    link_on_phone: "Lees je dit op je telefoon?",
    link_by_scan: "Wil je scannen met een andere telefoon?",
    link_waiting: "Je hoeft niets te doen: we zien het als het gelukt is.",
    link_not_installed: "De app staat nog niet op mijn telefoon",

    new_app_stop: "Ik heb geen startcode",
    new_app_banner: "Je koppelt de app op een andere telefoon. Je wachtwoord verandert nog niet.",
    new_app_lead: "Bewijs in een paar stappen wie je bent. Daarna koppel je de app op je andere telefoon.",
    need_start_code: "de startcode van de servicedesk",
    need_new_phone: "je nieuwe telefoon",
    start_code_heading: "Vul je startcode in",
    start_code_intro: "De servicedesk heeft je een startcode voorgelezen.",
    start_code: "Startcode",
    start_code_hint: "Acht letters en cijfers, bijvoorbeeld K7Q2 9F4P. Kleine letters en spaties mogen.",
    start_code_secret: "Deze code is alleen voor jou. Geef de code aan niemand.",
    start_code_none: "Geen startcode?",
    start_code_help: Template::new(
        "Heb je geen startcode, of werkt die niet meer? Bel {}: {}. Vraag om een nieuwe startcode.",
    ),
    new_app_heading: "Koppel de app op je nieuwe telefoon",
    new_app_link: "Koppel de app",
    new_app_linked_heading: "Je app is gekoppeld",
    new_app_from: Template::new("Je kunt een nieuw wachtwoord instellen vanaf {}."),
    new_app_now: "Je kunt nu een nieuw wachtwoord instellen.",
    new_app_old: "Gebruik voortaan de app op je nieuwe telefoon. Is je oude telefoon gestolen? Zeg dat dan tegen de servicedesk.",
    new_app_reset: "Stel een nieuw wachtwoord in",

    start_code_empty: "Vul de startcode in.",
    start_code_length: "Een startcode heeft acht tekens. Kijk of je alles hebt ingevuld.",
    start_code_letters: "Een startcode bestaat uit letters en cijfers. Kijk of elk teken klopt.",
    start_code_wrong: "Je geboortedatum (dd-mm-jjjj) of je startcode klopt misschien niet.",
    start_code_cause: "de startcode: misschien is die verkeerd getypt, te oud of al gebruikt.",
    new_app_refused: "De app koppelen lukt hier niet",
    new_app_refused_why: "We kunnen de app voor jouw account nu niet koppelen.",
    new_app_refused_todo: "Bel de servicedesk. Die helpt je verder.",
    new_app_unknown: "Een van onze systemen gaf geen antwoord. We weten niet of het koppelen is begonnen.",
    new_app_unknown_todo: "Wacht een minuut en laad de pagina opnieuw.",
};
