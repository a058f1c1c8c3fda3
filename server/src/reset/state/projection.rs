//! The projection of a stage to the step that the browser may know.

use super::{AwaitingCode, Stage, Verified};
use crate::notifications::local_time::rfc3339_local;
use app::api::site::ApplicationGroup;
use app::api::step::{OtpMethod, Purpose, Step};
use jiff::{SignedDuration, Timestamp};

/// What a projection needs besides the stage.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Now.
    pub now: Timestamp,
    /// When the session expires.
    pub ends: Timestamp,
    /// The offered code methods.
    pub methods: &'a [OtpMethod],
    /// The applications where the new password is valid.
    pub applications: &'a [String],
    /// The same, grouped by where the password is entered.
    pub application_groups: &'a [ApplicationGroup],
    /// A practice run writes no password.
    pub practice: bool,
    /// What the session is for.
    pub purpose: Purpose,
    /// The pause between two sent codes.
    pub resend_pause: SignedDuration,
}

impl Stage {
    /// The step that the browser may know. Total, so that no stage can leak by being forgotten.
    pub fn step(&self, view: &View<'_>) -> Step {
        let expires_in = seconds_until(view.ends, view.now);
        match self {
            Self::Identified(identified) => Step::Birthdate {
                username: identified.username.to_string(),
                expires_in,
                practice: view.practice,
                purpose: view.purpose,
            },
            Self::AwaitingCode(awaiting) => awaiting.step(view, expires_in),
            Self::Checking(checking) => checking.awaiting().step(view, expires_in),
            Self::Verified(verified) => verified.step(view, expires_in),
            Self::Waiting(waiting) => Step::Waiting {
                from: rfc3339_local(waiting.wait().opens),
                until: rfc3339_local(waiting.wait().closes),
            },
            Self::Called(called) => Step::Call {
                call_code: called.call_code().expose().to_owned(),
                until: rfc3339_local(called.until()),
                // Only the store knows; see `SessionControl::current`.
                used: false,
                expires_in,
            },
            Self::NewApp(new_app) => Step::NewApp {
                activation: new_app.started().map(|started| started.activation.clone()),
                linked: new_app.linked().is_some(),
                from: new_app
                    .linked()
                    .filter(|linked| linked.usable_from > view.now)
                    .map(|linked| rfc3339_local(linked.usable_from)),
                expires_in,
            },
            Self::Writing(writing) => writing.verified().step(view, expires_in),
            Self::Finished(finished) => {
                let is_new = !view.practice && !finished.unlocked;
                Step::Done {
                    applications: if is_new { view.applications.to_vec() } else { Vec::new() },
                    groups: if is_new { view.application_groups.to_vec() } else { Vec::new() },
                    everywhere: finished.everywhere,
                    unlocked: finished.unlocked,
                    practice: view.practice,
                }
            }
        }
    }
}

impl AwaitingCode {
    fn step(&self, view: &View<'_>, expires_in: u64) -> Step {
        Step::Code {
            username: self.username.to_string(),
            // A start code is sent by no method.
            methods: if view.purpose == Purpose::NewApp { Vec::new() } else { view.methods.to_vec() },
            method: self.method,
            resend_after: match self.method {
                _ if view.purpose == Purpose::NewApp => None,
                OtpMethod::Token => None,
                OtpMethod::Otp => {
                    Some(self.sent_at.map_or(0, |at| seconds_until(at + view.resend_pause, view.now)))
                }
            },
            expires_in,
            practice: view.practice,
            purpose: view.purpose,
        }
    }
}

impl Verified {
    fn step(&self, view: &View<'_>, expires_in: u64) -> Step {
        Step::Password {
            username: self.username().to_string(),
            rules: self.rules().clone(),
            personal: self.personal().clone(),
            expires_in,
            unlock: self.is_unlockable() && !view.practice,
            practice: view.practice,
        }
    }
}

/// Whole seconds until `time`, rounded up; 0 if it has passed.
pub fn seconds_until(time: Timestamp, now: Timestamp) -> u64 {
    u64::try_from((time.duration_since(now).as_millis() + 999).div_euclid(1000)).unwrap_or(0)
}
