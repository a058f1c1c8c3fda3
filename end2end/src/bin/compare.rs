//! `cargo compare`: measures the product beside LTB Self Service Password, nginx and a bare client, in one run.

use clap::Parser;
use end2end::compare::{LTB_PACKAGES, Options, PACKAGES};
use end2end::machine::{self, say};
use std::path::PathBuf;
use std::time::Duration;

/// Measures first page, resets and memory of the product, of LTB Self Service Password with the same slapd, of nginx with
/// the same compressed page, and of a bare client with the same calls. `SEED` repeats the arrivals of an earlier run.
#[derive(Parser)]
#[command(name = "cargo compare")]
struct Arguments {
    /// Measure this binary instead of building one with optimisation.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// A release of LTB Self Service Password with its dependencies: a folder, or an archive as its project publishes.
    #[arg(long)]
    ltb_source: Option<PathBuf>,
    /// Resets in each turn.
    #[arg(long, default_value_t = 1200)]
    employees: u32,
    /// Turns of each measurement; the median counts.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// Seconds of each measurement of the first page.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Do not load the first pages in Chromium.
    #[arg(long)]
    without_browser: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    machine::install(&PACKAGES)?;
    if arguments.ltb_source.is_some() {
        machine::install(&LTB_PACKAGES)?;
    }
    let binary = match arguments.binary {
        Some(binary) => binary.canonicalize()?,
        None => machine::build_product(true)?,
    };
    let seed = match std::env::var("SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => u64::from(std::process::id()),
    };
    say(&format!("SEED={seed}"));
    let options = Options {
        binary,
        ltb_source: arguments.ltb_source,
        employees: arguments.employees,
        turns: arguments.turns,
        page_duration: Duration::from_secs(arguments.seconds),
        with_browser: !arguments.without_browser,
        seed,
    };
    let report = tokio::runtime::Runtime::new()?.block_on(options.run())?;
    say(&report.to_string());
    Ok(())
}
