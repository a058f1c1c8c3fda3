//! A faulty wire: a TCP proxy that cuts, stalls or delays a connection at a byte that a test chooses. It does
//! not look into what passes, which is encrypted anyway.

use anyhow::Context;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpMethod {
    /// From the client.
    ToServer,
    /// From the server.
    ToClient,
}

/// What happens at the chosen byte; once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends, on both sides.
    Cut,
    /// What comes from here on never arrives; the connection stays open.
    Stall,
    /// What comes from here on arrives so much later.
    Delay(Duration),
}

#[derive(Debug, Clone, Copy)]
struct Armed {
    way: OtpMethod,
    left: usize,
    fault: Fault,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<Armed>,
    passed: [usize; 2],
    refusing: bool,
}

type Shared = Arc<Mutex<State>>;

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running proxy; it ends, and its connections with it, when this is dropped.
pub struct Proxy {
    address: SocketAddr,
    state: Shared,
    running: JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of `target`.
    pub async fn start(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("a port for the proxy")?;
        let address = listener.local_addr()?;
        let state = Shared::default();
        let running = tokio::spawn(accept(listener, target, Arc::clone(&state)));
        Ok(Self { address, state, running })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next bytes count: after so many of them in that direction the fault happens, once.
    pub fn arm(&self, way: OtpMethod, after: usize, fault: Fault) {
        let mut state = lock(&self.state);
        state.armed = Some(Armed { way, left: after, fault });
        state.passed = [0; 2];
    }

    /// Whether the fault has not happened yet.
    pub fn is_armed(&self) -> bool {
        lock(&self.state).armed.is_some()
    }

    /// No fault is waiting any more, and the counting begins anew.
    pub fn disarm(&self) {
        let mut state = lock(&self.state);
        state.armed = None;
        state.passed = [0; 2];
    }

    /// How many bytes passed since the last arming or disarming.
    pub fn passed(&self, way: OtpMethod) -> usize {
        let [to_server, to_client] = lock(&self.state).passed;
        match way {
            OtpMethod::ToServer => to_server,
            OtpMethod::ToClient => to_client,
        }
    }

    /// Whether new connections end at once: the server behind looks gone.
    pub fn set_refusing(&self, refusing: bool) {
        lock(&self.state).refusing = refusing;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: Shared) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        if !lock(&state).refusing {
            connections.spawn(send(client, target, Arc::clone(&state)));
        }
    }
}

/// Until one of the two directions ends: then both do.
async fn send(client: TcpStream, target: SocketAddr, state: Shared) {
    let Ok(server) = TcpStream::connect(target).await else { return };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let (client_reads, client_writes) = client.into_split();
    let (server_reads, server_writes) = server.into_split();
    tokio::select! {
        () = copy(client_reads, server_writes, OtpMethod::ToServer, &state) => {}
        () = copy(server_reads, client_writes, OtpMethod::ToClient, &state) => {}
    }
}

async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    way: OtpMethod,
    state: &Shared,
) {
    let mut buffer = [0; 16 * 1024];
    loop {
        let Ok(length @ 1..) = from.read(&mut buffer).await else { return };
        let bytes = buffer.get(..length).unwrap_or_default();
        let (whole, fault) = count(state, way, length);
        let (now, later) = bytes.split_at(whole);
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

/// How many of these bytes pass before the fault, if it is reached now.
fn count(state: &Shared, way: OtpMethod, length: usize) -> (usize, Option<Fault>) {
    let mut state = lock(state);
    let [to_server, to_client] = &mut state.passed;
    *match way {
        OtpMethod::ToServer => to_server,
        OtpMethod::ToClient => to_client,
    } += length;
    match &mut state.armed {
        Some(armed) if armed.way == way && armed.left <= length => {
            let (left, fault) = (armed.left, armed.fault);
            state.armed = None;
            (left, Some(fault))
        }
        Some(armed) if armed.way == way => {
            armed.left -= length;
            (length, None)
        }
        Some(_) | None => (length, None),
    }
}
