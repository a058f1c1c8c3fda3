//! The log of all nodes: reading it, and `audit prune`.

use super::super::{print, print_error};
use jiff::Timestamp;
use server::adapters::audit_log::collected_heads::CollectedHead;
use server::adapters::clock::SystemClock;
use server::config::{Settings, StoreUrl};
use server::crypto::Keyring;
use server::operator_audit::OperatorAudit;
use server::ports::audit::Event;
use server::ports::clock::Clock;
use server::ports::collected_audit::CollectedAudit;
use server::wiring;
use std::process::ExitCode;
use std::sync::Arc;

/// The log of all nodes; `None` with an embedded store, which one node uses.
pub(super) async fn open(settings: &Settings) -> anyhow::Result<Option<Arc<dyn CollectedAudit>>> {
    match settings.store_url()? {
        StoreUrl::Sqlite(_) => Ok(None),
        StoreUrl::Postgres(_) => Ok(wiring::store(settings).await?.collected_audit()),
    }
}

/// Removes old lines. A signed head states the end of what was removed, so that `audit verify` starts after it.
pub(super) async fn prune(settings: &Settings, before: Timestamp) -> anyhow::Result<ExitCode> {
    let Some(collected) = open(settings).await? else {
        print_error(
            "store.url: only the log of several nodes in PostgreSQL is pruned; remove rotated files instead",
        );
        return Ok(ExitCode::from(2));
    };
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let key = wiring::signing_key(settings)?;
    let audit = wiring::audit_log(settings, &clock)?;
    let (last, removed) = collected.remove_before(before).await?;
    if removed == 0 {
        print("no line is older")?;
        return Ok(ExitCode::SUCCESS);
    }
    let keys = Keyring::new(settings.keys()?)?;
    let recorded = OperatorAudit { audit: &audit, keys: &keys, clock: &*clock };
    recorded.record("audit", None, Event::AuditPruned { removed }).await?;
    print(&format!("{removed} lines removed, up to line {}", last.number))?;
    match key {
        Some(key) => {
            let file = wiring::collected_heads_file(settings);
            CollectedHead::sign(&key, last, clock.now()).publish(&file)?;
            print(&format!("{}: a head states the end of the removed lines", file.display()))?;
        }
        None => print(&format!(
            "without audit.signing_key_file, verify with --first-collected {}",
            last.number + 1
        ))?,
    }
    Ok(ExitCode::SUCCESS)
}
