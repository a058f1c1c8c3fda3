//! The state of a reset session that the browser may know: a projection of the server's private `Stage`.

use crate::api::enrollment_state::Activation;
use crate::api::site::ApplicationGroup;
use crate::domain::missing_field::MissingField;
pub use crate::domain::otp_method::OtpMethod;
use crate::policy::{Personal, Rules};
use serde::{Deserialize, Serialize};

/// What the browser shows next. `expires_in` is the number of whole seconds until an open session expires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(tag = "step", rename_all = "lowercase", try_from = "StepFields")]
pub enum Step {
    /// No session: waits for the user name.
    Identify {},
    /// Waits for the birthdate.
    Birthdate {
        /// As typed, without domain parts; never the directory's spelling.
        username: String,
        /// Seconds.
        expires_in: u64,
        /// Whether this is a practice run: the same verification, but no password is written.
        #[serde(default, skip_serializing_if = "is_false")]
        practice: bool,
        /// What the session is for.
        #[serde(default, skip_serializing_if = "Purpose::is_reset")]
        purpose: Purpose,
    },
    /// Waits for the code.
    Code {
        /// As typed, without domain parts.
        username: String,
        /// The methods that the organisation offers, the same for every user.
        #[serde(rename = "ways")]
        methods: Vec<OtpMethod>,
        /// The chosen method.
        #[serde(rename = "way")]
        method: OtpMethod,
        /// Seconds until another code may be sent; `None` if the method sends nothing.
        resend_after: Option<u64>,
        /// Seconds.
        expires_in: u64,
        /// Whether this is a practice run: the same verification, but no password is written.
        #[serde(default, skip_serializing_if = "is_false")]
        practice: bool,
        /// What the session is for.
        #[serde(default, skip_serializing_if = "Purpose::is_reset")]
        purpose: Purpose,
    },
    /// Verification has succeeded: waits for the new password.
    Password {
        /// As typed, without domain parts, so that a password manager saves the new password for the right user name.
        username: String,
        /// The rules for this account.
        rules: Rules,
        /// The personal words for the policy evaluation and zxcvbn.
        personal: Personal,
        /// Seconds; not extendable.
        expires_in: u64,
        /// Whether the account is locked and may be unlocked without a new password.
        #[serde(default, skip_serializing_if = "is_false")]
        unlock: bool,
        /// Whether this is a practice run: the same verification, but no password is written.
        #[serde(default, skip_serializing_if = "is_false")]
        practice: bool,
    },
    /// Verification has succeeded, and the account has extra protection: the password can be set later, after another
    /// verification.
    Waiting {
        /// From when: RFC 3339 with the offset of the Netherlands.
        from: String,
        /// Until when, in the same form; a verification after that starts another wait.
        until: String,
    },
    /// Verification has succeeded in a call: the service desk accepts this code once.
    Call {
        /// Six letters and digits that can be read aloud.
        call_code: String,
        /// Until when the code is valid: RFC 3339 with the offset of the Netherlands.
        until: String,
        /// Whether the service desk does not accept it any more: it was used, or replaced by a later code.
        #[serde(default, skip_serializing_if = "is_false")]
        used: bool,
        /// Seconds until the code is invalid.
        expires_in: u64,
    },
    /// Verification with a start code has succeeded: the app can be activated on another phone.
    #[serde(rename = "new_app")]
    NewApp {
        /// What the app scans or opens; `None` before the activation was started.
        activation: Option<Activation>,
        /// Whether the app is active.
        linked: bool,
        /// From when a reset is possible: RFC 3339 with the offset of the Netherlands; `None` if it is possible now, or not
        /// known yet.
        from: Option<String>,
        /// Seconds.
        expires_in: u64,
    },
    /// The password is reset, or the account unlocked.
    Done {
        /// Applications that use the new password.
        applications: Vec<String>,
        /// Whether all domain controllers have the new password; `None` if not checked.
        everywhere: Option<bool>,
        /// Whether the account was unlocked and its password left unchanged.
        #[serde(default, skip_serializing_if = "is_false")]
        unlocked: bool,
        /// Whether this is a practice run: the same verification, but no password is written.
        #[serde(default, skip_serializing_if = "is_false")]
        practice: bool,
        /// The applications grouped by the action needed; empty if the organisation has not configured groups.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        groups: Vec<ApplicationGroup>,
    },
}

