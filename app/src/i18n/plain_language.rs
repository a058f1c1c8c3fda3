//! Tests that all messages are plain: short sentences and everyday words.

use super::Language;

/// B1 texts keep to about fifteen words a sentence; a quoted text of the organisation may need more.
const MAX_WORDS: usize = 20;

/// Messages that belong to the trade, or to a tone that this page does not use.
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
    let mut all = language.words().all();
    all.extend(language.enrollment().all());
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
fn dutch_says_je_and_uses_everyday_words() {
    for (key, text) in texts(Language::Nl) {
        for word in words_of(text) {
            assert!(!NOT_IN_DUTCH.contains(&word.as_str()), "{key}: «{word}»");
        }
    }
}

#[test]
fn no_text_is_empty_and_english_is_not_dutch_left_behind() {
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
fn the_code_step_says_that_nobody_asks_for_the_code_by_phone() {
    assert!(Language::Nl.words().code_secret.contains("Niemand vraagt je ooit aan de telefoon om deze code"));
    assert!(Language::En.words().code_secret.contains("Nobody will ever ask you for this code by phone"));
}

#[test]
fn the_quoted_texts_stand_to_the_letter() {
    let words = Language::Nl.words();
    for (text, quoted) in [
        (words.username, "Gebruikersnaam"),
        (words.next, "Volgende"),
        (words.cancel, "Annuleren"),
        (words.for_information, "Voor informatie:"),
        (words.birthdate_heading, "Verifieer met je geboortedatum."),
        (words.birthdate, "Geboortedatum (bijv. 01-10-1984)."),
        (words.code, "Wachtwoordcode"),
        (words.password, "Nieuw wachtwoord"),
        (words.password_repeat, "Herhaal nieuw wachtwoord"),
        (words.rules, "Wachtwoordeisen"),
        (words.done_close, "Je bent nu klaar en mag het scherm sluiten."),
        (
            words.done_devices,
            "Pas nu het opgeslagen wachtwoord op je telefoon en tablet aan, anders raakt je account opnieuw geblokkeerd.",
        ),
    ] {
        assert_eq!(text, quoted);
    }
    assert!(words.done_heading.contains("opnieuw ingesteld"));
}
