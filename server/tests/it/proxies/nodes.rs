//! Nodes that fail behind each proxy: no POST is sent twice, and other nodes take over.

use super::for_each_proxy;
use super::world::client;
use crate::product::world::wait_for;
use end2end::reverse_proxy::{Backends, HOST, Kind, ReverseProxy};
use end2end::tls::Authority;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

for_each_proxy!(
    post_is_not_repeated_if_the_service_dies,
    post_is_not_repeated_at_another_node,
    requests_go_to_both_nodes_and_to_the_other_if_one_stops,
    node_that_is_not_ready_gets_no_requests,
    node_with_a_foreign_certificate_gets_no_requests,
);

const CLIENT: Ipv4Addr = Ipv4Addr::new(127, 0, 8, 1);

#[derive(Default)]
struct State {
    is_unready: AtomicBool,
    /// Whether it closes the connection instead of answering a POST.
    dies: AtomicBool,
    /// The first lines of the requests.
    requests: Mutex<Vec<String>>,
}

/// A service that answers every request with its name.
struct Node {
    address: SocketAddr,
    state: Arc<State>,
    task: tokio::task::JoinHandle<()>,
}

impl Node {
    async fn start(name: &'static str, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (state, tls) = (Arc::clone(&shared), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(name, &state, stream).await,
                        Some(config) => {
                            if let Ok(stream) = TlsAcceptor::from(config).accept(stream).await {
                                serve(name, &state, stream).await;
                            }
                        }
                    }
                });
            }
        });
        Self { address, state, task }
    }

    fn count(&self, start: &str) -> usize {
        self.state.requests.lock().unwrap().iter().filter(|line| line.starts_with(start)).count()
    }

    fn set_ready(&self, ready: bool) {
        self.state.is_unready.store(!ready, Ordering::SeqCst);
    }

    fn die(&self) {
        self.state.dies.store(true, Ordering::SeqCst);
    }

    /// Closes the listener and all connections.
    async fn stop(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

/// Serves one connection until its end.
async fn serve(name: &str, state: &State, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    while let Some(line) = read_request(&mut stream).await {
        state.requests.lock().unwrap().push(line.clone());
        if line.starts_with("POST") && state.dies.load(Ordering::SeqCst) {
            return;
        }
        let is_unready = line.starts_with("GET /readyz") && state.is_unready.load(Ordering::SeqCst);
        let status = if is_unready { "503 Service Unavailable" } else { "200 OK" };
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{name}", name.len());
        if stream.write_all(answer.as_bytes()).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

/// Reads a request with a body of a stated length; returns its first line.
async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.trim().parse().unwrap())];
    stream.read_exact(&mut body).await.ok()?;
    let line = head.lines().next()?;
    let (method, rest) = line.split_once(' ')?;
    Some(format!("{} {rest}", method.to_uppercase()))
}

/// A proxy with a client.
struct World {
    client: reqwest::Client,
    proxy: ReverseProxy,
}

impl World {
    async fn start(kind: Kind, authority: &Authority, backends: Backends) -> Self {
        let proxy = ReverseProxy::start(kind, authority, backends).await.unwrap();
        Self { client: client(authority, &proxy, CLIENT), proxy }
    }

    fn url(&self) -> String {
        format!("{}/api/reset/current", self.proxy.origin())
    }

