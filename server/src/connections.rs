//! The connection policy of both listeners: limits in total and per client network, and deadlines for everything that a
//! client sends or reads.
//!
//! | module | content |
//! |---|---|
//! | `limits` | the limits and deadlines, from the settings and from the descriptors of the process |
//! | `registry` | the open connections of a listener; admits a new one, or closes the one that waits longest for it |
//! | `activity` | what a connection does at present, and until when |
//! | `listener`, `stream`, `service` | the listener, its streams and the service of a connection, which observe the policy |
//! | `acceptor` | plain HTTP and TLS |
//! | [`descriptors`] | the file descriptors of the process |
//!
//! The service speaks HTTP/1.1 only. A reset takes a dozen small requests and a page a handful of files, so multiplexing
//! saves nothing that a person notices, and it would bring streams, resets, windows and pings that need limits of their
//! own.

mod acceptor;
mod activity;
pub mod descriptors;
mod limits;
mod listener;
mod registry;
mod service;
mod stream;

pub use limits::{Deadlines, Limits};
pub use listener::{Listener, Peer};
pub use registry::Registry;

use acceptor::{PlainAcceptor, TlsAcceptor};
use axum::Router;
use axum_server::tls_rustls::RustlsConfig;
use axum_server::{Handle, Server};
use std::net::SocketAddr;

/// Bytes of a connection's read buffer, which limits the head of a request. More than any browser sends.
const MAX_HEAD: usize = 64 * 1024;

/// Serves a router on this listener until the handle ends it.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<RustlsConfig>,
    handle: Handle<Peer>,
    app: Router,
) -> std::io::Result<()> {
    let deadlines = listener.deadlines();
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let server = Server::<Peer>::from_listener(listener).handle(handle);
    if let Some(tls) = tls {
        let mut server = server.acceptor(TlsAcceptor::new(tls, deadlines)).http1_only();
        server.http_builder().http1().max_buf_size(MAX_HEAD);
        server.serve(app).await
    } else {
        let mut server = server.acceptor(PlainAcceptor(deadlines)).http1_only();
        server.http_builder().http1().max_buf_size(MAX_HEAD);
        server.serve(app).await
    }
}
