//! Why the server said no: facts that are fit for a stranger. The words come from `i18n`, the true
//! reason behind `not_verified` stands in the audit trail only.

use crate::api::ApiJson;
use crate::api::step::MissingField;
use crate::domain::birthdate::BirthdateError;
use crate::domain::code::CodeError;
use crate::domain::username::UsernameError;
use crate::policy::Violation;
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// A refusal as it goes over the wire: `{"refusal":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case", try_from = "RefusalFields")]
pub enum Refusal {
    /// The text of a field cannot be what it should be, or the request itself cannot.
    Invalid {
        /// The field, where it is one.
        field: Option<String>,
        /// What is wrong with it.
        reason: Reason,
    },
    /// Birthdate, code or account not right: one answer for all.
    // One message for all: a different one would tell who works here.
    NotVerified {
        /// Short and speakable; found in log and audit trail.
        reference: String,
        /// At 0 the visit has ended.
        attempts_left: u32,
    },
    /// The password breaks rules.
    WeakPassword {
        /// Every rule that it breaks.
        breaches: Vec<Violation>,
    },
    /// A limit is reached.
    TooMany {
        /// Seconds.
        retry_after: u64,
    },
    /// No visit, expired, ended, or this is not its next step.
    StartAgain,
    /// The same step is being done by another request.
    InProgress,
    /// Directory, Entrust or store out of reach; the step can be repeated.
    Unavailable {
        /// Found in the log.
        reference: String,
        /// Seconds.
        retry_after: u64,
    },
    /// The write was sent and nobody could be asked what became of it.
    OutcomeUnknown {
        /// Found in log and audit trail.
        reference: String,
    },
    /// A request that another site's page sent.
    #[serde(rename = "foreign")]
    CrossOrigin,
    /// Our own defect.
    Fault {
        /// Found in the log.
        reference: String,
    },
    /// The browser got no answer. Never sent by the server.
    #[serde(skip)]
    NoConnection,
}

/// The fields of all refusals; see [`crate::api::step`] for why.
#[derive(Deserialize)]
struct RefusalFields {
    refusal: RefusalName,
    field: Option<String>,
    reason: Option<Reason>,
    reference: Option<String>,
    attempts_left: Option<u32>,
    breaches: Option<Vec<Violation>>,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RefusalName {
    Invalid,
    NotVerified,
    WeakPassword,
    TooMany,
    StartAgain,
    InProgress,
    Unavailable,
    OutcomeUnknown,
    #[serde(rename = "foreign")]
    CrossOrigin,
    Fault,
}

impl TryFrom<RefusalFields> for Refusal {
    type Error = MissingField;

    fn try_from(fields: RefusalFields) -> Result<Self, MissingField> {
        let reference = fields.reference.ok_or(MissingField);
        let retry_after = fields.retry_after.ok_or(MissingField);
        Ok(match fields.refusal {
            RefusalName::Invalid => {
                Self::Invalid { field: fields.field, reason: fields.reason.ok_or(MissingField)? }
            }
            RefusalName::NotVerified => Self::NotVerified {
                reference: reference?,
                attempts_left: fields.attempts_left.ok_or(MissingField)?,
            },
            RefusalName::WeakPassword => {
                Self::WeakPassword { breaches: fields.breaches.ok_or(MissingField)? }
            }
            RefusalName::TooMany => Self::TooMany { retry_after: retry_after? },
            RefusalName::StartAgain => Self::StartAgain,
            RefusalName::InProgress => Self::InProgress,
            RefusalName::Unavailable => {
                Self::Unavailable { reference: reference?, retry_after: retry_after? }
            }
            RefusalName::OutcomeUnknown => Self::OutcomeUnknown { reference: reference? },
            RefusalName::CrossOrigin => Self::CrossOrigin,
            RefusalName::Fault => Self::Fault { reference: reference? },
        })
    }
}

/// What is wrong with a field or a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing in it.
    Empty,
    /// More than it can hold.
    TooLong,
    /// A character that cannot be in it.
    Characters,
    /// No day of the calendar.
    NotADate,
    /// A year of two digits.
    ShortYear,
    /// A day that has not come yet.
    Future,
    /// Something else than digits.
    NotDigits,
    /// Too few or too many digits.
    Length,
    /// Not one of the ways on offer.
    NotOffered,
    /// No mobile number: a landline, or one that nobody can have.
    NotMobile,
    /// A mobile number of a country that the organisation does not take.
    OtherCountry,
    /// No JSON object.
    Malformed,
    /// Not a text.
    WrongType,
    /// A field is not there.
    Missing,
    /// A field is there twice.
    Duplicate,
    /// A field that this call does not have.
    UnknownField,
    /// No such call.
    NotFound,
    /// Not by this method.
    Method,
    /// Over 16 kB.
    TooLarge,
    /// Not `application/json`.
    ContentType,
}

