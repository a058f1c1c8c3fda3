//! What this node announces to the others that share its store.

use crate::config::Settings;
use crate::crypto::Keyring;
use crate::ports::nodes::{Node, NodeDescription};
use crate::random;
use jiff::Timestamp;
use uuid::Uuid;

/// Describes this node, in this run of its process. Its name is that of the machine and the port on which it listens.
pub fn node(settings: &Settings, keys: &Keyring, started: Timestamp) -> anyhow::Result<Node> {
    let system = rustix::system::uname();
    let machine = system.nodename().to_string_lossy();
    Ok(Node {
        name: format!("{machine}:{}", settings.listen.port()),
        run: Uuid::from_bytes(random::bytes()?).to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        description: NodeDescription { key_ids: keys.key_ids(), settings: settings.shared_values.clone() },
    })
}
