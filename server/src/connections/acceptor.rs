//! Acceptors of plain HTTP and of TLS.

use super::limits::Deadlines;
use super::service::ConnectionService;
use super::stream::Stream;
use axum_server::accept::Accept;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use futures::future::BoxFuture;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use tokio::time::Instant;

/// The stream of a TLS connection.
type TlsStream<S> = <RustlsAcceptor as Accept<Stream, S>>::Stream;

/// Accepts plain HTTP.
#[derive(Clone)]
pub(super) struct PlainAcceptor(pub(super) Deadlines);

impl<S> Accept<Stream, S> for PlainAcceptor {
    type Stream = Stream;
    type Service = ConnectionService<S>;
    type Future = Ready<io::Result<(Stream, ConnectionService<S>)>>;

    fn accept(&self, stream: Stream, service: S) -> Self::Future {
        let service = ConnectionService::new(service, Arc::clone(stream.activity()), self.0);
        ready(Ok((stream, service)))
    }
}

/// Accepts TLS.
#[derive(Clone)]
pub(super) struct TlsAcceptor {
    inner: RustlsAcceptor,
    deadlines: Deadlines,
}

impl TlsAcceptor {
    pub(super) fn new(config: RustlsConfig, deadlines: Deadlines) -> Self {
        // The stream has deadlines for the first byte and for the rest; this one is for both.
        let inner = RustlsAcceptor::new(config).handshake_timeout(deadlines.first_byte + deadlines.handshake);
        Self { inner, deadlines }
    }
}

impl<S: Send + 'static> Accept<Stream, S> for TlsAcceptor {
    type Stream = TlsStream<S>;
    type Service = ConnectionService<S>;
    type Future = BoxFuture<'static, io::Result<(TlsStream<S>, ConnectionService<S>)>>;

    fn accept(&self, stream: Stream, service: S) -> Self::Future {
        let (activity, deadlines) = (Arc::clone(stream.activity()), self.deadlines);
        activity.expect_handshake();
        let handshake = self.inner.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = handshake.await?;
            activity.handshake_completed(Instant::now());
            Ok((stream, ConnectionService::new(service, activity, deadlines)))
        })
    }
}
