//! `desk`: lists and ends the sessions of agents at the service desk.

use super::people::{PersonSelector, find_account};
use super::{print, print_error};
use clap::Subcommand;
use server::adapters::clock::SystemClock;
use server::config::Settings;
use server::crypto::Keyring;
use server::operator_audit::OperatorAudit;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::service_desk::open_sessions::{OpenSession, SessionStage, end_sessions_of, open_sessions};
use server::service_desk::withdraw_start_codes_of;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum DeskCommand {
    /// Lists the open sessions of agents, without their callers.
    List,
    /// Ends all sessions of an agent, and withdraws the start codes that the agent requested or approved. It does not prevent a new sign-in.
    Revoke(PersonSelector),
}

pub(crate) async fn run(settings: &Settings, command: DeskCommand) -> anyhow::Result<ExitCode> {
    match command {
        DeskCommand::List => list(settings).await,
        DeskCommand::Revoke(agent) => revoke(settings, &agent).await,
    }
}

async fn list(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = server::store(settings).await?;
    let open = open_sessions(&*store, &Keyring::new(settings.keys()?)?, SystemClock.now()).await?;
    if open.sessions.is_empty() {
        print("no session is open")?;
    } else {
        print(&table(&open.sessions))?;
    }
    if open.unreadable > 0 {
        print_error(&format!(
            "{} more sessions were stored by another version of the service and are not listed; they end after \
             service_desk.session_max",
            open.unreadable
        ));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(settings: &Settings, agent: &PersonSelector) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, agent).await? else { return Ok(ExitCode::FAILURE) };
    let deps = server::deps(settings).await?;
    // Before a session ends, so that none ends without an entry.
    OperatorAudit::of(&deps).record("desk", Some(account), Event::DeskRevoked).await?;
    let ended = end_sessions_of(&*deps.sessions, &deps.keys, account).await?;
    let withdrawn = withdraw_start_codes_of(&*deps.start_codes, account, SystemClock.now()).await?;
    print(&format!("sessions ended: {ended}, start codes withdrawn: {withdrawn}"))?;
    print(
        "the agent can sign in again; remove the account from the groups of the service desk to prevent that",
    )?;
    Ok(ExitCode::SUCCESS)
}

/// One line per session, in columns that are as wide as their longest value.
fn table(sessions: &[OpenSession]) -> String {
    let header = ["agent", "role", "signed in since", "ends without action", "network", "caller"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(sessions.iter().map(row));
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let widths: Vec<usize> = (0..header.len()).filter_map(width).collect();
    let line = |row: &[String; 6]| {
        let cells = row.iter().zip(&widths).map(|(text, &width)| format!("{text:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(session: &OpenSession) -> [String; 6] {
    let role = match session.stage {
        SessionStage::Code => "code awaited",
        SessionStage::Agent => "agent",
        SessionStage::Lead => "lead",
    };
    let seconds = |time: jiff::Timestamp| format!("{time:.0}");
    [
        session.username.clone(),
        role.to_owned(),
        seconds(session.started),
        seconds(session.expires),
        session.network.clone(),
        if session.has_caller { "yes" } else { "no" }.to_owned(),
    ]
}
