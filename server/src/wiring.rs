//! Dependency wiring: creates the adapters and services from the settings. Apart from the commands, this is the only
//! module that uses both adapters and services.

mod audit;
mod entrust;
mod hello;
mod hr;
mod measured;
mod node;
mod store;
mod traces;
mod transports;

pub use audit::{
    audit_collector, audit_log, collected_audit, collected_heads_file, heads_file, signing_key, syslog_sender,
};
pub use entrust::authenticators;
pub(crate) use measured::measured_outbox;
pub use node::node;
use store::Tables;
pub use store::{postgres_config, store};
pub use traces::traces;

use crate::adapters::breach_filter::BreachFilterFile;
use crate::adapters::breach_range::{BreachRange, BreachRangeConfig};
use crate::adapters::clock::SystemClock;
use crate::adapters::ldap::{self, ActiveDirectory, OpenLdap};
use crate::adapters::measured::MeasuredBreachedPasswords;
use crate::config::{DirectoryKind, HttpsUrl, Settings, SettingsError, UncheckedSetting};
use crate::coverage::CoverageConfig;
use crate::crypto::Keyring;
use crate::enrollment::sign_in_limits::SignInLimits;
use crate::enrollment::{self, EnrollmentService};
use crate::freeze::FreezeService;
use crate::hr_sync;
use crate::http::{
    AppState, UnreadableProxyHeader,
    flood_limiter::FloodLimiter,
    health::{Health, Stopping},
    pages::Pages,
};
use crate::notifications::{self, NotificationService};
use crate::ports::breached_passwords::BreachedPasswords;
use crate::ports::clock::Clock;
use crate::ports::collected_audit::CollectedAudit;
use crate::ports::directory::Directory;
use crate::ports::store::Store;
use crate::reset::breach_check::BreachCheck;
use crate::reset::{ResetConfig, ResetService, ServiceDeps, SharedComponents, VerificationMode, rate_limit};
use crate::service_desk::{ServiceDeskConfig, ServiceDeskService};
use axum::Router;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// The adapters of the running service. `notifier` and `store` are in `deps` as well, by port.
pub struct Components {
    /// The ports of the reset and the enrollment.
    pub deps: ServiceDeps,
    /// The service that sends notices.
    pub notifier: Arc<NotificationService>,
    /// The store, as a whole.
    pub store: Arc<dyn Store>,
    /// The HR synchronization, if the settings configure a source.
    pub hr: Option<Arc<hr_sync::HrSync>>,
}

/// Creates the ports of the reset and the enrollment from the settings, and the store if there is none.
pub async fn deps(settings: &Settings) -> anyhow::Result<ServiceDeps> {
    Ok(assemble(settings).await?.deps)
}

/// Creates the ports of the reset and the enrollment over the store, which must exist.
pub async fn deps_of_existing(settings: &Settings) -> anyhow::Result<ServiceDeps> {
    Ok(assemble_with(settings, Tables::Migrate).await?.deps)
}

/// Creates all adapters from the settings, including those that only `serve` needs, and the store if there is none.
pub async fn assemble(settings: &Settings) -> anyhow::Result<Components> {
    assemble_with(settings, Tables::Make).await
}

/// Creates all adapters for `check`, which does not make or migrate the tables of a database: it may be a wrong one.
pub async fn assemble_unmigrated(settings: &Settings) -> anyhow::Result<Components> {
    assemble_with(settings, Tables::LeaveAsTheyAre).await
}

async fn assemble_with(settings: &Settings, tables: Tables) -> anyhow::Result<Components> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    // Before the store, so that invalid settings leave no file behind.
    let directory = directory(settings)?;
    let otp_provider = entrust::otp_provider(settings)?;
    let authenticators = authenticators(settings)?;
    let transports = transports::transports(settings)?;
    let hr = hr::hr_sync(settings, &clock)?;
    let breach_check = breach_check(settings)?;
    let keys = Arc::new(Keyring::new(settings.keys()?)?);
    let store = store::open(settings, tables).await?;
    let audit = audit::audit_log(settings, &clock)?;
    let notifier = NotificationService::new(notifications::NotificationConfig {
        outbox: measured_outbox(&store),
        frozen: Arc::clone(&store) as _,
        keys: Arc::clone(&keys),
        clock: Arc::clone(&clock),
        transports,
        organisation: settings.organisation.clone(),
        origin: settings.origin(),
        alert_address: (settings.notices.alert_service_desk)
            .then(|| settings.organisation.service_desk.mail.clone()),
        waiting_time: signed(settings.registration.waiting_time),
    });
    let deps = ServiceDeps {
        directory,
        otp_provider,
        records: Arc::clone(&store) as _,
        frozen: Arc::clone(&store) as _,
        waits: Arc::clone(&store) as _,
        calls: Arc::clone(&store) as _,
        start_codes: Arc::clone(&store) as _,
        sessions: Arc::clone(&store) as _,
        devices: Arc::clone(&store) as _,
        limits: Arc::clone(&store) as _,
        authenticators,
        audit: Arc::new(audit),
        clock,
        keys,
        notifier: Arc::clone(&notifier) as _,
        breach_check,
    };
    Ok(Components { deps: measured::deps(deps), notifier, store, hr })
}

