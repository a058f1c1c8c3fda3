//! Puts the service together: the real parts, under the terms of the settings. The only place, with the
//! commands, that knows adapters and workflow both. Not what the settings may say: that is `settings`.

use crate::adapters::audit_log::AuditLog;
use crate::adapters::clock::SystemClock;
use crate::adapters::entrust::{self, Entrust, EntrustAuthenticators};
use crate::adapters::entrust_admin::{self, EntrustAdmin};
use crate::adapters::ldap::{self, ActiveDirectory, OpenLdap};
use crate::adapters::sms::Sms;
use crate::adapters::smtp::Smtp;
use crate::adapters::sqlite::SqliteStore;
use crate::adapters::youforce::Youforce;
use crate::config::{DirectoryKind, Settings, SettingsError};
use crate::crypto::Keyring;
use crate::enrollment::{self, EnrollmentService};
use crate::hr_sync;
use crate::http::{AppState, health::Health, pages::Pages};
use crate::import;
use crate::notifications::{self, NotificationService};
use crate::ports::authenticators::Authenticators;
use crate::ports::clock::Clock;
use crate::ports::directory::Directory;
use crate::ports::notifier::{Outbox, Transport};
use crate::reset::{ProviderUserName, ResetConfig, ResetDeps, ResetService, VerificationMode, rate_limit};
use anyhow::Context as _;
use axum::Router;
use jiff::SignedDuration;
use std::sync::Arc;
use std::time::Duration;

/// The real parts, and two of them once more: somebody must have the messages sent, and forget them.
pub struct Components {
    /// What the workflow works with.
    pub parts: ResetDeps,
    /// The notices among them.
    pub notices: Arc<NotificationService>,
    /// The queue behind the notices.
    pub outbox: Arc<dyn Outbox>,
    /// The HR source, where the settings name one.
    pub hr: Option<Arc<hr_sync::HrSync>>,
}

/// The real parts, as the settings say.
pub async fn parts(settings: &Settings) -> anyhow::Result<ResetDeps> {
    Ok(assemble(settings).await?.parts)
}

/// The real parts, as the settings say, with what `serve` needs besides.
pub async fn assemble(settings: &Settings) -> anyhow::Result<Components> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now = {
        let clock = Arc::clone(&clock);
        Arc::new(move || clock.now())
    };
    // Before the store: wrong settings leave no file behind.
    let directory = directory(settings, now)?;
    let codes = Entrust::new(entrust_config(settings)).map_err(|error| wrong("entrust", error))?;
    let onboarding = onboarding(settings)?;
    let carriers = carriers(settings)?;
    let hr = hr(settings, &clock)?;
    let keys = Arc::new(Keyring::new(settings.keys()?)?);
    let store = Arc::new(store(settings).await?);
    let audit = AuditLog::open(settings.audit_file.clone())
        .with_context(|| format!("audit_file: {}", settings.audit_file.display()))?;
    let notices = NotificationService::new(notifications::NotificationConfig {
        outbox: Arc::clone(&store) as _,
        keys: Arc::clone(&keys),
        clock: Arc::clone(&clock),
        carriers,
        organisation: settings.organisation.clone(),
        origin: settings.origin(),
        waiting_time: signed(settings.registration.waiting_time),
    });
    let outbox = Arc::clone(&store) as _;
    let parts = ResetDeps {
        directory,
        codes: Arc::new(codes),
        records: Arc::clone(&store) as _,
        visits: Arc::clone(&store) as _,
        limits: Arc::clone(&store) as _,
        onboarding,
        audit: Arc::new(audit),
        clock,
        keys,
        notices: Arc::clone(&notices) as _,
    };
    Ok(Components { parts, notices, outbox, hr })
}

/// The directory, of the kind that the settings name.
fn directory(settings: &Settings, now: ldap::Now) -> anyhow::Result<Arc<dyn Directory>> {
    let config = ldap_config(settings)?;
    let made: Result<Arc<dyn Directory>, _> = match settings.directory.kind {
        DirectoryKind::ActiveDirectory => ActiveDirectory::new(config, now).map(|made| Arc::new(made) as _),
        DirectoryKind::OpenLdap => OpenLdap::new(config, now).map(|made| Arc::new(made) as _),
    };
    made.map_err(|error| wrong("directory", error).into())
}

