//! The enrollment («06-nummer registratie»): which values must be registered before a reset can succeed, and who may
//! register them. It shares rate limits, audit and code verification with the reset, so that neither is a way around
//! the limits of the other.
//!
//! ```text
//!  sign_in ── password right, app active ──▶ code ── right ──▶ overview ──▶ birthdate, mobile, activate, practice
//!     └────── password right, no app yet ───────────────────────▲  │ mobile, where numbers are confirmed
//!                                                                └─ confirm (a code by SMS)
//! ```
//!
//! | module | content |
//! |---|---|
//! | [`record`] | the rules of a record: who may change what, and from when it is valid; pure |
//! | [`session`] | the sessions of the enrollment |
//! | [`sign_in`] | user name and current password; then the code |
//! | [`sign_in_limits`] | how many sign-ins are allowed |
//! | [`change`] | the commands for birthdate, number and HR's proposals |
//! | `storage` | changes of the stored record |
//! | [`mobile_write`] | writes a registered number to the code provider and the directory |
//! | [`activation`] | the commands for the app on the phone |
//! | [`overview`] | the projection to what the browser may know |

pub mod activation;
pub mod change;
pub mod mobile_write;
pub mod overview;
pub mod record;
pub mod session;
pub mod sign_in;
pub mod sign_in_limits;
mod storage;

use crate::account_records::AccountRecords;
use crate::app_activation::AppActivation;
use crate::crypto::Keyring;
use crate::mobile::Countries;
use crate::password_sign_in::{PasswordSignIn, SignInConfig, SignInPage};
use crate::ports::authenticators::Authenticators;
use crate::ports::clock::Clock;
use crate::ports::directory::{AccountId, Directory};
use crate::ports::notifier::Notifier;
use crate::ports::records::Records;
use crate::ports::sessions::SessionId;
use crate::reset::{self, Cookie, ResetService, ServiceDeps, SharedComponents};
use crate::sealed_sessions::SealedSessions;
use app::api::enrollment::EnrollmentCommand;
use app::api::enrollment_state::Registration;
use app::api::refusal::Refusal;
use app::domain::username::Domains;
use app::static_pages::enroll_elsewhere::Availability;
use ipnet::IpNet;
use jiff::SignedDuration;
use sign_in_limits::SignInLimits;
use std::net::IpAddr;
use std::sync::Arc;

/// The settings of the enrollment.
#[derive(Debug, Clone)]
pub struct EnrollmentConfig {
    /// Whether the enrollment is offered.
    pub enabled: bool,
    /// The networks that may reach it.
    pub allowed_networks: Vec<IpNet>,
    /// The domains that a typed user name may carry.
    pub domains: Domains,
    /// A session without an accepted step expires after this.
    pub session_idle: SignedDuration,
    /// How long a changed value cannot be used for a reset.
    pub waiting_time: SignedDuration,
    /// The countries whose mobile numbers are accepted.
    pub countries: Countries,
    /// How many sign-ins are allowed.
    pub sign_ins: SignInLimits,
    /// Wrong passwords that must be left before the directory locks an account.
    pub lockout_margin: u32,
    /// A new number is confirmed with a code sent to it.
    pub confirm_numbers: bool,
    /// The number is also written to the directory.
    pub write_mobile: bool,
}

/// The client of a request.
#[derive(Debug, Clone)]
pub struct EnrollmentClient {
    /// The session id of its cookie.
    pub session: Option<SessionId>,
    /// The same browser as a client of the reset.
    pub reset: reset::ClientContext,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The state of the enrollment, or a refusal.
    pub outcome: Result<Registration, Refusal>,
    /// The session cookie.
    pub cookie: Cookie,
    /// The session of a practice run of the reset that was started.
    pub practice: Option<SessionId>,
    /// This browser becomes a known device of the owner of this account.
    pub device: Option<AccountId>,
}

