//! nginx in a private folder: in front of PHP, or serving one compressed file.

use crate::guarded::{self, User};
use crate::port::Port;
use anyhow::{Context as _, bail, ensure};
use std::ffi::OsString;
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;
use tempfile::TempDir;

/// The Debian packages that it needs; the second one serves files that are compressed with brotli.
pub(super) const PACKAGES: [&str; 2] = ["nginx", "libnginx-mod-http-brotli-static"];

const PROGRAM: &str = "/usr/sbin/nginx";
const BROTLI: &str = "/usr/lib/nginx/modules/ngx_http_brotli_static_module.so";
/// A start takes a tenth of a second, and more on a loaded machine.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// The time between two checks whether it listens.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// As many workers as processors, no access log, connections that stay open: what makes it fast.
const CONFIGURATION: &str = "load_module BROTLI;
worker_processes auto;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 1024; }
http {
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    include /etc/nginx/mime.types;
    default_type text/html;
    access_log off;
    client_body_temp_path FOLDER/client_body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    server {
        listen 127.0.0.1:PORT;
        SERVER
    }
}
";

/// A running nginx. Dropping it stops it and removes its folder.
pub(super) struct Nginx {
    guard: Child,
    port: Port,
    _folder: PathBuf,
}

impl Nginx {
    /// Serves a page at `/page`, in the given encoded forms; the names of the files are `page.br`, `page.gz`.
    pub(super) async fn with_file(forms: &[(&str, &[u8])]) -> anyhow::Result<Self> {
        let folder = TempDir::with_prefix("nginx-")?;
        let html = folder.path().join("html");
        std::fs::create_dir(&html)?;
        for (extension, content) in forms {
            std::fs::write(html.join(format!("page.{extension}")), content)?;
        }
        let server = format!(
            "root {};
        open_file_cache max=10 inactive=1h;
        location = /page {{ brotli_static on; gzip_static on; }}",
            html.display()
        );
        Self::start(folder, &server).await
    }

    /// Starts with these directives in its only server. The files in the folder are given to its user.
    pub(super) async fn start(folder: TempDir, server: &str) -> anyhow::Result<Self> {
        ensure!(Path::new(PROGRAM).is_file(), "nginx is not installed: {}", PACKAGES.join(" "));
        let port = Port::free()?;
        let text = CONFIGURATION.replace("SERVER", server).replace("BROTLI", BROTLI);
        let text = text.replace("FOLDER", &folder.path().display().to_string());
        let text = text.replace("PORT", &port.number().to_string());
        std::fs::write(folder.path().join("main.conf"), text)?;
        let user: User = guarded::give_away(folder.path())?;
        // From here on the guard removes the folder.
        let folder = folder.keep();
        let command = [
            OsString::from(PROGRAM),
            "-p".into(),
            folder.clone().into(),
            "-e".into(),
            folder.join("error.log").into(),
            "-c".into(),
            folder.join("main.conf").into(),
            "-g".into(),
            "daemon off;".into(),
        ];
        let guard = guarded::guard(&folder, user, "TERM", &command)?;
        let mut nginx = Self { guard, port, _folder: folder.clone() };
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        nginx
            .wait_until_listening()
            .await
            .with_context(|| format!("{}{}", read("output"), read("error.log")))?;
        Ok(nginx)
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    /// The process of the shell that has started it.
    pub(super) fn process(&self) -> u32 {
        self.guard.id()
    }

    async fn wait_until_listening(&mut self) -> anyhow::Result<()> {
        let listening = async {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port.number())).is_err() {
                if let Some(status) = self.guard.try_wait()? {
                    bail!("nginx exited: {status}");
                }
                // nginx signals its readiness in no other way.
                tokio::time::sleep(POLL_INTERVAL).await;
            }
            Ok(())
        };
        tokio::time::timeout(START_TIMEOUT, listening).await.context("nginx does not listen in time")?
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        guarded::stop(&mut self.guard);
    }
}
