//! `cargo storm`, `cargo chaos` and `cargo soak`: many employees reset their passwords at the same time, while parts of
//! the system fail, or for a long time.

use clap::Parser;
use end2end::demo::{Demo, Options};
use end2end::machine::{self, say};
use end2end::people::ExtraEmployee;
use end2end::postgres;
use end2end::storm::{Arrivals, Fault, SETTINGS, Schedule, Storm};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long each fault lasts.
const FAULT_DURATION: Duration = Duration::from_secs(5);

/// Lets employees arrive at a rate, each of whom resets the password once over HTTP, and compares each promise of a last
/// screen with the directory. `SEED` repeats the arrivals of an earlier run.
#[derive(Parser)]
#[command(name = "cargo storm")]
struct Arguments {
    /// The number of employees.
    #[arg(long, default_value_t = 500)]
    employees: u32,
    /// Arrivals per second, on average.
    #[arg(long, default_value_t = 20.0)]
    rate: f64,
    /// The number of nodes. More than one share a PostgreSQL database.
    #[arg(long, default_value_t = 1)]
    nodes: u16,
    /// Kill a node, crash the database, and stall, slow down or cut off directory and Entrust, one after the other.
    #[arg(long)]
    faults: bool,
    /// Repeat the storm until this many minutes have passed, and report how memory grows.
    #[arg(long, default_value_t = 0)]
    minutes: u64,
    /// Test this binary instead of building one with optimisation.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Additional settings (TOML).
    #[arg(long, default_value = "")]
    settings: String,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => machine::build_product(true)?,
    };
    if arguments.nodes > 1 {
        machine::install(&postgres::PACKAGES)?;
    }
    let seed = match std::env::var("SEED") {
        Ok(seed) => seed.parse()?,
        Err(_) => u64::from(std::process::id()),
    };
    say(&format!("SEED={seed}"));
    let runtime = tokio::runtime::Runtime::new()?;
    let good = runtime.block_on(run(&arguments, binary, seed))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(arguments: &Arguments, binary: PathBuf, seed: u64) -> anyhow::Result<bool> {
    let end = tokio::time::Instant::now() + Duration::from_secs(60 * arguments.minutes);
    let folder = tempfile::tempdir()?;
    let mut demo = Demo::start(Options {
        port: 0,
        https: false,
        folder: folder.path().join("demo"),
        binary,
        descriptors: None,
        nodes: arguments.nodes,
        extra_employees: arguments.employees,
        more_settings: format!("{SETTINGS}{}", arguments.settings),
        directory: None,
        log_to_terminal: false,
    })
    .await?;
    let mut good = true;
    for round in 0.. {
        let report = storm(arguments, seed + round).run(&mut demo).await?;
        good &= report.is_good();
        say(&format!("\n{report}"));
        if tokio::time::Instant::now() >= end {
            break;
        }
        if let Some(directory) = &demo.directory {
            // The next round sets the same passwords again.
            for employee in (1..=arguments.employees).map(ExtraEmployee::new) {
                directory.restore_first_password(&employee.user_name);
            }
        }
    }
    if !good {
        let kept = folder.keep();
        say(&format!("\nlogs and audit logs: {}", kept.display()));
    }
    Ok(good)
}

fn storm(arguments: &Arguments, seed: u64) -> Storm {
    let duration = Duration::from_secs_f64(f64::from(arguments.employees) / arguments.rate);
    let several = arguments.nodes > 1;
    let faults: Vec<Fault> = [
        (several, Fault::NodeKilled(0)),
        (several, Fault::DatabaseCrashed),
        (true, Fault::DirectoryLosesAnswers),
        (true, Fault::EntrustAbsent),
        (several, Fault::NodeRestarted(1)),
        (true, Fault::DirectorySlow),
        (true, Fault::EntrustStalled),
        (!several, Fault::NodeKilled(0)),
    ]
    .into_iter()
    .filter_map(|(possible, fault)| (possible && arguments.faults).then_some(fault))
    .collect();
    Storm {
        employees: arguments.employees,
        arrivals: Arrivals { rate: arguments.rate, seed },
        faults: Schedule::over(duration, &faults, FAULT_DURATION),
    }
}
