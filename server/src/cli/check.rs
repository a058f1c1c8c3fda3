//! `check`: every part proven, as a table or as JSON, with the lines that mend what is not as it should be. Not the
//! proving itself: that is each part's own.

use super::{complain, print};
use app::domain::username::Username;
use server::config::Settings;
use server::http::health::{Health, worst};
use server::ports::health_finding::{Finding, State};
use server::test_reset;
use server::wiring::Components;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// As JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Really resets this test account, to a password that nobody learns, and proves it by a sign-in.
    #[arg(long, value_name = "NAME")]
    test_user: Option<String>,
}

pub(crate) async fn check(settings: &Settings, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let test_user = match arguments.test_user.as_deref().map(|name| named(name, settings)) {
        None => None,
        Some(Ok(name)) => Some(name),
        Some(Err(usage)) => return Ok(usage),
    };
    let Components { parts, hr, .. } = server::wiring::assemble(settings).await?;
    let mut findings = Health::new(parts.clone()).with_hr(hr).findings().await;
    let known = parts.records.statistics(&parts.keys.writing_id()).await?;
    findings.push(Finding::good("records", "birthdates", format!("{} registered", known.birthdates)));
    findings.push(Finding::good("records", "mobile numbers", format!("{} registered", known.mobiles)));
    findings.push(Finding::good("records", "on older keys", known.on_old_keys.to_string()));
    findings.extend(settings.warnings().into_iter().map(|(key, why)| Finding::warning("settings", key, why)));
    if let Some(name) = test_user {
        findings.push(test_reset::reset(&parts, &server::terms(settings).site.rules, &name).await);
    }
    if arguments.json {
        print(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        print(&table(&findings))?;
    }
    Ok(if worst(&findings) == State::Bad { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn named(typed: &str, settings: &Settings) -> Result<Username, ExitCode> {
    Username::parse(typed, &settings.organisation.domains).map_err(|_| {
        complain("--test-user: that is no user name");
        ExitCode::from(2)
    })
}

fn table(findings: &[Finding]) -> String {
    let width =
        |of: fn(&Finding) -> &str| findings.iter().map(|row| of(row).chars().count()).max().unwrap_or(0);
    let (parts, whats) = (width(|row| row.part), width(|row| &row.what));
    let lines = findings.iter().map(|row| {
        let state = match row.state {
            State::Good => "good   ",
            State::Warning => "WARNING",
            State::Bad => "BAD    ",
        };
        let line = format!("{state}  {:parts$}  {:whats$}  {}", row.part, row.what, row.detail);
        // Below it, so that it can be copied as it stands.
        row.remediation.iter().fold(line, |all, remediation| all + "\n         mend:  " + remediation)
    });
    lines.collect::<Vec<_>>().join("\n")
}
