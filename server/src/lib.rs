//! The password reset service.
//!
//! | room | what is in it |
//! |---|---|
//! | [`reset`] | the workflow and its state machine |
//! | [`registration`] | what must be known before a reset can succeed |
//! | [`ports`] | what the workflow needs, as traits |
//! | [`adapters`] | how it is done: LDAP, Entrust, the store … |
//! | [`http`] | router and layers |
//! | [`site`] | the front end, inside the binary |
//! | [`settings`] | one TOML file, and the environment |
//! | [`keys`] | the product's own keys |
//! | [`import`] | the registration's file import |
//! | [`notices`] | what people are told by mail and SMS |
//! | [`qr`] | text as a QR code |
//! | [`coverage`] | how many are ready, per organisational unit |
//! | [`person`] | what is kept of one person, shown or forgotten |
//! | [`retention`] | the records of who left, removed some time later |
//!
//! `reset` never names an adapter, an adapter never names `reset`; only [`parts`] and [`run`] know both.

pub mod adapters;
pub mod coverage;
pub mod http;
pub mod import;
pub mod keys;
pub mod mobile;
pub mod notices;
pub mod person;
pub mod ports;
pub mod qr;
pub mod random;
pub mod registration;
pub mod reset;
pub mod retention;
pub mod settings;
pub mod site;
pub mod telemetry;

use crate::adapters::audit_file::AuditFile;
use crate::adapters::clock::SystemClock;
use crate::adapters::entrust::{Entrust, EntrustStanding};
use crate::adapters::entrust_admin::{self, EntrustAdmin};
use crate::adapters::ldap::Ldap;
use crate::adapters::sms::Sms;
use crate::adapters::smtp::Smtp;
use crate::adapters::sqlite::Sqlite3;
use crate::keys::Keyring;
use crate::notices::Notices;
use crate::ports::clock::Clock;
use crate::ports::notices::Carrier;
use crate::ports::onboarding::Onboarding;
use crate::registration::Registrar;
use crate::reset::{HolderName, Judgement, Parts, Terms, Workflow, limits};
use crate::settings::{Settings, SettingsError};
use anyhow::Context as _;
use axum::Router;
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use jiff::SignedDuration;
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;
use tracing::{info, warn};

/// Between two rounds of forgetting what expired.
const PURGE_EVERY: Duration = Duration::from_mins(1);
/// A client that takes longer to send its headers is holding a connection.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The real parts, as the settings say.
pub async fn parts(settings: &Settings) -> anyhow::Result<Parts> {
    assemble(settings).await.map(|(parts, _)| parts)
}

/// The real parts, and the notices among them once more: somebody must have them sent.
async fn assemble(settings: &Settings) -> anyhow::Result<(Parts, Arc<Notices>)> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let now = {
        let clock = Arc::clone(&clock);
        Arc::new(move || clock.now())
    };
    // Before the store: wrong settings leave no file behind.
    let directory = Ldap::new(ldap_config(settings)?, now).map_err(|error| wrong("directory", error))?;
    let codes = Entrust::new(entrust_config(settings)).map_err(|error| wrong("entrust", error))?;
    let onboarding = onboarding(settings)?;
    let carriers = carriers(settings)?;
    let keys = Arc::new(Keyring::new(settings.keys()?)?);
    let store = Arc::new(store(settings).await?);
    let audit = AuditFile::open(settings.audit_file.clone())
        .with_context(|| format!("audit_file: {}", settings.audit_file.display()))?;
    let notices = Notices::new(notices::Config {
        outbox: Arc::clone(&store) as _,
        keys: Arc::clone(&keys),
        clock: Arc::clone(&clock),
        carriers,
        organisation: settings.organisation.clone(),
        origin: settings.origin(),
        waiting_time: signed(settings.registration.waiting_time),
    });
    let parts = Parts {
        directory: Arc::new(directory),
        codes: Arc::new(codes),
        records: Arc::clone(&store) as _,
        visits: Arc::clone(&store) as _,
        limits: store,
        onboarding,
        audit: Arc::new(audit),
        clock,
        keys,
        notices: Arc::clone(&notices) as _,
    };
    Ok((parts, notices))
}

