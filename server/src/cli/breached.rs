//! `breached build`: builds the filter of breached passwords. Reads no settings, so that it can run on another machine.

use super::{print, print_error};
use anyhow::Context as _;
use clap::Subcommand;
use server::breached::builder::{Built, build};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Bytes read or written at a time.
const BUFFER: usize = 1 << 20;

#[derive(Subcommand)]
pub(crate) enum BreachedCommand {
    /// Builds the filter for `breached.filter_file` from a downloaded Pwned Passwords file.
    Build {
        /// The list of SHA-1 digests, ordered by hash (lines `DIGEST:COUNT`).
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
        /// The filter to write. It replaces an existing file when it is complete.
        #[arg(long, value_name = "FILE")]
        output: PathBuf,
    },
}

pub(crate) fn run(command: &BreachedCommand) -> ExitCode {
    let BreachedCommand::Build { input, output } = command;
    match build_file(input, output) {
        Ok(built) => {
            let text = format!("{} passwords, {} bytes: {}", built.entries, built.bytes, output.display());
            if print(&text).is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            print_error(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn build_file(input: &Path, output: &Path) -> anyhow::Result<Built> {
    let list = File::open(input).with_context(|| input.display().to_string())?;
    let mut unfinished = output.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = PathBuf::from(unfinished);
    let written = write(list, input, &unfinished, output);
    if written.is_err() {
        // A part of a filter is of no use; the error that matters is the one above.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

fn write(list: File, input: &Path, unfinished: &Path, output: &Path) -> anyhow::Result<Built> {
    let file = File::create(unfinished).with_context(|| unfinished.display().to_string())?;
    let built = build(BufReader::with_capacity(BUFFER, list), BufWriter::with_capacity(BUFFER, &file))
        .with_context(|| input.display().to_string())?;
    file.sync_all().with_context(|| unfinished.display().to_string())?;
    fs::rename(unfinished, output).with_context(|| output.display().to_string())?;
    Ok(built)
}
