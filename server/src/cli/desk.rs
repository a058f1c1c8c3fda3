//! `desk`: lists and ends the sessions of agents at the service desk.

use super::people::{PersonSelector, find_account, note_unknown};
use super::{deps, print, print_error, store};
use clap::Subcommand;
use server::adapters::clock::SystemClock;
use server::config::Settings;
use server::crypto::Keyring;
use server::operator_audit::OperatorAudit;
use server::ports::audit::Event;
use server::ports::clock::Clock as _;
use server::service_desk::open_sessions::{
    EndedSessions, OpenSession, SessionFuture, SessionStage, Unread, end_sessions_of, future_of,
    open_sessions,
};
use server::service_desk::withdraw_start_codes_of;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum DeskCommand {
    /// Lists the open sessions of agents, without their callers.
    List,
    /// Ends all sessions of an agent, and withdraws the start codes that the agent requested or approved. It does not prevent a new sign-in; `freeze` does.
    Revoke(PersonSelector),
}

pub(crate) async fn run(settings: &Settings, command: DeskCommand) -> anyhow::Result<ExitCode> {
    match command {
        DeskCommand::List => list(settings).await,
        DeskCommand::Revoke(agent) => revoke(settings, &agent).await,
    }
}

async fn list(settings: &Settings) -> anyhow::Result<ExitCode> {
    let store = store(settings, "list the sessions of agents").await?;
    let open = open_sessions(&*store, &Keyring::new(settings.keys()?)?, SystemClock.now()).await?;
    let directory = server::wiring::directory(settings)?;
    let mut reachable = Some(&*directory);
    let mut sessions = Vec::new();
    for session in open.sessions {
        let future = future_of(&session, &*store, reachable).await?;
        if future == SessionFuture::NotChecked {
            // A further attempt would take as long.
            reachable = None;
        }
        sessions.push((session, future));
    }
    let complete = open.unread == Unread::default();
    if !sessions.is_empty() {
        print(&table(&sessions))?;
    } else if complete {
        print("no session is open")?;
    }
    if reachable.is_none() {
        print_error("the directory does not answer: passwords and accounts were not checked");
    }
    print_unread(open.unread);
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Says which sessions could not be read.
fn print_unread(unread: Unread) {
    let Unread { of_another_version, of_another_key } = unread;
    if of_another_version > 0 {
        print_error(&format!(
            "{of_another_version} sessions of agents were stored by another version of the service and cannot be read; \
             they end after service_desk.session_max"
        ));
    }
    if of_another_key > 0 {
        print_error(&format!(
            "{of_another_key} sessions were stored with a key that is not among store.key_files and cannot be read: \
             sessions of agents may be among them"
        ));
    }
}

async fn revoke(settings: &Settings, agent: &PersonSelector) -> anyhow::Result<ExitCode> {
    let Some(account) = find_account(settings, agent).await? else { return Ok(ExitCode::FAILURE) };
    let deps = deps(settings, "end the sessions of the agent").await?;
    // Before a session ends, so that none ends without an entry.
    OperatorAudit::of(&deps).record("desk", Some(account), Event::DeskRevoked).await?;
    let EndedSessions { ended, unread } = end_sessions_of(&*deps.sessions, &deps.keys, account).await?;
    let withdrawn = withdraw_start_codes_of(&*deps.start_codes, account, SystemClock.now()).await?;
    if ended + withdrawn == 0 {
        print("no session and no start code of this account was found")?;
        note_unknown(settings, &*deps.records, agent).await?;
    } else {
        print(&format!("sessions ended: {ended}, start codes withdrawn: {withdrawn}"))?;
    }
    print(if deps.frozen.find_freeze(account).await?.is_some() {
        "the account is frozen: it cannot sign in until `unfreeze`"
    } else {
        "this does not prevent a new sign-in: `freeze` does, also for an account that stays in the groups of the service desk"
    })?;
    print_unread(unread);
    Ok(if unread == Unread::default() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// One line per session, in columns that are as wide as their longest value.
fn table(sessions: &[(OpenSession, SessionFuture)]) -> String {
    let header = ["agent", "role", "signed in since", "ends without action", "network", "caller", "state"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(sessions.iter().map(row));
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|text| text.chars().count()).max();
    let widths: Vec<usize> = (0..header.len()).filter_map(width).collect();
    let line = |row: &[String; 7]| {
        let cells = row.iter().zip(&widths).map(|(text, &width)| format!("{text:width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row((session, future): &(OpenSession, SessionFuture)) -> [String; 7] {
    let role = match session.stage {
        SessionStage::Code => "code awaited",
        SessionStage::Agent => "agent",
        SessionStage::Lead => "lead",
    };
    let state = match future {
        SessionFuture::Open => "open",
        SessionFuture::Frozen => "ended: frozen",
        SessionFuture::PasswordChanged => "ended: password changed",
        SessionFuture::AccountUnusable => "ended: account removed, disabled or expired",
        SessionFuture::NotChecked => "not checked",
    };
    let seconds = |time: jiff::Timestamp| format!("{time:.0}");
    [
        session.username.clone(),
        role.to_owned(),
        seconds(session.started),
        seconds(session.expires),
        session.network.clone(),
        if session.has_caller { "yes" } else { "no" }.to_owned(),
        state.to_owned(),
    ]
}
