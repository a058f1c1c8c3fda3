//! A TCP proxy that closes, stalls or delays a connection at a byte that a test chooses, or is silent for a while, as a
//! network that loses packets. It does not interpret the data, which is encrypted.

use anyhow::Context;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// The direction of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

/// The fault at the chosen byte; it occurs once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Both sides of the connection are closed.
    Cut,
    /// The rest of the data is not forwarded; the connection stays open.
    Stall,
    /// The rest of the data is forwarded after this delay.
    Delay(Duration),
}

#[derive(Debug, Clone, Copy)]
struct ArmedFault {
    direction: Direction,
    remaining: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<ArmedFault>,
    passed: [usize; 2],
    refusing: bool,
}

#[derive(Debug, Default)]
struct Relay {
    state: Mutex<State>,
    /// Whether data in each direction waits.
    silent: [watch::Sender<bool>; 2],
}

type Shared = Arc<Relay>;

fn lock(relay: &Shared) -> MutexGuard<'_, State> {
    relay.state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running proxy. Dropping it stops the proxy and closes its connections.
pub struct Proxy {
    address: SocketAddr,
    state: Shared,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy for `target`.
    pub async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a port for the proxy")?;
        let address = listener.local_addr()?;
        let state = Shared::default();
        let task = tokio::spawn(accept(listener, target, Arc::clone(&state)));
        Ok(Self { address, state, task })
    }

    /// The address of the proxy.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets the counters and configures the fault: it occurs once, after this number of bytes in that direction.
    pub fn arm(&self, direction: Direction, after: usize, fault: Fault) {
        let mut state = lock(&self.state);
        state.armed = Some(ArmedFault { direction, remaining: after, fault });
        state.passed = [0; 2];
    }

    /// Whether the fault has not occurred yet.
    pub fn is_armed(&self) -> bool {
        lock(&self.state).armed.is_some()
    }

    /// Removes the fault and resets the counters.
    pub fn disarm(&self) {
        let mut state = lock(&self.state);
        state.armed = None;
        state.passed = [0; 2];
    }

    /// The number of bytes since the last call of `arm` or `disarm`.
    pub fn passed(&self, direction: Direction) -> usize {
        let [to_server, to_client] = lock(&self.state).passed;
        match direction {
            Direction::ToServer => to_server,
            Direction::ToClient => to_client,
        }
    }

    /// Sets whether no data passes in this direction, although no connection is closed: as in a network that loses all
    /// packets. What was sent meanwhile arrives afterwards, as TCP sends it again.
    pub fn set_silent(&self, direction: Direction, silent: bool) {
        self.state.silent_in(direction).send_replace(silent);
    }

    /// Sets whether new connections are closed at once, as if the server were unavailable.
    pub fn set_refusing(&self, refusing: bool) {
        lock(&self.state).refusing = refusing;
    }
}

impl Relay {
    fn silent_in(&self, direction: Direction) -> &watch::Sender<bool> {
        let [to_server, to_client] = &self.silent;
        match direction {
            Direction::ToServer => to_server,
            Direction::ToClient => to_client,
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: Shared) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if !lock(&state).refusing {
            connections.spawn(relay(client, target, Arc::clone(&state)));
        }
    }
}

/// Forwards data in both directions until one of them ends.
async fn relay(client: TcpStream, target: SocketAddr, state: Shared) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        () = copy(client_reads, server_writes, Direction::ToServer, &state) => {}
        () = copy(server_reads, client_writes, Direction::ToClient, &state) => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    direction: Direction,
    state: &Shared,
) {
    let mut buffer = [0; 16 * 1024];
    let mut silent = state.silent_in(direction).subscribe();
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let bytes = buffer.get(..length).unwrap_or_default();
        let (unaffected, fault) = count(state, direction, length);
        let (now, later) = bytes.split_at(unaffected);
        // An error means that the proxy has ended, and this task with it.
        if silent.wait_for(|silent| !silent).await.is_err() {
            return;
        }
        if to.write_all(now).await.is_err() {
            return;
        }
        match fault {
            None => {}
            Some(Fault::Cut) => return,
            Some(Fault::Stall) => return std::future::pending().await,
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                if to.write_all(later).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// Counts these bytes. Returns how many of them precede the fault, and the fault if it occurs within them.
fn count(state: &Shared, direction: Direction, length: usize) -> (usize, Option<Fault>) {
    let mut state = lock(state);
    let [to_server, to_client] = &mut state.passed;
    *match direction {
        Direction::ToServer => to_server,
        Direction::ToClient => to_client,
    } += length;
    match &mut state.armed {
        Some(armed) if armed.direction == direction && armed.remaining <= length => {
            let (remaining, fault) = (armed.remaining, armed.fault);
            state.armed = None;
            (remaining, Some(fault))
        }
        Some(armed) if armed.direction == direction => {
            armed.remaining -= length;
            (length, None)
        }
        Some(_) | None => (length, None),
    }
}
