//! Sends mail by SMTP, always over TLS unless the server is on this machine.
//!
//! Each mail has its own connection: notices are rare, and an idle connection is usually dead when it is needed
//! again. The library's own transport is not used because it does not report at which command a server refused: a
//! refused recipient is a permanent failure, a refused password is not.

mod failure;
#[cfg(any(test, feature = "test-support"))]
pub mod parsers;
mod reply_text;
mod sender;
#[cfg(test)]
mod tests;

pub use sender::Sender;

use super::root_certificates::{TrustError, authorities_der};
use crate::config::{MailServer, MailTls};
use crate::ports::health_finding::Finding;
use crate::ports::notifier::{Channel, Message, Transport, TransportError};
use crate::random;
use async_trait::async_trait;
use failure::{AddressRole, Failure};
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

/// Settings of the mail transport.
pub struct SmtpConfig {
    /// The mail server.
    pub server: MailServer,
    /// The sender address.
    pub sender: Sender,
    /// User and password, if the server requires authentication.
    pub login: Option<(String, Zeroizing<String>)>,
    /// PEM file with the only root certificates to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Host name for EHLO and Message-ID, or an address in brackets.
    pub hello: String,
    /// Time limit for one mail, including the connection.
    pub timeout: Duration,
}

/// The settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SmtpConfigError {
    /// The file with root certificates cannot be used.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// TLS could not be set up.
    #[error("TLS for mail could not be set up")]
    Tls(#[source] SmtpError),
}

/// The mail transport.
pub struct Smtp {
    server: MailServer,
    sender: Mailbox,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    hello: ClientId,
    timeout: Duration,
}

impl Smtp {
    /// Prepares TLS and credentials; opens no connection.
    pub fn new(config: SmtpConfig) -> Result<Self, SmtpConfigError> {
        let tls = match config.server.tls() {
            MailTls::Implicit | MailTls::StartTls => Some(tls_parameters(&config)?),
            MailTls::None => None,
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

    /// Returns a connection that is encrypted and authenticated as configured.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let (implicit, starttls) = match self.server.tls() {
            MailTls::Implicit => (self.tls.clone(), None),
            MailTls::StartTls => (None, self.tls.clone()),
            MailTls::None => (None, None),
        };
        let to = (self.server.host(), self.server.port());
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(to, Some(self.timeout), &self.hello, implicit, None).await?;
        if let Some(tls) = starttls {
            // Required: a server (or an attacker in between) that does not offer STARTTLS gets no mail.
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
        if let Some(role) = self.non_ascii_address(&to) {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return Err(Failure::NonAscii(role));
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
        // The mail is accepted; a failed QUIT does not matter.
        drop(connection.quit().await);
        Ok(())
    }

    fn non_ascii_address(&self, to: &Address) -> Option<AddressRole> {
        let is_ascii = |address: &Address| address.to_string().is_ascii();
        if !is_ascii(&self.sender.email) {
            Some(AddressRole::Sender)
        } else if !is_ascii(to) {
            Some(AddressRole::Recipient)
        } else {
            None
        }
    }

    /// Returns a Message-ID that ends with the name of this service.
    fn message_id(&self, random: [u8; 16]) -> String {
        format!("<{:032x}@{}>", u128::from_be_bytes(random), self.hello)
    }

    /// Composes the mail as it is sent.
    fn compose(
        &self,
        to: &Address,
        message: &Message,
        message_id: String,
    ) -> Result<Vec<u8>, lettre::error::Error> {
        let part =
            SinglePart::builder().header(ContentType::TEXT_PLAIN).body(message.text.as_str().to_owned());
        let mail = lettre::Message::builder()
            .from(self.sender.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(message.subject.clone())
            .message_id(Some(message_id))
            // RFC 3834: suppresses out-of-office replies.
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
        // Both errors quote the address, so they are not passed on.
        let to: Address = message.to.parse().map_err(|_| self.permanent("this is no mail address"))?;
        let random = random::bytes().map_err(|error| self.temporary(format!("no Message-ID: {error}")))?;
        let message_id = self.message_id(random);
        let mail = self
            .compose(&to, message, message_id)
            .map_err(|_| self.permanent("the mail cannot be composed"))?;
        let delivered = tokio::time::timeout(self.timeout, self.deliver(to.clone(), &mail)).await;
        delivered.unwrap_or(Err(Failure::TimedOut)).map_err(|failure| self.classify(failure, &to))
    }

    async fn check(&self) -> Vec<Finding> {
        let no_op = tokio::time::timeout(self.timeout, async {
            let mut connection = self.connect().await?;
            connection.command(Noop).await?;
            drop(connection.quit().await);
            Ok::<_, SmtpError>(())
        });
        let server = self.server.to_string();
        vec![match no_op.await {
            Ok(Ok(())) => {
                let tls = match self.server.tls() {
                    MailTls::Implicit | MailTls::StartTls => "its certificate is trusted",
                    MailTls::None => "on this machine and without TLS",
                };
                let login = if self.credentials.is_some() { "; it accepts the credentials" } else { "" };
                Finding::good(PART, server, format!("answers; {tls}{login}"))
            }
            Ok(Err(error)) => Finding::bad(PART, server, self.describe(&error, None)),
            Err(_) => Finding::bad(PART, server, format!("no answer within {:?}", self.timeout)),
        }]
    }
}

fn tls_parameters(config: &SmtpConfig) -> Result<TlsParameters, SmtpConfigError> {
    let mut tls = TlsParametersBuilder::new(config.server.host().to_owned());
    if let Some(path) = &config.ca_file {
        tls = tls.certificate_store(CertificateStore::None);
        for certificate in authorities_der("mail.ca_file", path)? {
            let certificate = Certificate::from_der(certificate).map_err(SmtpConfigError::Tls)?;
            tls = tls.add_root_certificate(certificate);
        }
    }
    tls.build_rustls().map_err(SmtpConfigError::Tls)
}
