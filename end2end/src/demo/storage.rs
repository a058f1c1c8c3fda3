//! Where the nodes of a demo store: disks of their own, and the database of several nodes.

use super::Options;
use super::files::write_store_settings;
use crate::disk::Disk;
use crate::postgres::{Durability, Postgres};
use crate::proxy::Proxy;
use crate::tls::Authority;
use anyhow::ensure;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// Bytes of the disk of a node, for its audit log and the embedded store: more than 10,000 resets write.
const NODE_DISK: u64 = 128 << 20;
/// Bytes of the disk of the database.
const DATABASE_DISK: u64 = 512 << 20;

/// The disks of [`Options::small_disks`].
#[derive(Default)]
pub(super) struct Disks {
    pub(super) nodes: Vec<Disk>,
    pub(super) database: Option<Disk>,
}

impl Disks {
    pub(super) fn mount(options: &Options) -> anyhow::Result<Self> {
        if !options.small_disks {
            return Ok(Self::default());
        }
        let nodes = (0..options.nodes).map(|_| Disk::mount(NODE_DISK)).collect::<Result<_, _>>()?;
        let database = if options.nodes > 1 { Some(Disk::mount(DATABASE_DISK)?) } else { None };
        Ok(Self { nodes, database })
    }

    pub(super) fn of_node(&self, index: usize) -> Option<PathBuf> {
        self.nodes.get(index).map(Disk::path)
    }
}

/// The database of several nodes.
pub(super) struct Database {
    pub(super) server: Postgres,
    pub(super) network: Proxy,
    /// Of `[store]`.
    pub(super) settings: String,
}

/// Starts the database of several nodes.
pub(super) async fn start_database(
    folder: &Path,
    authority: &Authority,
    options: &Options,
    disks: &Disks,
) -> anyhow::Result<Option<Database>> {
    ensure!(options.nodes > 0 && !(options.nodes > 1 && options.https), "several nodes serve without HTTPS");
    if options.nodes == 1 {
        return Ok(None);
    }
    let parent = disks.database.as_ref().map_or_else(std::env::temp_dir, Disk::path);
    let server = Postgres::start_in(&parent, authority, Durability::Durable).await?;
    let network = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()))).await?;
    let (direct, through) = (format!(":{}/", server.port()), format!(":{}/", network.address().port()));
    let url = server.create_database()?.replace(&direct, &through);
    let settings = write_store_settings(folder, authority, &url)?;
    Ok(Some(Database { server, network, settings }))
}
