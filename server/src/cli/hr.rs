//! `hr`: one round of the HR source, and what became of its entries.

use super::print;
use server::config::{Settings, SettingsError};
use server::hr_sync::SyncResult;
use server::import::Outcome;
use server::ports::hr::Employment;
use server::wiring::Components;
use std::process::ExitCode;

/// Longer than any employee number or user name.
const MOST: usize = 64;

pub(crate) async fn hr(settings: &Settings, dry_run: bool) -> anyhow::Result<ExitCode> {
    let Components { parts, hr, .. } = server::wiring::assemble(settings).await?;
    let Some(hr) = hr else {
        return Err(SettingsError::Wrong("hr.url: not set: there is no HR source to ask".to_owned()).into());
    };
    tell(&hr.round(&parts, dry_run).await?, dry_run)
}

fn tell(taken: &SyncResult, dry_run: bool) -> anyhow::Result<ExitCode> {
    for (line, outcome) in taken.report.lines() {
        match outcome {
            Outcome::Refused(reason) => print(&format!("line {line}{}: {reason}", whose(taken, *line)))?,
            Outcome::Taken(_) | Outcome::Superseded(_) => {}
        }
    }
    let counts = taken.report.counts();
    let (people, silent) = (taken.people.len(), taken.silent);
    let unchanged = if dry_run { "; nothing was changed (--dry-run)" } else { "" };
    print(&format!("{people} persons of HR, {silent} without any value; {counts}{unchanged}"))?;
    Ok(if counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// HR's number or name of an entry: the operator has no file in which a line could be looked up. Only what looks
/// like one: a terminal obeys other characters.
fn whose(taken: &SyncResult, line: u64) -> String {
    let place = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let Some(Employment { employee_number, username, .. }) = place.and_then(|place| taken.people.get(place))
    else {
        return String::new();
    };
    let plain = |text: &&String| {
        (1..=MOST).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    let named = [employee_number, username].into_iter().find(plain);
    named.map(|name| format!(" ({name})")).unwrap_or_default()
}
