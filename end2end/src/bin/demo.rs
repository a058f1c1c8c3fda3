//! `cargo demo`: builds the product, starts it with its whole outside world on loopback, and says
//! where to click.

use clap::Parser;
use end2end::demo::{Demo, Options};
use end2end::machine::{self, say};
use end2end::people::{FIRST_PASSWORD, PEOPLE, State};
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};

/// Starts the product with a pretend directory and Entrust beside it. Needs no server, account or network.
#[derive(Parser)]
#[command(name = "cargo demo")]
struct Arguments {
    /// The product's port; the phones are on the next one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Serve over https, with a certificate of the demo's own CA.
    #[arg(long)]
    https: bool,
    /// Build with optimisation.
    #[arg(long)]
    release: bool,
    /// Start this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// Where settings, keys and store go; emptied first.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// More settings (TOML), behind the demo's own.
    #[arg(long, default_value = "")]
    settings: String,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let binary = if let Some(binary) = arguments.binary {
        binary
    } else {
        machine::wasm_toolchain()?;
        machine::build_product(arguments.release)?
    };
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let options = Options {
            port: arguments.port,
            https: arguments.https,
            folder: arguments.folder.unwrap_or_else(|| machine::workspace().join("target").join("demo")),
            binary,
            // The demo is one address for everybody who tries it, and trying it often is its purpose.
            more_settings: format!("[limits]\nown_networks = [\"127.0.0.0/8\"]\n{}", arguments.settings),
            directory: None,
            log_to_terminal: true,
        };
        let mut demo = Demo::start(options).await?;
        tell(&demo);
        // Also when it is asked to end from outside: the product must not stay behind.
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            ended = demo.ended() => ended,
            interrupted = tokio::signal::ctrl_c() => Ok(interrupted?),
            _ = terminated.recv() => Ok(()),
        }
    })
}

fn tell(demo: &Demo) {
    say("");
    say(&format!("  The wizard   {}", demo.url));
    say(&format!("  The phones   {}", demo.phone_url));
    say(&format!("  Details      {}", demo.folder.join("demo.json").display()));
    say("");
    say(&format!("  Everybody's first password is {FIRST_PASSWORD}"));
    for person in &PEOPLE {
        let state = match person.state {
            State::Ordinary => "ordinary",
            State::LockedOut => "locked out in the directory",
            State::Disabled => "disabled",
            State::DomainAdministrator => "domain administrator",
            State::NothingRegistered => "nothing registered, no app",
            State::StricterPolicy => "under a stricter policy (16 characters)",
        };
        say(&format!("  {:12} {}  {state}", person.user_name, in_dutch(person.birthdate)));
    }
    say("");
    say("  Ctrl-C ends it.");
}

/// dd-mm-jjjj, as it is typed.
fn in_dutch(iso: &str) -> String {
    iso.split('-').rev().collect::<Vec<_>>().join("-")
}
