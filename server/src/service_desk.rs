//! The service desk: agents verify callers and help them, without ever choosing, seeing or typing a password.
//!
//! A caller proves who they are in the wizard, like for a reset, and reads a call code aloud; see `reset::call`. Before that the
//! agent sees nothing about the caller.
//!
//! ```text
//!  sign_in ── password right, in a group of agents ──▶ code ── right ──▶ desk ──▶ caller, act, trail
//! ```
//!
//! | module | content |
//! |---|---|
//! | [`config`] | the settings |
//! | `session` | the sessions of agents |
//! | `sign_in` | user name, password and code of an agent |
//! | `caller` | accepts call codes |
//! | `actions` | what an agent can do for a verified caller |
//! | `start_codes` | start codes for employees who lost the phone: two agents, one of them a lead |
//! | `trail` | the events of the audit log in the terms of the service desk |
//! | [`open_sessions`] | lists and ends the sessions of agents, for an operator |
//! | `overview` | the numbers of today |
//! | `limits` | how many wrong call codes, look-ups, start codes and downloads an agent has |

mod actions;
mod caller;
pub mod config;
pub(crate) mod limits;
pub mod open_sessions;
mod overview;
mod session;
mod sign_in;
mod start_codes;
mod trail;

use crate::account_records::AccountRecords;
use crate::app_activation::AppActivation;
use crate::crypto::Keyring;
use crate::freeze::FreezeService;
use crate::password_sign_in::{PasswordSignIn, SignInConfig, SignInPage};
use crate::ports::audit::{Audit, Event};
use crate::ports::call_codes::CallCodes;
use crate::ports::clock::Clock;
use crate::ports::collected_audit::CollectedAudit;
use crate::ports::directory::{AccountId, Directory};
use crate::ports::frozen_accounts::FrozenAccounts;
use crate::ports::notifier::Notifier;
use crate::ports::sessions::SessionId;
use crate::ports::start_codes::StartCodes;
use crate::reset::audit::AuditContext;
use crate::reset::known_devices::KnownDevices;
use crate::reset::notify::OwnerNotifier;
use crate::reset::{self, Cookie, ServiceDeps, SharedComponents};
use crate::sealed_sessions::SealedSessions;
use app::api::refusal::Refusal;
use app::api::service_desk::ServiceDeskCommand;
use app::api::service_desk_state::ServiceDesk;
pub use config::ServiceDeskConfig;
use limits::DeskLimits;
use overview::OverviewCounter;
pub use overview::OverviewFile;
pub use start_codes::withdraw_start_codes_of;
use std::net::IpAddr;
use std::sync::Arc;

/// The client of a request.
#[derive(Debug, Clone)]
pub struct DeskClient {
    /// The session id of its cookie.
    pub session: Option<SessionId>,
    /// The same browser as a client of the reset.
    pub reset: reset::ClientContext,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The state of the service desk, or a refusal.
    pub outcome: Result<ServiceDesk, Refusal>,
    /// The session cookie.
    pub cookie: Cookie,
}

impl Answer {
    fn ok(shown: ServiceDesk, cookie: Cookie) -> Self {
        Self { outcome: Ok(shown), cookie }
    }

    fn ended(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Clear }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Keep }
    }
}

/// The service desk.
pub struct ServiceDeskService {
    sessions: SealedSessions,
    directory: Arc<dyn Directory>,
    frozen: Arc<dyn FrozenAccounts>,
    calls: Arc<dyn CallCodes>,
    start_codes: Arc<dyn StartCodes>,
    records: AccountRecords,
    notify: OwnerNotifier,
    activation: AppActivation,
    notifier: Arc<dyn Notifier>,
    audit_log: Arc<dyn Audit>,
    collected: Option<Arc<dyn CollectedAudit>>,
    freeze: Arc<FreezeService>,
    keys: Arc<Keyring>,
    clock: Arc<dyn Clock>,
    shared: SharedComponents,
    password_sign_in: PasswordSignIn,
    limits: DeskLimits,
    overview: OverviewCounter,
    config: ServiceDeskConfig,
}

