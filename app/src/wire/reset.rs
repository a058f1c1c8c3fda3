//! Steps and refusals of the wizard, and the rules.

use super::{Read, Value};
use crate::policy::{Breach, Personal, Rules, Score};
use crate::refusal::{Reason, Refusal};
use crate::step::{Step, Way};

impl Read for Step {
    fn read(value: &Value) -> Option<Self> {
        let practice = value.flag("practice");
        match value.at("step").str() {
            "identify" => Some(Self::Identify {}),
            "birthdate" => Some(Self::Birthdate {
                username: value.get("username")?,
                expires_in: value.get("expires_in")?,
                practice,
            }),
            "code" => Some(Self::Code {
                username: value.get("username")?,
                ways: value.get("ways")?,
                way: value.get("way")?,
                resend_after: value.get("resend_after")?,
                expires_in: value.get("expires_in")?,
                practice,
            }),
            "password" => Some(Self::Password {
                username: value.get("username")?,
                rules: value.get("rules")?,
                personal: value.get("personal")?,
                expires_in: value.get("expires_in")?,
                unlock: value.flag("unlock"),
                practice,
            }),
            "done" => Some(Self::Done {
                applications: value.get("applications")?,
                everywhere: value.get("everywhere")?,
                unlocked: value.flag("unlocked"),
                practice,
            }),
            _ => None,
        }
    }
}

impl Read for Way {
    fn read(value: &Value) -> Option<Self> {
        Self::parse(value.str())
    }
}

impl Read for Rules {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            min_length: value.get("min_length")?,
            max_length: value.get("max_length")?,
            complexity: value.get("complexity")?,
            min_score: value.get("min_score")?,
            banned_words: value.get("banned_words")?,
            history: value.get("history")?,
        })
    }
}

impl Read for Score {
    fn read(value: &Value) -> Option<Self> {
        value.whole().and_then(|score| u8::try_from(score).ok()).and_then(Self::new)
    }
}

impl Read for Personal {
    fn read(value: &Value) -> Option<Self> {
        Vec::read(value).map(Self::from_words)
    }
}

impl Read for Refusal {
    fn read(value: &Value) -> Option<Self> {
        match value.at("refusal").str() {
            "invalid" => Some(Self::Invalid { field: value.get("field")?, reason: value.get("reason")? }),
            "not_verified" => Some(Self::NotVerified {
                reference: value.get("reference")?,
                attempts_left: value.get("attempts_left")?,
            }),
            "weak_password" => Some(Self::WeakPassword { breaches: value.get("breaches")? }),
            "too_many" => Some(Self::TooMany { retry_after: value.get("retry_after")? }),
            "start_again" => Some(Self::StartAgain),
            "in_progress" => Some(Self::InProgress),
            "unavailable" => Some(Self::Unavailable {
                reference: value.get("reference")?,
                retry_after: value.get("retry_after")?,
            }),
            "outcome_unknown" => Some(Self::OutcomeUnknown { reference: value.get("reference")? }),
            "foreign" => Some(Self::Foreign),
            "fault" => Some(Self::Fault { reference: value.get("reference")? }),
            _ => None,
        }
    }
}

impl Read for Reason {
    fn read(value: &Value) -> Option<Self> {
        match value.str() {
            "empty" => Some(Self::Empty),
            "too_long" => Some(Self::TooLong),
            "characters" => Some(Self::Characters),
            "not_a_date" => Some(Self::NotADate),
            "future" => Some(Self::Future),
            "not_digits" => Some(Self::NotDigits),
            "length" => Some(Self::Length),
            "not_offered" => Some(Self::NotOffered),
            "not_mobile" => Some(Self::NotMobile),
            "other_country" => Some(Self::OtherCountry),
            "malformed" => Some(Self::Malformed),
            "wrong_type" => Some(Self::WrongType),
            "missing" => Some(Self::Missing),
            "duplicate" => Some(Self::Duplicate),
            "unknown_field" => Some(Self::UnknownField),
            "not_found" => Some(Self::NotFound),
            "method" => Some(Self::Method),
            "too_large" => Some(Self::TooLarge),
            "content_type" => Some(Self::ContentType),
            _ => None,
        }
    }
}

impl Read for Breach {
    fn read(value: &Value) -> Option<Self> {
        match value.at("breach").str() {
            "too_short" => Some(Self::TooShort { min: value.get("min")? }),
            "too_long" => Some(Self::TooLong { max: value.get("max")? }),
            "complexity" => Some(Self::Complexity),
            "contains_name" => Some(Self::ContainsName),
            "banned_word" => Some(Self::BannedWord { word: value.get("word")? }),
            "too_guessable" => {
                Some(Self::TooGuessable { score: value.get("score")?, min: value.get("min")? })
            }
            "breached" => Some(Self::Breached),
            "in_history" => Some(Self::InHistory { remembered: value.get("remembered")? }),
            "too_recent" => Some(Self::TooRecent { hours: value.get("hours")? }),
            "directory_refused" => Some(Self::DirectoryRefused),
            _ => None,
        }
    }
}
