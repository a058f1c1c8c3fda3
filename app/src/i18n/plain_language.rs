//! Tests that all messages are in plain language: short sentences and everyday words.

use super::Language;

/// Maximum number of words in a sentence. B1 texts have about fifteen; a quoted text of the organisation may need more.
const MAX_WORDS: usize = 20;

/// Words of jargon, or of a formal tone that the pages do not use.
const NOT_IN_DUTCH: &[&str] = &[
    "u",
    "uw",
    "uzelf",
    "authenticatie",
    "verificatie",
    "token",
    "sessie",
    "account-id",
    "server",
    "request",
    "middels",
    "indien",
    "dient",
    "gelieve",
    "derhalve",
    "reeds",
    "tevens",
    "credentials",
    "inloggegevens",
    "abusievelijk",
    "foutcode",
    "time-out",
    "valideren",
    "applicaties",
    "alstublieft",
];

/// Every text of every catalogue.
fn texts(language: Language) -> Vec<(&'static str, &'static str)> {
    let mut all = language.messages().all();
    all.extend(language.activation().all());
    all.extend(language.enrollment().all());
    all.extend(language.service_desk().all());
    #[cfg(feature = "ssr")]
    all.extend(language.static_pages().all());
    all
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split(['.', '!', '?', ':', ';']).map(str::trim).filter(|s| !s.is_empty())
}

fn words_of(sentence: &str) -> impl Iterator<Item = String> {
    sentence.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
}

#[test]
fn sentences_are_short_in_both_languages() {
    for language in Language::ALL.iter().copied() {
        for (key, text) in texts(language) {
            for sentence in sentences(text) {
                let count = words_of(sentence).filter(|w| !w.is_empty()).count();
                assert!(count <= MAX_WORDS, "{key}: {count} words: {sentence}");
            }
        }
    }
}

#[test]
fn dutch_is_informal_and_uses_everyday_words() {
    for (key, text) in texts(Language::Nl) {
        for word in words_of(text) {
            assert!(!NOT_IN_DUTCH.contains(&word.as_str()), "{key}: «{word}»");
        }
    }
}

#[test]
fn every_message_is_translated() {
    const SAME_IN_BOTH: &[&str] = &[
        "page_title",
        "clock",
        "code_play_store",
        "code_app_store",
        "from_hr",
        "link_here",
        "done_android",
        "done_computer",
    ];
    let (nl, en) = (texts(Language::Nl), texts(Language::En));
    for ((key, dutch), (_, english)) in nl.into_iter().zip(en) {
        assert!(!dutch.is_empty() && !english.is_empty(), "{key}");
        assert!(dutch != english || SAME_IN_BOTH.contains(&key), "{key} is the same in both languages");
    }
}

#[test]
fn code_step_warns_against_giving_the_code_by_phone() {
    assert!(
        Language::Nl.messages().code_secret.contains("Niemand vraagt je ooit aan de telefoon om deze code")
    );
    assert!(Language::En.messages().code_secret.contains("Nobody will ever ask you for this code by phone"));
}

#[test]
fn prescribed_texts_are_verbatim() {
    let messages = Language::Nl.messages();
    for (text, quoted) in [
        (messages.username, "Gebruikersnaam"),
        (messages.next, "Volgende"),
        (messages.cancel, "Annuleren"),
        (messages.for_information, "Voor informatie:"),
        (messages.birthdate_heading, "Verifieer met je geboortedatum."),
        (messages.birthdate, "Geboortedatum (bijv. 01-10-1984)."),
        (messages.code, "Wachtwoordcode"),
        (messages.password, "Nieuw wachtwoord"),
        (messages.password_repeat, "Herhaal nieuw wachtwoord"),
        (messages.rules, "Wachtwoordeisen"),
        (messages.done_close, "Je bent nu klaar en mag het scherm sluiten."),
        (
            messages.done_devices,
            "Pas nu het opgeslagen wachtwoord op je telefoon en tablet aan, anders raakt je account opnieuw geblokkeerd.",
        ),
    ] {
        assert_eq!(text, quoted);
    }
    assert!(messages.done_heading.contains("opnieuw ingesteld"));
}
