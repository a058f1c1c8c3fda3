//! The reset: from a user name to a new password.
//!
//! | module | content |
//! |---|---|
//! | [`state`] | the state machine (pure), and its projection to the browser |
//! | `session`, `session_metrics` | the sessions of the reset, and how many end in which way |
//! | `identify` | use case: user name and birthdate |
//! | `verification` | use case: the code; name, birthdate and code are verified together |
//! | `otp_delivery` | use case: sends a code by SMS or mail instead of showing it in the app |
//! | [`password_write`] | use case: the new password; `outcome` makes a write certain over all servers |
//! | `unlock` | use case: unlocks an account and keeps its password |
//! | `session_control` | use case: extend, cancel, show the current step |
//! | `call` | issues the call code of a caller of the service desk |
//! | `start_code` | use case: verifies an employee who lost the phone with a start code of the service desk |
//! | `new_app` | use case: activates the app on another phone after that |
//! | `lookup`, `birthdate_check` | accounts and their registered values |
//! | `code_verifier` | verifies a code with the provider, within the limits |
//! | `attempt_budget` | the hidden budget of wrong codes of an account |
//! | `complete_time`, `late_verdicts` | hide how long the provider takes to verify a code |
//! | `high_impact` | makes resets of accounts of high impact wait |
//! | `replication` | whether all domain controllers have the new password |
//! | `notify` | notifies the account owner |
//! | `config`, `shared` | settings; the components that the enrollment shares |
//! | `known_devices` | browsers in which an account owner gave a proof |
//! | [`rate_limit`] | one named method per limited action |
//! | `response_time` | the minimum response time of verifications |
//! | `audit` | writes audit entries |
//! | `failure` | turns errors of ports into refusals |
//! | `circuit_breaker` | knows when a backend is unavailable |
//! | `transitions` | the table test of the state machine |

mod attempt_budget;
pub(crate) mod audit;
mod birthdate_check;
pub mod breach_check;
pub(crate) mod call;
mod circuit_breaker;
pub(crate) mod code_verifier;
mod complete_time;
mod config;
pub(crate) mod failure;
mod high_impact;
pub(crate) mod identify;
pub(crate) mod known_devices;
mod late_verdicts;
pub(crate) mod lookup;
mod new_app;
pub(crate) mod notify;
mod otp_delivery;
pub mod password_write;
pub mod rate_limit;
mod replication;
pub(crate) mod response_time;
mod session;
mod session_control;
mod session_metrics;
mod shared;
pub(crate) mod start_code;
pub mod state;
#[cfg(test)]
mod transitions;
mod unlock;
mod verification;

pub use config::{ResetConfig, VerificationMode};
pub use lookup::stricter_rules;
pub use shared::SharedComponents;

use crate::crypto::Keyring;
use crate::ports::audit::Audit;
use crate::ports::authenticators::Authenticators;
use crate::ports::call_codes::CallCodes;
use crate::ports::clock::Clock;
use crate::ports::devices::Devices;
use crate::ports::directory::{AccountId, Directory};
use crate::ports::frozen_accounts::FrozenAccounts;
use crate::ports::notifier::Notifier;
use crate::ports::otp_provider::OtpProvider;
use crate::ports::rate_limits::RateLimits;
use crate::ports::records::Records;
use crate::ports::sessions::{SessionId, Sessions};
use crate::ports::start_codes::StartCodes;
use crate::ports::waiting_resets::WaitingResets;
use app::api::ResetCommand;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use app::domain::username::Username;
use breach_check::BreachCheck;
use call::CallCodeIssuer;
use high_impact::HighImpact;
use identify::Identification;
use jiff::SignedDuration;
use known_devices::KnownDevices;
use new_app::NewAppActivation;
use notify::OwnerNotifier;
use otp_delivery::OtpDelivery;
use password_write::PasswordChange;
use replication::ReplicationMonitor;
use session::ResetSessions;
use session_control::SessionControl;
use std::net::IpAddr;
use std::sync::Arc;
use unlock::Unlock;
use verification::Verification;

