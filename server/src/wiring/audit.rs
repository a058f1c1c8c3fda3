//! The audit log with its signed heads.

use crate::adapters::audit_log::collector::CollectorConfig;
use crate::adapters::audit_log::files::beside;
use crate::adapters::audit_log::heads::{self, HeadsConfig, SigningKey};
use crate::adapters::audit_log::syslog::{Pace, SyslogConfig, SyslogSender};
use crate::adapters::audit_log::{AuditLog, AuditLogConfig};
use crate::adapters::sqlite::audit_index::AuditIndex;
use crate::config::{Settings, SettingsError};
use crate::ports::clock::Clock;
use crate::ports::collected_audit::CollectedAudit;
use crate::ports::store::Store;
use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks for lines to copy.
const COLLECTION_INTERVAL: Duration = Duration::from_secs(1);

/// Opens the configured audit log.
pub fn audit_log(settings: &Settings, clock: &Arc<dyn Clock>) -> anyhow::Result<AuditLog> {
    let heads = signing_key(settings)?.map(|key| HeadsConfig {
        key,
        file: heads_file(settings),
        interval: heads::INTERVAL,
    });
    let path = settings.audit_file.clone();
    AuditLog::start(AuditLogConfig { path, heads, clock: Arc::clone(clock) })
        .with_context(|| format!("audit_file: {}", settings.audit_file.display()))
}

/// The audit log by reference and subject: that of all nodes, in the store that they share; or of a single node, an index
/// beside its log, if the service desk needs one.
pub async fn collected_audit(
    settings: &Settings,
    store: &dyn Store,
) -> anyhow::Result<Option<Arc<dyn CollectedAudit>>> {
    if let Some(collected) = store.collected_audit() {
        return Ok(Some(collected));
    }
    if !settings.has_service_desk() {
        return Ok(None);
    }
    let path = beside(&settings.audit_file, ".index");
    let index = AuditIndex::open(&path).await;
    Ok(Some(Arc::new(index.with_context(|| format!("audit_file: {}", path.display()))?)))
}

/// How the audit log of this node is copied into `collected`.
pub fn audit_collector(
    settings: &Settings,
    collected: Arc<dyn CollectedAudit>,
    node: &str,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<CollectorConfig> {
    // An index of one log needs no heads: those of the log cover it.
    let key = if settings.sqlite_path().is_none() { signing_key(settings)? } else { None };
    let heads =
        key.map(|key| HeadsConfig { key, file: collected_heads_file(settings), interval: heads::INTERVAL });
    Ok(CollectorConfig {
        path: settings.audit_file.clone(),
        node: node.to_owned(),
        collected,
        heads,
        clock: Arc::clone(clock),
        poll: COLLECTION_INTERVAL,
    })
}

/// The file with the signed heads of the log of all nodes.
pub fn collected_heads_file(settings: &Settings) -> PathBuf {
    beside(&settings.audit_file, ".collected-heads")
}

/// The sender of audit entries, if a syslog server is configured.
pub fn syslog_sender(settings: &Settings) -> Result<Option<SyslogSender>, SettingsError> {
    let Some(server) = settings.audit.syslog.clone() else { return Ok(None) };
    let ca_file = settings.audit.syslog_ca_file.clone();
    let config = SyslogConfig { path: settings.audit_file.clone(), server, ca_file, pace: Pace::default() };
    SyslogSender::new(config).map(Some)
}

/// The file with the signed heads.
pub fn heads_file(settings: &Settings) -> PathBuf {
    settings.audit.heads_file.clone().unwrap_or_else(|| beside(&settings.audit_file, ".heads"))
}

/// The key that signs the heads, if one is configured.
pub fn signing_key(settings: &Settings) -> Result<Option<SigningKey>, SettingsError> {
    let Some(seed) = settings.audit_signing_seed()? else { return Ok(None) };
    let expected = || SettingsError::expected("audit.signing_key_file", "32 random bytes");
    SigningKey::from_seed(&seed).map(Some).ok_or_else(expected)
}
