//! An SMTP server that keeps what it gets: RFC 5321 with STARTTLS, AUTH PLAIN and LOGIN, as far as a sender meets
//! it. It delivers nothing to anybody.

mod session;

use super::Received;
use crate::tls::Authority;
use session::serve;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// Not.
    Plain,
    /// By STARTTLS, without which no mail is taken.
    StartTls,
    /// From the first byte on.
    Implicit,
    /// STARTTLS is not offered, as somebody in between does who wants to read along.
    Stripped,
}

/// What can be set at the start.
#[derive(Debug, Clone)]
pub struct Options {
    /// How connections are encrypted.
    pub encryption: Encryption,
    /// User and password that are wanted before any mail.
    pub login: Option<(String, String)>,
}

/// What goes wrong, until it is set otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every recipient is refused with this code, and quoted.
    Recipient(u16),
    /// The same, with an enhanced status (RFC 3463) after the code.
    RecipientBecause(u16, &'static str),
    /// Our sender is refused with this code.
    Sender(u16),
    /// The mail is refused with this code after it was sent.
    Content(u16),
    /// The same, with an enhanced status after the code.
    ContentBecause(u16, &'static str),
    /// Connections are taken and nothing is said.
    Hang,
    /// Connections end in the middle.
    Drop,
    /// Something that is not SMTP.
    Garbage,
}

/// The running server. Clones are handles of the same one; it stops with the last of them.
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
    /// Starts on a free port of this machine; its certificate is for `localhost` and 127.0.0.1.
    pub async fn start(options: Options, authority: &Authority) -> anyhow::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let port = listener.local_addr()?.port();
        let tls = TlsAcceptor::from(authority.issue(&["localhost", "127.0.0.1"])?.server_config()?);
        let shared = Arc::new(Shared { state: Mutex::default(), changes: watch::Sender::new(0), options });
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            // Connections end with the server.
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                serving.change(|state| state.connections += 1);
                connections.spawn(serve(stream, tls.clone(), Arc::clone(&serving)));
            }
        });
        Ok(Self { shared, server: Arc::new(Server { port, task }) })
    }

    /// The address, for `mail.url`.
    pub fn url(&self) -> String {
        let scheme = match self.shared.options.encryption {
            Encryption::Plain => "smtp+plain",
            Encryption::StartTls | Encryption::Stripped => "smtp",
            Encryption::Implicit => "smtps",
        };
        format!("{scheme}://127.0.0.1:{}", self.server.port)
    }

    /// What arrived so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.state().received.clone()
    }

    /// What arrived for this address.
    pub fn received_by(&self, address: &str) -> Vec<Received> {
        let to = |mail: &Received| mail.to.iter().any(|to| to.eq_ignore_ascii_case(address));
        self.received().into_iter().filter(to).collect()
    }

    /// How many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.state().connections
    }

    /// Waits until so many mails have arrived.
    pub async fn arrived(&self, mails: usize) {
        let mut changes = self.shared.changes.subscribe();
        while self.shared.state().received.len() < mails {
            if changes.changed().await.is_err() {
                return;
            }
        }
    }

    /// What goes wrong from now on; `None`: nothing.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.shared.change(|state| state.fault = fault);
    }
}