/// The ports of the services.
#[derive(Clone)]
pub struct ServiceDeps {
    /// The accounts.
    pub directory: Arc<dyn Directory>,
    /// Creates and verifies codes.
    pub otp_provider: Arc<dyn OtpProvider>,
    /// The registered birthdates and mobile numbers.
    pub records: Arc<dyn Records>,
    /// The frozen accounts.
    pub frozen: Arc<dyn FrozenAccounts>,
    /// The waiting resets of accounts of high impact.
    pub waits: Arc<dyn WaitingResets>,
    /// The call codes.
    pub calls: Arc<dyn CallCodes>,
    /// The start codes.
    pub start_codes: Arc<dyn StartCodes>,
    /// The stored sessions.
    pub sessions: Arc<dyn Sessions>,
    /// The known devices.
    pub devices: Arc<dyn Devices>,
    /// The counters of the rate limits.
    pub limits: Arc<dyn RateLimits>,
    /// The state and activation of the app.
    pub authenticators: Arc<dyn Authenticators>,
    /// The audit log.
    pub audit: Arc<dyn Audit>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The keys of this service.
    pub keys: Arc<Keyring>,
    /// Notifies account owners.
    pub notifier: Arc<dyn Notifier>,
    /// Looks up breached passwords.
    pub breach_check: BreachCheck,
}

/// The maximum duration of a session, however often it is extended.
pub const MAX_SESSION_DURATION: SignedDuration = SignedDuration::from_hours(1);
/// After the proof the password must be set within this; it cannot be extended (NIST SP 800-63B-4).
pub const PROOF_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Between two sent codes.
pub const RESEND_PAUSE: SignedDuration = SignedDuration::from_secs(30);

/// The client of a request.
#[derive(Debug, Clone)]
pub struct ClientContext {
    /// The session id of its cookie.
    pub session: Option<SessionId>,
    /// The account whose owner has given a proof in this browser before: a known device.
    pub device: Option<AccountId>,
    /// The address, after trusted proxies.
    pub address: IpAddr,
}

/// What happens to the session cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cookie {
    /// It stays as it is.
    Keep,
    /// It gets another id.
    Set(SessionId),
    /// It is removed.
    Clear,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The step that the session is at, or a refusal.
    pub outcome: Result<Step, Refusal>,
    /// The session cookie.
    pub cookie: Cookie,
    /// This browser becomes a known device of the owner of this account.
    pub device: Option<AccountId>,
}

impl Answer {
    fn step(step: Step, cookie: Cookie) -> Self {
        Self { outcome: Ok(step), cookie, device: None }
    }

    fn ended(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Clear, device: None }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Self {
        Self { outcome: Err(refusal), cookie: Cookie::Keep, device: None }
    }
}

/// The reset service: one use case per step.
pub struct ResetService {
    identification: Identification,
    verification: Arc<Verification>,
    delivery: Arc<OtpDelivery>,
    password: Arc<PasswordChange>,
    unlock: Arc<Unlock>,
    new_app: NewAppActivation,
    control: Arc<SessionControl>,
    shared: SharedComponents,
    devices: Arc<KnownDevices>,
    clock: Arc<dyn Clock>,
    site: Arc<Site>,
}

