//! The password policy, the same code in browser and server. The strength estimator (zxcvbn) runs separately; its
//! [`Score`] is an argument.

mod complexity;

use crate::domain::missing_field::MissingField;
use crate::domain::password::Password;
use crate::domain::typed_text::is_untypable;
use complexity::kinds;
use serde::{Deserialize, Serialize};
use spelling::{contains_word, equals_ignore_case, lower, matches_letter};

/// The password rules for one account, or, before the verification, for all accounts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Rules {
    /// Minimum number of characters (Unicode scalar values).
    pub min_length: u16,
    /// Maximum number of UTF-16 units, which the directory counts. A longer password is refused, never truncated.
    pub max_length: u16,
    /// Whether Windows' complexity rule applies: three of five kinds of characters, and no personal name.
    pub complexity: bool,
    /// Minimum score of the strength estimate.
    pub min_score: Score,
    /// Words that a password must not contain in any spelling, e.g. the organisation's name.
    pub banned_words: Vec<String>,
    /// Number of earlier passwords that the directory refuses; `None` if it does not enforce a history.
    pub history: Option<u16>,
}

/// The score of the strength estimate, 0 (trivial to guess) to 4 (very hard to guess).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

impl Score {
    /// Returns `None` above 4.
    pub const fn new(score: u8) -> Option<Self> {
        if score <= 4 { Some(Self(score)) } else { None }
    }

