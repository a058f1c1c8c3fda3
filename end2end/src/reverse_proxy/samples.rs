//! The shipped samples, with the ports, host names and files of one run.

use super::{Backends, HOST};
use crate::machine::workspace;
use anyhow::{Context as _, ensure};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The proxies that have a sample and are in Debian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// nginx.
    Nginx,
    /// `HAProxy`.
    HaProxy,
    /// Caddy.
    Caddy,
}

/// The rest of nginx's configuration, which includes the sample: like Debian's, whose log, compression and TLS versions
/// the sample must override.
const NGINX: &str = "worker_processes 1;
pid FOLDER/nginx.pid;
error_log FOLDER/error.log;
events { worker_connections 512; }
http {
    sendfile on;
    tcp_nopush on;
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
    access_log FOLDER/access.log;
    gzip on;
    client_body_temp_path FOLDER/client_body;
    proxy_temp_path FOLDER/proxy;
    fastcgi_temp_path FOLDER/fastcgi;
    uwsgi_temp_path FOLDER/uwsgi;
    scgi_temp_path FOLDER/scgi;
    include FOLDER/nginx.conf;
}
";

impl Kind {
    /// The path in Debian; those of the servers are only in root's `PATH`.
    pub(super) fn program(self) -> &'static Path {
        Path::new(match self {
            Self::Nginx => "/usr/sbin/nginx",
            Self::HaProxy => "/usr/sbin/haproxy",
            Self::Caddy => "/usr/bin/caddy",
        })
    }

    /// The signal that ends it at once, with all its processes.
    pub(super) fn signal(self) -> &'static str {
        match self {
            Self::Nginx => "TERM",
            Self::HaProxy | Self::Caddy => "KILL",
        }
    }

    /// The command that runs it in the foreground.
    pub(super) fn command(self, folder: &Path) -> Vec<OsString> {
        let file = |name: &str| OsString::from(folder.join(name));
        let text = |text: &str| OsString::from(text);
        let arguments = match self {
            Self::Nginx => vec![
                text("-p"),
                folder.into(),
                text("-e"),
                file("error.log"),
                text("-c"),
                file("main.conf"),
                text("-g"),
                text("daemon off;"),
            ],
            Self::HaProxy => vec![text("-db"), text("-f"), file("haproxy.cfg")],
            Self::Caddy => {
                vec![text("run"), text("--config"), file("Caddyfile"), text("--adapter"), text("caddyfile")]
            }
        };
        std::iter::once(self.program().into()).chain(arguments).collect()
    }

    fn file_name(self) -> &'static str {
        match self {
            Self::Nginx => "nginx.conf",
            Self::HaProxy => "haproxy.cfg",
            Self::Caddy => "Caddyfile",
        }
    }

    /// The shipped sample as it is.
    pub fn sample(self) -> anyhow::Result<String> {
        let file = self.shipped_file();
        std::fs::read_to_string(&file).with_context(|| file.display().to_string())
    }

    fn shipped_file(self) -> PathBuf {
        workspace().join("server/packaging/proxies").join(self.file_name())
    }

    /// Writes the configuration of one run.
    pub(super) fn write_configuration(
        self,
        folder: &Path,
        http: u16,
        https: u16,
        backends: Backends,
    ) -> anyhow::Result<()> {
        let mut text = match backends {
            Backends::OneHost(_) => self.sample()?,
            Backends::TwoNodes(_) => for_two_nodes(&self.shipped_file())?,
        };
        let replacements = self.listeners(folder, http, https).into_iter().chain(services(folder, backends));
        for (shipped, here) in replacements {
            ensure!(text.contains(&shipped), "{}: no `{}`", self.file_name(), shipped.trim());
            text = text.replace(&shipped, &here);
        }
        std::fs::write(folder.join(self.file_name()), text)?;
        if self == Self::Nginx {
            let main = NGINX.replace("FOLDER", &folder.display().to_string());
            std::fs::write(folder.join("main.conf"), main)?;
        }
        Ok(())
    }

    /// Addresses and certificate of the proxy itself: as shipped, and for one run.
    fn listeners(self, folder: &Path, http: u16, https: u16) -> Vec<(String, String)> {
        let file = |name: &str| folder.join(name).display().to_string();
        match self {
            Self::Nginx => vec![
                (" 80;".to_owned(), format!(" 127.0.0.1:{http};")),
                (" [::]:80;".to_owned(), format!(" [::1]:{http};")),
                (" 443 ssl".to_owned(), format!(" 127.0.0.1:{https} ssl")),
                (" [::]:443 ssl".to_owned(), format!(" [::1]:{https} ssl")),
                (format!("/etc/ssl/{HOST}.pem"), file("cert.pem")),
                (format!("/etc/ssl/private/{HOST}.key"), file("key.pem")),
            ],
            Self::HaProxy => vec![
                ("bind :80\n".to_owned(), format!("bind 127.0.0.1:{http}\n")),
                ("bind [::]:80 ".to_owned(), format!("bind [::1]:{http} ")),
                ("bind :443 ".to_owned(), format!("bind 127.0.0.1:{https} ")),
                ("bind [::]:443 ".to_owned(), format!("bind [::1]:{https} ")),
                (format!("/etc/ssl/private/{HOST}.pem"), file("both.pem")),
            ],
            Self::Caddy => vec![
                ("0.0.0.0 [::]".to_owned(), "127.0.0.1 [::1]".to_owned()),
                (format!("http://{HOST}:80 "), format!("http://{HOST}:{http} ")),
                (format!("https://{HOST}:443 "), format!("https://{HOST}:{https} ")),
                (format!("/etc/ssl/{HOST}.pem"), file("cert.pem")),
                (format!("/etc/ssl/private/{HOST}.key"), file("key.pem")),
            ],
        }
    }
}

/// The services behind the proxy: as shipped, and for one run.
fn services(folder: &Path, backends: Backends) -> Vec<(String, String)> {
    match backends {
        Backends::OneHost(service) => vec![("127.0.0.1:8080".to_owned(), service.to_string())],
        Backends::TwoNodes([one, other]) => vec![
            ("node1.example.org:8443".to_owned(), one.to_string()),
            ("node2.example.org:8443".to_owned(), other.to_string()),
            ("/etc/ssl/nodes-ca.pem".to_owned(), folder.join("ca.pem").display().to_string()),
        ],
    }
}

/// The `sed` command at the start of each sample.
const SED: [&str; 4] = ["-e", "/ #one-host$/d", "-e", "s/#two-nodes //"];

/// The sample for two nodes, made as its first comment says.
fn for_two_nodes(file: &Path) -> anyhow::Result<String> {
    let output = Command::new("sed").args(SED).arg(file).output().context("sed")?;
    ensure!(output.status.success(), "sed: {}", String::from_utf8_lossy(&output.stderr));
    let sample = std::fs::read_to_string(file)?;
    let [_, first, _, second] = SED;
    ensure!(
        sample.contains(&format!("sed -e '{first}' -e '{second}'")),
        "{}: another command",
        file.display()
    );
    Ok(String::from_utf8(output.stdout)?)
}