/// Creates the directory adapter for the configured kind of directory.
pub fn directory(settings: &Settings) -> anyhow::Result<Arc<dyn Directory>> {
    let config = ldap_config(settings)?;
    let now: ldap::TimeSource = Arc::new(|| SystemClock.now());
    let adapter: Result<Arc<dyn Directory>, _> = match settings.directory.kind {
        DirectoryKind::ActiveDirectory => {
            ActiveDirectory::new(config, now).map(|adapter| Arc::new(adapter) as _)
        }
        DirectoryKind::OpenLdap => OpenLdap::new(config, now).map(|adapter| Arc::new(adapter) as _),
    };
    adapter.map_err(|error| invalid_settings("directory", error).into())
}

/// Opens the configured list of breached passwords.
fn breach_check(settings: &Settings) -> anyhow::Result<BreachCheck> {
    let breached = &settings.breached;
    let list: Arc<dyn BreachedPasswords> = if let Some(path) = &breached.filter_file {
        let filter = BreachFilterFile::open(path)
            .map_err(|error| invalid_settings(&format!("breached.filter_file: {}", path.display()), error))?;
        Arc::new(filter)
    } else if let Some(url) = &breached.range_url {
        let url = HttpsUrl::parse_base(url)
            .map_err(|expected| SettingsError::expected("breached.range_url", expected))?;
        let config = BreachRangeConfig {
            url,
            ca_file: breached.range_ca_file.clone(),
            timeout: breached.range_timeout,
        };
        Arc::new(BreachRange::new(config).map_err(|error| invalid_settings("breached", error))?)
    } else {
        return Ok(BreachCheck::default());
    };
    let list = Arc::new(MeasuredBreachedPasswords::new(list));
    Ok(BreachCheck::new(list, breached.unavailable == UncheckedSetting::Refuse))
}

/// An adapter's error about its settings, e.g. about a CA file without a certificate.
fn invalid_settings(section: &str, error: impl std::error::Error + Send + Sync + 'static) -> SettingsError {
    SettingsError::Invalid(format!("{section}: {:#}", anyhow::Error::new(error)))
}

fn ldap_config(settings: &Settings) -> anyhow::Result<ldap::LdapConfig> {
    let directory = &settings.directory;
    let password = crate::config::secret("directory.bind_password_file", &directory.bind_password_file)?;
    Ok(ldap::LdapConfig {
        dns_server: directory.dns_server,
        ca_file: directory.ca_file.clone(),
        excluded: directory.excluded.clone(),
        allowed_groups: directory.allowed_groups.clone(),
        protected_groups: directory.protected_groups.clone(),
        high_impact_groups: directory.high_impact_groups.clone(),
        default_policy: directory.default_policy.clone(),
        require_history: directory.require_history,
        birthdate_attribute: settings.records.birthdate_attribute.clone(),
        mobile_attribute: settings.records.mobile_attribute.clone(),
        mobile_write_attribute: settings.records.mobile_write_attribute.clone(),
        employee_number_attribute: settings.records.employee_number_attribute.clone(),
        private_mail_attribute: settings.notices.private_mail_attribute.clone(),
        connect_timeout: directory.connect_timeout,
        operation_timeout: directory.timeout,
        ..ldap::LdapConfig::new(
            directory.urls.clone(),
            directory.bind_dn.clone(),
            password,
            directory.base_dn.clone(),
        )
    })
}

/// Returns the configuration of the reset.
pub fn reset_config(settings: &Settings) -> ResetConfig {
    let limits = &settings.limits;
    ResetConfig {
        site: settings.site(),
        verification_mode: match settings.verification.mode {
            crate::config::VerificationModeSetting::Joint => VerificationMode::Joint,
            crate::config::VerificationModeSetting::Stepwise => VerificationMode::Stepwise,
        },
        min_response_time: signed(settings.verification.min_response_time),
        session_idle: signed(settings.verification.session_idle),
        provider_user_name: settings.code_provider().user_name,
        birthdate_from_directory: settings.records.birthdate_attribute.is_some(),
        require_mobile: settings.verification.require_mobile,
        offer_unlock: settings.directory.offer_unlock,
        high_impact_wait: signed(settings.verification.high_impact_wait),
        limits: rate_limit::RateLimitConfig {
            per_address: limits.per_address,
            own_networks: limits.own_networks.clone(),
            per_own_network: limits.per_own_network,
            per_device: limits.per_device,
            device_lifetime: signed(limits.device_lifetime),
            calls_per_session: limits.calls_per_session,
            codes_per_session: limits.codes_per_session,
            passwords_per_session: limits.passwords_per_session,
            global: limits.global,
            account_failures: limits.account_failures,
            code_reserve: settings.code_provider().reserve,
        },
    }
}

