//! wrk, a load generator of Debian: requests of one page per second.

use anyhow::{Context as _, ensure};
use std::time::Duration;
use tokio::process::Command;

/// The Debian package.
pub(super) const PACKAGE: &str = "wrk";

/// Requests of this page per second in this encoding (`br`, `gzip`), over so many connections that stay open.
pub(super) async fn requests_per_second(
    url: &str,
    encoding: &str,
    connections: u32,
    duration: Duration,
) -> anyhow::Result<f64> {
    let mut wrk = Command::new("wrk");
    wrk.args(["--threads", "1", "--connections", &connections.to_string()]);
    wrk.args(["--duration", &format!("{}s", duration.as_secs())]);
    wrk.args(["--header", &format!("Accept-Encoding: {encoding}"), url]);
    let output = wrk.output().await.with_context(|| format!("cannot run wrk (Debian package {PACKAGE})"))?;
    ensure!(output.status.success(), "wrk: {}", String::from_utf8_lossy(&output.stderr));
    read(&String::from_utf8(output.stdout)?)
}

/// Reads the output of wrk. Another answer than 200 or a lost connection is an error.
fn read(output: &str) -> anyhow::Result<f64> {
    for failure in ["Non-2xx or 3xx responses", "Socket errors"] {
        ensure!(!output.contains(failure), "the load met failures:\n{output}");
    }
    let line = output.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    line.context("wrk printed no rate")?.trim().parse().context("the rate of wrk is no number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rate_is_read_and_failures_are_errors() {
        let good = "  100 requests in 1.00s, 1.00MB read\nRequests/sec:   1234.56\nTransfer/sec:  1.00MB\n";
        assert!((read(good).unwrap() - 1234.56).abs() < 0.001);
        read(&format!("  Non-2xx or 3xx responses: 7\n{good}")).unwrap_err();
        read(&format!("  Socket errors: connect 0, read 3, write 0, timeout 0\n{good}")).unwrap_err();
        read("").unwrap_err();
    }
}