impl ResetService {
    /// Builds the use cases over these ports.
    pub fn new(deps: &ServiceDeps, shared: &SharedComponents, config: ResetConfig) -> Arc<Self> {
        let ServiceDeps { clock, keys, directory, .. } = deps;
        let SharedComponents { limiter, audit, accounts, verifier, timer } = shared;
        let devices = Arc::new(KnownDevices::new(deps, config.limits.device_lifetime));
        let rules = config.site.rules.clone();
        let site = Arc::new(config.site);
        let sessions = Arc::new(ResetSessions::new(
            Arc::clone(&deps.sessions),
            Arc::clone(keys),
            Arc::clone(clock),
            Arc::clone(&site),
            config.session_idle,
        ));
        let notify = Arc::new(OwnerNotifier::new(deps));
        let high_impact = Arc::new(HighImpact::new(deps, &notify, audit, config.high_impact_wait));
        let replication = Arc::new(ReplicationMonitor {
            sessions: Arc::clone(&sessions),
            directory: Arc::clone(directory),
            clock: Arc::clone(clock),
        });
        let unlock = Arc::new(Unlock::new(deps, shared, &sessions, &notify, &high_impact));
        let password = Arc::new(PasswordChange {
            sessions: Arc::clone(&sessions),
            limiter: Arc::clone(limiter),
            audit: Arc::clone(audit),
            accounts: Arc::clone(accounts),
            directory: Arc::clone(directory),
            notify,
            replication,
            unlock: Arc::clone(&unlock),
            clock: Arc::clone(clock),
            high_impact: Arc::clone(&high_impact),
            breach_check: deps.breach_check.clone(),
            rules: rules.clone(),
        });
        let control = Arc::new(SessionControl {
            sessions: Arc::clone(&sessions),
            limiter: Arc::clone(limiter),
            password: Arc::clone(&password),
            calls: Arc::clone(&deps.calls),
            keys: Arc::clone(&deps.keys),
            clock: Arc::clone(clock),
            site: Arc::clone(&site),
        });
        let delivery = Arc::new(OtpDelivery {
            sessions: Arc::clone(&sessions),
            limiter: Arc::clone(limiter),
            accounts: Arc::clone(accounts),
            verifier: Arc::clone(verifier),
            timer: Arc::clone(timer),
            clock: Arc::clone(clock),
            site: Arc::clone(&site),
        });
        let verification = Arc::new(Verification {
            sessions: Arc::clone(&sessions),
            limiter: Arc::clone(limiter),
            audit: Arc::clone(audit),
            accounts: Arc::clone(accounts),
            verifier: Arc::clone(verifier),
            timer: Arc::clone(timer),
            keys: Arc::clone(keys),
            clock: Arc::clone(clock),
            high_impact: Arc::clone(&high_impact),
            call_codes: CallCodeIssuer::new(deps, audit),
            start_codes: Arc::clone(&deps.start_codes),
            rules,
            offer_unlock: config.offer_unlock,
        });
        let waiting_time = SignedDuration::from_secs(i64::from(site.waiting_seconds));
        let new_app = NewAppActivation::new(deps, shared, &sessions, &devices, waiting_time);
        let identification = Identification {
            sessions,
            limiter: Arc::clone(limiter),
            audit: Arc::clone(audit),
            accounts: Arc::clone(accounts),
            verifier: Arc::clone(verifier),
            timer: Arc::clone(timer),
            verification: Arc::clone(&verification),
            delivery: Arc::clone(&delivery),
            control: Arc::clone(&control),
            clock: Arc::clone(clock),
            site: Arc::clone(&site),
            mode: config.verification_mode,
        };
        Arc::new(Self {
            identification,
            verification,
            delivery,
            password,
            unlock,
            new_app,
            control,
            shared: shared.clone(),
            devices,
            clock: Arc::clone(clock),
            site,
        })
    }

    /// Carries out a command of a client.
    pub async fn run(&self, client: &ClientContext, command: ResetCommand) -> Result<Answer, Answer> {
        match command {
            ResetCommand::Current => self.control.current(client).await,
            ResetCommand::Identify(name, purpose) => {
                self.identification.identify(client, &name, purpose.as_ref()).await
            }
            ResetCommand::Birthdate(birthdate) => self.identification.birthdate(client, &birthdate).await,
            ResetCommand::Code(code) => self.verification.code(client, &code).await,
            ResetCommand::Resend(method) => self.delivery.resend(client, method.as_ref()).await,
            ResetCommand::Password(password) => self.password.password(client, &password).await,
            ResetCommand::Unlock => self.unlock.unlock(client).await,
            ResetCommand::Activate => self.new_app.activate(client).await,
            ResetCommand::App => self.new_app.app(client).await,
            ResetCommand::Extend => self.control.extend(client).await,
            ResetCommand::Cancel => self.control.cancel(client).await,
        }
    }

    /// Starts a practice run for a user name.
    pub(crate) async fn start_practice_run(
        &self,
        client: &ClientContext,
        username: &Username,
    ) -> Result<SessionId, Refusal> {
        self.identification.start_practice_run(client, username).await
    }

    /// Counts a request for the page of a link in a notice.
    pub(crate) async fn count_link_request(&self, client: &ClientContext) -> Result<(), Refusal> {
        self.shared.limiter.count_link_request(client).await
    }

    /// The public settings of the organisation.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Whether the directory or the code provider is known to be unavailable.
    pub fn is_degraded(&self) -> bool {
        let now = self.clock.now();
        self.shared.accounts.retry_after(now).or(self.shared.verifier.retry_after(now)).is_some()
    }

    /// The known devices.
    pub(crate) fn devices(&self) -> &Arc<KnownDevices> {
        &self.devices
    }
}
