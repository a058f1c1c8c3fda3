//! A small reverse proxy in front of several nodes: each request goes to the next node that is ready. It is the proxy of
//! the demo with several nodes, not an example for production.

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{CONNECTION, HOST};
use axum::http::{HeaderValue, StatusCode, response};
use axum::response::Response;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The address from which it connects to the nodes, for their `trusted_proxies`. Clients have others.
pub const ADDRESS: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Time between two checks of a node, as usual for a proxy.
const CHECK_INTERVAL: Duration = Duration::from_millis(200);
/// Longer than any answer of the product.
const TIMEOUT: Duration = Duration::from_secs(65);
/// Larger than any request that the product accepts, so that it refuses it itself.
const MAX_BODY: usize = 1 << 20;

struct Node {
    origin: String,
    ready: AtomicBool,
}

struct Shared {
    nodes: Vec<Node>,
    next: AtomicUsize,
    client: reqwest::Client,
}

/// A running balancer. Dropping it closes its port.
pub struct Balancer {
    tasks: [JoinHandle<()>; 2],
}

impl Balancer {
    /// Starts a balancer on this loopback port for nodes on these ports.
    pub async fn start(port: u16, nodes: &[u16]) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
        let listener = listener.with_context(|| format!("port {port} is in use"))?;
        // Fails if another client has already installed it.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .local_address(IpAddr::from(ADDRESS))
            .redirect(reqwest::redirect::Policy::none())
            // A connection that a node closes at the same moment would lose a request that must not be repeated.
            .pool_max_idle_per_host(0)
            .timeout(TIMEOUT)
            .build()?;
        let node =
            |port: &u16| Node { origin: format!("http://127.0.0.1:{port}"), ready: AtomicBool::new(true) };
        let nodes = nodes.iter().map(node).collect();
        let shared = Arc::new(Shared { nodes, next: AtomicUsize::new(0), client });
        let checks = tokio::spawn(check(Arc::clone(&shared)));
        let app = Router::new().fallback(forward).with_state(shared);
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let serving = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        Ok(Self { tasks: [checks, serving] })
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Asks each node whether it is ready, until aborted.
async fn check(shared: Arc<Shared>) {
    loop {
        for node in &shared.nodes {
            let answer = shared.client.get(format!("{}/readyz", node.origin)).send().await;
            node.ready.store(answer.is_ok_and(|answer| answer.status().is_success()), Ordering::Relaxed);
        }
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

/// Forwards a request to the next node that is ready. A node that accepts no connection has not received it, so the one
/// after it gets it.
async fn forward(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_BODY).await else { return failure(StatusCode::PAYLOAD_TOO_LARGE) };
    let first = shared.next.fetch_add(1, Ordering::Relaxed);
    let all =
        (0..shared.nodes.len()).filter_map(|step| shared.nodes.get((first + step) % shared.nodes.len()));
    let (ready, others): (Vec<_>, Vec<_>) = all.partition(|node| node.ready.load(Ordering::Relaxed));
    for node in ready.into_iter().chain(others) {
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let mut headers = parts.headers.clone();
        headers.remove(CONNECTION);
        if let Ok(address) = HeaderValue::from_str(&client.ip().to_string()) {
            headers.insert("x-forwarded-for", address);
        }
        let sent = shared.client.request(parts.method.clone(), format!("{}{target}", node.origin));
        let host = headers.get(HOST).cloned();
        let sent = host.into_iter().fold(sent.headers(headers), |sent, host| sent.header(HOST, host));
        match sent.body(body.clone()).send().await {
            Ok(answer) => return relay(answer).await,
            Err(error) if error.is_connect() => node.ready.store(false, Ordering::Relaxed),
            Err(_) => return failure(StatusCode::BAD_GATEWAY),
        }
    }
    failure(StatusCode::SERVICE_UNAVAILABLE)
}

async fn relay(answer: reqwest::Response) -> Response {
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove(CONNECTION);
    let Ok(body) = answer.bytes().await else { return failure(StatusCode::BAD_GATEWAY) };
    let mut response = response::Builder::new().status(status).body(Body::from(body)).unwrap_or_default();
    *response.headers_mut() = headers;
    response
}

fn failure(status: StatusCode) -> Response {
    let mut response = Response::new(Body::from("the balancer found no node that answers\n"));
    *response.status_mut() = status;
    response
}
