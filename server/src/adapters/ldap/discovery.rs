//! Looks up the domain controllers of a domain in DNS (RFC 2782, `_ldap._tcp.dc._msdcs.DOMAIN`). The only importer of
//! the DNS library.

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

/// Prefix of a domain in `directory.urls`.
pub(super) const SCHEME: &str = "srv:";
/// Port of plain LDAP in the SRV records; the LDAPS port of the same server is used instead.
const LDAP_PORT: u16 = 389;
const LDAPS_PORT: u16 = 636;
/// Timeout of a DNS query; a request to the directory may be waiting for it.
const DNS_TIMEOUT: Duration = Duration::from_secs(3);

/// A domain whose controllers are looked up.
pub(super) struct Domain {
    name: String,
    /// DNS server to query instead of the system's.
    server: Option<SocketAddr>,
    resolver: OnceCell<TokioResolver>,
}

impl Domain {
    /// Parses the part after `srv:`.
    pub(super) fn parse(text: &str, server: Option<SocketAddr>) -> Result<Self, &'static str> {
        let name = text.trim_end_matches('.').to_lowercase();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c)) {
            return Err("srv: must be followed by the name of a domain, as in srv:pantein.grp");
        }
        Ok(Self { name, server, resolver: OnceCell::new() })
    }

    /// Returns the controllers, preferred ones first.
    pub(super) async fn controllers(&self) -> Result<Vec<Url>, String> {
        let query_name = format!("_ldap._tcp.dc._msdcs.{}.", self.name);
        let lookup_error =
            |what: String| format!("{SCHEME}{}: DNS query for {query_name}: {what}", self.name);
        let resolver = self.resolver().await.map_err(lookup_error)?;
        let response = timeout(DNS_TIMEOUT, resolver.srv_lookup(query_name.as_str())).await;
        let response = response.map_err(|_| lookup_error("no answer in time".to_owned()))?;
        let response = response.map_err(|e| lookup_error(e.to_string()))?;
        let mut records: Vec<_> = response
            .answers()
            .iter()
            .filter_map(|record| {
                let RData::SRV(srv) = &record.data else { return None };
                Some((srv.priority, Reverse(srv.weight), srv.target.to_utf8(), srv.port))
            })
            .collect();
        records.sort();
        let controllers = records
            .into_iter()
            .filter_map(|(_, _, host, port)| Some((self.url(host.trim_end_matches('.'), port)?, host)));
        let found = controllers
            .map(|(url, host)| async move { Url { ip: self.address(resolver, &host).await, ..url } });
        let urls = join_all(found).await;
        if urls.is_empty() {
            Err(lookup_error(format!("no controller under {}", self.name)))
        } else {
            Ok(urls)
        }
    }

    /// Resolves the host only if a DNS server is configured: the system's resolver does not know the domain then.
    async fn address(&self, resolver: &TokioResolver, host: &str) -> Option<IpAddr> {
        self.server?;
        let response = timeout(DNS_TIMEOUT, resolver.lookup_ip(host)).await.ok()?.ok()?;
        response.iter().next()
    }

    /// Accepts only hosts of the domain itself: DNS is not authenticated, and a forged response must not direct the
    /// service account's password to another host. The certificate is verified against this name.
    fn url(&self, host: &str, port: u16) -> Option<Url> {
        let port = if port == LDAP_PORT { LDAPS_PORT } else { port };
        let is_in_domain = host.to_lowercase().ends_with(&format!(".{}", self.name));
        is_in_domain.then(|| Url::parse(&format!("ldaps://{}:{port}", host.to_lowercase())).ok()).flatten()
    }

    async fn resolver(&self) -> Result<&TokioResolver, String> {
        let build = || async {
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
        self.resolver.get_or_try_init(build).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_servers_of_the_domain_are_accepted_and_only_over_tls() {
        let domain = Domain::parse("Pantein.grp.", None).unwrap();
        let url = |host, port| domain.url(host, port).map(|url| url.text);
        assert_eq!(url("DC1.pantein.grp", 389).as_deref(), Some("ldaps://dc1.pantein.grp:636"));
        assert_eq!(url("dc1.pantein.grp", 1636).as_deref(), Some("ldaps://dc1.pantein.grp:1636"));
        for elsewhere in ["dc1.example.org", "evilpantein.grp", "pantein.grp.example.org"] {
            assert_eq!(url(elsewhere, 389), None, "{elsewhere}");
        }
    }

    #[test]
    fn invalid_domain_name_is_refused() {
        for text in ["", ".", "a b", "pantein.grp/x", "ldaps://dc1"] {
            assert!(Domain::parse(text, None).is_err(), "{text}");
        }
    }
}
