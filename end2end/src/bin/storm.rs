//! `cargo storm`, `cargo chaos` and `cargo soak`: many employees reset their passwords at the same time, while parts of
//! the system fail, or for a long time.

use clap::Parser;
use end2end::demo::{Demo, Options};
use end2end::disk;
use end2end::machine::{self, say};
use end2end::people::ExtraEmployee;
use end2end::postgres;
use end2end::storm::{Arrivals, Fault, SETTINGS, Schedule, Storm};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long each fault lasts.
const FAULT_DURATION: Duration = Duration::from_secs(5);
/// The time for each fault, with the recovery after it.
const FAULT_SHARE: Duration = Duration::from_secs(10);

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
    /// Kill a node, crash or silence the database, fill disks and make them read-only, and stall, slow down or cut off
    /// directory and Entrust, one after the other. The rate is lowered if the employees would arrive before the last one.
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
    machine::raise_descriptor_limit()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let good = runtime.block_on(run(&arguments, binary, seed))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn run(arguments: &Arguments, binary: PathBuf, seed: u64) -> anyhow::Result<bool> {
    let end = tokio::time::Instant::now() + Duration::from_secs(60 * arguments.minutes);
    let folder = tempfile::tempdir()?;
    let small_disks = arguments.faults && disk::is_possible();
    if arguments.faults && !small_disks {
        say("without faults of the disk: they need root and a loop device");
    }
    let faults = faults(arguments, small_disks);
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
        small_disks,
        log_to_terminal: false,
    })
    .await?;
    let mut good = true;
    for round in 0.. {
        match storm(arguments, &faults, seed + round).run(&mut demo).await {
            Ok(report) => {
                good &= report.is_good();
                say(&format!("\n{report}"));
            }
            Err(error) => {
                say(&format!("\nthe storm ended: {error:#}"));
                good = false;
                break;
            }
        }
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
        demo.keep_audit_logs()?;
        let kept = folder.keep();
        say(&format!("\nlogs and audit logs: {}", kept.display()));
    }
    Ok(good)
}

fn storm(arguments: &Arguments, faults: &[Fault], seed: u64) -> Storm {
    let employees = f64::from(arguments.employees);
    let mut rate = arguments.rate;
    if !faults.is_empty() {
        // Otherwise the later faults would meet no employee.
        let needed = FAULT_SHARE * u32::try_from(faults.len()).unwrap_or(u32::MAX);
        rate = rate.min(employees / needed.as_secs_f64());
        say(&format!("{} faults, {rate:.1} arrivals per second", faults.len()));
    }
    Storm {
        employees: arguments.employees,
        first: 1,
        arrivals: Arrivals { rate, seed },
        faults: Schedule::over(Duration::from_secs_f64(employees / rate), faults, FAULT_DURATION),
    }
}

/// The faults that this machine can cause.
fn faults(arguments: &Arguments, small_disks: bool) -> Vec<Fault> {
    let several = arguments.nodes > 1;
    let all = [
        (several, Fault::NodeKilled(0)),
        (several, Fault::DatabaseCrashed),
        (true, Fault::DirectoryLosesAnswers),
        (true, Fault::EntrustAbsent),
        (several, Fault::NodeRestarted(1)),
        (true, Fault::DirectorySlow),
        (true, Fault::EntrustStalled),
        (!several, Fault::NodeKilled(0)),
        (small_disks, Fault::NodeDiskFull(0)),
        (several && small_disks, Fault::DatabaseDiskFull),
        (several, Fault::DatabaseReadOnly),
        (small_disks, Fault::NodeDiskReadOnly(usize::from(several))),
        (several, Fault::DatabaseSilent),
    ];
    let faults = all.into_iter().filter_map(|(possible, fault)| possible.then_some(fault));
    faults.filter(|_| arguments.faults).collect()
}
