//! The little LDAP that the fixture itself speaks: is the controller up, and locking B.Smits out,
//! which only wrong passwords can do. Not a client for tests: they use the product's own.

use crate::directory::content::{LOCKOUT_THRESHOLD, SVC_PASSWORD, SVC_UPN, UPN_SUFFIX};
use crate::people::{PEOPLE, State};
use crate::tls::Authority;
use anyhow::{Context, bail};
use futures::{SinkExt, StreamExt};
use ldap3_proto::LdapCodec;
use ldap3_proto::proto::{LdapBindCred, LdapBindRequest, LdapMsg, LdapOp, LdapResultCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::Ipv4Addr;
use std::process::Child;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_util::codec::Decoder;

/// Between two looks whether it answers.
const PAUSE: Duration = Duration::from_millis(50);

/// Until the service account signs in over verified TLS.
pub(super) async fn until_ready(
    address: Ipv4Addr,
    authority: &Authority,
    within: Duration,
    process: &mut Child,
) -> anyhow::Result<()> {
    let mut last = None;
    let answering = async {
        loop {
            match bind(address, authority, SVC_UPN, SVC_PASSWORD).await {
                Ok(LdapResultCode::Success) => return Ok(()),
                Ok(code) => bail!("the service account cannot sign in: {code:?}"),
                Err(e) => last = Some(e),
            }
            if let Some(status) = process.try_wait()? {
                bail!("Samba ended by itself: {status}");
            }
            // Not up yet: there is nothing to await but its answer.
            tokio::time::sleep(PAUSE).await;
        }
    };
    match tokio::time::timeout(within, answering).await {
        Ok(outcome) => outcome,
        Err(_) => Err(last.context("nothing was tried")?.context("port 636 does not answer in time")),
    }
}

/// Locks out whoever is to be locked out.
pub(super) async fn lock_out(address: Ipv4Addr, authority: &Authority) -> anyhow::Result<()> {
    for person in PEOPLE.iter().filter(|p| p.state == State::LockedOut) {
        for _ in 0..LOCKOUT_THRESHOLD {
            bind(address, authority, &format!("{}@{UPN_SUFFIX}", person.user_name), "Vergeten-En-Fout-1")
                .await?;
        }
    }
    Ok(())
}

async fn bind(
    address: Ipv4Addr,
    authority: &Authority,
    name: &str,
    password: &str,
) -> anyhow::Result<LdapResultCode> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes())?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let socket = TcpStream::connect((address, 636)).await?;
    let stream = TlsConnector::from(Arc::new(config))
        .connect(ServerName::from(std::net::IpAddr::from(address)), socket);
    let mut framed = LdapCodec::default().framed(stream.await?);
    let cred = LdapBindCred::Simple(password.to_owned());
    let request = LdapBindRequest { version: 3, dn: name.to_owned(), cred };
    framed.send(LdapMsg::new(1, LdapOp::BindRequest(request))).await?;
    let answer = framed.next().await.context("the connection ended")??.op;
    let LdapOp::BindResponse(response) = answer else { bail!("no answer to the bind") };
    Ok(response.res.code)
}
