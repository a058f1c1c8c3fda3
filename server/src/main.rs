//! The command line of the server; commands with longer output are in `cli`.

mod cli;

use clap::{Parser, Subcommand};
use cli::print_error;
use server::config::{Settings, SettingsError};
use server::hangup::Hangups;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::runtime::Runtime;

/// Self-service password reset for Active Directory and OpenLDAP.
#[derive(Parser)]
#[command(name = "wachtwoord-reset", version = server::version::text(), about)]
struct Arguments {
    /// The settings file (TOML); every key is explained in the shipped settings.toml.
    #[arg(long, global = true, default_value = "settings.toml")]
    settings: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the pages and the API until SIGTERM. SIGHUP reopens files and reloads the TLS certificate.
    Serve,
    /// Checks directory, Entrust, store, audit trail, mail and SMS.
    Check(cli::check::Arguments),
    /// Asks the service that runs with these settings for its health. Exits with 1 if it does not answer or is not well.
    Healthcheck(cli::healthcheck::Arguments),
    /// Imports birthdates and mobile numbers from a CSV file (section `import` of the settings).
    Import(cli::import::Arguments),
    /// Imports birthdates and mobile numbers from the HR source once, now (section `hr` of the settings).
    Hr {
        /// Report only, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Counts how many accounts are ready for a reset, per organisational unit.
    Coverage(cli::people::CoverageArguments),
    /// Exports or deletes the data stored about one person.
    Person {
        #[command(subcommand)]
        command: PersonCommand,
    },
    /// Removes the records of accounts that left some time ago (`records.keep_after_leaving`).
    Retention {
        /// Report only, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Works with lists of passwords that are known from data breaches. Needs no settings file.
    Breached {
        #[command(subcommand)]
        command: cli::breached::BreachedCommand,
    },
    /// Measures whether answers of a test instance reveal correct birthdates or existing accounts. Reads no settings.
    Timing(cli::timing::Arguments),
    /// Copies the store, the audit file and the settings file into a new folder, also while the service runs.
    Backup(cli::backup::Arguments),
    /// Moves the data of the service to another store.
    Store {
        #[command(subcommand)]
        command: cli::store::StoreCommand,
    },
    /// Freezes an account: its password is not reset until `unfreeze`.
    Freeze(cli::people::PersonSelector),
    /// Lifts the freeze of an account, and ends its wrong codes in a row.
    Unfreeze(cli::people::PersonSelector),
    /// Lists or ends the sessions of agents at the service desk.
    Desk {
        #[command(subcommand)]
        command: cli::desk::DeskCommand,
    },
    /// Shows, verifies and exports the audit trail.
    Audit {
        #[command(subcommand)]
        command: cli::audit::AuditCommand,
    },
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Prints all stored data as JSON.
    Export(cli::people::PersonSelector),
    /// Removes the record, its queued messages and its known devices.
    Delete(cli::people::PersonSelector),
    /// Revokes the known devices: the browsers in which the person finished a reset or signed in with a code.
    ForgetDevices(cli::people::PersonSelector),
}

fn main() -> ExitCode {
    // First: it starts the program again.
    if let Err(error) = cli::database_variables::discard() {
        print_error(&format!("cannot start without the environment variables PG*: {error}"));
        return ExitCode::FAILURE;
    }
    let arguments = Arguments::parse();
    protect_memory();
    if let Command::Breached { command } = &arguments.command {
        return cli::breached::run(command);
    }
    let (runtime, hangups) = match start(&arguments.command) {
        Ok(started) => started,
        Err(error) => {
            print_error(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    if let Command::Timing(arguments) = &arguments.command {
        return runtime.block_on(cli::timing::timing(arguments)).unwrap_or_else(|error| {
            print_error(&cli::with_causes(&error));
            ExitCode::FAILURE
        });
    }
    let loaded = Settings::load(&arguments.settings).and_then(|settings| {
        // A question to the running service needs none of its secrets.
        if !matches!(arguments.command, Command::Healthcheck(_)) {
            settings.files()?;
        }
        Ok(settings)
    });
    let settings = match loaded {
        Ok(settings) => settings,
        Err(error) => {
            print_error(&error.to_string());
            return ExitCode::from(2);
        }
    };
    let traces = matches!(arguments.command, Command::Serve)
        .then(|| server::wiring::traces(&settings, runtime.handle()))
        .transpose();
    let traces = match traces {
        Ok(traces) => traces.flatten(),
        Err(error) => {
            print_error(&error.to_string());
            return ExitCode::from(2);
        }
    };
    if let Err(error) = server::telemetry::start(&settings.log, settings.log_format, traces.as_ref()) {
        print_error(&format!(
            "{}: log: expected tracing filter directives: {error}",
            arguments.settings.display()
        ));
        return ExitCode::from(2);
    }
    server::panic_hook::install();
    let executed = runtime.block_on(execute(arguments.command, settings, &arguments.settings, hangups));
    if let Some(traces) = traces {
        traces.shut_down();
    }
    match executed {
        Ok(code) => code,
        Err(error) => {
            print_error(&cli::with_causes(&error));
            // Some settings are validated only by the component that uses them.
            if error.is::<SettingsError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

/// Keeps passwords and keys in memory away from core files, debuggers and other processes of the same user. A system that
/// refuses it (none is known) leaves the service as it would be without.
fn protect_memory() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
}

/// Starts the runtime. For the service it replaces the default action of SIGHUP, which ends the process, before anything
/// that takes time.
fn start(command: &Command) -> std::io::Result<(Runtime, Option<Hangups>)> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let hangups = match command {
        Command::Serve => {
            // With a lower limit the service admits fewer connections, and its log says so.
            drop(server::connections::descriptors::raise());
            Some(runtime.block_on(async { Hangups::receive() })?)
        }
        Command::Check(_)
        | Command::Healthcheck(_)
        | Command::Import(_)
        | Command::Hr { .. }
        | Command::Coverage(_)
        | Command::Person { .. }
        | Command::Retention { .. }
        | Command::Freeze(_)
        | Command::Unfreeze(_)
        | Command::Desk { .. }
        | Command::Backup(_)
        | Command::Store { .. }
        | Command::Timing(_)
        | Command::Breached { .. }
        | Command::Audit { .. } => None,
    };
    Ok((runtime, hangups))
}

async fn execute(
    command: Command,
    settings: Settings,
    settings_file: &Path,
    hangups: Option<Hangups>,
) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => {
            let hangups = hangups.map_or_else(Hangups::receive, Ok)?;
            server::run(settings, shutdown_signal()?, hangups).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Check(arguments) => cli::check::check(&settings, &arguments).await,
        Command::Healthcheck(arguments) => cli::healthcheck::healthcheck(&settings, &arguments).await,
        Command::Import(arguments) => cli::import::import(&settings, &arguments).await,
        Command::Hr { dry_run } => cli::hr::hr(&settings, dry_run).await,
        Command::Coverage(arguments) => cli::people::coverage(&settings, &arguments).await,
        Command::Person { command: PersonCommand::Export(person) } => {
            cli::people::export(&settings, &person).await
        }
        Command::Person { command: PersonCommand::Delete(person) } => {
            cli::people::delete(&settings, &person).await
        }
        Command::Breached { command } => Ok(cli::breached::run(&command)),
        Command::Person { command: PersonCommand::ForgetDevices(person) } => {
            cli::people::forget_devices(&settings, &person).await
        }
        Command::Retention { dry_run } => cli::people::retention(&settings, dry_run).await,
        Command::Timing(arguments) => cli::timing::timing(&arguments).await,
        Command::Backup(arguments) => cli::backup::run(&settings, settings_file, &arguments).await,
        Command::Store { command } => cli::store::run(&settings, command).await,
        Command::Freeze(person) => cli::freeze::freeze(&settings, &person).await,
        Command::Unfreeze(person) => cli::freeze::unfreeze(&settings, &person).await,
        Command::Desk { command } => cli::desk::run(&settings, command).await,
        Command::Audit { command } => cli::audit::audit(&settings, command).await,
    }
}

/// Resolves at SIGTERM or SIGINT.
fn shutdown_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut sigterm = signal(SignalKind::terminate())?;
    let mut sigint = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = sigterm.recv() => {}, _ = sigint.recv() => {} }
    })
}
