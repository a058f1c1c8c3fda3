//! `audit show`: the entries of a reference, or of an agent of the service desk.

use super::super::people::{PersonSelector, find_account, typed_name};
use super::super::{print, print_error, with_causes};
use super::{EXPORTED_AT_ONCE, collected, print_compressed};
use clap::ArgGroup;
use jiff::Timestamp;
use server::adapters::audit_log::agent_entries::AgentEntries;
use server::adapters::audit_log::files::LogFiles;
use server::adapters::audit_log::lines_of;
use server::config::Settings;
use server::crypto::Keyring;
use server::notifications::local_time::parse_local;
use server::ports::collected_audit::CollectedLine;
use server::reference;
use std::collections::HashSet;
use std::path::Path;
use std::process::ExitCode;
use uuid::Uuid;

// Without the group that clap makes of all arguments: its usage would offer `--since` alone.
#[derive(clap::Args)]
#[group(skip)]
#[command(group(ArgGroup::new("shown").required(true).args(["reference", "agent", "id"])))]
#[command(group(ArgGroup::new("by_agent").args(["agent", "id"])))]
pub(crate) struct ShowArguments {
    /// e.g. K7Q2-9F4M; hyphen, spaces and letter case do not matter.
    #[arg(value_parser = parse_reference)]
    reference: Option<String>,
    /// The user name of an agent: entries about the agent, and what the agent did for others.
    #[arg(long, value_name = "NAME")]
    agent: Option<String>,
    /// The agent's objectGUID, for an account that is no longer in the directory. Without refused sign-ins, which have the user
    /// name only.
    #[arg(long, value_name = "GUID")]
    id: Option<Uuid>,
    /// Only entries since this day in Amsterdam, e.g. 2026-11-28, or since this time, e.g. 2026-11-28T09:00:00Z.
    #[arg(long, value_name = "DAY or TIME", value_parser = parse_local, requires = "by_agent")]
    since: Option<Timestamp>,
    /// Only entries before this day or time.
    #[arg(long, value_name = "DAY or TIME", value_parser = parse_local, requires = "by_agent")]
    until: Option<Timestamp>,
}

fn parse_reference(typed: &str) -> Result<String, &'static str> {
    reference::parse(typed).map_err(|_| "expected a reference of eight letters and digits, e.g. K7Q2-9F4M")
}

pub(crate) async fn run(settings: &Settings, arguments: ShowArguments) -> anyhow::Result<ExitCode> {
    let ShowArguments { reference, agent, id, since, until } = arguments;
    let shown = if let Some(reference) = reference {
        Shown::Reference(reference)
    } else {
        let agent = PersonSelector::new(agent, id);
        let Some(pseudonyms) = pseudonyms(settings, &agent).await? else { return Ok(ExitCode::FAILURE) };
        Shown::Agent(AgentEntries { pseudonyms, since, until })
    };
    let mut lines = Vec::new();
    let of_all_nodes = match shown.of_all_nodes(settings, &mut lines).await {
        Ok(found) => found,
        Err(error) => {
            print_error(&format!("only the entries of this node: {}", with_causes(&error)));
            OfAllNodes::Failed
        }
    };
    let unread = shown.of_this_node(settings, &mut lines)?;
    let is_complete = match of_all_nodes {
        OfAllNodes::Read => true,
        OfAllNodes::None => !unread,
        OfAllNodes::Failed => false,
    };
    for (_, line) in &lines {
        print(line)?;
    }
    if lines.is_empty() {
        print_error(&format!("{}: no line has {shown}", settings.audit_file.display()));
    }
    Ok(if is_complete && !lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The pseudonyms of an agent under every key: of the account, and of the user name, which refused sign-ins have.
async fn pseudonyms(settings: &Settings, agent: &PersonSelector) -> anyhow::Result<Option<Vec<String>>> {
    let Some(account) = find_account(settings, agent).await? else { return Ok(None) };
    let keys = Keyring::new(settings.keys()?)?;
    let mut pseudonyms = keys.account_pseudonyms(account.0.as_bytes());
    if let Some(name) = typed_name(settings, agent) {
        pseudonyms.extend(keys.name_pseudonyms(&name.folded()));
    }
    Ok(Some(pseudonyms))
}

/// What the log of all nodes contributed.
enum OfAllNodes {
    /// There is none: one node uses the store.
    None,
    /// It has the entries of compressed files too.
    Read,
    Failed,
}

/// What is shown.
enum Shown {
    Reference(String),
    Agent(AgentEntries),
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reference(reference) => write!(f, "the reference {reference}"),
            Self::Agent(_) => f.write_str("this agent and a time in this range"),
        }
    }
}

