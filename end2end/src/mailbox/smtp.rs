//! An SMTP server that keeps what it gets: RFC 5321 with STARTTLS, AUTH PLAIN and LOGIN, as far as a sender meets
//! it. It delivers nothing to anybody.

use super::Received;
use crate::tls::Authority;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
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
    /// Our sender is refused with this code.
    Sender(u16),
    /// The mail is refused with this code after it was sent.
    Content(u16),
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

/// A connection before and after it is encrypted.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What a connection wants next.
enum Next {
    Encrypt,
    End,
}

async fn serve(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
    let fault = shared.state().fault;
    if fault == Some(Fault::Hang) {
        // Until the client goes away or the fault ends.
        let mut changes = shared.changes.subscribe();
        while shared.state().fault == Some(Fault::Hang) && changes.changed().await.is_ok() {}
        return;
    }
    // A client that goes away in the middle is no concern of a server.
    let _: std::io::Result<()> = async {
        if shared.options.encryption == Encryption::Implicit {
            let stream = tls.accept(stream).await?;
            return Session::new(Box::new(stream), true, shared).run(true).await.map(drop);
        }
        let mut session = Session::new(Box::new(stream), false, Arc::clone(&shared));
        match session.run(true).await? {
            Next::End => Ok(()),
            Next::Encrypt => {
                let stream = tls.accept(session.stream.into_inner()).await?;
                Session::new(Box::new(stream), true, shared).run(false).await.map(drop)
            }
        }
    }
    .await;
}

struct Session {
    stream: BufReader<Box<dyn Stream>>,
    encrypted: bool,
    shared: Arc<Shared>,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

impl Session {
    fn new(stream: Box<dyn Stream>, encrypted: bool, shared: Arc<Shared>) -> Self {
        let stream = BufReader::new(stream);
        Self { stream, encrypted, shared, user: None, from: String::new(), to: Vec::new() }
    }

    async fn say(&mut self, line: &str) -> std::io::Result<()> {
        self.stream.get_mut().write_all(format!("{line}\r\n").as_bytes()).await?;
        self.stream.get_mut().flush().await
    }

    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut line = Vec::new();
        if self.stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(None);
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn fault(&self) -> Option<Fault> {
        self.shared.state().fault
    }

    async fn run(&mut self, greet: bool) -> std::io::Result<Next> {
        if self.fault() == Some(Fault::Garbage) {
            self.say("HTTP/1.1 400 Bad Request").await?;
            return Ok(Next::End);
        }
        if greet {
            self.say("220 mailbox ESMTP").await?;
        }
        while let Some(line) = self.line().await? {
            if self.fault() == Some(Fault::Drop) {
                return Ok(Next::End);
            }
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => self.greet_back().await?,
                "STARTTLS" if self.offers_starttls() => {
                    self.say("220 go ahead").await?;
                    return Ok(Next::Encrypt);
                }
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "NOOP" => self.say("250 ok").await?,
                "QUIT" => {
                    self.say("221 bye").await?;
                    return Ok(Next::End);
                }
                _ => self.say("502 unknown").await?,
            }
        }
        Ok(Next::End)
    }

    fn offers_starttls(&self) -> bool {
        self.shared.options.encryption == Encryption::StartTls && !self.encrypted
    }

    async fn greet_back(&mut self) -> std::io::Result<()> {
        self.say("250-mailbox").await?;
        if self.offers_starttls() {
            self.say("250-STARTTLS").await?;
        }
        if self.shared.options.login.is_some() {
            self.say("250-AUTH PLAIN LOGIN").await?;
        }
        self.say("250 8BITMIME").await
    }

    async fn authenticate(&mut self, rest: &str) -> std::io::Result<()> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let (user, password) = if mechanism.eq_ignore_ascii_case("PLAIN") {
            let given = if initial.is_empty() { self.ask("").await? } else { decode(initial) };
            let mut fields = given.split('\0').skip(1).map(str::to_owned);
            (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
        } else {
            (self.ask("VXNlcm5hbWU6").await?, self.ask("UGFzc3dvcmQ6").await?)
        };
        if self.shared.options.login.as_ref() == Some(&(user.clone(), password)) {
            self.user = Some(user);
            self.say("235 welcome").await
        } else {
            self.say("535 wrong user or password").await
        }
    }

    async fn ask(&mut self, what: &str) -> std::io::Result<String> {
        self.say(&format!("334 {what}")).await?;
        Ok(decode(&self.line().await?.unwrap_or_default()))
    }

    async fn mail(&mut self, rest: &str) -> std::io::Result<()> {
        if self.shared.options.encryption == Encryption::StartTls && !self.encrypted {
            return self.say("530 STARTTLS first").await;
        }
        if self.shared.options.login.is_some() && self.user.is_none() {
            return self.say("530 sign in first").await;
        }
        if let Some(Fault::Sender(code)) = self.fault() {
            return self.say(&format!("{code} not from you")).await;
        }
        self.from = between(rest);
        self.to.clear();
        self.say("250 ok").await
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<()> {
        let to = between(rest);
        if let Some(Fault::Recipient(code)) = self.fault() {
            // As real servers do, with the address in it.
            return self.say(&format!("{code} <{to}>: not here")).await;
        }
        self.to.push(to);
        self.say("250 ok").await
    }

    async fn data(&mut self) -> std::io::Result<()> {
        if self.to.is_empty() {
            return self.say("503 to whom?").await;
        }
        self.say("354 go ahead").await?;
        let mut raw = String::new();
        while let Some(line) = self.line().await?.filter(|line| line != ".") {
            raw.push_str(line.strip_prefix('.').unwrap_or(&line));
            raw.push_str("\r\n");
        }
        if let Some(Fault::Content(code)) = self.fault() {
            return self.say(&format!("{code} not this")).await;
        }
        let (from, to) = (std::mem::take(&mut self.from), std::mem::take(&mut self.to));
        let received = Received { from, to, user: self.user.clone(), encrypted: self.encrypted, raw };
        self.shared.change(|state| state.received.push(received));
        self.say("250 kept").await
    }
}

/// `FROM:<a@b> BODY=8BITMIME` → `a@b`
fn between(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or_default().to_owned()
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&STANDARD.decode(text).unwrap_or_default()).into_owned()
}
