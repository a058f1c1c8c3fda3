//! Mail by SMTP, always over TLS unless the server is this machine. Not what a mail says, and not when it is tried
//! again.
//!
//! Each mail has a connection of its own: notices are few, and a connection that was kept for a day is dead when
//! it is needed. The library's own transport is not used, because it does not tell at which command a server
//! refused: a refused recipient is for good, a refused password of ours is not.

mod address;
mod failure;
#[cfg(test)]
mod tests;

pub use address::{Sender, Server, Tls};

use super::root_certificates::{TrustError, pem, useless};
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{Channel, Message, Transport, TransportError};
use async_trait::async_trait;
use failure::{Failure, Whose, tell};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsParametersBuilder,
};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::{Address, transport::smtp::Error as SmtpError};
use std::path::PathBuf;
use std::time::Duration;
use zeroize::Zeroizing;

const PART: &str = "mail";

/// How mail is sent.
pub struct SmtpConfig {
    /// Where to.
    pub server: Server,
    /// By whom.
    pub sender: Sender,
    /// User and password, where the server wants them.
    pub login: Option<(String, Zeroizing<String>)>,
    /// PEM of the authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// What the service calls itself: a host name.
    pub hello: String,
    /// For one mail, from the connection on.
    pub timeout: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// The file with authorities cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for mail could not be set up")]
    Tls(#[source] SmtpError),
}

/// A mail server.
pub struct Smtp {
    server: Server,
    sender: Mailbox,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    timeout: Duration,
}

impl Smtp {
    /// Connects to nobody yet.
    pub fn new(config: SmtpConfig) -> Result<Self, SmtpConfigError> {
        let tls = match config.server.tls() {
            Tls::Implicit | Tls::StartTls => Some(trust(&config)?),
            Tls::None => None,
        };
        Ok(Self {
            tls,
            credentials: config.login.map(|(user, password)| Credentials::new(user, (*password).clone())),
            server: config.server,
            sender: config.sender.0,
            hello: ClientId::Domain(config.hello),
            timeout: config.timeout,
        })
    }

    /// Connected, encrypted, and signed in where that is configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let (implicit, starttls) = match self.server.tls() {
            Tls::Implicit => (self.tls.clone(), None),
            Tls::StartTls => (None, self.tls.clone()),
            Tls::None => (None, None),
        };
        let to = (self.server.host(), self.server.port());
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(to, Some(self.timeout), &self.hello, implicit, None).await?;
        if let Some(tls) = starttls {
            // Required: a server, or somebody in between, that does not offer it gets no mail.
            connection.starttls(tls, &self.hello).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    async fn deliver(&self, to: Address, mail: &[u8]) -> Result<(), Failure> {
        let mut connection = self.connect().await.map_err(Failure::Connection)?;
        let (server, mut options) = (connection.server_info(), Vec::new());
        if let Some(whose) = self.beyond_ascii(&to) {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::Form(whose));
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if server.supports_feature(Extension::EightBitMime) {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        connection.command(Mail::new(Some(self.sender.email.clone()), options)).await?;
        connection.command(Rcpt::new(to, vec![])).await.map_err(Failure::Recipient)?;
        connection.command(Data).await?;
        connection.message(mail).await.map_err(Failure::Content)?;
        // It was taken; whether the server says goodbye does not matter.
        drop(connection.quit().await);
        Ok(())
    }

    fn beyond_ascii(&self, to: &Address) -> Option<Whose> {
        let plain = |address: &Address| address.to_string().is_ascii();
        if !plain(&self.sender.email) {
            Some(Whose::Ours)
        } else if !plain(to) {
            Some(Whose::Theirs)
        } else {
            None
        }
    }

    /// The mail as it goes over the wire.
    fn compose(&self, to: &Address, message: &Message) -> Result<Vec<u8>, lettre::error::Error> {
        let part =
            SinglePart::builder().header(ContentType::TEXT_PLAIN).body(message.text.as_str().to_owned());
        let mail = lettre::Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(message.subject.clone())
            .message_id(None)
            // RFC 3834: nobody's out-of-office reply is wanted.
            .raw_header(HeaderValue::new(
                HeaderName::new_from_ascii_str("Auto-Submitted"),
                "auto-generated".to_owned(),
            ))
            .singlepart(part)?;
        Ok(mail.formatted())
    }
}

#[async_trait]
impl Transport for Smtp {
    fn channel(&self) -> Channel {
        Channel::Mail
    }

    async fn send(&self, message: &Message) -> Result<(), TransportError> {
        // Neither error is passed on: both quote the address.
        let to: Address = message.to.parse().map_err(|_| self.never("this is no mail address"))?;
        let mail = self.compose(&to, message).map_err(|_| self.never("no mail can be made of this"))?;
        let delivered = tokio::time::timeout(self.timeout, self.deliver(to, &mail)).await;
        delivered.unwrap_or(Err(Failure::TimedOut)).map_err(|failure| self.judge(failure))
    }

    async fn check(&self) -> Vec<Finding> {
        let asked = tokio::time::timeout(self.timeout, async {
            let mut connection = self.connect().await?;
            connection.command(Noop).await?;
            drop(connection.quit().await);
            Ok::<_, SmtpError>(())
        });
        let what = self.server.to_string();
        vec![match asked.await {
            Ok(Ok(())) => {
                let tls = match self.server.tls() {
                    Tls::Implicit | Tls::StartTls => "its certificate is trusted",
                    Tls::None => "on this machine and without TLS",
                };
                let login = if self.credentials.is_some() { "; it takes our password" } else { "" };
                Finding::good(PART, what, format!("answers; {tls}{login}"))
            }
            Ok(Err(error)) => Finding::bad(PART, what, tell(&error)),
            Err(_) => Finding::bad(PART, what, format!("no answer within {:?}", self.timeout)),
        }]
    }
}

fn trust(config: &SmtpConfig) -> Result<TlsParameters, SmtpConfigError> {
    let mut tls = TlsParametersBuilder::new(config.server.host().to_owned());
    if let Some(path) = &config.ca_file {
        let pem = pem("mail.ca_file", path)?;
        let certificate = Certificate::from_pem(&pem).map_err(|_| useless("mail.ca_file", path))?;
        tls = tls.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    }
    tls.build_rustls().map_err(SmtpConfigError::Tls)
}