/// The ways of which the settings name the server.
fn carriers(settings: &Settings) -> anyhow::Result<Vec<Arc<dyn Carrier>>> {
    let mut carriers: Vec<Arc<dyn Carrier>> = Vec::new();
    if let Some(config) = settings.smtp()? {
        carriers.push(Arc::new(Smtp::new(config).map_err(|error| wrong("mail", error))?));
    }
    if let Some(config) = settings.sms_gateway()? {
        carriers.push(Arc::new(Sms::new(config).map_err(|error| wrong("sms", error))?));
    }
    Ok(carriers)
}

/// The store, as the settings say.
pub async fn store(settings: &Settings) -> anyhow::Result<Sqlite3> {
    let path = settings.sqlite_path().context("store.url: expected sqlite:FILE")?;
    Sqlite3::open(&path).await.with_context(|| format!("store.url: {}", path.display()))
}

/// What a part says of its settings, e.g. of an authority's file that holds none.
fn wrong(section: &str, error: impl std::error::Error + Send + Sync + 'static) -> SettingsError {
    SettingsError::Wrong(format!("{section}: {:#}", anyhow::Error::new(error)))
}

fn ldap_config(settings: &Settings) -> anyhow::Result<adapters::ldap::Config> {
    let directory = &settings.directory;
    let password = settings::secret("directory.bind_password_file", &directory.bind_password_file)?;
    Ok(adapters::ldap::Config {
        ca_file: directory.ca_file.clone(),
        protected_groups: directory.protected_groups.clone(),
        birthdate_attribute: settings.records.birthdate_attribute.clone(),
        mobile_attribute: settings.records.mobile_attribute.clone(),
        mobile_write_attribute: settings.records.mobile_write_attribute.clone(),
        employee_number_attribute: settings.records.employee_number_attribute.clone(),
        connect_timeout: directory.connect_timeout,
        operation_timeout: directory.timeout,
        ..adapters::ldap::Config::new(
            directory.urls.clone(),
            directory.bind_dn.clone(),
            password,
            directory.base_dn.clone(),
        )
    })
}

fn entrust_config(settings: &Settings) -> adapters::entrust::Config {
    let entrust = &settings.entrust;
    adapters::entrust::Config {
        decoy_user: entrust.decoy_user.clone(),
        ways: entrust.authenticators.clone(),
        by_alias: entrust.user_attribute != HolderName::Login,
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ca_file: entrust.ca_file.clone(),
        ..adapters::entrust::Config::new(entrust.url.clone(), entrust.application_id.clone())
    }
}

/// Who gives an employee the app: Entrust's administration where credentials are set, or else what can be told
/// without.
pub fn onboarding(settings: &Settings) -> anyhow::Result<Arc<dyn Onboarding>> {
    let entrust = &settings.entrust;
    let (Some(application_id), Some(file)) = (&entrust.admin_application_id, &entrust.admin_secret_file)
    else {
        let standing =
            EntrustStanding::new(entrust_config(settings)).map_err(|error| wrong("entrust", error))?;
        return Ok(Arc::new(standing));
    };
    let secret = settings::secret("entrust.admin_secret_file", file)?;
    let config = entrust_admin::Config {
        decoy_user: entrust.decoy_user.clone(),
        by_alias: entrust.user_attribute != HolderName::Login,
        ca_file: entrust.ca_file.clone(),
        connect_timeout: entrust.connect_timeout,
        timeout: entrust.timeout,
        ..entrust_admin::Config::new(entrust.url.clone(), application_id.clone(), secret)
    };
    let admin =
        EntrustAdmin::new(config, Arc::new(|| SystemClock.now())).map_err(|error| wrong("entrust", error))?;
    Ok(Arc::new(admin))
}

