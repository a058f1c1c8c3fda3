//! `healthcheck`: asks the running service for its health, for the health check of a container.

use super::print;
use server::adapters::own_listener;
use server::config::Settings;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Also require that the store can be used (`/readyz` instead of `/healthz`).
    #[arg(long)]
    ready: bool,
}

pub(crate) async fn healthcheck(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = if arguments.ready { "/readyz" } else { "/healthz" };
    let word = own_listener::ask(settings.listen, settings.tls_cert_file.is_some(), path).await?;
    print(&word)?;
    Ok(ExitCode::SUCCESS)
}
