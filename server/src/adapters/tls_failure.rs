//! Explains a failed TLS handshake to an operator: what is wrong with which server, and what to change.
//!
//! All TLS clients use it, in the log and in `check`. The libraries' own texts name neither the setting nor the
//! remedy, and print times as seconds.

use jiff::Timestamp;
use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error as TlsError, InvalidMessage};
use std::error::Error;
use std::io;

/// Names of a certificate that are listed; a certificate of a content delivery network has hundreds.
const MAX_LISTED_NAMES: usize = 5;

/// The text of `tokio-rustls` for a connection that the server closes during the handshake.
const HANDSHAKE_EOF: &str = "tls handshake eof";

/// The server of a connection, and the settings that an operator can change.
#[derive(Debug, Clone, Copy)]
pub(super) struct TlsServer<'a> {
    /// The name or address that the certificate must contain.
    pub(super) host: &'a str,
    /// The settings key of the address, e.g. `entrust.url`.
    pub(super) address_key: &'static str,
    /// The settings key of the file with trusted certificates, e.g. `entrust.ca_file`.
    pub(super) ca_key: &'static str,
}

/// The part of an error that is about TLS.
enum HandshakeFailure<'a> {
    Tls(&'a TlsError),
    /// The server closed the connection.
    Closed,
}

