//! The registration («06-nummer registratie»): what must be known before a reset can succeed, and who may say
//! it. Not the reset; its limits, its trail and its judgement of codes are used here, so that neither page is a
//! way around the other.
//!
//! ```text
//!  sign_in ── password right, app active ──▶ code ── right ──▶ overview ──▶ birthdate, mobile, activate, practice
//!     └────── password right, no app yet ───────────────────────▲  │ mobile, where numbers are confirmed
//!                                                                └─ confirm (a code by SMS)
//! ```
//!
//! | file | its part |
//! |---|---|
//! | [`record`] | the rules of a record: who may change what, and from when it counts; pure |
//! | [`values`] | a birthdate as a digest, a number sealed |
//! | [`session`] | a session as it is kept: sealed, expiring, advanced by compare-and-swap |
//! | [`sign_in`] | user name and current password; then the code |
//! | [`change`] | birthdate, number, HR's proposals |
//! | [`activation`] | the app on the phone |
//! | [`overview`] | what the browser may know |

pub mod activation;
pub mod change;
pub mod overview;
pub mod record;
pub mod session;
pub mod sign_in;
pub mod values;

use crate::mobile::Countries;
use crate::ports::authenticators::Authenticators;
use crate::ports::notifier::Notifier;
use crate::ports::rate_limits::Limit;
use crate::ports::sessions::SessionId;
use crate::reset::{self, Cookie, ResetService};
use app::api::enrollment_state::Registration;
use app::api::refusal::Refusal;
use ipnet::IpNet;
use jiff::SignedDuration;
use std::net::IpAddr;
use std::sync::Arc;

/// The terms under which is registered; from the settings.
#[derive(Debug, Clone)]
pub struct EnrollmentConfig {
    /// Whether there is a registration here at all.
    pub enabled: bool,
    /// Who may reach it.
    pub allowed_networks: Vec<IpNet>,
    /// How long a changed value cannot be used for a reset.
    pub waiting_time: SignedDuration,
    /// Whose mobile numbers are taken.
    pub countries: Countries,
    /// Passwords for one user name.
    pub sign_ins: Limit,
    /// Wrong passwords that must be left before the directory locks an account.
    pub lockout_margin: u32,
    /// A new number is confirmed by a code that is sent to it.
    pub confirm_numbers: bool,
    /// The number is written to the directory besides.
    pub write_mobile: bool,
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct EnrollmentClient {
    /// The cookie's session.
    pub session: Option<SessionId>,
    /// As the reset knows the same browser.
    pub reset: reset::ClientContext,
}

/// What the browser gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Where the registration stands, or why not.
    pub outcome: Result<Registration, Refusal>,
    /// The session's cookie.
    pub cookie: Cookie,
    /// The visit's cookie: a practice run was begun.
    pub practice: Option<SessionId>,
}

impl Answer {
    fn ok(registration: Registration, cookie: Cookie) -> Self {
        Self { outcome: Ok(registration), cookie, practice: None }
    }

    fn ended(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Clear, practice: None }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Keep, practice: None }
    }
}

/// The registration of one organisation.
pub struct EnrollmentService {
    reset: Arc<ResetService>,
    terms: EnrollmentConfig,
}

impl EnrollmentService {
    /// Beside this reset, under these terms.
    pub fn new(reset: Arc<ResetService>, terms: EnrollmentConfig) -> Arc<Self> {
        Arc::new(Self { reset, terms })
    }

    fn onboarding(&self) -> &dyn Authenticators {
        &*self.reset.parts().onboarding
    }

    fn notices(&self) -> &dyn Notifier {
        &*self.reset.parts().notices
    }

    /// Whether somebody at this address may register; `None`: it is not known where a request comes from.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let allowed = |address| self.terms.allowed_networks.iter().any(|network| network.contains(&address));
        self.terms.enabled && address.is_some_and(allowed)
    }

    /// Begins a practice run of the wizard.
    pub async fn practice(&self, caller: &EnrollmentClient) -> Result<Answer, Answer> {
        self.reset.count_call(&caller.reset, "practice").await?;
        let open = self.open(caller).await?;
        let signed_in = open.signed_in()?;
        self.account(&open).await?;
        let visit = self.reset.practise(&caller.reset, &open.session.username).await?;
        let shown = self.overview(&open, signed_in).await?;
        Ok(Answer { practice: Some(visit), ..Answer::ok(shown, Cookie::Keep) })
    }
}
