//! The product that is attacked.

use anyhow::{Context as _, bail};
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection, plain or encrypted.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

/// The addresses of a product on loopback.
#[derive(Debug, Clone)]
pub struct Target {
    /// The origin of pages and API.
    pub origin: String,
    /// The phone pages.
    pub phone: String,
    /// The URL of the admin listener.
    pub admin: String,
    /// The certificate of the authority, if the product serves https.
    pub ca: Option<Vec<u8>>,
    address: SocketAddr,
    admin_address: SocketAddr,
}

impl Target {
    /// Reads `demo.json`.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let json: serde_json::Value = serde_json::from_slice(&text)?;
        let text = |name: &str| {
            let value = json.get(name).and_then(serde_json::Value::as_str);
            value.map(str::to_owned).with_context(|| format!("{}: no {name}", file.display()))
        };
        let origin = text("url")?.trim_end_matches("/wachtwoordreset").to_owned();
        let ca_file = PathBuf::from(text("ca_file")?);
        let ca = origin.starts_with("https:").then(|| std::fs::read(ca_file)).transpose()?;
        Self::new(origin, text("phone")?, text("admin")?, ca)
    }

    /// Refuses any other host than loopback.
    pub fn new(origin: String, phone: String, admin: String, ca: Option<Vec<u8>>) -> anyhow::Result<Self> {
        let (address, admin_address) = (loopback(&origin)?, loopback(&admin)?);
        loopback(&phone)?;
        Ok(Self { origin, phone, admin, ca, address, admin_address })
    }

    /// Whether the product serves https.
    pub fn is_https(&self) -> bool {
        self.ca.is_some()
    }

    /// Opens a TCP connection to the public listener.
    pub async fn tcp(&self, source: IpAddr) -> Option<TcpStream> {
        connect(self.address, source, None).await
    }

    /// Opens a TCP connection to the admin listener.
    pub async fn admin_tcp(&self, source: IpAddr) -> Option<TcpStream> {
        connect(self.admin_address, source, None).await
    }

    /// Opens a connection that carries requests, with TLS if the product serves https. A small receive buffer fills soon.
    pub async fn connect(
        &self,
        source: IpAddr,
        protocol: &[u8],
        receive_buffer: Option<u32>,
    ) -> Option<Box<dyn Connection>> {
        let stream = connect(self.address, source, receive_buffer).await?;
        let Some(ca) = &self.ca else { return Some(Box::new(stream)) };
        let mut roots = rustls::RootCertStore::empty();
        roots.add_parsable_certificates(CertificateDer::pem_slice_iter(ca).flatten());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::IpAddress(IpAddr::from(Ipv4Addr::LOCALHOST).into());
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = timeout(CONNECT_TIMEOUT, handshake).await.ok()?.ok()?;
        Some(Box::new(stream))
    }
}

async fn connect(address: SocketAddr, source: IpAddr, receive_buffer: Option<u32>) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().ok()?;
    socket.bind((source, 0).into()).ok()?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes).ok()?;
    }
    timeout(CONNECT_TIMEOUT, socket.connect(address)).await.ok()?.ok()
}

/// Reads until the service closes the connection.
pub async fn until_closed(stream: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}

/// The address of a URL whose host is a loopback address.
fn loopback(url: &str) -> anyhow::Result<SocketAddr> {
    let (_, rest) = url.split_once("://").with_context(|| format!("{url}: expected a URL"))?;
    let host = rest.split('/').next().unwrap_or_default().replace("localhost", "127.0.0.1");
    let address: SocketAddr = host.parse().with_context(|| format!("{url}: expected ADDRESS:PORT"))?;
    if !address.ip().is_loopback() || !address.is_ipv4() {
        bail!("{url}: expected an address below 127.0.0.0/8; no other host is attacked");
    }
    Ok(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_is_attacked() {
        assert_eq!(loopback("https://localhost:8080/x").unwrap().port(), 8080);
        assert!(loopback("http://127.0.0.1:1").is_ok());
        for url in
            ["https://192.0.2.1:443", "https://reset.example.org", "http://0.0.0.0:80", "127.0.0.1:80", ""]
        {
            assert!(loopback(url).is_err(), "{url}");
        }
    }
}
