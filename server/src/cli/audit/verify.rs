//! `audit verify`: the files of this node, and the log of all nodes if there is one.

use super::super::{print, print_error};
use super::{collected, files};
use server::adapters::audit_log::collected_heads::{self, HeadsByNumber};
use server::adapters::audit_log::files::beside;
use server::adapters::audit_log::heads::PublicKey;
use server::adapters::audit_log::log_id;
use server::adapters::audit_log::verify::{Evidence, verify};
use server::adapters::audit_log::verify_collected::{CollectedEvidence, lines_by_number, verify_collected};
use server::config::Settings;
use server::wiring;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(clap::Args)]
pub(crate) struct VerifyArguments {
    /// Signed heads: a heads file, or a log in JSON that contains heads. Without it: the heads files of the settings.
    #[arg(long, value_name = "FILE")]
    heads: Vec<PathBuf>,
    /// The public key of the heads, instead of that of `audit.signing_key_file`. Several: after a change of the key, or if the
    /// nodes have different keys.
    #[arg(long, value_name = "HEX")]
    public_key: Vec<PublicKey>,
    /// The number of the first entry, if older files were removed and no head covers their end.
    #[arg(long, value_name = "NUMBER")]
    first: Option<u64>,
    /// The same for the log of all nodes, after `audit prune` without heads.
    #[arg(long, value_name = "NUMBER")]
    first_collected: Option<u64>,
    /// Without files: the audit log of the settings and its rotated files, and the log of all nodes.
    files: Vec<PathBuf>,
}

pub(super) async fn run(settings: &Settings, arguments: VerifyArguments) -> anyhow::Result<ExitCode> {
    let VerifyArguments { heads, public_key, first, first_collected, files: named } = arguments;
    let mut keys = public_key;
    let is_signed = settings.audit.signing_key_file.is_some();
    if keys.is_empty() {
        keys.extend(wiring::signing_key(settings)?.map(|key| key.public_key()));
    }
    if keys.is_empty() && !heads.is_empty() {
        print_error("--heads needs --public-key, or audit.signing_key_file in the settings");
        return Ok(ExitCode::from(2));
    }
    for key in &keys {
        print(&format!("public key {key}"))?;
    }
    let is_whole_log = named.is_empty();
    let own_heads = wiring::heads_file(settings);
    let is_without_heads = heads.is_empty() && is_signed && !own_heads.exists();
    let evidence = Evidence {
        heads: if heads.is_empty() && own_heads.exists() { vec![own_heads] } else { heads.clone() },
        keys: keys.clone(),
        chain_file: is_whole_log.then(|| beside(&settings.audit_file, ".chain")),
        first,
    };
    let files = files(settings, named)?;
    match verify(&files, &evidence)? {
        Ok(report) => {
            print(&report.to_string())?;
            if is_without_heads && report.entries > 0 {
                print_error("the heads file of the settings is missing");
                return Ok(ExitCode::FAILURE);
            }
        }
        Err(problem) => {
            print_error(&problem.to_string());
            return Ok(ExitCode::FAILURE);
        }
    }
    if !is_whole_log {
        return Ok(ExitCode::SUCCESS);
    }
    all_nodes(settings, &files, heads, &keys, first_collected).await
}

/// Verifies the log of all nodes, if the store keeps one.
async fn all_nodes(
    settings: &Settings,
    files: &[PathBuf],
    mut heads: Vec<PathBuf>,
    keys: &[PublicKey],
    first: Option<u64>,
) -> anyhow::Result<ExitCode> {
    let Some(collected) = collected::open(settings).await? else { return Ok(ExitCode::SUCCESS) };
    heads.push(wiring::collected_heads_file(settings));
    heads.retain(|file| file.exists());
    let heads = if keys.is_empty() {
        HeadsByNumber::new()
    } else {
        match collected_heads::read(&heads, keys)? {
            Ok(heads) => heads,
            Err(wrong) => {
                print_error(&wrong.to_string());
                return Ok(ExitCode::FAILURE);
            }
        }
    };
    let own = match log_id::find(&settings.audit_file)? {
        Some(id) => Some((id, lines_by_number(files)?)),
        None => None,
    };
    let evidence = CollectedEvidence { heads, own, first };
    match verify_collected(&*collected, &evidence).await? {
        Ok(report) => {
            print(&report.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(problem) => {
            print_error(&problem.to_string());
            Ok(ExitCode::FAILURE)
        }
    }
}
