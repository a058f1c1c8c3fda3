//! Connections that stay idle after an answer.

use super::Attack;
use super::report::Ended;
use super::target::{Target, until_closed};
use futures::future::BoxFuture;
use std::net::IpAddr;
use tokio::io::AsyncWriteExt as _;

/// Sends one request, and no second one.
pub(super) struct IdleAfterAnswer;

impl Attack for IdleAfterAnswer {
    fn name(&self) -> &'static str {
        "idle after an answer"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let stream = target.connect(source, b"http/1.1", None).await;
            let Some(mut stream) = stream else { return Ended::NotConnected };
            let request = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
            if stream.write_all(request).await.is_ok() && stream.flush().await.is_ok() {
                until_closed(&mut stream).await;
            }
            Ended::Closed
        })
    }
}
