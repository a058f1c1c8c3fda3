//! `import`: what became of the lines, and a progress bar where somebody watches.

use super::print;
use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use server::config::Settings;
use server::import::{ImportConfig, ImportDeps, Outcome, Phase, Report};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The file.
    file: PathBuf,
    /// Tell only, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Write what became of every line to this file (CSV).
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

pub(crate) async fn import(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let terms = ImportConfig::of(settings, arguments.dry_run)?;
    // Before anything is changed: a report that cannot be written is not found out afterwards.
    let to = arguments.report.as_deref().map(|file| create(file, &arguments.file)).transpose()?;
    let parts = server::parts(settings).await?;
    // Shown on a terminal only.
    let bar = ProgressBar::new(0);
    bar.set_style(ProgressStyle::with_template("{msg} {wide_bar} {percent} %")?);
    let progress = |phase, done, of| {
        bar.set_message(match phase {
            Phase::Reading => "reading",
            Phase::Storing => "storing",
        });
        bar.set_length(of);
        bar.set_position(done);
    };
    let now = parts.clock.now();
    let with = ImportDeps {
        directory: &*parts.directory,
        records: &*parts.records,
        keys: &parts.keys,
        progress: &progress,
    };
    let report = server::import::import(&arguments.file, &terms, &with, now).await;
    bar.finish_and_clear();
    tell(&report?, to, arguments.dry_run)
}

fn tell(report: &Report, to: Option<File>, dry_run: bool) -> anyhow::Result<ExitCode> {
    for (line, outcome) in report.lines() {
        match outcome {
            Outcome::Refused(reason) => print(&format!("line {line}: {reason}"))?,
            Outcome::Taken(_) | Outcome::Superseded(_) => {}
        }
    }
    let counts = report.counts();
    print(&format!("{counts}{}", if dry_run { "; nothing was changed (--dry-run)" } else { "" }))?;
    if let Some(to) = to {
        report.write(BufWriter::new(to)).context("the report")?;
    }
    Ok(if counts.refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn create(report: &Path, source: &Path) -> anyhow::Result<File> {
    let same = report.canonicalize().ok().is_some_and(|report| Some(report) == source.canonicalize().ok());
    anyhow::ensure!(!same, "{}: the report would overwrite the file that is imported", report.display());
    File::create(report).with_context(|| format!("{}: the report cannot be written", report.display()))
}
