//! The state of a service desk session that the browser may know.

use serde::{Deserialize, Serialize};

/// The response of every service desk call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ServiceDesk {
    /// Which screen.
    pub step: DeskStage,
    /// The agent's user name as typed, without domain parts; absent at `sign_in`.
    pub username: Option<String>,
    /// Seconds until the session expires; absent at `sign_in`.
    pub expires_in: Option<u64>,
    /// Whether the agent is a lead.
    #[serde(default)]
    pub lead: bool,
    /// The caller who proved who they are; only at `desk`.
    pub caller: Option<Caller>,
    /// The result of the last look-up by reference; only at `desk`.
    pub trail: Option<Trail>,
    /// The start codes that were requested and not used, oldest first; only at `desk`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub start_codes: Vec<StartCodeState>,
    /// Whether start codes can be requested; only at `desk`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub offers_start_codes: bool,
}

/// A start code that was requested for an employee who lost the phone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct StartCodeState {
    /// Identifies the request.
    pub id: String,
    /// The display name of the employee in the directory.
    pub name: String,
    /// The user name of the employee in the directory.
    pub username: String,
    /// The display name of the agent who requested it.
    pub requested_by: String,
    /// When: RFC 3339 with the offset of the Netherlands.
    pub requested_at: String,
    /// Whether a lead has seen who the employee is, so that resets do not wait.
    pub identity_seen: bool,
    /// Whether this agent requested it.
    pub own: bool,
    /// Whether this agent may approve it: another person than the agent who requested it, and one of the two a lead.
    pub may_approve: bool,
    /// Whether it was approved.
    pub approved: bool,
    /// The code; only for the agent who requested it, after it was approved and shown.
    pub code: Option<String>,
    /// Seconds until the request, or its code, is void.
    pub expires_in: u64,
}

/// The stages of a service desk session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeskStage {
    /// Waits for the agent's user name and password.
    SignIn,
    /// The password was right, and the account is an agent's: waits for the agent's code.
    Code,
    /// Signed in.
    Desk,
}

/// A caller whose call code was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "independent facts")]
pub struct Caller {
    /// The display name in the directory.
    pub name: String,
    /// The user name in the directory.
    pub username: String,
    /// When the caller was verified: RFC 3339 with the offset of the Netherlands.
    pub verified_at: String,
    /// Seconds until the agent needs another call code.
    pub expires_in: u64,
    /// Whether the agent may do anything for this account: not for the own one, and not for a lead's.
    pub may_act: bool,
    /// Whether the directory has locked the account.
    pub locked: bool,
    /// Whether an agent may unlock the account: not one of high impact, whose unlock waits.
    pub may_unlock: bool,
    /// Since when resets are frozen, in the same form; absent if they are not.
    pub frozen_since: Option<String>,
    /// Whether the wrong codes in a row were not cleared yet today, and the account is not frozen.
    pub may_clear: bool,
    /// Whether an activation of the app can be sent to the caller's own device: not while the account is frozen.
    pub may_activate: bool,
    /// The last events of this account and its user name, newest first.
    pub events: Vec<TrailEvent>,
    /// The action that was just carried out.
    pub done: Option<DeskAction>,
}

/// What an agent can do for a verified caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeskAction {
    /// Unlocks the account in the directory; the password stays.
    Unlock,
    /// Freezes the account: no reset and no change of a registered value.
    Freeze,
    /// Lifts the freeze.
    Unfreeze,
    /// Ends the wrong codes in a row, once a day.
    Clear,
    /// Sends a link that activates the app to the caller's own device.
    Activate,
}

impl DeskAction {
    /// All of them, in the order shown.
    pub const ALL: [Self; 5] = [Self::Unlock, Self::Clear, Self::Activate, Self::Freeze, Self::Unfreeze];

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unlock => "unlock",
            Self::Freeze => "freeze",
            Self::Unfreeze => "unfreeze",
            Self::Clear => "clear",
            Self::Activate => "activate",
        }
    }

    /// The action with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// What happened under a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Trail {
    /// The reference, in upper case.
    pub reference: String,
    /// The events, oldest first; empty if there are none.
    pub events: Vec<TrailEvent>,
}

