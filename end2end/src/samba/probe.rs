//! A small LDAP client of the fixture: waits until a controller is ready or has replicated a write, and locks accounts
//! by wrong passwords. Tests use the client of the product instead.

use super::address::LDAPS_PORT;
use crate::directory::content::{LOCKOUT_THRESHOLD, SVC_PASSWORD, SVC_UPN, UPN_SUFFIX};
use crate::people::{PEOPLE, State};
use anyhow::{Context, bail, ensure};
use futures::{SinkExt, StreamExt};
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapDerefAliases, LdapFilter, LdapModify, LdapModifyRequest,
    LdapModifyType, LdapMsg, LdapOp, LdapPartialAttribute, LdapResultCode, LdapSearchRequest,
    LdapSearchScope,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::Ipv4Addr;
use std::process::ExitStatus;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::codec::{Decoder, Framed};

/// The time between two checks whether it answers.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Waits until the service account can sign in over verified TLS. `exit_status` is that of the controller's process.
pub(super) async fn wait_until_ready(
    ip: Ipv4Addr,
    ca: &str,
    timeout: Duration,
    mut exit_status: impl FnMut() -> std::io::Result<Option<ExitStatus>>,
) -> anyhow::Result<()> {
    let mut last_error = None;
    let ready = async {
        loop {
            match bind(ip, ca, SVC_UPN, SVC_PASSWORD).await {
                Ok(LdapResultCode::Success) => return Ok(()),
                Ok(code) => bail!("the service account cannot sign in: {code:?}"),
                Err(e) => last_error = Some(e),
            }
            if let Some(status) = exit_status()? {
                bail!("Samba exited: {status}");
            }
            // Samba signals its readiness in no other way than by answering.
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    match tokio::time::timeout(timeout, ready).await {
        Ok(result) => result,
        Err(_) => Err(last_error.context("no attempt was made")?.context("port 636 does not answer in time")),
    }
}

/// Locks the accounts with the state [`State::LockedOut`] by wrong passwords, the only possible method.
pub(super) async fn lock_accounts(ip: Ipv4Addr, ca: &str) -> anyhow::Result<()> {
    for person in PEOPLE.iter().filter(|p| p.state == State::LockedOut) {
        for _ in 0..LOCKOUT_THRESHOLD {
            bind(ip, ca, &format!("{}@{UPN_SUFFIX}", person.user_name), "Vergeten-En-Fout-1").await?;
        }
    }
    Ok(())
}

async fn bind(ip: Ipv4Addr, ca: &str, name: &str, password: &str) -> anyhow::Result<LdapResultCode> {
    Connection::open(ip, ca).await?.bind(name, password).await
}

/// A connection that sends one request at a time.
pub(super) struct Connection {
    framed: Framed<TlsStream<TcpStream>, LdapCodec>,
    last_id: i32,
}

impl Connection {
    /// Opens a connection and binds.
    pub(super) async fn open_and_bind(
        ip: Ipv4Addr,
        ca: &str,
        name: &str,
        password: &str,
    ) -> anyhow::Result<Self> {
        let mut connection = Self::open(ip, ca).await?;
        let code = connection.bind(name, password).await?;
        ensure!(code == LdapResultCode::Success, "{name} cannot sign in: {code:?}");
        Ok(connection)
    }

    async fn open(ip: Ipv4Addr, ca: &str) -> anyhow::Result<Self> {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(ca.as_bytes())?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect((ip, LDAPS_PORT)).await?;
        let stream = TlsConnector::from(Arc::new(config))
            .connect(ServerName::from(std::net::IpAddr::from(ip)), socket)
            .await?;
        Ok(Self { framed: LdapCodec::default().framed(stream), last_id: 0 })
    }

    async fn send(&mut self, op: LdapOp) -> anyhow::Result<()> {
        self.last_id += 1;
        Ok(self.framed.send(LdapMsg::new(self.last_id, op)).await?)
    }

    async fn answer(&mut self) -> anyhow::Result<LdapOp> {
        Ok(self.framed.next().await.context("the connection was closed")??.op)
    }

    async fn bind(&mut self, name: &str, password: &str) -> anyhow::Result<LdapResultCode> {
        let cred = LdapBindCred::Simple(password.to_owned());
        self.send(LdapOp::BindRequest(LdapBindRequest { version: 3, dn: name.to_owned(), cred })).await?;
        let LdapOp::BindResponse(response) = self.answer().await? else { bail!("no answer to the bind") };
        Ok(response.res.code)
    }

    /// Replaces the values of an attribute by this one.
    pub(super) async fn replace(&mut self, dn: &str, attribute: &str, value: &str) -> anyhow::Result<()> {
        let modification =
            LdapPartialAttribute { atype: attribute.to_owned(), vals: vec![value.as_bytes().to_vec()] };
        let changes = vec![LdapModify { operation: LdapModifyType::Replace, modification }];
        self.send(LdapOp::ModifyRequest(LdapModifyRequest { dn: dn.to_owned(), changes })).await?;
        let LdapOp::ModifyResponse(result) = self.answer().await? else { bail!("no answer to the modify") };
        ensure!(result.code == LdapResultCode::Success, "{dn}: {:?} {}", result.code, result.message);
        Ok(())
    }

    /// Whether an entry has this value of an attribute.
    pub(super) async fn has(&mut self, dn: &str, attribute: &str, value: &str) -> anyhow::Result<bool> {
        self.send(LdapOp::SearchRequest(LdapSearchRequest {
            base: dn.to_owned(),
            scope: LdapSearchScope::Base,
            aliases: LdapDerefAliases::Never,
            sizelimit: 0,
            timelimit: 0,
            typesonly: false,
            filter: LdapFilter::Equality(attribute.to_owned(), value.to_owned()),
            attrs: vec!["1.1".to_owned()],
        }))
        .await?;
        let mut op = self.answer().await?;
        let has = matches!(op, LdapOp::SearchResultEntry(_));
        while matches!(op, LdapOp::SearchResultEntry(_)) {
            op = self.answer().await?;
        }
        let LdapOp::SearchResultDone(result) = op else { bail!("no answer to the search") };
        ensure!(result.code == LdapResultCode::Success, "{dn}: {:?} {}", result.code, result.message);
        Ok(has)
    }
}
