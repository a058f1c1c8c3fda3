//! An SMTP server that stores the mails that it receives: the part of RFC 5321 that a sender uses, with STARTTLS, AUTH
//! PLAIN and AUTH LOGIN.

mod session;

use super::Received;
use crate::tls::Authority;
use session::serve;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The encryption of the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// None.
    Plain,
    /// STARTTLS, which is required before any mail.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// STARTTLS is not offered, as in a downgrade attack.
    Stripped,
}

/// The options of the server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The encryption of the connections.
    pub encryption: Encryption,
    /// User and password that are required before any mail.
    pub login: Option<(String, String)>,
}

/// A fault of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every recipient is refused with this code; the answer contains the address.
    Recipient(u16),
    /// The same, with an enhanced status code (RFC 3463).
    RecipientWithStatus(u16, &'static str),
    /// Every recipient is refused with these lines, in which `{to}` stands for the address.
    RecipientReply(&'static [&'static str]),
    /// The sender is refused with this code.
    Sender(u16),
    /// The mail is refused with this code after its content was sent.
    Content(u16),
    /// The same, with an enhanced status code (RFC 3463).
    ContentWithStatus(u16, &'static str),
    /// Connections are accepted and not answered.
    Hang,
    /// Connections are closed during the session.
    Drop,
    /// The greeting is not SMTP.
    Garbage,
}

/// The running server. Clones refer to the same server; it stops when the last one is dropped.
#[derive(Debug, Clone)]
pub struct Mailbox {
    shared: Arc<Shared>,
    server: Arc<Server>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changes: watch::Sender<u64>,
    options: Options,
}

#[derive(Debug, Default)]
struct State {
    received: Vec<Received>,
    fault: Option<Fault>,
    connections: usize,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state());
        self.changes.send_modify(|count| *count += 1);
    }
}

#[derive(Debug)]
struct Server {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Mailbox {
    /// Starts on a free loopback port; its certificate is for `localhost` and 127.0.0.1.
    pub async fn start(options: Options, authority: &Authority) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let tls = TlsAcceptor::from(authority.issue(&["localhost", "127.0.0.1"])?.server_config()?);
        let shared = Arc::new(Shared { state: Mutex::default(), changes: watch::Sender::new(0), options });
        let state = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            // The set owns the connections, so that they end with the server.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                state.change(|state| state.connections += 1);
                connections.spawn(serve(stream, tls.clone(), Arc::clone(&state)));
            }
        });
        Ok(Self { shared, server: Arc::new(Server { port, task }) })
    }

    /// The URL, for the setting `mail.url`.
    pub fn url(&self) -> String {
        let scheme = match self.shared.options.encryption {
            Encryption::Plain => "smtp+plain",
            Encryption::StartTls | Encryption::Stripped => "smtp",
            Encryption::Implicit => "smtps",
        };
        format!("{scheme}://127.0.0.1:{}", self.server.port)
    }

    /// All received mails, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// The mails to this address.
    pub fn received_by(&self, address: &str) -> Vec<Received> {
        let to = |mail: &Received| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address));
        self.received().into_iter().filter(to).collect()
    }

    /// The number of accepted connections.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Waits until this number of mails has been received.
    pub async fn arrived(&self, mails: usize) {
        let mut changes = self.shared.changes.subscribe();
        while self.shared.state().received.len() < mails {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// Sets the fault, or removes it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.change(|state| state.fault = fault);
    }
}
