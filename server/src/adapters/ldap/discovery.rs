//! The domain controllers as DNS names them (RFC 2782, `_ldap._tcp.dc._msdcs.DOMAIN`). Not whether they
//! answer. The one place that imports the DNS library.

use super::url::Url;
use futures::future::join_all;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use std::cmp::Reverse;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::timeout;

/// What stands before the domain in `directory.urls`.
pub(super) const SCHEME: &str = "srv:";
/// The port of plain LDAP, which DNS names; what is meant is the same server's LDAPS.
const LDAP: u16 = 389;
const LDAPS: u16 = 636;
/// DNS is asked by somebody who waits for an answer from the directory.
const WITHIN: Duration = Duration::from_secs(3);

/// A domain whose controllers are looked up.
pub(super) struct Domain {
    name: String,
    /// Asked instead of the system's own.
    server: Option<SocketAddr>,
    resolver: OnceCell<TokioResolver>,
}

impl Domain {
    /// Reads what stands behind `srv:`.
    pub(super) fn parse(text: &str, server: Option<SocketAddr>) -> Result<Self, &'static str> {
        let name = text.trim_end_matches('.').to_lowercase();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            return Err("behind srv: stands the name of the domain, as in srv:pantein.grp");
        }
        Ok(Self { name, server, resolver: OnceCell::new() })
    }

    /// The controllers, the preferred first.
    pub(super) async fn controllers(&self) -> Result<Vec<Url>, String> {
        let question = format!("_ldap._tcp.dc._msdcs.{}.", self.name);
        let failed = |what: String| format!("{SCHEME}{}: DNS, asked for {question}: {what}", self.name);
        let resolver = self.resolver().await.map_err(failed)?;
        let found = timeout(WITHIN, resolver.srv_lookup(question.as_str())).await;
        let found = found.map_err(|_| failed("no answer in time".to_owned()))?;
        let found = found.map_err(|e| failed(e.to_string()))?;
        let mut services: Vec<_> = found
            .answers()
            .iter()
            .filter_map(|record| {
                let RData::SRV(service) = &record.data else { return None };
                Some((service.priority, Reverse(service.weight), service.target.to_utf8(), service.port))
            })
            .collect();
        services.sort();
        let own = services
            .into_iter()
            .filter_map(|(_, _, host, port)| Some((self.url(host.trim_end_matches('.'), port)?, host)));
        let located =
            own.map(|(url, host)| async move { Url { ip: self.address(resolver, &host).await, ..url } });
        let urls = join_all(located).await;
        if urls.is_empty() { Err(failed(format!("no controller under {}", self.name))) } else { Ok(urls) }
    }

    /// Where a DNS server of one's own is asked, the system's does not know the domain.
    async fn address(&self, resolver: &TokioResolver, host: &str) -> Option<IpAddr> {
        self.server?;
        let found = timeout(WITHIN, resolver.lookup_ip(host)).await.ok()?.ok()?;
        found.iter().next()
    }

    /// Only servers of the domain itself: DNS is not authenticated, and whoever forges an answer must not lead the
    /// service's password elsewhere. The certificate is checked against this name.
    fn url(&self, host: &str, port: u16) -> Option<Url> {
        let port = if port == LDAP { LDAPS } else { port };
        let own = host.to_lowercase().ends_with(&format!(".{}", self.name));
        own.then(|| Url::parse(&format!("ldaps://{}:{port}", host.to_lowercase())).ok()).flatten()
    }

    async fn resolver(&self) -> Result<&TokioResolver, String> {
        let make = || async {
            let builder = match self.server {
                Some(address) => {
                    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
                    for connection in &mut connections {
                        connection.port = address.port();
                    }
                    let server = NameServerConfig::new(address.ip(), true, connections);
                    let config = ResolverConfig::from_name_servers(vec![server]);
                    TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
                }
                None => TokioResolver::builder_tokio().map_err(|e| e.to_string())?,
            };
            builder.build().map_err(|e| e.to_string())
        };
        self.resolver.get_or_try_init(make).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_of_the_domain_are_taken_and_over_tls() {
        let domain = Domain::parse("Pantein.grp.", None).unwrap();
        let url = |host, port| domain.url(host, port).map(|url| url.text);
        assert_eq!(url("DC1.pantein.grp", 389).as_deref(), Some("ldaps://dc1.pantein.grp:636"));
        assert_eq!(url("dc1.pantein.grp", 1636).as_deref(), Some("ldaps://dc1.pantein.grp:1636"));
        for elsewhere in ["dc1.example.org", "evilpantein.grp", "pantein.grp.example.org"] {
            assert_eq!(url(elsewhere, 389), None, "{elsewhere}");
        }
    }

    #[test]
    fn a_domain_is_a_name() {
        for text in ["", ".", "a b", "pantein.grp/x", "ldaps://dc1"] {
            assert!(Domain::parse(text, None).is_err(), "{text}");
        }
    }
}