/// Returns the configuration of the enrollment.
pub fn enrollment_config(settings: &Settings) -> Result<enrollment::EnrollmentConfig, SettingsError> {
    let registration = &settings.registration;
    Ok(enrollment::EnrollmentConfig {
        // Behind an unnamed proxy all clients have the proxy's address, so their networks are unknown.
        enabled: registration.enabled && !settings.has_unnamed_proxy(),
        allowed_networks: registration.allowed_networks.clone(),
        domains: settings.organisation.domains.clone(),
        session_idle: signed(settings.verification.session_idle),
        waiting_time: signed(registration.waiting_time),
        countries: settings.countries()?,
        sign_ins: sign_in_limits(settings),
        lockout_margin: registration.lockout_margin,
        // A code confirms a number only if codes are sent to numbers.
        confirm_numbers: settings.code_provider().methods.contains(&app::api::step::OtpMethod::Otp),
        write_mobile: settings.records.mobile_write_attribute.is_some(),
    })
}

/// Returns the configuration of the service desk.
pub fn service_desk_config(settings: &Settings) -> Result<ServiceDeskConfig, SettingsError> {
    let (desk, registration) = (&settings.service_desk, &settings.registration);
    Ok(ServiceDeskConfig {
        allowed_networks: if settings.has_service_desk() {
            desk.allowed_networks.clone()
        } else {
            Vec::new()
        },
        groups: desk.groups.clone(),
        lead_groups: desk.lead_groups.clone(),
        domains: settings.organisation.domains.clone(),
        session_max: signed(desk.session_max),
        session_idle: signed(desk.session_idle),
        lockout_margin: registration.lockout_margin,
        sign_ins: sign_in_limits(settings),
        wrong_call_codes: desk.wrong_call_codes,
        look_ups: desk.look_ups,
        start_codes: desk.start_codes,
        waiting_time: signed(registration.waiting_time),
        device_lifetime: signed(settings.limits.device_lifetime),
        coverage: coverage_config(settings)?,
    })
}

/// Returns when an account counts as ready for a reset.
pub fn coverage_config(settings: &Settings) -> Result<CoverageConfig, SettingsError> {
    Ok(CoverageConfig {
        birthdate_from_directory: settings.records.birthdate_attribute.is_some(),
        require_mobile: settings.verification.require_mobile,
        countries: settings.countries()?,
    })
}

fn sign_in_limits(settings: &Settings) -> SignInLimits {
    let registration = &settings.registration;
    SignInLimits {
        per_name_and_address: registration.sign_ins,
        per_name: registration.sign_ins_per_name,
        per_address: registration.sign_ins_per_address,
        total: registration.sign_ins_total,
    }
}

pub(crate) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Creates the reset and the enrollment service with these ports.
pub fn services(
    deps: &ServiceDeps,
    settings: &Settings,
    collected: Option<Arc<dyn CollectedAudit>>,
) -> Result<Services, SettingsError> {
    let config = reset_config(settings);
    let shared = SharedComponents::new(deps, &config);
    let reset = ResetService::new(deps, &shared, config);
    let enrollment_config = enrollment_config(settings)?;
    let enrollment = EnrollmentService::new(deps, &shared, Arc::clone(&reset), enrollment_config);
    let service_desk = ServiceDeskService::new(deps, &shared, collected, service_desk_config(settings)?);
    Ok(Services { reset, enrollment, service_desk })
}

/// The services behind the API.
#[derive(Clone)]
pub struct Services {
    /// The reset service.
    pub reset: Arc<ResetService>,
    /// The enrollment service.
    pub enrollment: Arc<EnrollmentService>,
    /// The service desk.
    pub service_desk: Arc<ServiceDeskService>,
}

/// Creates the public router with these ports. Tests use it with fakes.
pub fn router(deps: ServiceDeps, settings: &Settings) -> Result<Router, SettingsError> {
    Ok(route(services(&deps, settings, None)?, deps, settings, &Stopping::default()))
}

pub(crate) fn route(
    services: Services,
    deps: ServiceDeps,
    settings: &Settings,
    stopping: &Stopping,
) -> Router {
    let Services { reset, enrollment, service_desk } = services;
    let limits = &settings.limits;
    let freeze = Arc::new(FreezeService::new(&deps));
    crate::http::router(AppState {
        pages: Arc::new(Pages::new(reset.site(), &settings.origin(), enrollment.availability())),
        reset,
        enrollment,
        service_desk,
        freeze,
        origin: settings.origin().into(),
        trusted_proxies: settings.trusted_proxies.clone().into(),
        logo: settings.logo.clone().map(Arc::new),
        security_contact: settings.security_contact.as_str().into(),
        unreadable_proxy_header: Arc::new(UnreadableProxyHeader::new(deps.clone())),
        health: Arc::new(Health::new(deps).until(stopping)),
        flood_limiter: Arc::new(FloodLimiter::new(limits.flood_per_address, limits.own_networks.clone())),
    })
}
