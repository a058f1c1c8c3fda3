//! `cargo attack`: attacks a running product on loopback, and shows whether an employee can reset a password meanwhile.

use anyhow::Context as _;
use clap::Parser;
use end2end::attack::employee::Employee;
use end2end::attack::report::Report;
use end2end::attack::target::Target;
use end2end::attack::{self, Options};
use end2end::demo::{self, Demo};
use end2end::machine::{self, say};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Attacks the availability of the product and of nothing else: it refuses every host but loopback. Exit code 1 if a reset
/// or the admin listener failed during an attack.
#[derive(Parser)]
#[command(name = "cargo attack")]
struct Arguments {
    /// Attack the demo that this demo.json describes, instead of starting a product.
    #[arg(long, conflicts_with_all = ["binary", "descriptors", "http", "settings"])]
    demo: Option<PathBuf>,
    /// Start this binary instead of building one, for example an older one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// File descriptors that the product may open (ulimit -n).
    #[arg(long)]
    descriptors: Option<u32>,
    /// Serve plain http instead of https.
    #[arg(long)]
    http: bool,
    /// Additional settings (TOML) of the product.
    #[arg(long, default_value = "")]
    settings: String,
    /// Connections that each attack tries to hold.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=5000))]
    sockets: u32,
    /// Duration of each attack in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(3..=120))]
    seconds: u64,
    /// Run only the attacks whose name contains this text.
    #[arg(long, default_value = "")]
    only: String,
}

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let binary = match (&arguments.demo, &arguments.binary) {
        (Some(_), _) => None,
        (None, Some(binary)) => Some(binary.canonicalize().context("--binary")?),
        (None, None) => Some(machine::build_product(false)?),
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let folder = tempfile::tempdir()?;
        let (_demo, target) = match (binary, &arguments.demo) {
            (Some(binary), _) => {
                let demo = start(&arguments, binary, folder.path()).await?;
                let target = Target::read(&demo.folder.join("demo.json"))?;
                (Some(demo), target)
            }
            (None, file) => (None, Target::read(file.as_deref().unwrap_or(Path::new("")))?),
        };
        run(&arguments, Arc::new(target)).await
    })
}

/// Starts the product. The resets of this command all come from one address, so the limits per address are off.
async fn start(arguments: &Arguments, binary: PathBuf, folder: &Path) -> anyhow::Result<Demo> {
    let options = demo::Options {
        port: 0,
        https: !arguments.http,
        folder: folder.join("demo"),
        binary,
        descriptors: arguments.descriptors,
        nodes: 1,
        extra_employees: 0,
        more_settings: format!("[limits]\nper_address = \"0\"\nglobal = \"0\"\n{}", arguments.settings),
        directory: None,
        small_disks: false,
        log_to_terminal: false,
    };
    Demo::start(options).await
}

async fn run(arguments: &Arguments, target: Arc<Target>) -> anyhow::Result<ExitCode> {
    let options = Options {
        sockets: usize::try_from(arguments.sockets)?,
        duration: Duration::from_secs(arguments.seconds),
    };
    let mut employee = Employee::new(&target)?;
    say(&format!("Attacking {} and {} with {} connections.", target.origin, target.admin, options.sockets));
    say(&Report::header());
    let mut failed = 0;
    for attack in attack::all(&target) {
        if !attack.name().contains(&arguments.only) {
            continue;
        }
        let report = attack::run(attack, &target, &mut employee, options).await;
        say(&report.to_string());
        failed += usize::from(!attack::is_served(&report));
    }
    say(&format!("\nattack: resets or /status failed during {failed} attacks"));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