impl TlsServer<'_> {
    /// Explains an error of which TLS is the cause; `None` for any other error, such as a refused connection.
    pub(super) fn explain(&self, error: &(dyn Error + 'static)) -> Option<String> {
        match find(error)? {
            HandshakeFailure::Tls(TlsError::InvalidCertificate(error)) => Some(self.certificate(error)),
            HandshakeFailure::Tls(TlsError::InvalidMessage(InvalidMessage::InvalidContentType)) => {
                Some(self.no_tls("answers without TLS"))
            }
            HandshakeFailure::Closed => Some(self.no_tls("closed the connection during the TLS handshake")),
            HandshakeFailure::Tls(TlsError::AlertReceived(alert)) => Some(self.alert(*alert)),
            HandshakeFailure::Tls(TlsError::PeerIncompatible(reason)) => {
                Some(self.outdated(&format!("{reason:?}")))
            }
            HandshakeFailure::Tls(error) => Some(format!("TLS with {self} failed: {error}")),
        }
    }

    fn no_tls(&self, observation: &str) -> String {
        format!(
            "{self} {observation}: check that the port is a TLS port, and that {} selects StartTLS only for a port \
             that offers it",
            self.address_key
        )
    }

    fn outdated(&self, reason: &str) -> String {
        format!(
            "{self} supports no TLS version or cipher of this service ({reason}): enable TLS 1.2 or 1.3 there"
        )
    }

    fn alert(&self, alert: AlertDescription) -> String {
        // The protocol has more alerts than have a remedy of their own.
        if [AlertDescription::ProtocolVersion, AlertDescription::HandshakeFailure].contains(&alert) {
            self.outdated(&format!("{alert:?}"))
        } else if alert == AlertDescription::CertificateRequired {
            format!(
                "{self} requires a client certificate, which this service does not have: allow it without one"
            )
        } else if alert == AlertDescription::UnrecognisedName {
            format!("{self} does not know this name: set {} to a name that it serves", self.address_key)
        } else {
            format!("{self} refused the TLS handshake ({alert:?}): see its log")
        }
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library may add variants; the last arm prints them"
    )]
    fn certificate(&self, error: &CertificateError) -> String {
        let ca_key = self.ca_key;
        match error {
            CertificateError::ExpiredContext { not_after, .. } => format!(
                "the certificate of {self}, or one in its chain, expired at {}: renew it on the server, or correct \
                 the clock of this machine",
                time(*not_after)
            ),
            CertificateError::Expired => {
                format!("the certificate of {self}, or one in its chain, expired: renew it on the server")
            }
            CertificateError::NotValidYetContext { not_before, .. } => format!(
                "the certificate of {self}, or one in its chain, is not valid before {}: correct the clock of this \
                 machine, or replace the certificate",
                time(*not_before)
            ),
            CertificateError::NotValidYet => format!(
                "the certificate of {self}, or one in its chain, is not valid yet: correct the clock of this machine"
            ),
            CertificateError::NotValidForNameContext { presented, .. } => self.wrong_name(presented),
            CertificateError::NotValidForName => self.wrong_name(&[]),
            CertificateError::UnknownIssuer => format!(
                "the certificate of {self} is not trusted: it is self-signed, or its certificate authority is \
                 unknown, or the server sends no intermediate certificate; put the certificate of the authority (a \
                 self-signed one: itself) into the file of {ca_key}"
            ),
            CertificateError::BadSignature => format!(
                "the certificate of {self} is not signed by the trusted certificate authority of that name: replace \
                 the authority's certificate in the file of {ca_key}"
            ),
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                self.wrong_purpose()
            }
            CertificateError::Revoked => {
                format!("the certificate of {self} is revoked: replace it on the server")
            }
            CertificateError::BadEncoding => self.unreadable("it is not correctly encoded"),
            other => self.other(other),
        }
    }

    fn wrong_name(&self, names: &[String]) -> String {
        let host = self.host;
        if names.is_empty() {
            return format!(
                "the certificate of {self} has no subject alternative name; its common name does not count: issue \
                 one with the subject alternative name {host}"
            );
        }
        let listed: Vec<&str> = names.iter().take(MAX_LISTED_NAMES).map(|name| plain_name(name)).collect();
        let more = names.len().saturating_sub(MAX_LISTED_NAMES);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!(
            "the certificate of {self} is for {}{more}, not for {host}: set {} to one of the names in the \
             certificate, or issue one for {host}",
            listed.join(", "),
            self.address_key
        )
    }

    fn wrong_purpose(&self) -> String {
        format!(
            "the certificate of {self} is not for servers (extended key usage): issue one for server authentication"
        )
    }

    fn unreadable(&self, reason: &str) -> String {
        format!(
            "the certificate of {self} cannot be used, because {reason}: issue another one (X.509 version 3)"
        )
    }

    /// Errors that the TLS library does not name itself.
    fn other(&self, error: &CertificateError) -> String {
        // The library of the certificates is not a dependency of its own; these are the names of its variants.
        let text = error.to_string();
        let is = |name: &str| text.contains(name);
        if is("CaUsedAsEndEntity") {
            format!(
                "the certificate of {self} is that of a certificate authority, not of a server: issue a server \
                 certificate, and keep that of the authority in the file of {}",
                self.ca_key
            )
        } else if is("EndEntityUsedAsCa") {
            format!(
                "the certificate of {self} is issued by a certificate that does not belong to a certificate \
                 authority: issue one with the authority, whose certificate is in the file of {}",
                self.ca_key
            )
        } else if is("certificate had invalid extensions") {
            self.wrong_purpose()
        } else if is("UnsupportedSignatureAlgorithm") {
            format!(
                "the certificate of {self} is signed with an outdated algorithm, such as SHA-1: issue one with RSA or \
                 ECDSA and SHA-256"
            )
        } else if is("UnsupportedCertVersion") {
            self.unreadable("its version is not supported")
        } else {
            format!("the certificate of {self} is refused ({text}): issue another one")
        }
    }
}

impl std::fmt::Display for TlsServer<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.host, self.address_key)
    }
}

/// Finds the TLS error in a chain of causes. An `io::Error` hides the error that it contains from `source`.
fn find<'a>(error: &'a (dyn Error + 'static)) -> Option<HandshakeFailure<'a>> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<TlsError>() {
            return Some(HandshakeFailure::Tls(error));
        }
        next = error.source();
        if let Some(error) = error.downcast_ref::<io::Error>() {
            if error.kind() == io::ErrorKind::UnexpectedEof && error.to_string() == HANDSHAKE_EOF {
                return Some(HandshakeFailure::Closed);
            }
            next = error.get_ref().map(|inner| inner as &(dyn Error + 'static)).or(next);
        }
    }
    None
}

/// The name without the type that the certificate library prints around it: `DnsName("dc1.example.org")`.
fn plain_name(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}

fn time(at: UnixTime) -> String {
    let seconds = i64::try_from(at.as_secs()).ok();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(|| "an unknown time".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}