/// What a session of the wizard is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A new password.
    #[default]
    Reset,
    /// A call code for the service desk.
    Call,
    /// The app on another phone, with a start code of the service desk instead of a code of the app.
    NewApp,
}

impl Purpose {
    /// Its name in the API; `None` for a reset, which needs none.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::Reset => None,
            Self::Call => Some("call"),
            Self::NewApp => Some("new_app"),
        }
    }

    /// The purpose with this name; a reset for every other text.
    pub fn from_name(name: &str) -> Self {
        [Self::Call, Self::NewApp]
            .into_iter()
            .find(|purpose| purpose.name() == Some(name))
            .unwrap_or_default()
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    fn is_reset(&self) -> bool {
        *self == Self::Reset
    }
}

/// The fields of all steps, for deserialization. The deserializer that serde generates for a tagged enum buffers the
/// whole object in an additional type, which would be a fifth of the browser's JSON code.
#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
struct StepFields {
    step: StepName,
    username: Option<String>,
    expires_in: Option<u64>,
    #[serde(rename = "ways")]
    methods: Option<Vec<OtpMethod>>,
    #[serde(rename = "way")]
    method: Option<OtpMethod>,
    resend_after: Option<u64>,
    rules: Option<Rules>,
    personal: Option<Personal>,
    from: Option<String>,
    until: Option<String>,
    applications: Option<Vec<String>>,
    groups: Option<Vec<ApplicationGroup>>,
    everywhere: Option<bool>,
    unlock: Option<bool>,
    unlocked: Option<bool>,
    practice: Option<bool>,
    purpose: Option<Purpose>,
    activation: Option<Activation>,
    linked: Option<bool>,
    call_code: Option<String>,
    used: Option<bool>,
}

#[derive(Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
enum StepName {
    Identify,
    Birthdate,
    Code,
    Password,
    Waiting,
    Call,
    #[serde(rename = "new_app")]
    NewApp,
    Done,
}

impl TryFrom<StepFields> for Step {
    type Error = MissingField;

