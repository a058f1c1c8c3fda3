//! One SMTP session of the mail server.

use super::super::Received;
use super::{Encryption, Fault, Shared};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// A connection, plain or encrypted.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// The end of a session's command loop.
enum Next {
    StartTls,
    Close,
}

pub(super) async fn serve(stream: TcpStream, tls: TlsAcceptor, shared: Arc<Shared>) {
    let fault = shared.state().fault;
    if fault == Some(Fault::Hang) {
        // Until the fault is removed.
        let mut changes = shared.changes.subscribe();
        while shared.state().fault == Some(Fault::Hang) && changes.changed().await.is_ok() {}
        return;
    }
    // A connection that the client closes is no error of the server.
    let _: std::io::Result<()> = async {
        if shared.options.encryption == Encryption::Implicit {
            let stream = tls.accept(stream).await?;
            return Session::new(Box::new(stream), true, shared).run(true).await.map(drop);
        }
        let mut session = Session::new(Box::new(stream), false, Arc::clone(&shared));
        match session.run(true).await? {
            Next::Close => Ok(()),
            Next::StartTls => {
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
    hello: String,
    user: Option<String>,
    from: String,
    to: Vec<String>,
}

impl Session {
    fn new(stream: Box<dyn Stream>, encrypted: bool, shared: Arc<Shared>) -> Self {
        let stream = BufReader::new(stream);
        let hello = String::new();
        Self { stream, encrypted, shared, hello, user: None, from: String::new(), to: Vec::new() }
    }

    async fn reply(&mut self, line: &str) -> std::io::Result<()> {
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
            self.reply("HTTP/1.1 400 Bad Request").await?;
            return Ok(Next::Close);
        }
        if greet {
            self.reply("220 mailbox ESMTP").await?;
        }
        while let Some(line) = self.line().await? {
            if self.fault() == Some(Fault::Drop) {
                return Ok(Next::Close);
            }
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" | "HELO" => {
                    rest.clone_into(&mut self.hello);
                    self.send_extensions().await?;
                }
                "STARTTLS" if self.offers_starttls() => {
                    self.reply("220 go ahead").await?;
                    return Ok(Next::StartTls);
                }
                "AUTH" => self.authenticate(rest).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.recipient(rest).await?,
                "DATA" => self.data().await?,
                "NOOP" => self.reply("250 ok").await?,
                "QUIT" => {
                    self.reply("221 bye").await?;
                    return Ok(Next::Close);
                }
                _ => self.reply("502 unknown").await?,
            }
        }
        Ok(Next::Close)
    }

    fn offers_starttls(&self) -> bool {
        self.shared.options.encryption == Encryption::StartTls && !self.encrypted
    }

    async fn send_extensions(&mut self) -> std::io::Result<()> {
        self.reply("250-mailbox").await?;
        if self.offers_starttls() {
            self.reply("250-STARTTLS").await?;
        }
        if self.shared.options.login.is_some() {
            self.reply("250-AUTH PLAIN LOGIN").await?;
        }
        self.reply("250 8BITMIME").await
    }

    async fn authenticate(&mut self, rest: &str) -> std::io::Result<()> {
        let (mechanism, initial) = rest.split_once(' ').unwrap_or((rest, ""));
        let (user, password) = if mechanism.eq_ignore_ascii_case("PLAIN") {
            let credentials = if initial.is_empty() { self.prompt("").await? } else { decode(initial) };
            let mut fields = credentials.split('\0').skip(1).map(str::to_owned);
            (fields.next().unwrap_or_default(), fields.next().unwrap_or_default())
        } else {
            (self.prompt("VXNlcm5hbWU6").await?, self.prompt("UGFzc3dvcmQ6").await?)
        };
        if self.shared.options.login.as_ref() == Some(&(user.clone(), password)) {
            self.user = Some(user);
            self.reply("235 welcome").await
        } else {
            self.reply("535 wrong user or password").await
        }
    }

    async fn prompt(&mut self, challenge: &str) -> std::io::Result<String> {
        self.reply(&format!("334 {challenge}")).await?;
        Ok(decode(&self.line().await?.unwrap_or_default()))
    }

    async fn mail(&mut self, rest: &str) -> std::io::Result<()> {
        if self.shared.options.encryption == Encryption::StartTls && !self.encrypted {
            return self.reply("530 STARTTLS first").await;
        }
        if self.shared.options.login.is_some() && self.user.is_none() {
            return self.reply("530 sign in first").await;
        }
        if let Some(Fault::Sender(code)) = self.fault() {
            return self.reply(&format!("{code} not from you")).await;
        }
        self.from = address_in(rest);
        self.to.clear();
        self.reply("250 ok").await
    }

    async fn recipient(&mut self, rest: &str) -> std::io::Result<()> {
        let to = address_in(rest);
        if let Some(Fault::Recipient(code)) = self.fault() {
            // Real servers also repeat the address.
            return self.reply(&format!("{code} <{to}>: not here")).await;
        }
        if let Some(Fault::RecipientWithStatus(code, status)) = self.fault() {
            return self.reply(&format!("{code} {status} <{to}>: not here")).await;
        }
        if let Some(Fault::RecipientReply(lines)) = self.fault() {
            return self.reply(&lines.join("\r\n").replace("{to}", &to)).await;
        }
        self.to.push(to);
        self.reply("250 ok").await
    }

    async fn data(&mut self) -> std::io::Result<()> {
        if self.to.is_empty() {
            return self.reply("503 no recipient").await;
        }
        self.reply("354 go ahead").await?;
        let mut raw = String::new();
        while let Some(line) = self.line().await?.filter(|line| line != ".") {
            raw.push_str(line.strip_prefix('.').unwrap_or(&line));
            raw.push_str("\r\n");
        }
        if let Some(Fault::Content(code)) = self.fault() {
            return self.reply(&format!("{code} not this")).await;
        }
        if let Some(Fault::ContentWithStatus(code, status)) = self.fault() {
            return self.reply(&format!("{code} {status} not this")).await;
        }
        let (from, to) = (std::mem::take(&mut self.from), std::mem::take(&mut self.to));
        let (hello, user) = (self.hello.clone(), self.user.clone());
        let received = Received { hello, from, to, user, encrypted: self.encrypted, raw };
        self.shared.change(|state| state.received.push(received));
        self.reply("250 stored").await
    }
}

/// The address of a path argument: `FROM:<a@b> BODY=8BITMIME` → `a@b`
fn address_in(text: &str) -> String {
    let inner = text.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(inner, _)| inner);
    inner.unwrap_or_default().to_owned()
}

fn decode(text: &str) -> String {
    String::from_utf8_lossy(&STANDARD.decode(text).unwrap_or_default()).into_owned()
}
