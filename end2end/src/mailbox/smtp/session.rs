//! One connection of the mail server, command by command. Not what is kept, and not what goes wrong: that is set
//! from outside.

use super::super::Received;
use super::{Encryption, Fault, Shared};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// A connection before and after it is encrypted.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// What a connection wants next.
enum Next {
    Encrypt,
    End,
}

pub(super) async fn serve(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
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
        if let Some(Fault::RecipientBecause(code, status)) = self.fault() {
            return self.say(&format!("{code} {status} <{to}>: not here")).await;
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
        if let Some(Fault::ContentBecause(code, status)) = self.fault() {
            return self.say(&format!("{code} {status} not this")).await;
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
