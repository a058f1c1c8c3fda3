//! The judge of a new password, the same code in browser and server. Not the strength estimator:
//! zxcvbn runs outside and hands its [`Score`] in.

mod complexity;

use crate::api::step::MissingField;
use crate::domain::password::Password;
use complexity::kinds;
use serde::{Deserialize, Serialize};
use spelling::{holds, lower, same_but_for_case, stands_for};

/// The rules that hold for one person (or, before the proof, for everybody).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rules {
    /// Fewest characters (Unicode scalar values).
    pub min_length: u16,
    /// Most UTF-16 units: what the directory counts. A longer password is refused, never cut.
    pub max_length: u16,
    /// Windows' complexity rule: three of five kinds of characters, no name in it.
    pub complexity: bool,
    /// Lowest score of the strength estimate that will do.
    pub min_score: Score,
    /// Messages that may not stand in it however they are spelled, e.g. the organisation's name.
    pub banned_words: Vec<String>,
    /// How many earlier passwords the directory refuses; `None` where it does not enforce that.
    pub history: Option<u16>,
}

/// The strength estimate's score, 0 (guessed at once) to 4 (very hard to guess).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

impl Score {
    /// `None` above 4.
    pub const fn new(score: u8) -> Option<Self> {
        if score <= 4 { Some(Self(score)) } else { None }
    }

