//! `cargo demo`: builds the product, starts it on loopback together with simulators of every system that it uses, and
//! prints what to try.

use clap::Parser;
use end2end::demo::{self, Demo, Options};
use end2end::entrust::{Endpoint, Fault};
use end2end::machine::{self, say};
use end2end::people::{FIRST_PASSWORD, PEOPLE, State};
use end2end::postgres;
use std::path::PathBuf;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Starts the product with a simulated directory, Entrust, mail server, SMS gateway and HR system. Needs no server,
/// account or network.
#[derive(Parser)]
#[command(name = "cargo demo")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
struct Arguments {
    /// The product's port; the phone pages are on the next one.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Serve over https, with a certificate of the demo's own CA.
    #[arg(long)]
    https: bool,
    /// The number of nodes. More than one share a `PostgreSQL` database, behind a small proxy.
    #[arg(long, default_value_t = 1, conflicts_with = "https")]
    nodes: u16,
    /// Build with optimisation.
    #[arg(long)]
    release: bool,
    /// Start this binary instead of building one.
    #[arg(long)]
    binary: Option<PathBuf>,
    /// The folder of settings, keys and store; emptied first.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Each call to Entrust takes so many milliseconds.
    #[arg(long, default_value_t = 0)]
    entrust_delay: u64,
    /// Entrust's last call of a verification fails with 500.
    #[arg(long)]
    entrust_complete_fails: bool,
    /// Entrust counts no wrong codes, for `wachtwoord-reset timing`.
    #[arg(long)]
    entrust_without_lockout: bool,
    /// Additional settings (TOML), appended to those of the demo.
    #[arg(long, default_value = "")]
    settings: String,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let binary =
        if let Some(binary) = arguments.binary { binary } else { machine::build_product(arguments.release)? };
    let runtime = tokio::runtime::Runtime::new()?;
    if arguments.nodes > 1 {
        machine::install(&postgres::PACKAGES)?;
    }
    runtime.block_on(async {
        let options = Options {
            port: arguments.port,
            https: arguments.https,
            folder: arguments.folder.unwrap_or_else(|| machine::workspace().join("target").join("demo")),
            binary,
            descriptors: None,
            nodes: arguments.nodes,
            extra_employees: 0,
            // All users of a demo have the same address, so that the limits per address would soon block them.
            more_settings: format!(
                "[limits]\nown_networks = [\"127.0.0.0/8\"]\n{}{}",
                service_desk(&arguments.settings),
                arguments.settings
            ),
            directory: None,
            small_disks: false,
            log_to_terminal: true,
        };
        let mut demo = Demo::start(options).await?;
        demo.entrust.set_delay(Duration::from_millis(arguments.entrust_delay));
        if arguments.entrust_complete_fails {
            demo.entrust.set_fault(Endpoint::Complete, Fault::Status(500));
        }
        if arguments.entrust_without_lockout {
            demo.entrust.disable_lockout();
        }
        print(&demo);
        // Handles SIGTERM as well, so that the product ends with the demo.
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            result = demo.ended() => result,
            result = tokio::signal::ctrl_c() => Ok(result?),
            _ = terminated.recv() => Ok(()),
        }
    })
}

/// The settings of the service desk, unless the command line has its own.
fn service_desk(given: &str) -> String {
    if given.contains("[service_desk]") { String::new() } else { demo::service_desk_settings() }
}

fn print(demo: &Demo) {
    let registration = format!("{}/registratie", demo.origin());
    say("");
    say(&format!("  Password reset  {}", demo.url));
    say(&format!("  Registration    {registration}"));
    say(&format!(
        "  Service desk    {}/servicedesk  (F.Vermeulen is an agent, G.Oezdemir a lead)",
        demo.origin()
    ));
    say(&format!("  Phones          {}  (codes, text messages and mail of each user)", demo.phone_url));
    for (number, node) in demo.nodes().iter().enumerate().filter(|_| demo.nodes().len() > 1) {
        say(&format!("  Node {}          {node}", number + 1));
    }
    say(&format!("  Details         {}", demo.folder.join("demo.json").display()));
    say("");
    say(&format!("  The initial password of every user is {FIRST_PASSWORD}"));
    say("");
    say("  User name     Birthdate   State");
    for person in &PEOPLE {
        let state = match person.state {
            State::Ordinary => "active",
            State::LockedOut => "locked out in the directory; a reset unlocks",
            State::Disabled => "disabled",
            State::DomainAdministrator => "domain administrator: may not use the reset",
            State::NothingRegistered => "nothing registered, no app: start with the registration",
            State::StricterPolicy => "password policy requires 16 characters",
        };
        say(&format!("  {:12}  {}  {state}", person.user_name, dutch_date(person.birthdate)));
    }
    if let Some(person) = PEOPLE.first() {
        let (name, birthdate) = (person.user_name, dutch_date(person.birthdate));
        let phone = format!("{}/{name}", demo.phone_url);
        say("");
        say(&format!("  Try it: reset the password of {name}."));
        say(&format!("  1. Open {} and enter the user name {name}.", demo.url));
        say(&format!("  2. Enter the birthdate {birthdate}."));
        say(&format!("  3. Enter the code from {phone} (each code works once, for 30 seconds)."));
        say("  4. Enter a new password twice.");
        say(&format!(
            "  5. The phone page now has the confirmation; {registration} accepts the new password."
        ));
    }
    say("");
    say("  Ctrl-C ends it.");
}

/// dd-mm-yyyy, as users enter it.
fn dutch_date(iso: &str) -> String {
    iso.split('-').rev().collect::<Vec<_>>().join("-")
}
