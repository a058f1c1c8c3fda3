//! Real reverse proxies for tests: nginx, `HAProxy` and Caddy with the shipped samples of `server/packaging/proxies`, in a
//! private folder, on loopback and without root's rights. Only ports, host names and the files of certificates are
//! replaced in a sample.

mod samples;

pub use samples::Kind;

use crate::guarded::{give_away, guard, stop};
use crate::port::Port;
use crate::tls::Authority;
use anyhow::{Context, bail, ensure};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;
use tempfile::TempDir;

/// The Debian packages that they need. curl is a client with HTTP/2 for the tests.
pub const PACKAGES: [&str; 4] = ["nginx", "haproxy", "caddy", "curl"];

/// The host name in the samples, and in the certificate of the proxy.
pub const HOST: &str = "reset.example.org";

/// A start takes a tenth of a second, and more on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The time between two checks whether it listens.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The services behind a proxy.
#[derive(Debug, Clone, Copy)]
pub enum Backends {
    /// One service on the same host, without TLS.
    OneHost(SocketAddr),
    /// Two nodes with certificates for [`HOST`].
    TwoNodes([SocketAddr; 2]),
}

/// A running proxy. Dropping it stops the proxy and removes its folder; so does any other end of the process that owns it.
pub struct ReverseProxy {
    folder: PathBuf,
    guard: Child,
    http: Port,
    https: Port,
}

impl ReverseProxy {
    /// Starts a proxy with its shipped sample, in front of these services. `authority` issues its certificate, and is the
    /// one that has issued those of the nodes.
    pub async fn start(kind: Kind, authority: &Authority, backends: Backends) -> anyhow::Result<Self> {
        ensure!(
            kind.program().is_file(),
            "{} is not installed: `apt-get install --no-install-recommends {}`, or leave these tests out",
            kind.program().display(),
            PACKAGES.join(" ")
        );
        let (http, https) = (Port::free()?, Port::free()?);
        let folder = TempDir::with_prefix("reverse-proxy-")?;
        prepare(folder.path(), authority)?;
        kind.write_configuration(folder.path(), http.number(), https.number(), backends)?;
        let user = give_away(folder.path())?;
        // From here on the guard removes the folder.
        let folder = folder.keep();
        let guard = guard(&folder, user, kind.signal(), &kind.command(&folder))?;
        let mut proxy = Self { folder, guard, http, https };
        let ready = proxy.wait_until_listening().await;
        ready.with_context(|| proxy.output())?;
        Ok(proxy)
    }

    /// The address for HTTPS.
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.https.number()).into()
    }

    /// The address for plain HTTP, which redirects.
    pub fn http_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.http.number()).into()
    }

    /// The origin of the service behind this proxy.
    pub fn origin(&self) -> String {
        format!("https://{HOST}:{}", self.https.number())
    }

    /// Its configuration, its logs and whatever else it wrote.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What it wrote to its output and its error log.
    pub fn output(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        format!("{}{}", read("output"), read("error.log"))
    }

    async fn wait_until_listening(&mut self) -> anyhow::Result<()> {
        let listening = async {
            loop {
                if TcpStream::connect(self.address()).is_ok()
                    && TcpStream::connect(self.http_address()).is_ok()
                {
                    return Ok(());
                }
                if let Some(status) = self.guard.try_wait()? {
                    bail!("the proxy exited: {status}");
                }
                // The proxies signal their readiness in no common way.
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(START_TIMEOUT, listening).await.context("the proxy does not listen in time")?
    }
}

impl Drop for ReverseProxy {
    fn drop(&mut self) {
        stop(&mut self.guard);
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Writes the certificates.
fn prepare(folder: &Path, authority: &Authority) -> anyhow::Result<()> {
    let issued = authority.issue(&[HOST])?;
    std::fs::write(folder.join("ca.pem"), authority.pem())?;
    std::fs::write(folder.join("both.pem"), format!("{}{}", issued.certificate, issued.key))?;
    std::fs::write(folder.join("cert.pem"), issued.certificate)?;
    std::fs::write(folder.join("key.pem"), issued.key)?;
    Ok(())
}