/// The workflow's terms, as the settings say.
pub fn terms(settings: &Settings) -> Terms {
    let limits = &settings.limits;
    Terms {
        site: settings.site(),
        judgement: match settings.verification.judgement {
            settings::Judgement::Joint => Judgement::Joint,
            settings::Judgement::Stepwise => Judgement::Stepwise,
        },
        envelope: signed(settings.verification.envelope),
        visit_idle: signed(settings.verification.visit_idle),
        holder_name: settings.entrust.user_attribute,
        birthdate_from_directory: settings.records.birthdate_attribute.is_some(),
        require_mobile: settings.verification.require_mobile,
        limits: limits::Terms {
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
pub fn registration_terms(settings: &Settings) -> Result<registration::Terms, SettingsError> {
    let registration = &settings.registration;
    Ok(registration::Terms {
        enabled: registration.enabled,
        allowed_networks: registration.allowed_networks.clone(),
        waiting_time: signed(registration.waiting_time),
        countries: settings.countries()?,
        sign_ins: registration.sign_ins,
        lockout_margin: registration.lockout_margin,
        // A number counts as confirmed by a code where codes are sent to numbers.
        confirm_numbers: settings.entrust.authenticators.contains(&app::step::Way::Otp),
        write_mobile: settings.records.mobile_write_attribute.is_some(),
    })
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The public router over these parts. Tests use it with fakes.
pub fn router(parts: Parts, settings: &Settings) -> Result<Router, SettingsError> {
    let workflow = Workflow::new(parts.clone(), terms(settings));
    let registrar = Registrar::new(Arc::clone(&workflow), registration_terms(settings)?);
    Ok(http::router(http::Served {
        pages: Arc::new(http::pages::Pages::new(workflow.site())),
        workflow,
        registrar,
        origin: settings.origin().into(),
        trusted_proxies: settings.trusted_proxies.clone().into(),
        security_contact: settings.security_contact.as_str().into(),
        health: Arc::new(http::health::Health::new(parts)),
    }))
}

/// Serves until `shutdown`; open requests then get `shutdown_grace` to finish.
pub async fn run(settings: Settings, shutdown: impl Future<Output = ()>) -> anyhow::Result<()> {
    for (key, why) in settings.doubts() {
        warn!(key, "{key} {why}");
    }
    let (parts, notices) = assemble(&settings).await?;
    let app = router(parts.clone(), &settings)?;
    let listener = listen(settings.listen, "listen")?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let purging = tokio::spawn(purge(parts.clone()));
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let telling = tokio::spawn(async move {
        // Dropped or sent: both mean that it is time.
        notices.run(async { drop(stopped.await) }).await;
    });
    let admin = match settings.admin_listen {
        Some(address) => {
            let metrics = PrometheusBuilder::new().install_recorder().context("metrics")?;
            let health = Arc::new(http::health::Health::new(parts));
            let server = axum_server::from_tcp(listen(address, "admin_listen")?)?;
            Some(tokio::spawn(server.serve(http::health::admin(health, metrics).into_make_service())))
        }
        None => None,
    };
    let tls = match (&settings.tls_cert_file, &settings.tls_key_file) {
        (Some(cert), Some(key)) => {
            let read = RustlsConfig::from_pem_file(cert, key).await;
            Some(read.map_err(|error| {
                let (cert, key) = (cert.display(), key.display());
                SettingsError::Wrong(format!("tls_cert_file: {cert}, tls_key_file: {key}: {error}"))
            })?)
        }
        (Some(_) | None, Some(_) | None) => None,
    };
    let serving = tokio::spawn(serve(listener, tls, handle.clone(), app));
    info!(%address, url = settings.public_url, "ready at {}", settings.public_url);
    shutdown.await;
    info!(grace = ?settings.shutdown_grace, "shutting down, open requests may finish");
    handle.graceful_shutdown(Some(settings.shutdown_grace));
    let served = serving.await;
    purging.abort();
    // Last, so that what the open requests had to tell is at least kept; what is not sent now is sent at the next
    // start.
    drop(stop);
    if tokio::time::timeout(settings.shutdown_grace, telling).await.is_err() {
        warn!("a message was still being sent at the shutdown; it may go twice");
    }
    if let Some(admin) = admin {
        admin.abort();
    }
    served?.context("serve")
}

async fn serve(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    app: Router,
) -> std::io::Result<()> {
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    if let Some(tls) = tls {
        let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
        patient(server.http_builder());
        server.serve(app).await
    } else {
        let mut server = axum_server::from_tcp(listener)?.handle(handle);
        patient(server.http_builder());
        server.serve(app).await
    }
}

fn patient(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder.http1().timer(hyper_util::rt::TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
}

fn listen(address: SocketAddr, key: &str) -> anyhow::Result<TcpListener> {
    let listener =
        TcpListener::bind(address).with_context(|| format!("{key}: cannot listen on {address}"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

async fn purge(parts: Parts) {
    let mut rounds = tokio::time::interval(PURGE_EVERY);
    loop {
        rounds.tick().await;
        if let Err(error) = parts.visits.purge(parts.clock.now()).await {
            warn!(
                error = &error as &dyn std::error::Error,
                "what expired could not be forgotten; tried again in a minute"
            );
        }
    }
}
