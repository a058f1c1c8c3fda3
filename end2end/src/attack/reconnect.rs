//! Connections that are closed as soon as they are open.

use super::Attack;
use super::report::Ended;
use super::target::Target;
use futures::future::BoxFuture;
use std::net::IpAddr;
use std::time::Duration;

/// A hundred connections per second and attacker at most.
const PAUSE: Duration = Duration::from_millis(10);

/// Connects and closes the connection.
pub(super) struct ConnectAndClose;

impl Attack for ConnectAndClose {
    fn name(&self) -> &'static str {
        "connect and close, repeatedly"
    }

    fn pause(&self) -> Duration {
        PAUSE
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            if target.tcp(source).await.is_some() { Ended::Completed } else { Ended::NotConnected }
        })
    }
}