impl ServiceDeskService {
    /// Builds the service over these ports. `collected` is the audit log by reference and subject.
    pub fn new(
        deps: &ServiceDeps,
        shared: &SharedComponents,
        collected: Option<Arc<dyn CollectedAudit>>,
        config: ServiceDeskConfig,
    ) -> Arc<Self> {
        let ServiceDeps { clock, keys, .. } = deps;
        Arc::new(Self {
            sessions: session::sealed(Arc::clone(&deps.sessions), Arc::clone(keys), Arc::clone(clock)),
            directory: Arc::clone(&deps.directory),
            frozen: Arc::clone(&deps.frozen),
            calls: Arc::clone(&deps.calls),
            start_codes: Arc::clone(&deps.start_codes),
            records: AccountRecords::new(deps),
            notify: OwnerNotifier::new(deps),
            activation: AppActivation::new(
                deps,
                shared,
                &Arc::new(KnownDevices::new(deps, config.device_lifetime)),
                config.waiting_time,
            ),
            notifier: Arc::clone(&deps.notifier),
            audit_log: Arc::clone(&deps.audit),
            collected,
            freeze: Arc::new(FreezeService::new(deps)),
            keys: Arc::clone(keys),
            clock: Arc::clone(clock),
            shared: shared.clone(),
            password_sign_in: PasswordSignIn::new(
                deps,
                shared,
                SignInPage::ServiceDesk,
                SignInConfig {
                    domains: config.domains.clone(),
                    limits: config.sign_ins,
                    lockout_margin: config.lockout_margin,
                },
            ),
            limits: DeskLimits::new(deps, &shared.audit, &config),
            overview: OverviewCounter::new(deps, config.coverage.clone()),
            config,
        })
    }

    /// Carries out a command of a client.
    pub async fn run(&self, client: &DeskClient, command: ServiceDeskCommand) -> Result<Answer, Answer> {
        match command {
            ServiceDeskCommand::Current => self.current(client).await,
            ServiceDeskCommand::SignIn(name, password) => self.sign_in(client, &name, &password).await,
            ServiceDeskCommand::Code(code) => self.code(client, &code).await,
            ServiceDeskCommand::Caller(call_code) => self.caller(client, &call_code).await,
            ServiceDeskCommand::EndCall => self.end_call(client).await,
            ServiceDeskCommand::Trail(reference) => self.trail(client, &reference).await,
            ServiceDeskCommand::Act(action) => self.act(client, &action).await,
            ServiceDeskCommand::RequestStartCode(name) => self.request_start_code(client, &name).await,
            ServiceDeskCommand::ApproveStartCode(name, id, identity) => {
                self.approve_start_code(client, &name, &id, identity.as_ref()).await
            }
            ServiceDeskCommand::ShowStartCode(name) => self.show_start_code(client, &name).await,
            ServiceDeskCommand::WithdrawStartCode(name) => self.withdraw_start_code(client, &name).await,
            ServiceDeskCommand::Extend => self.extend(client).await,
            ServiceDeskCommand::Cancel => self.cancel(client).await,
        }
    }

    /// Whether a client at this address may reach the service desk; `None` is an unknown address.
    pub fn admits(&self, address: Option<IpAddr>) -> bool {
        let allowed = |address| self.config.allowed_networks.iter().any(|network| network.contains(&address));
        address.is_some_and(allowed)
    }

    /// How long a session lasts at most.
    pub fn session_max(&self) -> jiff::SignedDuration {
        self.config.session_max
    }

    /// The pseudonym of an account in the audit log.
    fn pseudonym(&self, account: AccountId) -> String {
        self.keys.account_pseudonym(account.0.as_bytes())
    }

    /// Writes an entry about an account that must be on disk before the service goes on.
    async fn record(&self, client: &DeskClient, account: AccountId, event: Event) -> Result<(), Refusal> {
        let context = AuditContext::account(account, client.reset.address);
        let recorded = self.shared.audit.record(&context, "", event).await;
        recorded.map_err(|error| reset::failure::unavailable("audit trail", &error))
    }
}
