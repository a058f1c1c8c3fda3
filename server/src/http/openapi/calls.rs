//! The calls of the API, and the refusals of each.

use super::components::Components;
use app::api::arguments::{Argument, arguments_of};
use app::api::enrollment::{
    self, RegistrationActivate, RegistrationApp, RegistrationBirthdate, RegistrationCancel, RegistrationCode,
    RegistrationConfirm, RegistrationCurrent, RegistrationExtend, RegistrationMobile, RegistrationPractice,
    RegistrationProposal, RegistrationSignIn,
};
use app::api::service_desk::{
    self, ServiceDeskAct, ServiceDeskApproveStartCode, ServiceDeskCaller, ServiceDeskCancel, ServiceDeskCode,
    ServiceDeskCurrent, ServiceDeskEndCall, ServiceDeskExtend, ServiceDeskRequestStartCode,
    ServiceDeskShowStartCode, ServiceDeskSignIn, ServiceDeskTrail, ServiceDeskWithdrawStartCode,
};
use app::api::{
    Activate, App, Birthdate, Cancel, Code, Current, Extend, Identify, Password, Resend, Site as SiteCall,
    Unlock,
};
use axum::http::Method;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;
use server_fn::ServerFn;

/// A call.
pub(super) struct Call {
    /// Its address.
    pub(super) path: &'static str,
    pub(super) page: Page,
    pub(super) method: Method,
    pub(super) summary: &'static str,
    pub(super) arguments: Vec<Argument>,
    /// The schema of a successful answer.
    pub(super) answer: Value,
    /// The names of its refusals, without those of every call.
    pub(super) refusals: &'static [&'static str],
}

/// The page of a call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    Reset,
    Registration,
    ServiceDesk,
}

impl Page {
    fn of(path: &str) -> Self {
        if path.starts_with(enrollment::PREFIX) {
            Self::Registration
        } else if path.starts_with(service_desk::PREFIX) {
            Self::ServiceDesk
        } else {
            Self::Reset
        }
    }

    /// Its name, which is also that of the cookie of its sessions.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Registration => "registration",
            Self::ServiceDesk => "servicedesk",
        }
    }
}

impl Call {
    /// Whether it exists for some of the organisation's networks only.
    pub(super) fn is_restricted(&self) -> bool {
        self.page != Page::Reset
    }
}

/// A call that needs no session, or changes an open one.
const OPEN: &[&str] = &["too_many", "in_progress"];
const LIMITED: &[&str] = &["too_many", "start_again", "in_progress"];
const LIMITED_ENTRY: &[&str] = &["invalid", "too_many", "start_again", "in_progress"];
const PROOF: &[&str] = &["invalid", "not_verified", "too_many", "start_again", "in_progress"];
const WRITE: &[&str] =
    &["invalid", "weak_password", "too_many", "start_again", "in_progress", "outcome_unknown"];

/// Every call of the API.
pub(super) fn all(components: &mut Components) -> Vec<Call> {
    let c = components;
    vec![
        call::<SiteCall>(c, "Public settings of the organisation", &["too_many"]),
        call::<Current>(c, "Current step; changes nothing", LIMITED),
        call::<Identify>(c, "Starts a session for a user name", &["invalid", "too_many", "in_progress"]),
        call::<Birthdate>(c, "Stores the birthdate (ISO)", PROOF),
        call::<Code>(c, "Verifies user name, birthdate and code", PROOF),
        call::<Resend>(c, "Changes the method, or sends another code", LIMITED_ENTRY),
        call::<Password>(c, "Sets the new password", WRITE),
        call::<Unlock>(c, "Ends the lockout and keeps the password", LIMITED),
        call::<Activate>(c, "Starts the activation of the app on another phone", LIMITED_ENTRY),
        call::<App>(c, "Queries the state of that app", LIMITED),
        call::<Extend>(c, "Renews the idle time", LIMITED),
        call::<Cancel>(c, "Ends the session", OPEN),
        call::<RegistrationCurrent>(c, "State of the registration session; changes nothing", LIMITED),
        call::<RegistrationSignIn>(c, "Signs in with the current password", PROOF),
        call::<RegistrationCode>(c, "Verifies the code of an active app", PROOF),
        call::<RegistrationBirthdate>(c, "Registers a birthdate (ISO)", LIMITED_ENTRY),
        call::<RegistrationMobile>(c, "Registers a mobile number", LIMITED_ENTRY),
        call::<RegistrationConfirm>(c, "Confirms a mobile number with the code sent to it", PROOF),
        call::<RegistrationProposal>(c, "Accepts or rejects a value from HR", LIMITED_ENTRY),
        call::<RegistrationActivate>(c, "Starts the activation of the app", LIMITED_ENTRY),
        call::<RegistrationApp>(c, "Queries the state of the app", LIMITED),
        call::<RegistrationPractice>(c, "Starts a practice run", LIMITED),
        call::<RegistrationExtend>(c, "Renews the idle time", LIMITED),
        call::<RegistrationCancel>(c, "Signs out", OPEN),
        call::<ServiceDeskCurrent>(c, "State of the service desk session; changes nothing", LIMITED),
        call::<ServiceDeskSignIn>(c, "Takes the agent's user name and password", PROOF),
        call::<ServiceDeskCode>(c, "Verifies the agent's code", PROOF),
        call::<ServiceDeskCaller>(c, "Accepts the call code of a caller", PROOF),
        call::<ServiceDeskEndCall>(c, "Ends the call", LIMITED),
        call::<ServiceDeskTrail>(c, "Looks up a reference in the audit log", LIMITED_ENTRY),
        call::<ServiceDeskAct>(c, "Carries out an action for the caller", LIMITED_ENTRY),
        call::<ServiceDeskRequestStartCode>(c, "Requests a start code for a user name", LIMITED_ENTRY),
        call::<ServiceDeskApproveStartCode>(c, "Approves the start code of another agent", LIMITED_ENTRY),
        call::<ServiceDeskShowStartCode>(c, "Shows an approved start code", LIMITED_ENTRY),
        call::<ServiceDeskWithdrawStartCode>(c, "Withdraws a start code", LIMITED_ENTRY),
        call::<ServiceDeskExtend>(c, "Renews the idle time", LIMITED),
        call::<ServiceDeskCancel>(c, "Signs out", OPEN),
    ]
}

fn call<F>(components: &mut Components, summary: &'static str, refusals: &'static [&'static str]) -> Call
where
    F: ServerFn + DeserializeOwned,
    F::Output: JsonSchema,
{
    Call {
        path: F::PATH,
        page: Page::of(F::PATH),
        method: crate::http::api::admission::method(F::PATH),
        summary,
        arguments: arguments_of::<F>(),
        answer: components.schema_of::<F::Output>(),
        refusals,
    }
}