    /// The score, 0–4.
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Score {
    type Error = &'static str;
    fn try_from(score: u8) -> Result<Self, Self::Error> {
        Self::new(score).ok_or("a score is 0 to 4")
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// Personal words that make a password guessable: the user name, and names and name parts of at least three letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Personal(Vec<String>);

impl Personal {
    /// From the login name and the display name, split like Windows does: at spaces, tab and `, . - _ #`. Parts of
    /// fewer than three characters and duplicates are dropped.
    pub fn from_names(login: &str, display: &str) -> Self {
        const SEPARATORS: &[char] = &[' ', '\t', ',', '.', '-', '_', '#'];
        let mut words: Vec<String> = Vec::new();
        let full_login = std::iter::once(login);
        for word in full_login.chain(display.split(SEPARATORS)).chain(login.split(SEPARATORS)) {
            let word: String = word.chars().map(lower).collect();
            if word.chars().count() >= 3 && !words.contains(&word) {
                words.push(word);
            }
        }
        Self(words)
    }

    /// The words, in lower case.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// A rule that a password violates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "breach", rename_all = "snake_case", try_from = "ViolationFields")]
pub enum Violation {
    /// Fewer characters than `min`.
    TooShort {
        /// The minimum.
        min: u16,
    },
    /// More UTF-16 units than `max`.
    TooLong {
        /// The maximum.
        max: u16,
    },
    /// Fewer than three kinds of characters.
    Complexity,
    /// Contains a name of the user.
    ContainsName,
    /// Contains a banned word.
    BannedWord {
        /// The word.
        word: String,
    },
    /// Contains an invisible character that no keyboard types, as pasted text may.
    Invisible,
    /// The strength estimate is too low.
    TooGuessable {
        /// The estimate.
        score: Score,
        /// The minimum.
        min: Score,
    },
    /// Known from a public data breach.
    Breached,
    /// Used before; only the directory knows.
    InHistory {
        /// The length of the history, if known.
        remembered: Option<u16>,
    },
    /// The minimum password age of the directory has not passed since the last change.
    TooRecent {
        /// Hours until then, rounded up.
        hours: u16,
    },
    /// The directory refused the password without a reason, and no other rule explains it.
    DirectoryRefused,
}

/// The fields of all violations, for deserialization; [`crate::api::step`] explains why.
#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
struct ViolationFields {
    breach: ViolationName,
    min: Option<u16>,
    max: Option<u16>,
    word: Option<String>,
    score: Option<Score>,
    remembered: Option<u16>,
    hours: Option<u16>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
enum ViolationName {
    TooShort,
    TooLong,
    Complexity,
    ContainsName,
    BannedWord,
    Invisible,
    TooGuessable,
    Breached,
    InHistory,
    TooRecent,
    DirectoryRefused,
}

impl TryFrom<ViolationFields> for Violation {
    type Error = MissingField;

    fn try_from(fields: ViolationFields) -> Result<Self, MissingField> {
        let min = fields.min.ok_or(MissingField);
        Ok(match fields.breach {
            ViolationName::TooShort => Self::TooShort { min: min? },
            ViolationName::TooLong => Self::TooLong { max: fields.max.ok_or(MissingField)? },
            ViolationName::Complexity => Self::Complexity,
            ViolationName::ContainsName => Self::ContainsName,
            ViolationName::BannedWord => Self::BannedWord { word: fields.word.ok_or(MissingField)? },
            ViolationName::Invisible => Self::Invisible,
            ViolationName::TooGuessable => Self::TooGuessable {
                score: fields.score.ok_or(MissingField)?,
                min: u8::try_from(min?).ok().and_then(Score::new).ok_or(MissingField)?,
            },
            ViolationName::Breached => Self::Breached,
            ViolationName::InHistory => Self::InHistory { remembered: fields.remembered },
            ViolationName::TooRecent => Self::TooRecent { hours: fields.hours.ok_or(MissingField)? },
            ViolationName::DirectoryRefused => Self::DirectoryRefused,
        })
    }
}

impl Rules {
    /// The known words for the strength estimate. Browser and server must use the same words, so that they agree about
    /// a password.
    pub fn known_words<'a>(&'a self, personal: &'a Personal) -> impl Iterator<Item = &'a str> {
        personal.words().iter().chain(&self.banned_words).map(String::as_str)
    }

    /// The rules as a `passwordrules` attribute for password managers, documented by Apple. Requires one character of
    /// each kind, because the format cannot express Windows' three of five.
    pub fn password_rules_attribute(&self) -> String {
        let kinds = if self.complexity { " required: lower; required: upper; required: digit;" } else { "" };
        let (min, max) = (self.min_length.to_string(), self.max_length.to_string());
        ["minlength: ", &min, "; maxlength: ", &max, ";", kinds, " allowed: ascii-printable;"].concat()
    }

    /// Returns every rule that the password violates, in the order of the screen. Without a `score` (the estimator is
    /// not loaded yet), the strength is not evaluated; the server always has one.
    ///
    /// ```
    /// use app::domain::password::Password;
    /// use app::policy::{Personal, Rules, Score, Violation};
    ///
    /// let rules = Rules {
    ///     min_length: 12,
    ///     max_length: 127,
    ///     complexity: true,
    ///     min_score: Score::new(3).unwrap(),
    ///     banned_words: vec![],
    ///     history: None,
    /// };
    /// let evaluate = |text| rules.evaluate(&Password::new(text), &Personal::default(), Score::new(4));
    /// assert_eq!(evaluate("Fiets-Regen-42!"), []);
    /// assert_eq!(evaluate("Kort-42!"), [Violation::TooShort { min: 12 }]);
    /// ```
    pub fn evaluate(&self, password: &Password, personal: &Personal, score: Option<Score>) -> Vec<Violation> {
        let text = password.expose();
        let mut violations = Vec::new();
        if text.chars().count() < usize::from(self.min_length) {
            violations.push(Violation::TooShort { min: self.min_length });
        }
        if text.encode_utf16().count() > usize::from(self.max_length) {
            violations.push(Violation::TooLong { max: self.max_length });
        }
        if self.complexity && kinds(text) < 3 {
            violations.push(Violation::Complexity);
        }
        if personal.0.iter().any(|word| contains_word(text, word, equals_ignore_case)) {
            violations.push(Violation::ContainsName);
        }
        if let Some(word) = self.banned_words.iter().find(|word| contains_word(text, word, matches_letter)) {
            violations.push(Violation::BannedWord { word: word.clone() });
        }
        // The password would work on this page, but the user could not type it in any application.
        if text.chars().any(is_untypable) {
            violations.push(Violation::Invisible);
        }
        // A directory accepts NUL (measured), but then neither the whole password nor the part before it works.
        if text.chars().any(|c| c == '\0') {
            violations.push(Violation::DirectoryRefused);
        }
        if let Some(score) = score
            && score < self.min_score
        {
            violations.push(Violation::TooGuessable { score, min: self.min_score });
        }
        violations
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules() -> Rules {
        Rules {
            min_length: 12,
            max_length: 127,
            complexity: true,
            min_score: Score(3),
            banned_words: vec!["Pantein".into()],
            history: None,
        }
    }

    fn evaluate(password: &str) -> Vec<Violation> {
        let anna = Personal::from_names("A.Janssen", "Anna Janssen");
        rules().evaluate(&Password::new(password), &anna, Score::new(4))
    }

    #[test]
    fn good_password_violates_no_rule() {
        assert_eq!(evaluate("Fiets-Regen-42!"), vec![]);
    }

    #[test]
    fn each_rule_has_its_violation() {
        assert_eq!(evaluate("Kort-42!"), vec![Violation::TooShort { min: 12 }]);
        assert_eq!(evaluate(&format!("Aa1!{}", "x".repeat(124))), vec![Violation::TooLong { max: 127 }]);
        assert_eq!(evaluate("alleenkleineletters"), vec![Violation::Complexity]);
        assert_eq!(evaluate("Welkom-JANSSEN-42"), vec![Violation::ContainsName]);
        assert_eq!(evaluate("Welkom-pantein-42"), vec![Violation::BannedWord { word: "Pantein".into() }]);
        let guessable =
            rules().evaluate(&Password::new("Welkom-2026-42"), &Personal::default(), Score::new(1));
        assert_eq!(guessable, vec![Violation::TooGuessable { score: Score(1), min: Score(3) }]);
    }

    #[test]
    fn password_with_nul_character_is_refused() {
        assert_eq!(evaluate("Fiets-Regen-42!\0"), vec![Violation::DirectoryRefused]);
    }

    #[test]
    fn invisible_character_from_pasted_text_is_refused_and_emoji_are_not() {
        for invisible in [
            '\u{200b}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202c}', '\u{2060}', '\u{2069}', '\u{feff}',
            '\u{ad}',
        ] {
            for password in [
                format!("{invisible}Fiets-Regen-42!"),
                format!("Fiets-{invisible}Regen-42!"),
                format!("Fiets-Regen-42!{invisible}"),
            ] {
                assert_eq!(evaluate(&password), vec![Violation::Invisible], "{password:?}");
            }
        }
        for password in [
            "Fiets-Regen-42\u{2764}\u{fe0f}",
            "Fiets-42-\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            " Fiets-Regen-42\u{a0}",
        ] {
            assert_eq!(evaluate(password), vec![], "{password:?}");
        }
    }

    #[test]
    fn strength_is_not_evaluated_without_a_score() {
        assert_eq!(rules().evaluate(&Password::new("Welkom-2026-42"), &Personal::default(), None), vec![]);
    }

    #[test]
    fn banned_word_is_found_in_any_spelling() {
        for password in ["Fiets-P@nte1n-42", "Fiets-PÀNTEIN-42", "Fiets-p4ntein-42"] {
            assert_eq!(
                evaluate(password),
                vec![Violation::BannedWord { word: "Pantein".into() }],
                "{password}"
            );
        }
    }

    #[test]
    fn name_is_found_in_any_case_and_only_with_its_accents() {
        let gul = Personal::from_names("Li", "Gül Özdemir Όμηρος");
        let named =
            |password| rules().evaluate(&Password::new(password), &gul, None) == [Violation::ContainsName];
        assert!(named("Fiets-GÜL-Regen-42") && named("Fiets-özdemir-42") && named("ΌΜΗΡΟΣ-Fiets-42"));
        for other in ["Fiets-Gul-Regen-42", "Fiets-0zdemir-42", "Fiets-Li-Regen-42"] {
            assert_eq!(rules().evaluate(&Password::new(other), &gul, None), vec![], "{other}");
        }
    }

    #[test]
    fn too_long_password_is_refused_and_not_truncated() {
        let longest = format!("Fiets-Regen-42!{}", "-Tuba8".repeat(19)).chars().take(127).collect::<String>();
        assert_eq!(evaluate(&longest), vec![]);
        assert_eq!(evaluate(&format!("{longest}x")), vec![Violation::TooLong { max: 127 }]);
        // A directory counts UTF-16 units, of which such a character has two.
        let signs = |n| evaluate(&format!("Fiets-Regen-42!{}", "😀".repeat(n)));
        assert_eq!((signs(56), signs(57)), (vec![], vec![Violation::TooLong { max: 127 }]));
    }

    #[test]
    fn personal_words_have_at_least_three_letters() {
        let personal = Personal::from_names("G.Oezdemir", "Gül van de Özdemir-Li");
        assert_eq!(personal.words(), ["g.oezdemir", "gül", "van", "özdemir", "oezdemir"]);
    }

    #[test]
    fn violations_have_their_documented_wire_format() {
        let json = serde_json::to_string(&Violation::TooShort { min: 12 }).unwrap();
        assert_eq!(json, r#"{"breach":"too_short","min":12}"#);
        let (score, min) = (Score(1), Score(3));
        for violation in [
            Violation::TooShort { min: 12 },
            Violation::TooLong { max: 127 },
            Violation::Complexity,
            Violation::ContainsName,
            Violation::BannedWord { word: "pantein".into() },
            Violation::TooGuessable { score, min },
            Violation::Breached,
            Violation::InHistory { remembered: Some(24) },
            Violation::InHistory { remembered: None },
            Violation::TooRecent { hours: 23 },
            Violation::DirectoryRefused,
        ] {
            let json = serde_json::to_string(&violation).unwrap();
            assert_eq!(serde_json::from_str::<Violation>(&json).unwrap(), violation, "{json}");
        }
    }

    proptest! {
        #[test]
        fn longer_password_never_becomes_too_short(password in "\\PC{0,40}", more in "\\PC{0,10}") {
            let short = |p: &str| evaluate(p).contains(&Violation::TooShort { min: 12 });
            let longer = format!("{password}{more}");
            prop_assert!(short(&password) || !short(&longer));
        }
    }
}