    /// Status and text; `None` if the connection ended.
    async fn get(&self) -> Option<(u16, String)> {
        let answer = self.client.get(self.url()).send().await.ok()?;
        assert_eq!(answer.headers().get("set-cookie"), None, "no sticky sessions");
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    async fn post(&self) -> Option<u16> {
        let answer = self.client.post(self.url()).body("{}").send().await.ok()?;
        Some(answer.status().as_u16())
    }

    /// The nodes that answered these GET requests, in their order.
    async fn nodes_of(&self, requests: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..requests {
            let (status, name) = self.get().await.unwrap();
            assert_eq!(status, 200, "{name}\n{}", self.proxy.output());
            names.push(name);
        }
        names
    }
}

async fn two_nodes(kind: Kind) -> (World, Node, Node) {
    let authority = Authority::new().unwrap();
    let tls = authority.issue(&[HOST]).unwrap().server_config().unwrap();
    let one = Node::start("one", Some(Arc::clone(&tls))).await;
    let other = Node::start("other", Some(tls)).await;
    let world = World::start(kind, &authority, Backends::TwoNodes([one.address, other.address])).await;
    (world, one, other)
}

async fn post_is_not_repeated_if_the_service_dies(kind: Kind) {
    let node = Node::start("one", None).await;
    let world = World::start(kind, &Authority::new().unwrap(), Backends::OneHost(node.address)).await;
    // A connection that is kept open is the case in which proxies and clients repeat requests.
    assert_eq!(world.nodes_of(3).await, ["one"; 3]);
    assert_eq!(world.post().await, Some(200));
    node.die();
    for attempt in 1..=4 {
        let status = world.post().await;
        assert!(status.is_none_or(|status| [502, 503].contains(&status)), "{status:?}");
        assert_eq!(node.count("POST"), 1 + attempt, "{}", world.proxy.output());
        assert_eq!(world.nodes_of(1).await, ["one"]);
    }
}

async fn post_is_not_repeated_at_another_node(kind: Kind) {
    let (world, one, other) = two_nodes(kind).await;
    world.nodes_of(4).await;
    one.die();
    other.die();
    for attempt in 1..=4 {
        let status = world.post().await;
        assert!(status.is_none_or(|status| [502, 503].contains(&status)), "{status:?}");
        assert!(one.count("POST") + other.count("POST") <= attempt, "{}", world.proxy.output());
    }
    assert!(one.count("POST") + other.count("POST") > 0);
}

async fn requests_go_to_both_nodes_and_to_the_other_if_one_stops(kind: Kind) {
    let (world, one, mut other) = two_nodes(kind).await;
    let names = world.nodes_of(10).await;
    for name in ["one", "other"] {
        assert!(names.iter().filter(|found| *found == name).count() >= 3, "{names:?}");
    }
    other.stop().await;
    assert_eq!(world.nodes_of(10).await, ["one"; 10]);
    for _ in 0..4 {
        // Its connection is refused, so it was not sent.
        assert_eq!(world.post().await, Some(200), "{}", world.proxy.output());
    }
    assert_eq!(one.count("POST"), 4);
}

async fn node_that_is_not_ready_gets_no_requests(kind: Kind) {
    let (world, one, other) = two_nodes(kind).await;
    if kind == Kind::Nginx {
        // nginx polls in its commercial version only, as docs/integrations/proxy.md says.
        world.nodes_of(4).await;
        assert_eq!(one.count("GET /readyz") + other.count("GET /readyz"), 0);
        return;
    }
    other.set_ready(false);
    wait_for("only the ready node", async || (world.nodes_of(6).await == ["one"; 6]).then_some(())).await;
    other.set_ready(true);
    wait_for("both nodes", async || world.nodes_of(6).await.contains(&"other".to_owned()).then_some(()))
        .await;
    one.set_ready(false);
    other.set_ready(false);
    if kind == Kind::HaProxy {
        // The pages explain the outage.
        let after = one.count("GET /readyz") + 6;
        wait_for("both are known as not ready", async || (one.count("GET /readyz") >= after).then_some(()))
            .await;
        world.nodes_of(6).await;
    } else {
        wait_for("none is used", async || (world.get().await.unwrap().0 == 503).then_some(())).await;
    }
}

async fn node_with_a_foreign_certificate_gets_no_requests(kind: Kind) {
    let tls = Authority::new().unwrap().issue(&[HOST]).unwrap().server_config().unwrap();
    let one = Node::start("one", Some(Arc::clone(&tls))).await;
    let other = Node::start("other", Some(tls)).await;
    let backends = Backends::TwoNodes([one.address, other.address]);
    let world = World::start(kind, &Authority::new().unwrap(), backends).await;
    for _ in 0..3 {
        let status = world.get().await.map(|(status, _)| status);
        assert!(status.is_none_or(|status| [502, 503].contains(&status)), "{status:?}");
    }
    assert_eq!(one.count("") + other.count(""), 0);
}
