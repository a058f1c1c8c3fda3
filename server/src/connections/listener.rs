//! A TCP listener that admits connections by the policy.

use super::limits::Deadlines;
use super::registry::Registry;
use super::stream::Stream;
use axum::extract::connect_info::Connected;
use axum_server::{AddrListener, Address};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::time::Instant;

/// The address of the other end of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(SocketAddr);

impl Address for Peer {
    type Stream = Stream;
    type Listener = Listener;
}

impl Connected<Peer> for SocketAddr {
    fn connect_info(peer: Peer) -> Self {
        peer.0
    }
}

/// A listener with its open connections.
pub struct Listener {
    tcp: TcpListener,
    registry: Arc<Registry>,
}

impl Listener {
    /// Wraps a listener that does not block.
    pub fn new(listener: std::net::TcpListener, registry: Arc<Registry>) -> io::Result<Self> {
        Ok(Self { tcp: TcpListener::from_std(listener)?, registry })
    }

    pub(super) fn deadlines(&self) -> Deadlines {
        self.registry.deadlines()
    }
}

impl AddrListener<Stream, Peer> for Listener {
    async fn bind_to(_: Peer) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn accept_stream(&self) -> io::Result<(Stream, Peer)> {
        loop {
            self.registry.wait_for_descriptors().await;
            // The caller pauses after an error, so that a lack of descriptors causes no busy loop.
            let (stream, address) = self
                .tcp
                .accept()
                .await
                .inspect_err(|error| self.registry.accept_failed(error, Instant::now()))?;
            // Dropping the stream closes a refused connection.
            if let Some(permit) = self.registry.admit(address.ip(), Instant::now()) {
                return Ok((Stream::new(stream, permit), Peer(address)));
            }
        }
    }

    fn get_local_addr(&self) -> io::Result<Peer> {
        self.tcp.local_addr().map(Peer)
    }
}
