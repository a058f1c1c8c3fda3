//! `coverage`, `person` and `retention`: what is kept of the people, counted, shown, forgotten.

use super::{complain, print};
use anyhow::Context as _;
use app::domain::username::Username;
use clap::ValueEnum;
use jiff::SignedDuration;
use server::config::{Settings, SettingsError};
use server::coverage;
use server::crypto::Keyring;
use server::mobile::Countries;
use server::ports::directory::{AccountId, DirectoryError};
use server::{person, retention};
use std::process::ExitCode;
use uuid::Uuid;

#[derive(clap::Args)]
pub(crate) struct CoverageArguments {
    /// As what it is printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Csv,
    Json,
}

/// Whose record.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Whom {
    /// The user name.
    name: Option<String>,
    /// The account's objectGUID, for one that is not in the directory any more.
    #[arg(long, value_name = "GUID")]
    id: Option<Uuid>,
}

pub(crate) async fn coverage(settings: &Settings, arguments: &CoverageArguments) -> anyhow::Result<ExitCode> {
    let countries = Countries::parse(&settings.registration.countries).map_err(|code| {
        SettingsError::Wrong(format!("registration.countries: {code:?}: expected ISO 3166-1 codes, e.g. NL"))
    })?;
    let terms = coverage::CoverageConfig {
        birthdate_from_directory: settings.records.birthdate_attribute.is_some(),
        require_mobile: settings.verification.require_mobile,
        countries,
    };
    let parts = server::parts(settings).await?;
    let now = parts.clock.now();
    let coverage = coverage::coverage(&*parts.directory, &*parts.records, &terms, now).await?;
    print(&match arguments.format {
        Format::Table => coverage.table(),
        Format::Csv => coverage.csv(),
        Format::Json => serde_json::to_string_pretty(&coverage.json())?,
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn export(settings: &Settings, whom: &Whom) -> anyhow::Result<ExitCode> {
    let Some(account) = account(settings, whom).await? else { return Ok(ExitCode::FAILURE) };
    let store = server::store(settings).await?;
    let keys = Keyring::new(settings.keys()?)?;
    let Some(export) = person::export(account, &store, &keys).await? else { return Ok(nothing()) };
    print(&serde_json::to_string_pretty(&export)?)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn delete(settings: &Settings, whom: &Whom) -> anyhow::Result<ExitCode> {
    let Some(account) = account(settings, whom).await? else { return Ok(ExitCode::FAILURE) };
    let store = server::store(settings).await?;
    if !person::delete(account, &store, &store).await? {
        return Ok(nothing());
    }
    print("removed: the record, and the messages that waited")?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn retention(settings: &Settings, dry_run: bool) -> anyhow::Result<ExitCode> {
    let keep = SignedDuration::try_from(settings.records.keep_after_leaving).unwrap_or(SignedDuration::MAX);
    let parts = server::parts(settings).await?;
    let store = server::store(settings).await?;
    let with = retention::RetentionDeps { directory: &*parts.directory, records: &store, outbox: &store };
    let tally = retention::run(with, keep, parts.clock.now(), dry_run).await?;
    print(&format!("{tally}{}", if dry_run { "; nothing was changed (--dry-run)" } else { "" }))?;
    Ok(ExitCode::SUCCESS)
}

/// Whose record is meant; `None`: nobody's, and it was said.
async fn account(settings: &Settings, whom: &Whom) -> anyhow::Result<Option<AccountId>> {
    if let Some(id) = whom.id {
        return Ok(Some(AccountId(id)));
    }
    let typed = whom.name.as_deref().unwrap_or_default();
    let Ok(name) = Username::parse(typed, &settings.organisation.domains) else {
        complain("that is no user name");
        return Ok(None);
    };
    let parts = server::parts(settings).await?;
    match parts.directory.find(&name).await {
        Ok(Some(account)) => Ok(Some(account.id)),
        Ok(None) => {
            complain("no account has this user name; of one that is gone give the objectGUID with --id");
            Ok(None)
        }
        Err(error @ DirectoryError::Unusable { .. }) => {
            Err(error).context("not one account with this user name")
        }
        Err(error @ (DirectoryError::Unreachable { .. } | DirectoryError::Answer { .. })) => {
            Err(error.into())
        }
    }
}

fn nothing() -> ExitCode {
    complain("nothing is registered of this account");
    ExitCode::FAILURE
}
