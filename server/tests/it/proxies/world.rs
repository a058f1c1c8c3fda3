//! The product behind a proxy, and the clients that call it.

use crate::product::world::{Browser, Product};
use end2end::reverse_proxy::{Backends, HOST, Kind, ReverseProxy};
use end2end::tls::Authority;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Longer than every time limit of a sample that a test meets, also on a busy machine.
const TIMEOUT: Duration = Duration::from_mins(1);

/// The product on loopback, behind a proxy with the shipped sample.
pub(super) struct Proxied {
    pub(super) product: Product,
    pub(super) proxy: ReverseProxy,
    pub(super) authority: Authority,
}

impl Proxied {
    /// With these settings besides the shipped ones (TOML).
    pub(super) async fn start(kind: Kind, settings: &str) -> Self {
        let mut product = Product::with_shipped_settings(settings).await;
        let authority = Authority::new().unwrap();
        let service = product.demo.origin().trim_start_matches("http://").parse().unwrap();
        let proxy = ReverseProxy::start(kind, &authority, Backends::OneHost(service)).await.unwrap();
        // As docs/integrations/proxy.md says.
        let file = product.demo.settings();
        let text = fs::read_to_string(&file).unwrap();
        let own = format!("public_url = \"{}\"", product.demo.origin());
        assert!(text.contains(&own), "{text}");
        let text = text.replace(&own, &format!("public_url = \"{}\"", proxy.origin()));
        fs::write(&file, format!("trusted_proxies = [\"127.0.0.1/32\"]\n{text}")).unwrap();
        product.crash_and_restart().await;
        Self { product, proxy, authority }
    }

    /// A browser that connects to the proxy from this address.
    pub(super) fn browser(&self, from: Ipv4Addr) -> Browser {
        Browser {
            client: client(&self.authority, &self.proxy, from),
            origin: self.proxy.origin(),
            cookie: None,
            device: None,
            address: None,
        }
    }

    /// The address of the service itself.
    pub(super) fn service(&self) -> SocketAddr {
        self.product.demo.origin().trim_start_matches("http://").parse().unwrap()
    }

    /// An encrypted connection to the proxy.
    pub(super) async fn connect(&self, from: Ipv4Addr) -> TlsStream<TcpStream> {
        connect(&self.authority, self.proxy.address(), from).await
    }
}

pub(super) fn client(authority: &Authority, proxy: &ReverseProxy, from: Ipv4Addr) -> reqwest::Client {
    drop(rustls::crypto::ring::default_provider().install_default());
    let ca = reqwest::Certificate::from_pem(authority.pem().as_bytes()).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([ca])
        .redirect(reqwest::redirect::Policy::none())
        .resolve(HOST, proxy.address())
        .local_address(IpAddr::from(from))
        .timeout(TIMEOUT)
        .build()
        .unwrap()
}

async fn connect(authority: &Authority, address: SocketAddr, from: Ipv4Addr) -> TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(CertificateDer::pem_slice_iter(authority.pem().as_bytes()).flatten());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((from, 0).into()).unwrap();
    let stream = socket.connect(address).await.unwrap();
    let name = ServerName::try_from(HOST).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
}

/// Sends bytes that ask for the end of the connection, and returns the whole answer. An empty one is a closed connection.
pub(super) async fn exchange(
    mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    request: &str,
) -> String {
    // The answer may come before the request is complete.
    let _ = stream.write_all(request.as_bytes()).await;
    read_answer(&mut stream).await
}

/// Reads until the other side closes.
pub(super) async fn read_answer(stream: &mut (impl tokio::io::AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        // An end without TLS's own close is an end as well.
        while let Ok(length @ 1..) = stream.read(&mut buffer).await {
            answer.extend_from_slice(&buffer[..length]);
        }
    };
    tokio::time::timeout(TIMEOUT, reading).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of an answer.
pub(super) fn status(answer: &str) -> u16 {
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.unwrap_or_else(|| panic!("no status: {answer}"))
}

/// The body of an answer without chunks.
pub(super) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}
