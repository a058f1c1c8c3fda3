//! The reset: from a user name to a new password.
//!
//! | file | content |
//! |---|---|
//! | [`state`] | the state machine, pure, and what the browser may know of a stage |
//! | [`session`] | a stored session: sealed, expiring, advanced by compare-and-swap |
//! | [`identify`] | the steps without an outside call: identify, birthdate, resend, extend, cancel, current |
//! | `lookup` | what a verification looks up |
//! | [`verification`] | the code step: name, birthdate and code are verified together, in a minimum response time |
//! | [`birthdate_check`] | compares a birthdate with the registered one |
//! | [`otp_delivery`] | sends a code by SMS or mail instead of showing it in the app |
//! | [`password_write`] | the password step: claim, act, settle; `outcome` makes a write certain over all controllers |
//! | `replication` | whether all domain controllers know the new password |
//! | `unlock` | unlocks an account and keeps its password |
//! | `notify` | notifies the account owner |
//! | [`rate_limit`] | one named method per limited action |
//! | [`circuit_breaker`] | stops calls to a backend that is down |

pub mod birthdate_check;
pub mod circuit_breaker;
pub mod identify;
mod lookup;
mod notify;
pub mod otp_delivery;
pub mod password_write;
pub mod rate_limit;
mod replication;
pub mod session;
pub mod state;
mod unlock;
pub mod verification;

use crate::crypto::{Keyring, Purpose, hex};
use crate::ports::audit::{Audit, Entry, Event};
use crate::ports::authenticators::Authenticators;
use crate::ports::clock::Clock;
use crate::ports::directory::{Account, AccountId, Directory};
use crate::ports::notifier::Notifier;
use crate::ports::otp_provider::OtpProvider;
use crate::ports::rate_limits::RateLimits;
use crate::ports::records::Records;
use crate::ports::sessions::{SessionId, Sessions};
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::api::site::Site;
use app::api::step::Step;
use app::domain::username::Username;
use circuit_breaker::CircuitBreaker;
use jiff::{SignedDuration, Timestamp};
use state::projection::View;
use std::error::Error;
use std::net::IpAddr;
use std::sync::{Arc, Weak};
use tracing::{error, warn};

/// What the workflow works with.
#[derive(Clone)]
pub struct ResetDeps {
    /// The accounts.
    pub directory: Arc<dyn Directory>,
    /// The control codes.
    pub codes: Arc<dyn OtpProvider>,
    /// What was registered beforehand.
    pub records: Arc<dyn Records>,
    /// The visits.
    pub visits: Arc<dyn Sessions>,
    /// The counters.
    pub limits: Arc<dyn RateLimits>,
    /// Gives people the app.
    pub onboarding: Arc<dyn Authenticators>,
    /// The trail.
    pub audit: Arc<dyn Audit>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The product's own keys.
    pub keys: Arc<Keyring>,
    /// Tells people what happened.
    pub notices: Arc<dyn Notifier>,
}

/// The terms under which it works; from the settings.
#[derive(Debug, Clone)]
pub struct ResetConfig {
    /// What the organisation says about itself, with rules, ways and applications.
    pub site: Site,
    /// Whether everything is judged at the code, or the birthdate already when it is given.
    pub judgement: VerificationMode,
    /// Answers of a judgement leave at the next multiple of this; zero switches it off.
    pub min_response_time: SignedDuration,
    /// A visit without an accepted step ends after this.
    pub session_idle: SignedDuration,
    /// Which of an account's names the code service knows.
    pub holder_name: ProviderUserName,
    /// Birthdates come from a directory attribute instead of the product's own records.
    pub birthdate_from_directory: bool,
    /// Without a registered number nobody is verified.
    pub require_mobile: bool,
    /// Whoever has a locked account may unlock it without setting another password.
    pub offer_unlock: bool,
    /// The limits.
    pub limits: rate_limit::RateLimitConfig,
}

/// When name and birthdate are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VerificationMode {
    /// Together with the code: nothing can be told from the steps before it.
    Joint,
    /// When the birthdate is given.
    Stepwise,
}

/// Which of an account's names the code service knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum ProviderUserName {
    /// `sAMAccountName`.
    #[serde(rename = "sAMAccountName")]
    Login,
    /// `userPrincipalName`.
    #[serde(rename = "userPrincipalName")]
    PrincipalName,
    /// `mail`.
    #[serde(rename = "mail")]
    Mail,
}

impl ProviderUserName {
    /// The account's name, where it has one of that kind.
    pub fn of(self, account: &Account) -> Option<String> {
        match self {
            Self::Login => Some(account.login.clone()),
            Self::PrincipalName => account.principal_name.clone(),
            Self::Mail => account.mail.clone(),
        }
    }
}

/// All in all a visit lasts no longer than this, however often it is extended.
pub const MAX_SESSION_DURATION: SignedDuration = SignedDuration::from_hours(1);
/// After the proof the password must be set within this; it cannot be extended (NIST SP 800-63B-4).
pub const PROOF_LIFETIME: SignedDuration = SignedDuration::from_mins(15);
/// Between two sent codes.
pub const RESEND_PAUSE: SignedDuration = SignedDuration::from_secs(30);
/// When to come back after something was out of reach (seconds).
const RETRY_AFTER: u64 = 5;

