//! The URL of a mail server.

use super::is_loopback_host;

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// TLS from the first byte (`smtps`).
    Implicit,
    /// STARTTLS, required.
    StartTls,
    /// No encryption; loopback only.
    None,
}

/// The address of a mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    host: String,
    port: u16,
    tls: MailTls,
}

impl MailServer {
    /// Reads `smtps://host[:465]`, `smtp://host[:587]` or `smtp+plain://127.0.0.1[:25]`; the error says what was
    /// expected.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const FORMS: &str =
            "smtps://HOST[:465], smtp://HOST[:587] or, on loopback, smtp+plain://127.0.0.1[:25]";
        let (scheme, rest) = text.split_once("://").ok_or(FORMS)?;
        let (tls, port) = match scheme {
            "smtps" => (MailTls::Implicit, 465),
            "smtp" => (MailTls::StartTls, 587),
            "smtp+plain" => (MailTls::None, 25),
            _ => return Err(FORMS),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(
                "no more than scheme, host and port; mail.user and mail.password_file are keys of their own",
            );
        }
        let (host, port) = match authority.rsplit_once(':') {
            // A colon inside the brackets is part of an IPv6 address.
            Some((host, number)) if !number.contains(']') => (host, number.parse().map_err(|_| FORMS)?),
            Some(_) | None => (authority, port),
        };
        if host.is_empty() || port == 0 {
            return Err(FORMS);
        }
        if tls == MailTls::None && !is_loopback_host(host) {
            return Err("smtps:// or smtp:// for another machine: without TLS mail can be read in transit");
        }
        Ok(Self { host: host.trim_matches(['[', ']']).to_owned(), port, tls })
    }

    /// Host name or IP address.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// TCP port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// How a connection to the server is encrypted.
    pub const fn tls(&self) -> MailTls {
        self.tls
    }
}

impl std::fmt::Display for MailServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scheme = match self.tls {
            MailTls::Implicit => "smtps",
            MailTls::StartTls => "smtp",
            MailTls::None => "smtp+plain",
        };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}
