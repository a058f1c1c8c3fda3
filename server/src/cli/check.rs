//! `check`: runs the checks of all components and prints the findings as text or as JSON, with remediation
//! commands.

mod decoy;
mod layout;
mod service_desk;

use super::{print, print_error};
use app::domain::username::Username;
use jiff::Timestamp;
use layout::Layout;
use server::config::{ExposedFile, Settings};
use server::http::health::{Health, worst_state};
use server::nodes;
use server::ports::health_finding::{Finding, State};
use server::test_reset;
use server::wiring::Components;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Check only what this machine decides: settings, files, certificates, store and audit log. Contacts no other system
    /// except a database server, so that an outage elsewhere is no failure.
    #[arg(long, conflicts_with = "test_user")]
    local: bool,
    /// Reset this test account to a random password, which is discarded, and verify it by signing in.
    #[arg(long, value_name = "NAME")]
    test_user: Option<String>,
}

pub(crate) async fn check(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let test_user = match arguments.test_user.as_deref().map(|name| parse_name(name, settings)) {
        None => None,
        Some(Ok(name)) => Some(name),
        Some(Err(exit_code)) => return Ok(exit_code),
    };
    let components = server::wiring::assemble_unmigrated(settings).await?;
    let missing = components.store.missing_migrations().await?;
    let deps = components.deps.clone();
    let health = Health::new(deps.clone()).with_hr_sync(components.hr.clone()).with_tables(missing == 0);
    let mut findings = if arguments.local {
        health.local_findings().await
    } else {
        let mut findings = health.findings().await;
        findings.extend(decoy::check(settings, &deps).await);
        findings.extend(service_desk::check(settings, &deps).await);
        findings
    };
    findings.extend(if missing == 0 {
        stored_findings(settings, &components).await?
    } else {
        vec![missing_tables(settings, missing)]
    });
    findings.extend(settings_findings(settings, deps.clock.now()));
    if let Some(name) = test_user {
        findings.push(test_reset::reset(&deps, &server::reset_config(settings).site.rules, &name).await);
    }
    if arguments.json {
        print(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        print(&Layout::of_stdout().render(&findings))?;
    }
    Ok(if worst_state(&findings) == State::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The rows about other nodes and about what the store contains.
async fn stored_findings(settings: &Settings, components: &Components) -> anyhow::Result<Vec<Finding>> {
    let Components { deps, store, .. } = components;
    let node = server::wiring::node(settings, &deps.keys, deps.clock.now())?;
    let mut findings = nodes::findings(&**store, &node, deps.clock.now()).await;
    let statistics = deps.records.statistics(&deps.keys.current_key_id()).await?;
    let frozen = deps.frozen.list_frozen().await?.len();
    let record = |what, detail| Finding::good("records", what, detail);
    findings.push(record("birthdates", format!("{} registered", statistics.birthdates)));
    findings.push(record("mobile numbers", format!("{} registered", statistics.mobiles)));
    findings.push(record("on older keys", statistics.on_old_keys.to_string()));
    findings.push(record("frozen accounts", frozen.to_string()));
    Ok(findings)
}

/// A database whose tables this version makes at its start; a mistyped `store.url` looks the same.
fn missing_tables(settings: &Settings, migrations: usize) -> Finding {
    let detail = format!(
        "{migrations} migrations of its tables are missing in {}: if this is the right database, the service applies them \
         when it starts",
        settings.store.url
    );
    Finding::warning("store", "tables", detail)
}

/// The rows about the settings and the files that they name.
fn settings_findings(settings: &Settings, now: Timestamp) -> Vec<Finding> {
    let warnings = settings.warnings().into_iter();
    let mut findings: Vec<_> =
        warnings.map(|(key, reason)| Finding::warning("settings", key, reason)).collect();
    let certificate = settings.certificate_warning(now);
    findings.extend(certificate.map(|reason| Finding::warning("settings", "tls_cert_file", reason)));
    findings.extend(settings.exposed_files().into_iter().map(exposed_file));
    findings.extend(certificate_expiry(settings, now));
    let paths = settings.paths.iter();
    findings.extend(paths.map(|path| Finding::good("settings", &path.key, path.path.display().to_string())));
    findings
}

fn exposed_file(file: ExposedFile) -> Finding {
    let (path, command) = (file.path.display(), file.command());
    let detail = format!(
        "{path} has mode {:04o}: {}; make sure that the service's user is its owner or in its group, then change the mode",
        file.mode,
        file.reason()
    );
    Finding::warning("files", file.key, detail).with_remediation(vec![command])
}

/// The row about the expiry of a certificate that is valid now.
fn certificate_expiry(settings: &Settings, now: Timestamp) -> Option<Finding> {
    let expiry = settings.certificate_expiry().filter(|_| settings.certificate_warning(now).is_none())?;
    let detail = format!("valid until {}, {} days left", expiry.at, expiry.days_left(now));
    Some(if expiry.is_near(now) {
        Finding::warning("certificate", "expiry", format!("{detail}: renew it and replace tls_cert_file"))
    } else {
        Finding::good("certificate", "expiry", detail)
    })
}

fn parse_name(text: &str, settings: &Settings) -> Result<Username, ExitCode> {
    Username::parse(text, &settings.organisation.domains).map_err(|_| {
        print_error("--test-user: invalid user name");
        ExitCode::from(2)
    })
}