/// Who calls.
#[derive(Debug, Clone)]
pub struct ClientContext {
    /// The cookie's visit.
    pub visit: Option<SessionId>,
    /// On whose behalf this browser finished a reset before: it is known to the owner of that account.
    pub device: Option<AccountId>,
    /// The client's address, after trusted proxies.
    pub address: IpAddr,
}

/// What happens to the visit's cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cookie {
    /// Stays as it is.
    Keep,
    /// Another id.
    Set(SessionId),
    /// Gone.
    Clear,
}

/// What the browser gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Where the visit stands, or why not.
    pub outcome: Result<Step, Refusal>,
    /// The visit's cookie.
    pub cookie: Cookie,
    /// From now on this browser is known to the owner of this account.
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

/// The reset of one organisation.
pub struct ResetService {
    parts: ResetDeps,
    terms: ResetConfig,
    directory_breaker: CircuitBreaker,
    codes_breaker: CircuitBreaker,
    /// For what goes on after an answer has left.
    myself: Weak<ResetService>,
}

impl ResetService {
    /// With these parts, under these terms.
    pub fn new(parts: ResetDeps, terms: ResetConfig) -> Arc<Self> {
        Arc::new_cyclic(|myself| Self {
            parts,
            terms,
            directory_breaker: CircuitBreaker::default(),
            codes_breaker: CircuitBreaker::default(),
            myself: myself.clone(),
        })
    }

    /// What it works with.
    pub(crate) fn parts(&self) -> &ResetDeps {
        &self.parts
    }

    /// Under which terms.
    pub(crate) fn terms(&self) -> &ResetConfig {
        &self.terms
    }

    /// What the organisation says about itself.
    pub fn site(&self) -> &Site {
        &self.terms.site
    }

    /// Whether directory or code service are known to be away.
    pub fn is_degraded(&self) -> bool {
        let now = self.now();
        self.directory_breaker.away(now).or(self.codes_breaker.away(now)).is_some()
    }

    /// What a known browser keeps: the account, sealed, so that nobody reads in it who was here.
    pub fn device_token(&self, account: AccountId) -> Option<Vec<u8>> {
        self.parts.keys.seal(Purpose::Device, b"", account.0.as_bytes()).ok()
    }

    /// Whose browser it is, by what it kept.
    pub fn device_of(&self, token: &[u8]) -> Option<AccountId> {
        let account = self.parts.keys.open(Purpose::Device, b"", token).ok()?;
        Some(AccountId(uuid::Uuid::from_slice(&account).ok()?))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    fn view(&self, now: Timestamp, ends: Timestamp, practice: bool) -> View<'_> {
        View {
            now,
            ends,
            practice,
            ways: &self.terms.site.ways,
            applications: &self.terms.site.organisation.applications,
            application_groups: &self.terms.site.application_groups,
            resend_pause: RESEND_PAUSE,
        }
    }

    /// Something is out of reach: logged once, here, with the reference that the employee sees.
    pub(crate) fn unavailable(part: &'static str, error: &(dyn Error + 'static)) -> Refusal {
        match crate::random::reference() {
            Ok(reference) => {
                error!(reference, part, error, "{part} is out of reach, the step can be repeated");
                metrics::counter!("reset_unavailable_total", "part" => part).increment(1);
                Refusal::Unavailable { reference, retry_after: RETRY_AFTER }
            }
            Err(fault) => fault,
        }
    }

    pub(crate) fn store_away(error: &StoreError) -> Refusal {
        Self::unavailable("store", error)
    }

    /// Our own defect: logged once, here.
    pub(crate) fn fault(what: &'static str, error: &(dyn Error + 'static)) -> Refusal {
        match crate::random::reference() {
            Ok(reference) => {
                error!(reference, error, "defect: {what}");
                Refusal::Fault { reference }
            }
            Err(fault) => fault,
        }
    }

    /// Adds to the trail. Whether a failure stops the act is for the caller to say.
    pub(crate) async fn record(
        &self,
        about: &AuditContext<'_>,
        reference: &str,
        event: Event,
    ) -> Result<(), StoreError> {
        let entry = Entry {
            at: self.now(),
            event,
            reference: reference.to_owned(),
            subject: self.pseudonym(about),
            network: rate_limit::network(about.address),
        };
        self.parts.audit.record(entry).await
    }

    /// Adds to the trail what has already happened: a failure is an operator's concern.
    pub(crate) async fn record_after(&self, about: &AuditContext<'_>, reference: &str, event: Event) {
        if let Err(error) = self.record(about, reference, event).await {
            warn!(reference, error = &error as &dyn Error, "the audit trail lacks a line");
        }
    }

    /// Adds the reference of something that was out of reach, so that it is found there too.
    pub(crate) async fn record_unavailable(&self, about: &AuditContext<'_>, refusal: &Refusal) {
        if let Refusal::Unavailable { reference, .. } = refusal {
            self.record_after(about, reference, Event::Unavailable).await;
        }
    }

    fn pseudonym(&self, about: &AuditContext<'_>) -> String {
        let digest = match about.subject {
            Known::Account(id) => self.parts.keys.digest(Purpose::Audit, &[b"account", id.0.as_bytes()]),
            Known::Name(name) => self.parts.keys.digest(Purpose::Audit, &[b"name", name.folded().as_bytes()]),
        };
        hex(digest.get(..8).unwrap_or_default())
    }
}

/// Whom a line of the trail is about, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditContext<'a> {
    pub(crate) subject: Known<'a>,
    pub(crate) address: IpAddr,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Known<'a> {
    Account(AccountId),
    Name(&'a Username),
}
