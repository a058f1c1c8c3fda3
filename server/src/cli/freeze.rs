//! `freeze` and `unfreeze`: stop and allow the resets of one account.

use super::people::{PersonSelector, find_account, note_unknown};
use super::{deps, print};
use server::config::Settings;
use server::freeze::{FreezeOutcome, FreezeService};
use server::operator_audit::OperatorAudit;
use server::ports::audit::Event;
use server::ports::frozen_accounts::{Freeze, FreezeOrigin};
use server::reset::SharedComponents;
use std::process::ExitCode;

pub(crate) async fn freeze(settings: &Settings, person: &PersonSelector) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, person).await? else { return Ok(ExitCode::FAILURE) };
    let deps = deps(settings, "freeze the account").await?;
    let service = FreezeService::new(&deps);
    match service.freeze(account, FreezeOrigin::Command, reference()?, "freeze").await? {
        FreezeOutcome::Frozen(freeze) => print(&format!(
            "frozen since {:.0}, reference {}: the password is not reset and no registered value is changed until \
             `unfreeze`",
            freeze.since, freeze.reference
        ))?,
        FreezeOutcome::AlreadyFrozen(freeze) => print(&format!("already {}", description(&freeze)))?,
    }
    note_unknown(settings, &*deps.records, person).await?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) async fn unfreeze(settings: &Settings, person: &PersonSelector) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, person).await? else { return Ok(ExitCode::FAILURE) };
    let deps = deps(settings, "lift the freeze of the account").await?;
    // Too many wrong codes in a row stop an account too, and only a right code or an operator ends that.
    OperatorAudit::of(&deps).record("unfreeze", Some(account), Event::FailuresCleared).await?;
    SharedComponents::new(&deps, &server::reset_config(settings)).clear_failures(account).await?;
    let reference = reference()?;
    let lifted = FreezeService::new(&deps).unfreeze(account, &reference, "unfreeze").await?;
    if lifted.is_none() {
        note_unknown(settings, &*deps.records, person).await?;
    }
    print(&match lifted {
        Some(freeze) => format!(
            "unfrozen, reference {reference}: the account was {}; the links of its earlier notices no longer work",
            description(&freeze)
        ),
        None => "the account is not frozen".to_owned(),
    })?;
    print("its wrong codes in a row count from zero again")?;
    Ok(ExitCode::SUCCESS)
}

fn description(freeze: &Freeze) -> String {
    let by = match freeze.by {
        FreezeOrigin::Link => "the link of a notice",
        FreezeOrigin::Command => "the command freeze",
        FreezeOrigin::ServiceDesk => "an agent of the service desk",
    };
    format!("frozen since {:.0} by {by}, reference {}", freeze.since, freeze.reference)
}

fn reference() -> anyhow::Result<String> {
    server::random::reference().map_err(|_| anyhow::anyhow!("the operating system provides no random bytes"))
}