    /// 0–4.
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

/// What belongs to the person and so makes a password guessable: user name, names and name parts of
/// three and more letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Personal(Vec<String>);

impl Personal {
    /// From the login name and the display name, split as Windows splits it: at spaces, tab and
    /// `, . - _ #`; parts under three characters do not count. Duplicates are dropped.
    pub fn from_names(login: &str, display: &str) -> Self {
        const SEPARATORS: &[char] = &[' ', '\t', ',', '.', '-', '_', '#'];
        let mut words: Vec<String> = Vec::new();
        let whole = std::iter::once(login);
        for word in whole.chain(display.split(SEPARATORS)).chain(login.split(SEPARATORS)) {
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

/// One rule that a password breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "breach", rename_all = "snake_case", try_from = "ViolationFields")]
pub enum Violation {
    /// Fewer characters than `min`.
    TooShort {
        /// The fewest that will do.
        min: u16,
    },
    /// More than `max`.
    TooLong {
        /// The most that will do.
        max: u16,
    },
    /// Fewer than three kinds of characters.
    Complexity,
    /// The person's own name is in it.
    ContainsName,
    /// A word that may not be in it.
    BannedWord {
        /// The word.
        word: String,
    },
    /// The strength estimate is too low.
    TooGuessable {
        /// What it is.
        score: Score,
        /// What is needed.
        min: Score,
    },
    /// Known from a public leak.
    Breached,
    /// Used before; only the directory knows.
    InHistory {
        /// How many earlier passwords are remembered, where known.
        remembered: Option<u16>,
    },
    /// The password was changed so shortly before that the directory takes no other yet.
    TooRecent {
        /// Until it does, in whole hours, a begun one counted.
        hours: u16,
    },
    /// The directory refused for a reason that it does not tell and that nothing else explains.
    DirectoryRefused,
}

/// The fields of all breaches; see [`crate::api::step`] for why.
#[derive(Deserialize)]
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
#[serde(rename_all = "snake_case")]
enum ViolationName {
    TooShort,
    TooLong,
    Complexity,
    ContainsName,
    BannedWord,
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
    /// What the strength estimate takes as known words: the same in browser and server, or the two
    /// would disagree about a password.
    pub fn known_words<'a>(&'a self, personal: &'a Personal) -> impl Iterator<Item = &'a str> {
        personal.words().iter().chain(&self.banned_words).map(String::as_str)
    }

    /// The rules in the form in which password managers know them (`passwordrules`, as Apple documents it). One kind
    /// of each is asked for rather than Windows' three of five: it has no words for that, and one of each passes.
    pub fn for_managers(&self) -> String {
        let kinds = if self.complexity { " required: lower; required: upper; required: digit;" } else { "" };
        let (min, max) = (self.min_length.to_string(), self.max_length.to_string());
        ["minlength: ", &min, "; maxlength: ", &max, ";", kinds, " allowed: ascii-printable;"].concat()
    }

    /// Every rule that the password breaks, in the order in which the screen lists them. Without a
    /// `score` (the estimator is not there yet) strength is not judged; the server always has one.
    pub fn evaluate(&self, password: &Password, personal: &Personal, score: Option<Score>) -> Vec<Violation> {
        let text = password.expose();
        let mut breaches = Vec::new();
        if text.chars().count() < usize::from(self.min_length) {
            breaches.push(Violation::TooShort { min: self.min_length });
        }
        if text.encode_utf16().count() > usize::from(self.max_length) {
            breaches.push(Violation::TooLong { max: self.max_length });
        }
        if self.complexity && kinds(text) < 3 {
            breaches.push(Violation::Complexity);
        }
        if personal.0.iter().any(|word| holds(text, word, same_but_for_case)) {
            breaches.push(Violation::ContainsName);
        }
        if let Some(word) = self.banned_words.iter().find(|word| holds(text, word, stands_for)) {
            breaches.push(Violation::BannedWord { word: word.clone() });
        }
        // A directory takes it (measured), and then nobody signs in, neither with all of it nor with what is before.
        if text.chars().any(|c| c == '\0') {
            breaches.push(Violation::DirectoryRefused);
        }
        if let Some(score) = score
            && score < self.min_score
        {
            breaches.push(Violation::TooGuessable { score, min: self.min_score });
        }
        breaches
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
    fn a_good_password_breaks_nothing() {
        assert_eq!(evaluate("Fiets-Regen-42!"), vec![]);
    }

    #[test]
    fn each_rule_has_its_breach() {
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
    fn what_would_lock_its_owner_out_is_refused() {
        assert_eq!(evaluate("Fiets-Regen-42!\0"), vec![Violation::DirectoryRefused]);
    }

    #[test]
    fn without_an_estimate_strength_is_left_to_the_server() {
        assert_eq!(rules().evaluate(&Password::new("Welkom-2026-42"), &Personal::default(), None), vec![]);
    }

    #[test]
    fn a_banned_word_is_found_however_it_is_spelled() {
        for password in ["Fiets-P@nte1n-42", "Fiets-PÀNTEIN-42", "Fiets-p4ntein-42"] {
            assert_eq!(
                evaluate(password),
                vec![Violation::BannedWord { word: "Pantein".into() }],
                "{password}"
            );
        }
    }

    #[test]
    fn a_name_counts_in_any_case_and_with_its_accents_as_they_are() {
        let gul = Personal::from_names("Li", "Gül Özdemir Όμηρος");
        let named =
            |password| rules().evaluate(&Password::new(password), &gul, None) == [Violation::ContainsName];
        assert!(named("Fiets-GÜL-Regen-42") && named("Fiets-özdemir-42") && named("ΌΜΗΡΟΣ-Fiets-42"));
        for other in ["Fiets-Gul-Regen-42", "Fiets-0zdemir-42", "Fiets-Li-Regen-42"] {
            assert_eq!(rules().evaluate(&Password::new(other), &gul, None), vec![], "{other}");
        }
    }

    #[test]
    fn a_longer_password_is_refused_and_nothing_of_it_is_cut() {
        let longest = format!("Fiets-Regen-42!{}", "-Tuba8".repeat(19)).chars().take(127).collect::<String>();
        assert_eq!(evaluate(&longest), vec![]);
        assert_eq!(evaluate(&format!("{longest}x")), vec![Violation::TooLong { max: 127 }]);
        // What a directory counts is UTF-16: such a sign is two.
        let signs = |n| evaluate(&format!("Fiets-Regen-42!{}", "😀".repeat(n)));
        assert_eq!((signs(56), signs(57)), (vec![], vec![Violation::TooLong { max: 127 }]));
    }

    #[test]
    fn name_parts_of_three_letters_count_and_shorter_ones_do_not() {
        let personal = Personal::from_names("G.Oezdemir", "Gül van de Özdemir-Li");
        assert_eq!(personal.words(), ["g.oezdemir", "gül", "van", "özdemir", "oezdemir"]);
    }

    #[test]
    fn breaches_have_the_contracts_form_on_the_wire() {
        let json = serde_json::to_string(&Violation::TooShort { min: 12 }).unwrap();
        assert_eq!(json, r#"{"breach":"too_short","min":12}"#);
        let (score, min) = (Score(1), Score(3));
        for breach in [
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
            let json = serde_json::to_string(&breach).unwrap();
            assert_eq!(serde_json::from_str::<Violation>(&json).unwrap(), breach, "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_longer_password_never_becomes_too_short(password in "\\PC{0,40}", more in "\\PC{0,10}") {
            let short = |p: &str| evaluate(p).contains(&Violation::TooShort { min: 12 });
            let longer = format!("{password}{more}");
            prop_assert!(short(&password) || !short(&longer));
        }
    }
}
