//! Negative answers of the API: facts suitable for an unauthenticated client. The texts come from `i18n`; only the
//! audit log contains the actual reason for `not_verified`.

use crate::api::ApiJson;
use crate::domain::birthdate::BirthdateError;
use crate::domain::code::CodeError;
use crate::domain::missing_field::MissingField;
use crate::domain::username::UsernameError;
use crate::policy::Violation;
use serde::{Deserialize, Serialize};
use server_fn::error::{FromServerFnError, ServerFnErrorErr};

/// A refusal in its wire format: `{"refusal":…}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "refusal", rename_all = "snake_case", try_from = "RefusalFields")]
pub enum Refusal {
    /// A field or the request itself is invalid.
    Invalid {
        /// The field, unless the request itself is invalid.
        field: Option<String>,
        /// Why it is invalid.
        reason: Reason,
    },
    /// Birthdate, code or account is wrong.
    // One answer for all causes, so that it does not reveal who works here.
    NotVerified {
        /// Short code that the user can read aloud; also in the log and the audit log.
        reference: String,
        /// At 0 the session has ended.
        attempts_left: u32,
    },
    /// The password violates rules.
    WeakPassword {
        /// Every violated rule.
        #[serde(rename = "breaches")]
        violations: Vec<Violation>,
    },
    /// A rate limit is exhausted.
    TooMany {
        /// Seconds.
        retry_after: u64,
    },
    /// There is no session, it has expired or ended, or the call does not match its current step.
    StartAgain,
    /// Another request is processing the same step.
    InProgress,
    /// Directory, Entrust or database unavailable; the step can be repeated.
    Unavailable {
        /// Also in the log.
        reference: String,
        /// Seconds.
        retry_after: u64,
    },
    /// The password write was sent, and no domain controller could confirm or exclude it.
    OutcomeUnknown {
        /// Also in the log and the audit log.
        reference: String,
    },
    /// The request comes from a page of another site.
    #[serde(rename = "foreign")]
    CrossOrigin,
    /// Internal error.
    Fault {
        /// Also in the log.
        reference: String,
    },
    /// The browser received no response. Never sent by the server.
    #[serde(skip)]
    NoConnection,
}

/// The fields of all refusals, for deserialization; [`crate::api::step`] explains why.
#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
struct RefusalFields {
    refusal: RefusalName,
    field: Option<String>,
    reason: Option<Reason>,
    reference: Option<String>,
    attempts_left: Option<u32>,
    #[serde(rename = "breaches")]
    violations: Option<Vec<Violation>>,
    retry_after: Option<u64>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
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
                Self::WeakPassword { violations: fields.violations.ok_or(MissingField)? }
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

/// Why a field or a request is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Empty.
    Empty,
    /// Too long.
    TooLong,
    /// Contains a character that is not allowed.
    Characters,
    /// Contains an invisible character.
    Invisible,
    /// A user name of another domain.
    OtherDomain,
    /// Not a calendar day.
    NotADate,
    /// A two-digit year.
    ShortYear,
    /// A day in the future.
    Future,
    /// A day on which no employee can have been born, or a placeholder for an unknown birthdate.
    Implausible,
    /// Contains other characters than digits.
    NotDigits,
    /// Too few or too many digits.
    Length,
    /// Not one of the offered methods.
    NotOffered,
    /// Not a mobile number: a landline, or a number that cannot exist.
    NotMobile,
    /// A mobile number of a country that the organisation does not accept.
    OtherCountry,
    /// Not a JSON object.
    Malformed,
    /// Not a string.
    WrongType,
    /// A field is missing.
    Missing,
    /// A field occurs twice.
    Duplicate,
    /// A field that the call does not have.
    UnknownField,
    /// The call does not exist.
    NotFound,
    /// The HTTP method is wrong.
    Method,
    /// Larger than 16 kB.
    TooLarge,
    /// The content type is not `application/json`.
    ContentType,
}

impl Reason {
    const fn status(self) -> u16 {
        match self {
            Self::Empty
            | Self::TooLong
            | Self::Characters
            | Self::Invisible
            | Self::OtherDomain
            | Self::NotADate
            | Self::ShortYear
            | Self::Future
            | Self::Implausible
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
    /// Refuses a field.
    pub fn invalid(field: &str, reason: impl Into<Reason>) -> Self {
        Self::Invalid { field: Some(field.to_owned()), reason: reason.into() }
    }

    /// The HTTP status.
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

    /// The name on the wire.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid",
            Self::NotVerified { .. } => "not_verified",
            Self::WeakPassword { .. } => "weak_password",
            Self::TooMany { .. } => "too_many",
            Self::StartAgain => "start_again",
            Self::InProgress => "in_progress",
            Self::Unavailable { .. } => "unavailable",
            Self::OutcomeUnknown { .. } => "outcome_unknown",
            Self::CrossOrigin => "foreign",
            Self::Fault { .. } => "fault",
            Self::NoConnection => "no_connection",
        }
    }

    /// Seconds for the `Retry-After` header, if the response has one.
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
            UsernameError::Invisible => Self::Invisible,
            UsernameError::OtherDomain => Self::OtherDomain,
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
            BirthdateError::Implausible => Self::Implausible,
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

    // The framework's texts are meant for developers, and may quote user input.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::NoConnection,
            #[cfg(feature = "ssr")]
            ServerFnErrorErr::Deserialization(text) => {
                let malformed = Self::Invalid { field: None, reason: Reason::Malformed };
                // Server functions pass the errors of a codec on as text; that of `StrictJson` is a refusal in JSON.
                serde_json::from_str(&text).unwrap_or(malformed)
            }
            // In the browser: a response that this version cannot read.
            #[cfg(not(feature = "ssr"))]
            ServerFnErrorErr::Deserialization(_) => Self::Invalid { field: None, reason: Reason::Malformed },
            ServerFnErrorErr::Response(_) | ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::Invalid { field: None, reason: Reason::Malformed }
            }
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
    fn refusals_have_their_documented_wire_format() {
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