impl Answer {
    fn ok(registration: Registration, cookie: Cookie) -> Self {
        Self { outcome: Ok(registration), cookie, practice: None, device: None }
    }

    fn ended(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Clear, practice: None, device: None }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Keep, practice: None, device: None }
    }
}

/// The enrollment service.
pub struct EnrollmentService {
    sessions: SealedSessions,
    directory: Arc<dyn Directory>,
    records: Arc<dyn Records>,
    account_records: AccountRecords,
    activation: AppActivation,
    authenticators: Arc<dyn Authenticators>,
    notifier: Arc<dyn Notifier>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    shared: SharedComponents,
    password_sign_in: PasswordSignIn,
    /// For practice runs.
    reset: Arc<ResetService>,
    config: EnrollmentConfig,
}

impl EnrollmentService {
    /// Builds the service over these ports.
    pub fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        reset: Arc<ResetService>,
        config: EnrollmentConfig,
    ) -> Arc<Self> {
        let ServiceDeps { clock, keys, .. } = deps;
        Arc::new(Self {
            sessions: session::sealed(Arc::clone(&deps.sessions), Arc::clone(keys), Arc::clone(clock)),
            directory: Arc::clone(&deps.directory),
            records: Arc::clone(&deps.records),
            account_records: AccountRecords::new(deps),
            activation: AppActivation::new(deps, shared, reset.devices(), config.waiting_time),
            authenticators: Arc::clone(&deps.authenticators),
            notifier: Arc::clone(&deps.notifier),
            keys: Arc::clone(keys),
            clock: Arc::clone(clock),
            shared: shared.clone(),
            password_sign_in: PasswordSignIn::new(
                deps,
                shared,
                SignInPage::Registration,
                SignInConfig {
                    domains: config.domains.clone(),
                    limits: config.sign_ins,
                    lockout_margin: config.lockout_margin,
                },
            ),
            reset,
            config,
        })
    }

    /// Carries out a command of a client.
    pub async fn run(&self, client: &EnrollmentClient, command: EnrollmentCommand) -> Result<Answer, Answer> {
        match command {
            EnrollmentCommand::Current => self.current(client).await,
            EnrollmentCommand::SignIn(name, password) => self.sign_in(client, &name, &password).await,
            EnrollmentCommand::Code(code) => self.code(client, &code).await,
            EnrollmentCommand::Birthdate(birthdate) => self.birthdate(client, &birthdate).await,
            EnrollmentCommand::Mobile(mobile) => self.mobile(client, &mobile).await,
            EnrollmentCommand::Confirm(code) => self.confirm(client, &code).await,
            EnrollmentCommand::Proposal(what, answer) => self.proposal(client, &what, &answer).await,
            EnrollmentCommand::Activate => self.activate(client).await,
            EnrollmentCommand::App => self.app(client).await,
            EnrollmentCommand::Practice => self.practice(client).await,
            EnrollmentCommand::Extend => self.extend(client).await,
            EnrollmentCommand::Cancel => self.cancel(client).await,
        }
    }

    /// Who can enroll.
    pub fn availability(&self) -> Availability {
        if self.config.enabled && !self.config.allowed_networks.is_empty() {
            Availability::OwnNetworks
        } else {
            Availability::Closed
        }
    }

    /// Whether a client at this address may enroll; `None` is an unknown address.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let allowed = |address| self.config.allowed_networks.iter().any(|network| network.contains(&address));
        self.config.enabled && address.is_some_and(allowed)
    }

    /// Starts a practice run of the wizard.
    async fn practice(&self, client: &EnrollmentClient) -> Result<Answer, Answer> {
        let open = self.open_counted(client, "practice").await?;
        let signed_in = open.session.signed_in()?;
        self.account(&open).await?;
        let session = self.reset.start_practice_run(&client.reset, &open.session.username).await?;
        let shown = self.overview(&open, signed_in).await?;
        Ok(Answer { practice: Some(session), ..Answer::ok(shown, Cookie::Keep) })
    }
}
