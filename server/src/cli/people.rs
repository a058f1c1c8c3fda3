//! `coverage`, `person` and `retention`: count, export and delete stored data.

use super::{deps, print, print_error, store, with_causes};
use anyhow::Context as _;
use app::domain::username::Username;
use clap::ValueEnum;
use jiff::SignedDuration;
use server::adapters::clock::SystemClock;
use server::config::Settings;
use server::coverage;
use server::crypto::Keyring;
use server::operator_audit::OperatorAudit;
use server::ports::audit::Event;
use server::ports::clock::Clock;
use server::ports::directory::{AccountId, DirectoryError};
use server::ports::records::Records;
use server::{person, retention};
use std::process::ExitCode;
use std::sync::Arc;
use uuid::Uuid;

#[derive(clap::Args)]
pub(crate) struct CoverageArguments {
    /// Output format.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// Selects a person.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct PersonSelector {
    /// The user name, which the directory looks up.
    name: Option<String>,
    /// The account's objectGUID, for an account that is no longer in the directory, or while the directory is unavailable.
    #[arg(long, value_name = "GUID")]
    id: Option<Uuid>,
}

impl PersonSelector {
    /// Selects by user name or by id.
    pub(super) fn new(name: Option<String>, id: Option<Uuid>) -> Self {
        Self { name, id }
    }
}

pub(crate) async fn coverage(settings: &Settings, arguments: &CoverageArguments) -> anyhow::Result<ExitCode> {
    let config = server::coverage_config(settings)?;
    let deps = deps(settings, "count the accounts").await?;
    let now = deps.clock.now();
    let coverage = coverage::coverage(&*deps.directory, &*deps.records, &config, now).await?;
    print(&match arguments.format {
        Format::Table => coverage.table(),
        Format::Csv => coverage.csv(),
        Format::Json => serde_json::to_string_pretty(&coverage.json())?,
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn export(
    settings: &Settings,
    person_selector: &PersonSelector,
) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, person_selector).await? else { return Ok(ExitCode::FAILURE) };
    let store = store(settings, "export the data of the account").await?;
    let keys = Keyring::new(settings.keys()?)?;
    let Some(export) = person::export(account, &*store, &keys).await? else {
        return Ok(no_record());
    };
    // Before the data is shown.
    record(settings, &keys, account, Event::PersonExported).await?;
    print(&serde_json::to_string_pretty(&export)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn delete(
    settings: &Settings,
    person_selector: &PersonSelector,
) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, person_selector).await? else { return Ok(ExitCode::FAILURE) };
    let store = store(settings, "delete the data of the account").await?;
    let was_frozen = store.find_freeze(account).await?.is_some();
    if !person::delete(account, &*store).await? {
        return Ok(no_record());
    }
    record(settings, &Keyring::new(settings.keys()?)?, account, Event::PersonDeleted).await?;
    print("removed: the record, its queued messages and its known devices")?;
    if was_frozen {
        print(
            "removed: the freeze of the account; its password can be reset again once a birthdate is known",
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Revokes the known devices of a person.
pub(crate) async fn forget_devices(
    settings: &Settings,
    person_selector: &PersonSelector,
) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, person_selector).await? else { return Ok(ExitCode::FAILURE) };
    let store = store(settings, "revoke the known devices of the account").await?;
    let revoked = store.revoke_devices(account).await?;
    print(&format!("known devices revoked: {revoked}"))?;
    if revoked == 0 {
        note_unknown(settings, &*store, person_selector).await?;
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn retention(settings: &Settings, dry_run: bool) -> anyhow::Result<ExitCode> {
    let keep = SignedDuration::try_from(settings.records.keep_after_leaving).unwrap_or(SignedDuration::MAX);
    let deps = deps(settings, "remove the records of accounts that left").await?;
    let store = store(settings, "remove the records of accounts that left").await?;
    let retention_deps = retention::RetentionDeps { directory: &*deps.directory, store: &*store };
    let tally = retention::run(retention_deps, keep, deps.clock.now(), dry_run).await?;
    if !dry_run {
        OperatorAudit::of(&deps).record_retention(&tally).await?;
    }
    print(&format!("{tally}{}", if dry_run { "; nothing was changed (--dry-run)" } else { "" }))?;
    Ok(ExitCode::SUCCESS)
}

async fn record(settings: &Settings, keys: &Keyring, account: AccountId, event: Event) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let audit = server::wiring::audit_log(settings, &clock)?;
    let audit = OperatorAudit { audit: &audit, keys, clock: &*clock };
    Ok(audit.record("person", Some(account), event).await?)
}

/// The selected user name; `None` if it is invalid, or if the person is selected by id.
pub(super) fn typed_name(settings: &Settings, person_selector: &PersonSelector) -> Option<Username> {
    let text = person_selector.name.as_deref()?;
    Username::parse(text, &settings.organisation.domains).ok()
}

/// Finds the selected account; `None` if there is none, after printing why.
pub(super) async fn find_account(
    settings: &Settings,
    person_selector: &PersonSelector,
) -> anyhow::Result<Option<AccountId>> {
    if let Some(id) = person_selector.id {
        return Ok(Some(AccountId(id)));
    }
    let Some(name) = typed_name(settings, person_selector) else {
        print_error("invalid user name");
        return Ok(None);
    };
    // The directory alone: a command that reads files needs no store.
    let found = server::wiring::directory(settings)?.find(&name).await;
    match found {
        Ok(Some(account)) => Ok(Some(account.id)),
        Ok(None) => {
            print_error(
                "no account has this user name; select a deleted account by its objectGUID with --id",
            );
            Ok(None)
        }
        Err(error @ DirectoryError::Unusable { .. }) => {
            Err(error).context("not exactly one account with this user name")
        }
        Err(error @ (DirectoryError::Unreachable { .. } | DirectoryError::Answer { .. })) => Err(error)
            .with_context(|| {
                let name = person_selector.name.as_deref().unwrap_or_default();
                format!("cannot look up {name} (--id with the objectGUID of the account needs no directory)")
            }),
    }
}

/// After a command with `--id`: says if neither the directory nor the records know the account. The command has done its work,
/// because the directory may be unavailable when an account must be frozen.
pub(super) async fn note_unknown(
    settings: &Settings,
    records: &(impl Records + ?Sized),
    person_selector: &PersonSelector,
) -> anyhow::Result<()> {
    let Some(account) = person_selector.id.map(AccountId) else { return Ok(()) };
    if records.load(account).await?.is_some() {
        return Ok(());
    }
    let id = account.0;
    match server::wiring::directory(settings)?.read(account).await {
        Ok(Some(_)) => {}
        Ok(None) => print_error(&format!(
            "note: no account of the directory has the objectGUID {id}, and no record is stored for it; check the GUID"
        )),
        Err(error) => print_error(&format!(
            "note: no record is stored for the objectGUID {id}, and the directory could not be read, so that it is not \
             certain that this account exists: {}",
            with_causes(&error.into())
        )),
    }
    Ok(())
}

fn no_record() -> ExitCode {
    print_error("no record is stored for this account");
    ExitCode::FAILURE
}
