//! `audit`: shows, verifies and exports the audit log. These commands write nothing.

use super::{print, print_error};
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use server::adapters::audit_log::export::{Export, Format};
use server::adapters::audit_log::files::{LogFiles, beside, in_order};
use server::adapters::audit_log::heads::PublicKey;
use server::adapters::audit_log::verify::{Evidence, verify};
use server::adapters::audit_log::{export, lines_of};
use server::config::Settings;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum AuditCommand {
    /// Shows the audit entries of a reference that an employee reads out, also of rotated files.
    Show {
        /// e.g. K7Q2-9F4M
        reference: String,
    },
    /// Finds the first line that was changed, removed, inserted or moved since it was written.
    Verify(VerifyArguments),
    /// Prints the entries, oldest first.
    Export {
        /// Output format.
        #[arg(long, value_enum, default_value_t = ExportFormat::Jsonl)]
        format: ExportFormat,
        /// Only entries since this time, e.g. 2026-11-22T00:00:00Z.
        #[arg(long, value_name = "TIME")]
        since: Option<Timestamp>,
        /// Without files: the audit log of the settings and its rotated files.
        files: Vec<PathBuf>,
    },
}

#[derive(clap::Args)]
pub(crate) struct VerifyArguments {
    /// Signed heads: a heads file, or a log in JSON that contains heads. Without it: the heads file of the settings.
    #[arg(long, value_name = "FILE")]
    heads: Vec<PathBuf>,
    /// The public key of the heads, instead of that of `audit.signing_key_file`. Several: after a change of the key.
    #[arg(long, value_name = "HEX")]
    public_key: Vec<PublicKey>,
    /// The number of the first entry, if older files were removed and no head covers their end.
    #[arg(long, value_name = "NUMBER")]
    first: Option<u64>,
    /// Without files: the audit log of the settings and its rotated files.
    files: Vec<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object per line, as in the file.
    Jsonl,
    /// RFC 5424, one message per line.
    Syslog,
}

pub(crate) fn audit(settings: &Settings, command: AuditCommand) -> anyhow::Result<ExitCode> {
    match command {
        AuditCommand::Show { reference } => show(settings, &reference),
        AuditCommand::Verify(arguments) => verify_files(settings, arguments),
        AuditCommand::Export { format, since, files } => export_files(settings, format, since, files),
    }
}

fn show(settings: &Settings, reference: &str) -> anyhow::Result<ExitCode> {
    let mut lines = Vec::new();
    for file in files(settings, Vec::new())? {
        lines_of(&file, reference, |line| lines.push(String::from_utf8_lossy(line).into_owned()))?;
    }
    for line in &lines {
        print(line)?;
    }
    if lines.is_empty() {
        print_error(&format!("{}: no line has the reference {reference}", settings.audit_file.display()));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn verify_files(settings: &Settings, arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let VerifyArguments { heads, public_key, first, files: named } = arguments;
    let mut keys = public_key;
    let is_signed = settings.audit.signing_key_file.is_some();
    if keys.is_empty() {
        keys.extend(server::wiring::signing_key(settings)?.map(|key| key.public_key()));
    }
    if keys.is_empty() && !heads.is_empty() {
        print_error("--heads needs --public-key, or audit.signing_key_file in the settings");
        return Ok(ExitCode::from(2));
    }
    let is_whole_log = named.is_empty();
    let own_heads = server::wiring::heads_file(settings);
    let is_without_heads = heads.is_empty() && is_signed && !own_heads.exists();
    let heads = if heads.is_empty() && own_heads.exists() { vec![own_heads] } else { heads };
    let chain_file = is_whole_log.then(|| beside(&settings.audit_file, ".chain"));
    for key in &keys {
        print(&format!("public key {key}"))?;
    }
    let evidence = Evidence { heads, keys, chain_file, first };
    match verify(&files(settings, named)?, &evidence)? {
        Ok(report) => {
            print(&report.to_string())?;
            if is_without_heads && report.entries > 0 {
                print_error("the heads file of the settings is missing");
                return Ok(ExitCode::FAILURE);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            print_error(&problem.to_string());
            Ok(ExitCode::FAILURE)
        }
    }
}

fn export_files(
    settings: &Settings,
    format: ExportFormat,
    since: Option<Timestamp>,
    named: Vec<PathBuf>,
) -> anyhow::Result<ExitCode> {
    let format = match format {
        ExportFormat::Jsonl => Format::JsonLines,
        ExportFormat::Syslog => Format::Syslog { host: export::host_name() },
    };
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let export = Export { format, since };
    for file in files(settings, named)? {
        export.write(&file, &mut output)?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The named files, or the audit log with its rotated files; the oldest first.
fn files(settings: &Settings, named: Vec<PathBuf>) -> anyhow::Result<Vec<PathBuf>> {
    if !named.is_empty() {
        return Ok(in_order(named)?);
    }
    let LogFiles { readable, compressed } = LogFiles::find(&settings.audit_file)?;
    for file in compressed {
        print_error(&format!("{}: compressed, not read; decompress it first", file.display()));
    }
    Ok(readable)
}
