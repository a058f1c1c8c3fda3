//! `import`: imports a file, prints the refused lines and the counts, and shows progress on a terminal.

use super::print;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use server::config::Settings;
use server::import::{ImportConfig, ImportDeps, LineOutcome, Phase, Report};
use server::operator_audit::OperatorAudit;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The CSV file.
    file: PathBuf,
    /// Report only, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write the outcome of every line to this file (CSV).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(crate) async fn import(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let config = ImportConfig::of(settings, arguments.dry_run)?;
    // Opened before anything is changed, so that an unwritable report fails first.
    let report_file = arguments.report.as_deref().map(|file| create(file, &arguments.file)).transpose()?;
    let deps = server::deps(settings).await?;
    // Shown on a terminal only.
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {percent} %")?);
    let progress = |phase, done, total| {
        bar.set_message(match phase {
            Phase::Reading => "reading",
            Phase::Storing => "storing",
        });
        bar.set_length(total);
        bar.set_position(done);
    };
    let now = deps.clock.now();
    let import_deps = ImportDeps {
        directory: &*deps.directory,
        records: &*deps.records,
        keys: &deps.keys,
        progress: &progress,
    };
    let report = server::import::import(&arguments.file, &config, &import_deps, now).await;
    bar.finish_and_clear();
    let report = report?;
    // Before anything is printed: a closed pipe, as in `| head`, must not cost the report of what was changed.
    if let Some(report_file) = report_file {
        report.write(BufWriter::new(report_file)).context("the report")?;
    }
    if !arguments.dry_run {
        OperatorAudit::of(&deps).record_import("import", &report.counts()).await?;
    }
    print_result(&report, arguments.dry_run)
}

fn print_result(report: &Report, dry_run: bool) -> anyhow::Result<ExitCode> {
    for (line, outcome) in report.lines() {
        match outcome {
            LineOutcome::Refused(reason) => print(&format!("line {line}: {reason}"))?,
            LineOutcome::Taken(_) | LineOutcome::Superseded(_) => {}
        }
    }
    for warning in report.warnings() {
        print(&format!("warning: {warning}"))?;
    }
    let counts = report.counts();
    print(&format!("{counts}{}", if dry_run { "; nothing was changed (--dry-run)" } else { "" }))?;
    Ok(if counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn create(report: &Path, source: &Path) -> anyhow::Result<File> {
    let same = report.canonicalize().ok().is_some_and(|report| Some(report) == source.canonicalize().ok());
    anyhow::ensure!(!same, "{}: the report would overwrite the file that is imported", report.display());
    File::create(report).with_context(|| format!("{}: the report cannot be written", report.display()))
}