impl Reason {
    const fn status(self) -> u16 {
        match self {
            Self::Empty
            | Self::TooLong
            | Self::Characters
            | Self::NotADate
            | Self::ShortYear
            | Self::Future
            | Self::NotDigits
            | Self::Length
            | Self::NotOffered
            | Self::NotMobile
            | Self::OtherCountry => 422,
            Self::Malformed | Self::WrongType | Self::Missing | Self::Duplicate | Self::UnknownField => 400,
            Self::NotFound => 404,
            Self::Method => 405,
            Self::TooLarge => 413,
            Self::ContentType => 415,
        }
    }
}

impl Refusal {
    /// A field's text cannot be what it should be.
    pub fn invalid(field: &str, reason: impl Into<Reason>) -> Self {
        Self::Invalid { field: Some(field.to_owned()), reason: reason.into() }
    }

    /// The HTTP status that belongs to it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::Invalid { reason, .. } => reason.status(),
            Self::NotVerified { .. } | Self::CrossOrigin => 403,
            Self::WeakPassword { .. } => 422,
            Self::TooMany { .. } => 429,
            Self::StartAgain | Self::InProgress => 409,
            Self::Unavailable { .. } | Self::OutcomeUnknown { .. } | Self::NoConnection => 503,
            Self::Fault { .. } => 500,
        }
    }

    /// Seconds for the `Retry-After` header, where one belongs.
    pub const fn retry_after(&self) -> Option<u64> {
        match self {
            Self::TooMany { retry_after } | Self::Unavailable { retry_after, .. } => Some(*retry_after),
            Self::InProgress => Some(1),
            Self::Invalid { .. }
            | Self::NotVerified { .. }
            | Self::WeakPassword { .. }
            | Self::StartAgain
            | Self::OutcomeUnknown { .. }
            | Self::CrossOrigin
            | Self::Fault { .. }
            | Self::NoConnection => None,
        }
    }
}

impl From<UsernameError> for Reason {
    fn from(error: UsernameError) -> Self {
        match error {
            UsernameError::Empty => Self::Empty,
            UsernameError::TooLong => Self::TooLong,
            UsernameError::Characters => Self::Characters,
        }
    }
}

impl From<BirthdateError> for Reason {
    fn from(error: BirthdateError) -> Self {
        match error {
            BirthdateError::Empty => Self::Empty,
            BirthdateError::NotADate => Self::NotADate,
            BirthdateError::ShortYear => Self::ShortYear,
            BirthdateError::Future => Self::Future,
        }
    }
}

impl From<CodeError> for Reason {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Empty => Self::Empty,
            CodeError::NotDigits => Self::NotDigits,
            CodeError::Length => Self::Length,
        }
    }
}

impl FromServerFnError for Refusal {
    type Encoder = ApiJson;

    // The framework's texts are for developers, and may quote what was typed.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::NoConnection,
            // In the browser: an answer that this version cannot read.
            ServerFnErrorErr::Response(_)
            | ServerFnErrorErr::Deserialization(_)
            | ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_) => Self::Invalid { field: None, reason: Reason::Malformed },
            ServerFnErrorErr::Registration(_)
            | ServerFnErrorErr::UnsupportedRequestMethod(_)
            | ServerFnErrorErr::MiddlewareError(_)
            | ServerFnErrorErr::ServerError(_)
            | ServerFnErrorErr::Serialization(_) => Self::Fault { reference: String::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_have_the_contracts_form_on_the_wire() {
        for (refusal, status, json) in [
            (Refusal::StartAgain, 409, r#"{"refusal":"start_again"}"#),
            (Refusal::TooMany { retry_after: 60 }, 429, r#"{"refusal":"too_many","retry_after":60}"#),
            (
                Refusal::invalid("birthdate", BirthdateError::NotADate),
                422,
                r#"{"refusal":"invalid","field":"birthdate","reason":"not_a_date"}"#,
            ),
            (
                Refusal::Invalid { field: None, reason: Reason::ContentType },
                415,
                r#"{"refusal":"invalid","field":null,"reason":"content_type"}"#,
            ),
            (
                Refusal::NotVerified { reference: "K7Q2-9F4M".into(), attempts_left: 4 },
                403,
                r#"{"refusal":"not_verified","reference":"K7Q2-9F4M","attempts_left":4}"#,
            ),
        ] {
            assert_eq!(refusal.status(), status);
            assert_eq!(serde_json::to_string(&refusal).unwrap(), json);
            assert_eq!(serde_json::from_str::<Refusal>(json).unwrap(), refusal);
        }
    }
}