impl Shown {
    /// Adds the lines of the log of all nodes, if there is one.
    async fn of_all_nodes(
        &self,
        settings: &Settings,
        lines: &mut Vec<(Timestamp, String)>,
    ) -> anyhow::Result<OfAllNodes> {
        let Some(collected) = collected::open(settings).await? else { return Ok(OfAllNodes::None) };
        match self {
            Self::Reference(reference) => {
                let found = collected.lines_with_reference(reference).await?;
                lines.extend(found.iter().map(|line| (Timestamp::UNIX_EPOCH, text(&line.text))));
            }
            Self::Agent(entries) => {
                let mut last = 0;
                loop {
                    let page: Vec<CollectedLine> = collected.lines_after(last, EXPORTED_AT_ONCE).await?;
                    let Some(end) = page.last() else { break };
                    last = end.number;
                    let found = page.iter().filter_map(|line| Some((entries.time_of(&line.text)?, line)));
                    lines.extend(found.map(|(at, line)| (at, text(&line.text))));
                }
            }
        }
        Ok(OfAllNodes::Read)
    }

    /// Adds the lines of the files of this node that are not among those already: in the log of all nodes they are missing for a
    /// moment. Returns whether entries of an agent may be in a file that cannot be read.
    fn of_this_node(
        &self,
        settings: &Settings,
        lines: &mut Vec<(Timestamp, String)>,
    ) -> anyhow::Result<bool> {
        let mut known: HashSet<String> = lines.iter().map(|(_, line)| line.clone()).collect();
        let mut add = |at, line: &[u8]| {
            let line = text(line);
            if known.insert(line.clone()) {
                lines.push((at, line));
            }
        };
        let LogFiles { readable, compressed } = LogFiles::find(&settings.audit_file)?;
        let unread: Vec<_> = compressed.into_iter().filter(|file| self.may_be_in(file)).collect();
        print_compressed(&unread);
        for file in readable {
            match self {
                Self::Reference(reference) => {
                    lines_of(&file, reference, |line| add(Timestamp::UNIX_EPOCH, line))?;
                }
                Self::Agent(entries) => entries.read(&file, &mut add)?,
            }
        }
        // Several nodes write at the same time. Those of a reference stay in the order of the log.
        lines.sort_by_key(|(at, _)| *at);
        Ok(match self {
            // A reference that was found is complete: its entries are written within minutes.
            Self::Reference(_) => false,
            Self::Agent(_) => !unread.is_empty(),
        })
    }

    /// Whether a file may have such an entry. Compression keeps the time of the last entry as that of the file.
    fn may_be_in(&self, file: &Path) -> bool {
        let since = match self {
            Self::Reference(_) => None,
            Self::Agent(entries) => entries.since,
        };
        let Some(since) = since else { return true };
        let written = file.metadata().and_then(|metadata| metadata.modified());
        written.map_or(true, |written| Timestamp::try_from(written).map_or(true, |written| written >= since))
    }
}

fn text(line: &[u8]) -> String {
    String::from_utf8_lossy(line.trim_ascii_end()).into_owned()
}