/// An event of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TrailEvent {
    /// When: RFC 3339 with the offset of the Netherlands.
    pub at: String,
    /// What happened.
    pub what: TrailKind,
    /// Why the person was not verified; only with `not_verified` and `sign_in_refused`.
    pub why: Option<TrailReason>,
    /// The action; only with `desk_acted` and `desk_failed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<DeskAction>,
}

/// What happened, as the service desk sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrailKind {
    /// A session of the wizard was started: a reset, a call, or the activation of an app.
    Started,
    /// The answer was «not verified».
    NotVerified,
    /// A sign-in with the password was refused, at the registration or at the service desk.
    SignInRefused,
    /// The person was verified.
    Verified,
    /// The account has extra protection, and the reset waits.
    Waits,
    /// A system did not answer.
    Unavailable,
    /// The directory refused the new password.
    Refused,
    /// The password was not set.
    NotSet,
    /// The password was set.
    PasswordSet,
    /// The account was unlocked.
    Unlocked,
    /// The account could not be unlocked.
    NotUnlocked,
    /// It is not known whether the password was set.
    Unknown,
    /// The person practised.
    Practised,
    /// The person signed in to the registration.
    SignedIn,
    /// A birthdate or number was registered, or a proposal of HR declined.
    Registered,
    /// The activation of the app began.
    ActivationStarted,
    /// The app was activated.
    Activated,
    /// The account was frozen.
    Frozen,
    /// The freeze was lifted.
    Unfrozen,
    /// The wrong codes in a row were cleared.
    Cleared,
    /// A call code was shown to the person.
    CallCode,
    /// The person proved to the service desk who they are.
    CallerVerified,
    /// A start code was shown to an agent.
    StartCode,
    /// The person was verified with a start code.
    StartCodeUsed,
    /// An agent did something for the account.
    DeskActed,
    /// What an agent was about to do was not done.
    DeskFailed,
    /// An operator did something else.
    Administration,
}

/// Why a person was not verified, and thereby what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrailReason {
    /// The birthdate or the code was wrong, or the code could not be verified. The page never shows which: an agent could
    /// find out a birthdate with it.
    WrongDetails,
    /// No account has this user name.
    UnknownName,
    /// The account is disabled.
    Disabled,
    /// The account is past its end date.
    Expired,
    /// The account may not use the reset: administrative rights, a smart card, or its place or groups in the directory.
    Excluded,
    /// No birthdate is registered.
    NoBirthdate,
    /// No mobile number is registered.
    NoMobile,
    /// A changed value or a new app cannot be used yet.
    TooNew,
    /// The account is frozen.
    Frozen,
    /// The current password was wrong, at the registration or at the service desk.
    WrongPassword,
    /// Something else; the operator can see it in the audit log.
    Other,
}

impl ServiceDesk {
    /// The state before sign-in.
    pub fn sign_in() -> Self {
        Self {
            step: DeskStage::SignIn,
            username: None,
            expires_in: None,
            lead: false,
            caller: None,
            trail: None,
            start_codes: Vec::new(),
            offers_start_codes: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_desk_has_its_documented_wire_format() {
        let json =
            r#"{"step":"sign_in","username":null,"expires_in":null,"lead":false,"caller":null,"trail":null}"#;
        assert_eq!(serde_json::to_string(&ServiceDesk::sign_in()).unwrap(), json);
        let event = TrailEvent {
            at: "2026-11-28T14:02:00+01:00".into(),
            what: TrailKind::NotVerified,
            why: Some(TrailReason::NoBirthdate),
            action: None,
        };
        let json = r#"{"at":"2026-11-28T14:02:00+01:00","what":"not_verified","why":"no_birthdate"}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        let (what, action) = (TrailKind::DeskFailed, Some(DeskAction::Clear));
        let event = TrailEvent { what, why: None, action, ..event };
        let json = r#"{"at":"2026-11-28T14:02:00+01:00","what":"desk_failed","why":null,"action":"clear"}"#;
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }

    #[test]
    fn every_action_is_found_by_its_name_on_the_wire() {
        for action in DeskAction::ALL {
            assert_eq!(DeskAction::from_name(action.name()), Some(action));
            assert_eq!(serde_json::to_value(action).unwrap(), action.name());
        }
        assert_eq!(DeskAction::from_name("reset"), None);
    }
}