/// The HR source, where the settings name one.
fn hr(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<Option<Arc<hr_sync::HrSync>>> {
    let Some(config) = settings.youforce()? else { return Ok(None) };
    let youforce = Youforce::new(config, Arc::clone(clock)).map_err(|error| wrong("hr", error))?;
    let terms = import::ImportConfig::of(settings, false)?;
    Ok(Some(Arc::new(hr_sync::HrSync::new(Arc::new(youforce), terms, signed(settings.hr.every)))))
}

/// The ways of which the settings name the server.
fn carriers(settings: &Settings) -> anyhow::Result<Vec<Arc<dyn Transport>>> {
    let mut carriers: Vec<Arc<dyn Transport>> = Vec::new();
    if let Some(config) = settings.smtp()? {
        carriers.push(Arc::new(Smtp::new(config).map_err(|error| wrong("mail", error))?));
    }
    if let Some(config) = settings.sms_gateway()? {
        carriers.push(Arc::new(Sms::new(config).map_err(|error| wrong("sms", error))?));
    }
    Ok(carriers)
}

/// The store, as the settings say.
pub async fn store(settings: &Settings) -> anyhow::Result<SqliteStore> {
    let path = settings.sqlite_path().context("store.url: expected sqlite:FILE")?;
    SqliteStore::open(&path).await.with_context(|| format!("store.url: {}", path.display()))
}

/// What a part says of its settings, e.g. of an authority's file that holds none.
fn wrong(section: &str, error: impl std::error::Error + Send + Sync + 'static) -> SettingsError {
    SettingsError::Wrong(format!("{section}: {:#}", anyhow::Error::new(error)))
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
        default_policy: directory.default_policy.clone(),
        require_history: directory.require_history,
        birthdate_attribute: settings.records.birthdate_attribute.clone(),
        mobile_attribute: settings.records.mobile_attribute.clone(),
        mobile_write_attribute: settings.records.mobile_write_attribute.clone(),
        employee_number_attribute: settings.records.employee_number_attribute.clone(),
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

fn entrust_config(settings: &Settings) -> entrust::EntrustConfig {
    let entrust = &settings.entrust;
    entrust::EntrustConfig {
        decoy_user: entrust.decoy_user.clone(),
        ways: entrust.authenticators.clone(),
        by_alias: entrust.user_attribute != ProviderUserName::Login,
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ca_file: entrust.ca_file.clone(),
        ..entrust::EntrustConfig::new(entrust.url.clone(), entrust.application_id.clone())
    }
}

/// Who gives an employee the app: Entrust's administration where credentials are set, or else what can be told
/// without.
pub fn onboarding(settings: &Settings) -> anyhow::Result<Arc<dyn Authenticators>> {
    let entrust = &settings.entrust;
    let (Some(application_id), Some(file)) = (&entrust.admin_application_id, &entrust.admin_secret_file)
    else {
        let standing =
            EntrustAuthenticators::new(entrust_config(settings)).map_err(|error| wrong("entrust", error))?;
        return Ok(Arc::new(standing));
    };
    let secret = crate::config::secret("entrust.admin_secret_file", file)?;
    let config = entrust_admin::EntrustAdminConfig {
        decoy_user: entrust.decoy_user.clone(),
        by_alias: entrust.user_attribute != ProviderUserName::Login,
        ca_file: entrust.ca_file.clone(),
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ..entrust_admin::EntrustAdminConfig::new(entrust.url.clone(), application_id.clone(), secret)
    };
    let admin =
        EntrustAdmin::new(config, Arc::new(|| SystemClock.now())).map_err(|error| wrong("entrust", error))?;
    Ok(Arc::new(admin))
}

/// The workflow's terms, as the settings say.
pub fn terms(settings: &Settings) -> ResetConfig {
    let limits = &settings.limits;
    ResetConfig {
        site: settings.site(),
        judgement: match settings.verification.judgement {
            crate::config::VerificationMode::Joint => VerificationMode::Joint,
            crate::config::VerificationMode::Stepwise => VerificationMode::Stepwise,
        },
        min_response_time: signed(settings.verification.envelope),
        session_idle: signed(settings.verification.visit_idle),
        holder_name: settings.entrust.user_attribute,
        birthdate_from_directory: settings.records.birthdate_attribute.is_some(),
        require_mobile: settings.verification.require_mobile,
        offer_unlock: settings.directory.offer_unlock,
        limits: rate_limit::RateLimitConfig {
            per_address: limits.per_address,
            own_networks: limits.own_networks.clone(),
            per_own_network: limits.per_own_network,
            codes_per_visit: limits.codes_per_visit,
            passwords_per_visit: limits.passwords_per_visit,
            global: limits.global,
            account_failures: limits.account_failures,
            code_reserve: limits.entrust_reserve,
        },
    }
}

/// The registration's terms, as the settings say.
pub fn registration_terms(settings: &Settings) -> Result<enrollment::EnrollmentConfig, SettingsError> {
    let registration = &settings.registration;
    Ok(enrollment::EnrollmentConfig {
        // Behind a proxy that is not named, everybody has the proxy's address: nobody's network is known.
        enabled: registration.enabled && !settings.has_unnamed_proxy(),
        allowed_networks: registration.allowed_networks.clone(),
        waiting_time: signed(registration.waiting_time),
        countries: settings.countries()?,
        sign_ins: registration.sign_ins,
        lockout_margin: registration.lockout_margin,
        // A number counts as confirmed by a code where codes are sent to numbers.
        confirm_numbers: settings.entrust.authenticators.contains(&app::api::step::OtpMethod::Otp),
        write_mobile: settings.records.mobile_write_attribute.is_some(),
    })
}

pub(crate) fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The reset and the registration over these parts.
pub fn services(parts: &ResetDeps, settings: &Settings) -> Result<Services, SettingsError> {
    let workflow = ResetService::new(parts.clone(), terms(settings));
    let registrar = EnrollmentService::new(Arc::clone(&workflow), registration_terms(settings)?);
    Ok(Services { workflow, registrar })
}

/// What is served.
#[derive(Clone)]
pub struct Services {
    /// The reset.
    pub workflow: Arc<ResetService>,
    /// The registration beside it.
    pub registrar: Arc<EnrollmentService>,
}

/// The public router over these parts. Tests use it with fakes.
pub fn router(parts: ResetDeps, settings: &Settings) -> Result<Router, SettingsError> {
    Ok(route(services(&parts, settings)?, parts, settings))
}

pub(crate) fn route(services: Services, parts: ResetDeps, settings: &Settings) -> Router {
    let Services { workflow, registrar } = services;
    crate::http::router(AppState {
        pages: Arc::new(Pages::new(workflow.site(), &settings.origin())),
        workflow,
        registrar,
        origin: settings.origin().into(),
        trusted_proxies: settings.trusted_proxies.clone().into(),
        logo: settings.logo.clone().map(Arc::new),
        security_contact: settings.security_contact.as_str().into(),
        health: Arc::new(Health::new(parts)),
    })
}
