//! `cargo timing`: measures with the product's own command `timing` whether answers reveal a correct birthdate or an
//! account, against a demo whose Entrust is healthy, slow, partly broken and absent.

use anyhow::{Context as _, bail};
use clap::{Parser, ValueEnum};
use end2end::demo::{Demo, Options};
use end2end::entrust::{Endpoint, Fault};
use end2end::machine::{self, say};
use end2end::people::{ExtraEmployee, Person, State};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use tokio::process::Command;

/// The most wrong codes in a row of one account that are verified from an unknown network; see docs/security.md.
const SAMPLES_PER_ACCOUNT: u32 = 60;
/// No limits, and a short minimum response time, because each sample takes at least one.
const SETTINGS: &str = "[verification]\nenvelope = \"100ms\"\n[limits]\nper_address = \"0\"\nglobal = \"0\"\n\
     flood_per_address = \"1000000/1m\"\naccount_failures = \"0\"\nentrust_reserve = 0\n";
/// Of each call in the state `slow`.
const SLOW: Duration = Duration::from_millis(600);

/// Measures the classes of answers in four states of Entrust, each with a new demo, and fails if a pair of classes differs.
#[derive(Parser)]
#[command(name = "cargo timing")]
struct Arguments {
    /// Measure only these states.
    #[arg(long = "state", value_enum)]
    states: Vec<Entrust>,
    /// Samples of each class.
    #[arg(long, default_value_t = 2000)]
    samples: u32,
    /// Samples that are taken at the same time.
    #[arg(long, default_value_t = 16)]
    concurrency: u32,
    /// Measure this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// The state of Entrust.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Entrust {
    /// Each call is answered at once.
    Healthy,
    /// Each call takes 0.6 seconds.
    Slow,
    /// Only the last call of a verification fails.
    CompleteFails,
    /// Each connection is reset.
    Absent,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => machine::build_product(true)?,
    };
    let states = if arguments.states.is_empty() { Entrust::value_variants() } else { &arguments.states };
    let runtime = tokio::runtime::Runtime::new()?;
    let mut different = Vec::new();
    for state in states {
        if !runtime.block_on(measure(*state, &arguments, &binary))? {
            different.push(format!("{state:?}"));
        }
    }
    if different.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    say(&format!("\nClasses can be distinguished in the states: {}", different.join(", ")));
    Ok(ExitCode::FAILURE)
}

/// Returns whether the classes cannot be distinguished.
async fn measure(state: Entrust, arguments: &Arguments, binary: &Path) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let options = Options {
        port: 0,
        https: false,
        folder: folder.path().join("demo"),
        binary: binary.to_owned(),
        descriptors: None,
        nodes: 1,
        extra_employees: arguments.samples.div_ceil(SAMPLES_PER_ACCOUNT).max(2 * arguments.concurrency),
        more_settings: SETTINGS.to_owned(),
        directory: None,
        small_disks: false,
        log_to_terminal: false,
    };
    let accounts = options.extra_employees;
    let demo = Demo::start(options).await?;
    demo.entrust.disable_lockout();
    match state {
        Entrust::Healthy => {}
        Entrust::Slow => demo.entrust.set_delay(SLOW),
        Entrust::CompleteFails => demo.entrust.set_fault(Endpoint::Complete, Fault::Status(500)),
        Entrust::Absent => demo.entrust.set_fault_everywhere(&Fault::Drop),
    }
    let mut timing = Command::new(binary);
    timing.args(["timing", "--url", demo.origin()]);
    for employee in (1..=accounts).map(ExtraEmployee::new) {
        timing.arg("--account").arg(format!("{}:{}", employee.user_name, employee.birthdate));
    }
    let disabled = end2end::people::PEOPLE.iter().find(|person| person.state == State::Disabled);
    let Person { user_name, birthdate, .. } = disabled.context("no disabled person")?;
    timing.arg("--disabled").arg(format!("{user_name}:{birthdate}"));
    timing.args(["--samples", &arguments.samples.to_string()]);
    timing.args(["--concurrency", &arguments.concurrency.to_string()]);
    let output = timing.output().await.context("cannot run the command timing")?;
    say(&format!("\nEntrust: {state:?}"));
    say(String::from_utf8_lossy(&output.stdout).trim_end());
    say(String::from_utf8_lossy(&output.stderr).trim_end());
    say(&format!("reasons in the audit log: {}", reasons(&demo.folder.join("audit.jsonl"))?));
    match output.status.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the command timing failed: {}", output.status),
    }
}

/// How often each reason for a refusal occurs: whether the samples were verified, and not refused before.
fn reasons(audit: &Path) -> anyhow::Result<String> {
    let lines = std::fs::read_to_string(audit).with_context(|| format!("cannot read {}", audit.display()))?;
    let mut counts = BTreeMap::<String, u32>::new();
    for line in lines.lines() {
        let entry: serde_json::Value = serde_json::from_str(line)?;
        if let Some(reason) = entry.pointer("/event/reason").and_then(|reason| reason.as_str()) {
            *counts.entry(reason.to_owned()).or_default() += 1;
        }
    }
    let counts: Vec<String> = counts.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
    Ok(counts.join(", "))
}
