//! `hr`: synchronizes with the HR source once and prints the refused entries and the counts.

use super::print;
use server::config::{Settings, SettingsError};
use server::hr_sync::SyncResult;
use server::import::LineOutcome;
use server::ports::hr::Employment;
use server::wiring::Components;
use std::process::ExitCode;

/// Longer than any employee number or user name.
const MAX_IDENTIFIER_LENGTH: usize = 64;

pub(crate) async fn hr(settings: &Settings, dry_run: bool) -> anyhow::Result<ExitCode> {
    let Components { deps, hr, .. } = server::wiring::assemble(settings).await?;
    let Some(hr) = hr else {
        return Err(SettingsError::Invalid("hr.url: not set: no HR source is configured".to_owned()).into());
    };
    print_result(&hr.round(&deps, dry_run).await?, dry_run)
}

fn print_result(result: &SyncResult, dry_run: bool) -> anyhow::Result<ExitCode> {
    for (line, outcome) in result.report.lines() {
        match outcome {
            LineOutcome::Refused(reason) => {
                print(&format!("line {line}{}: {reason}", entry_identifier(result, *line)))?;
            }
            LineOutcome::Taken(_) | LineOutcome::Superseded(_) => {}
        }
    }
    for warning in result.report.warnings() {
        print(&format!("warning: {warning}"))?;
    }
    let counts = result.report.counts();
    let (people, without_values) = (result.people.len(), result.without_values);
    let unchanged = if dry_run { "; nothing was changed (--dry-run)" } else { "" };
    print(&format!("{people} persons of HR, {without_values} without any value; {counts}{unchanged}"))?;
    Ok(if counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns the employee number or user name of an entry in parentheses: the operator has no file in which to look
/// up a line. Only plain text, because a terminal interprets control characters.
fn entry_identifier(result: &SyncResult, line: u64) -> String {
    let index = usize::try_from(line).ok().and_then(|line| line.checked_sub(1));
    let Some(Employment { employee_number, username, .. }) = index.and_then(|index| result.people.get(index))
    else {
        return String::new();
    };
    let is_plain = |text: &&String| {
        (1..=MAX_IDENTIFIER_LENGTH).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    let identifier = [employee_number, username].into_iter().find(is_plain);
    identifier.map(|name| format!(" ({name})")).unwrap_or_default()
}
