//! The command line. What the commands do is in the library; what the longer ones print is in `commands`.

mod cli;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use cli::{complain, print};
use server::config::{Settings, SettingsError};
use std::path::PathBuf;
use std::process::ExitCode;

/// Self-service password reset for Active Directory.
#[derive(Parser)]
#[command(name = "wachtwoord-reset", version, about)]
struct Arguments {
    /// The settings file (TOML); every key is explained in the shipped settings.toml.
    #[arg(long, global = true, default_value = "settings.toml")]
    settings: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves the pages and the API until SIGTERM.
    Serve,
    /// Proves directory, Entrust, store, audit trail and mail one by one.
    Check(cli::check::Arguments),
    /// Takes birthdates and mobile numbers over from a CSV file (section `import` of the settings).
    Import(cli::import::Arguments),
    /// Takes birthdates and mobile numbers over from the HR source, once and now (section `hr` of the settings).
    Hr {
        /// Tell only, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Counts how many accounts are ready for a reset, per organisational unit.
    Coverage(cli::people::CoverageArguments),
    /// Shows or forgets what is kept of one person.
    Person {
        #[command(subcommand)]
        command: PersonCommand,
    },
    /// Removes the records of accounts that left some time ago (`records.keep_after_leaving`).
    Retention {
        /// Tell only, change nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Reads the audit trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
}

#[derive(Subcommand)]
enum PersonCommand {
    /// Everything that is kept, as JSON.
    Export(cli::people::Whom),
    /// Removes the record, and the messages that wait.
    Delete(cli::people::Whom),
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Shows what stands behind a reference that an employee reads out.
    Show {
        /// e.g. K7Q2-9F4M
        reference: String,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let settings = match Settings::load(&arguments.settings).and_then(|settings| {
        settings.files()?;
        Ok(settings)
    }) {
        Ok(settings) => settings,
        Err(error) => {
            complain(&error.to_string());
            return ExitCode::from(2);
        }
    };
    if let Err(error) = server::telemetry::start(&settings.log, settings.log_format) {
        complain(&format!(
            "{}: log: expected tracing filter directives: {error}",
            arguments.settings.display()
        ));
        return ExitCode::from(2);
    }
    match execute(arguments.command, settings) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            // Some are found wrong only by the part that uses them.
            if error.is::<SettingsError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
        }
    }
}

fn execute(command: Command, settings: Settings) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Serve => server::run(settings, terminated()?).await.map(|()| ExitCode::SUCCESS),
            Command::Check(arguments) => cli::check::check(&settings, &arguments).await,
            Command::Import(arguments) => cli::import::import(&settings, &arguments).await,
            Command::Hr { dry_run } => cli::hr::hr(&settings, dry_run).await,
            Command::Coverage(arguments) => cli::people::coverage(&settings, &arguments).await,
            Command::Person { command: PersonCommand::Export(whom) } => {
                cli::people::export(&settings, &whom).await
            }
            Command::Person { command: PersonCommand::Delete(whom) } => {
                cli::people::delete(&settings, &whom).await
            }
            Command::Retention { dry_run } => cli::people::retention(&settings, dry_run).await,
            Command::Audit { command: AuditCommand::Show { reference } } => show(&settings, &reference).await,
        }
    })
}

/// Resolves at SIGTERM or SIGINT.
fn terminated() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! { _ = term.recv() => {}, _ = interrupt.recv() => {} }
    })
}

async fn show(settings: &Settings, reference: &str) -> anyhow::Result<ExitCode> {
    use server::ports::audit::Audit as _;
    let trail = server::adapters::audit_log::AuditLog::open(settings.audit_file.clone())?;
    let entries = trail.find(reference).await?;
    for entry in &entries {
        print(&serde_json::to_string(entry).context("an entry")?)?;
    }
    if entries.is_empty() {
        complain(&format!("{}: no line has the reference {reference}", settings.audit_file.display()));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
