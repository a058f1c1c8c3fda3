//! Connections that stay silent: before or after the TLS handshake, or in the middle of it.

use super::Attack;
use super::report::Ended;
use super::target::{Target, until_closed};
use futures::future::BoxFuture;
use std::net::IpAddr;
use tokio::io::AsyncWriteExt as _;

/// Connects and sends nothing.
pub(super) struct Silent {
    pub(super) has_many_addresses: bool,
}

impl Attack for Silent {
    fn name(&self) -> &'static str {
        if self.has_many_addresses { "silent, from many addresses" } else { "silent" }
    }

    fn has_many_addresses(&self) -> bool {
        self.has_many_addresses
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let Some(mut stream) = target.tcp(source).await else { return Ended::NotConnected };
            until_closed(&mut stream).await;
            Ended::Closed
        })
    }
}

/// Connects to the admin listener and sends nothing.
pub(super) struct SilentAdmin;

impl Attack for SilentAdmin {
    fn name(&self) -> &'static str {
        "silent, at the admin listener"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let Some(mut stream) = target.admin_tcp(source).await else { return Ended::NotConnected };
            until_closed(&mut stream).await;
            Ended::Closed
        })
    }
}

/// Completes the handshake and sends nothing more.
pub(super) struct SilentAfterHandshake;

impl Attack for SilentAfterHandshake {
    fn name(&self) -> &'static str {
        "silent after the TLS handshake"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let stream = target.connect(source, b"http/1.1", None).await;
            let Some(mut stream) = stream else { return Ended::NotConnected };
            until_closed(&mut stream).await;
            Ended::Closed
        })
    }
}

/// Sends the first bytes of a handshake.
pub(super) struct PartialHandshake;

/// The header of a record with a `ClientHello` of 512 bytes, and its first bytes.
const PARTIAL_HELLO: [u8; 11] = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];

impl Attack for PartialHandshake {
    fn name(&self) -> &'static str {
        "part of a TLS handshake"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let Some(mut stream) = target.tcp(source).await else { return Ended::NotConnected };
            if stream.write_all(&PARTIAL_HELLO).await.is_ok() {
                until_closed(&mut stream).await;
            }
            Ended::Closed
        })
    }
}
