//! `audit`: shows, verifies and exports the audit log: that of this node, and that of all nodes if they share a database.
//! Except `prune`, these commands write nothing.

mod collected;
mod show;
mod verify;

use super::print_error;
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use server::adapters::audit_log::collector::waiting_lines;
use server::adapters::audit_log::export;
use server::adapters::audit_log::export::{Export, Format};
use server::adapters::audit_log::files::{LogFiles, in_order};
use server::config::Settings;
use server::ports::collected_audit::CollectedAudit;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Lines of the log of all nodes that are read at once.
const EXPORTED_AT_ONCE: u32 = 1000;

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Shows the audit entries of a reference that an employee reads out, or of an agent of the service desk, also of rotated
    /// files.
    Show(show::ShowArguments),
    /// Finds the first line that was changed, removed, inserted or moved since it was written.
    Verify(verify::VerifyArguments),
    /// Prints the entries, oldest first.
    Export {
        /// Output format.
        #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
        format: ExportFormat,
        /// Only entries since this time, e.g. 2026-11-22T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Without files: the audit log of the settings and its rotated files, or the log of all nodes.
        files: Vec<PathBuf>,
    },
    /// Removes old lines from the log of all nodes in PostgreSQL. The files on the nodes are rotated by the system.
    Prune {
        /// Remove what is older than this time, e.g. 2025-11-22T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        before: Timestamp,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object per line, as in the file.
    Jsonl,
    /// RFC 5424, one message per line.
    Syslog,
}

pub(crate) async fn audit(settings: &Settings, command: AuditCommand) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Show(arguments) => show::run(settings, arguments).await,
        AuditCommand::Verify(arguments) => verify::run(settings, arguments).await,
        AuditCommand::Export { format, since, files } => export(settings, format, since, files).await,
        AuditCommand::Prune { before } => collected::prune(settings, before).await,
    }
}

async fn export(
    settings: &Settings,
    format: ExportFormat,
    since: Option<Timestamp>,
    named: Vec<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let format = match format {
        ExportFormat::Jsonl => Format::JsonLines,
        ExportFormat::Syslog => Format::Syslog { host: export::host_name() },
    };
    let collected = if named.is_empty() { collected::open(settings).await? } else { None };
    let mut output = std::io::BufWriter::new(std::io::stdout());
    let export = Export { format, since };
    match collected {
        Some(collected) => export_all_nodes(settings, &export, &*collected, &mut output).await?,
        None => {
            for file in files(settings, named)? {
                export.write(&file, &mut output)?;
            }
        }
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the log of all nodes, and then what of this node was not copied to it yet.
async fn export_all_nodes(
    settings: &Settings,
    export: &Export,
    collected: &dyn CollectedAudit,
    output: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    let waiting = waiting_lines(&settings.audit_file, collected).await?;
    let mut last = 0;
    loop {
        let lines = collected.lines_after(last, EXPORTED_AT_ONCE).await?;
        let Some(end) = lines.last() else { break };
        last = end.number;
        for line in &lines {
            export.write_line(&line.text, output)?;
        }
    }
    for line in waiting {
        export.write_line(&line.text, output)?;
    }
    Ok(())
}

/// The named files, or the audit log with its rotated files; the oldest first.
fn files(settings: &Settings, named: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    if !named.is_empty() {
        return Ok(in_order(named)?);
    }
    let LogFiles { readable, compressed } = LogFiles::find(&settings.audit_file)?;
    print_compressed(&compressed);
    Ok(readable)
}

fn print_compressed(files: &[PathBuf]) {
    for file in files {
        print_error(&format!("{}: compressed, not read; decompress it first", file.display()));
    }
}
