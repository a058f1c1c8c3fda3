//! Requests that are sent one byte at a time.

use super::Attack;
use super::report::Ended;
use super::target::{Connection, Target, until_closed};
use futures::future::BoxFuture;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::{AsyncWriteExt as _, split};
use tokio::time::sleep;

/// Shorter than any deadline for a single part.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends a request's head one byte at a time.
pub(super) struct SlowHead;

impl Attack for SlowHead {
    fn name(&self) -> &'static str {
        "headers, one byte a second"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let stream = target.connect(source, b"http/1.1", None).await;
            let Some(stream) = stream else { return Ended::NotConnected };
            trickle(stream, b"GET /wachtwoordreset HTTP/1.1\r\nHost: localhost\r\nX-Padding: ", b'x').await;
            Ended::Closed
        })
    }
}

/// Sends the body of a request one byte at a time.
pub(super) struct SlowBody {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
}

impl Attack for SlowBody {
    fn name(&self) -> &'static str {
        if self.method == "GET" { "body of a GET, one byte a second" } else { "body, one byte a second" }
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let stream = target.connect(source, b"http/1.1", None).await;
            let Some(stream) = stream else { return Ended::NotConnected };
            let head = format!(
                "{} {} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n",
                self.method, self.path
            );
            trickle(stream, head.as_bytes(), b' ').await;
            Ended::Closed
        })
    }
}

/// Sends the start at once and then one byte at a time, until the service closes the connection.
async fn trickle(stream: Box<dyn Connection>, start: &[u8], byte: u8) {
    let (mut reading, mut writing) = split(stream);
    let sending = async {
        if writing.write_all(start).await.is_err() || writing.flush().await.is_err() {
            return;
        }
        loop {
            sleep(INTERVAL).await;
            if writing.write_all(&[byte]).await.is_err() || writing.flush().await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = sending => {}, () = until_closed(&mut reading) => {} }
}
