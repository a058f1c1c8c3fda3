//! Listens for connections to the simulator.

use super::Server;
use super::wire::{self, TlsMode};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a port may stay in use after its listener was closed.
const PORT_RELEASE_TIMEOUT: Duration = Duration::from_secs(10);
/// The time between two attempts to bind it.
const BIND_RETRY_DELAY: Duration = Duration::from_millis(5);

/// Binds a listener. Retries while the address is in use: a child process that is being started has inherited the
/// sockets of this process and closes them a little later, which keeps the port of a closed listener in use for a short
/// time.
pub(super) async fn bind_with_retry(address: SocketAddr) -> std::io::Result<TcpListener> {
    let deadline = Instant::now() + PORT_RELEASE_TIMEOUT;
    loop {
        match TcpListener::bind(address).await {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < deadline => {
                tokio::time::sleep(BIND_RETRY_DELAY).await;
            }
            result => return result,
        }
    }
}

/// Accepts connections. Owns them, so that aborting this task closes them too.
pub(super) async fn accept(listener: TcpListener, mode: TlsMode, server: Arc<Server>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            socket = listener.accept() => {
                if let Ok((socket, _)) = socket {
                    connections.spawn(wire::serve(socket, mode, Arc::clone(&server)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