    fn try_from(fields: StepFields) -> Result<Self, MissingField> {
        let practice = fields.practice.unwrap_or_default();
        let purpose = fields.purpose.unwrap_or_default();
        let expires_in = fields.expires_in.ok_or(MissingField);
        let username = fields.username.ok_or(MissingField);
        Ok(match fields.step {
            StepName::Identify => Self::Identify {},
            StepName::Birthdate => {
                Self::Birthdate { username: username?, expires_in: expires_in?, practice, purpose }
            }
            StepName::Code => Self::Code {
                username: username?,
                methods: fields.methods.ok_or(MissingField)?,
                method: fields.method.ok_or(MissingField)?,
                resend_after: fields.resend_after,
                expires_in: expires_in?,
                practice,
                purpose,
            },
            StepName::Password => Self::Password {
                username: username?,
                rules: fields.rules.ok_or(MissingField)?,
                personal: fields.personal.ok_or(MissingField)?,
                expires_in: expires_in?,
                unlock: fields.unlock.unwrap_or_default(),
                practice,
            },
            StepName::Waiting => Self::Waiting {
                from: fields.from.ok_or(MissingField)?,
                until: fields.until.ok_or(MissingField)?,
            },
            StepName::Call => Self::Call {
                call_code: fields.call_code.ok_or(MissingField)?,
                until: fields.until.ok_or(MissingField)?,
                used: fields.used.unwrap_or_default(),
                expires_in: expires_in?,
            },
            StepName::NewApp => Self::NewApp {
                activation: fields.activation,
                linked: fields.linked.ok_or(MissingField)?,
                from: fields.from,
                expires_in: expires_in?,
            },
            StepName::Done => Self::Done {
                applications: fields.applications.ok_or(MissingField)?,
                groups: fields.groups.unwrap_or_default(),
                everywhere: fields.everywhere,
                unlocked: fields.unlocked.unwrap_or_default(),
                practice,
            },
        })
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_have_their_documented_wire_format() {
        let code = Step::Code {
            username: "A.Janssen".into(),
            methods: vec![OtpMethod::Token],
            method: OtpMethod::Token,
            resend_after: None,
            expires_in: 900,
            practice: false,
            purpose: Purpose::Reset,
        };
        for (step, json) in [
            (Step::Identify {}, r#"{"step":"identify"}"#),
            (
                code,
                r#"{"step":"code","username":"A.Janssen","ways":["TOKEN"],"way":"TOKEN","resend_after":null,"expires_in":900}"#,
            ),
            (
                Step::Birthdate {
                    username: "A.Janssen".into(),
                    expires_in: 9,
                    practice: false,
                    purpose: Purpose::Reset,
                },
                r#"{"step":"birthdate","username":"A.Janssen","expires_in":9}"#,
            ),
            (
                Step::Waiting {
                    from: "2026-11-29T15:05:00+01:00".into(),
                    until: "2026-12-02T15:05:00+01:00".into(),
                },
                r#"{"step":"waiting","from":"2026-11-29T15:05:00+01:00","until":"2026-12-02T15:05:00+01:00"}"#,
            ),
            (
                Step::Birthdate {
                    username: "A.Janssen".into(),
                    expires_in: 9,
                    practice: false,
                    purpose: Purpose::Call,
                },
                r#"{"step":"birthdate","username":"A.Janssen","expires_in":9,"purpose":"call"}"#,
            ),
            (
                Step::Call {
                    call_code: "K7Q29F".into(),
                    until: "2026-11-28T14:07:41+01:00".into(),
                    used: false,
                    expires_in: 300,
                },
                r#"{"step":"call","call_code":"K7Q29F","until":"2026-11-28T14:07:41+01:00","expires_in":300}"#,
            ),
            (
                Step::Call {
                    call_code: "K7Q29F".into(),
                    until: "2026-11-28T14:07:41+01:00".into(),
                    used: true,
                    expires_in: 9,
                },
                r#"{"step":"call","call_code":"K7Q29F","until":"2026-11-28T14:07:41+01:00","used":true,"expires_in":9}"#,
            ),
            (
                Step::NewApp { activation: None, linked: true, from: None, expires_in: 300 },
                r#"{"step":"new_app","activation":null,"linked":true,"from":null,"expires_in":300}"#,
            ),
            (
                Step::Done {
                    applications: vec!["Visma".into()],
                    groups: vec![],
                    everywhere: None,
                    unlocked: false,
                    practice: false,
                },
                r#"{"step":"done","applications":["Visma"],"everywhere":null}"#,
            ),
            (
                Step::Done {
                    applications: vec![],
                    groups: vec![],
                    everywhere: None,
                    unlocked: false,
                    practice: true,
                },
                r#"{"step":"done","applications":[],"everywhere":null,"practice":true}"#,
            ),
            (
                Step::Done {
                    applications: vec![],
                    groups: vec![],
                    everywhere: None,
                    unlocked: true,
                    practice: false,
                },
                r#"{"step":"done","applications":[],"everywhere":null,"unlocked":true}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&step).unwrap(), json);
            assert_eq!(serde_json::from_str::<Step>(json).unwrap(), step);
        }
    }

    #[test]
    fn every_purpose_is_found_by_its_name() {
        for purpose in [Purpose::Reset, Purpose::Call, Purpose::NewApp] {
            assert_eq!(Purpose::from_name(purpose.name().unwrap_or_default()), purpose);
        }
        assert_eq!(Purpose::from_name("unknown"), Purpose::Reset);
    }
}
