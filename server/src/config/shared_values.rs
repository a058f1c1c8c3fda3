//! Digests of the settings that must be the same on all nodes that share a store.

use data_encoding::HEXLOWER;
use figment::Figment;
use figment::value::{Dict, Value};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Sections and keys that describe one machine: they may differ. So may all paths.
const OF_ONE_NODE: [&str; 13] = [
    "listen",
    "admin_listen",
    "trusted_proxies",
    "shutdown_delay",
    "shutdown_grace",
    "log",
    "log_format",
    "telemetry",
    "audit",
    "connections",
    "store",
    // Each node may prefer the domain controllers of its site.
    "directory.urls",
    "directory.dns_server",
];

/// Returns a digest of the value of each key that must be the same on all nodes.
pub(super) fn digests(figment: &Figment) -> BTreeMap<String, String> {
    let settings: Dict = figment.extract().unwrap_or_default();
    let mut found = BTreeMap::new();
    collect(&settings, "", &mut found);
    found
}

fn collect(section: &Dict, prefix: &str, found: &mut BTreeMap<String, String>) {
    for (name, value) in section {
        let key = format!("{prefix}{name}");
        if OF_ONE_NODE.contains(&key.as_str()) || name.ends_with("_file") || name.ends_with("_files") {
            continue;
        }
        if let Value::Dict(_, fields) = value {
            collect(fields, &format!("{key}."), found);
        } else {
            let text = serde_json::to_string(value).unwrap_or_default();
            let digest = Sha256::digest(text.as_bytes());
            found.insert(key, HEXLOWER.encode(digest.get(..8).unwrap_or_default()));
        }
    }
}
