//! `cargo schemathesis`: sends many generated requests to the API and compares each answer with its description.

use clap::Parser;
use end2end::{machine, schemathesis};
use std::path::PathBuf;

/// Tests the API against its description. `SEED` repeats a run.
#[derive(Parser)]
#[command(name = "cargo schemathesis")]
struct Arguments {
    /// The least number of requests.
    #[arg(long, default_value_t = 10_000)]
    cases: usize,
    /// Test this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Arguments { cases, binary } = Arguments::parse();
    let binary = if let Some(binary) = binary { binary } else { machine::build_product(false)? };
    schemathesis::test_api(binary, cases)
}
