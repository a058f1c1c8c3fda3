//! Discovery of domain controllers by DNS SRV records, with a real DNS server.

use super::{Trust, adapter, config, found, now, username};
use end2end::directory::{Directory as Simulator, SimulatorConfig};
use end2end::dns::{Dns, Service};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::{Directory as _, DirectoryError};
use server::ports::health_finding::State;
use std::time::Duration;

const DOMAIN: &str = "srv:pantein.grp";

fn service(priority: u16, weight: u16, host: &str, controller: &Simulator) -> Service {
    Service {
        name: "_ldap._tcp.dc._msdcs.pantein.grp.".to_owned(),
        priority,
        weight,
        port: controller.address().port(),
        host: format!("{host}."),
    }
}

struct Setup {
    trust: Trust,
    first: Simulator,
    second: Simulator,
}

/// Starts two controllers, both with a certificate for dc1.pantein.grp.
async fn setup() -> Setup {
    let trust = Trust::new();
    let first = Simulator::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    Setup { trust, first, second }
}

fn directory(trust: &Trust, dns: &Dns) -> ActiveDirectory {
    let config = LdapConfig {
        dns_server: Some(dns.address()),
        discovery_ttl: Duration::ZERO,
        ..config(vec![DOMAIN.to_owned()], trust.file.path())
    };
    ActiveDirectory::new(config, now()).unwrap()
}

#[tokio::test]
async fn controllers_come_from_dns_by_priority_and_weight() {
    let Setup { trust, first, second } = setup().await;
    let dns = Dns::start(vec![
        service(10, 0, "dc1.pantein.grp", &second),
        service(0, 5, "dc1.pantein.grp", &first),
        service(0, 9, "dc1.example.org", &second),
    ])
    .await
    .unwrap();
    let directory = directory(&trust, &dns);
    let anna = found(&directory, "A.Janssen").await;
    let url = |controller: &Simulator| format!("ldaps://dc1.pantein.grp:{}", controller.address().port());
    assert_eq!(anna.server, url(&first));
    assert_eq!(directory.servers(), [url(&first), url(&second)], "no host of another domain");
    first.stop().await;
    assert_eq!(found(&directory, "A.Janssen").await.server, url(&second));
}

#[tokio::test]
async fn new_controller_in_dns_is_used_and_removed_one_is_not() {
    let Setup { trust, first, second } = setup().await;
    let dns = Dns::start(vec![service(0, 0, "dc1.pantein.grp", &first)]).await.unwrap();
    let directory = directory(&trust, &dns);
    let before = found(&directory, "A.Janssen").await.server;
    dns.set(vec![service(0, 0, "dc1.pantein.grp", &second)]);
    // The DNS lookup runs in the background of the query that finds it due.
    let used = async {
        while found(&directory, "A.Janssen").await.server == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), used).await.expect("the new controller is never used");
    assert_eq!(directory.servers().len(), 1);
}

#[tokio::test]
async fn domain_unknown_to_dns_is_an_outage_that_names_the_query() {
    let Setup { trust, first, .. } = setup().await;
    let dns = Dns::start(vec![service(0, 0, "dc1.example.org", &first)]).await.unwrap();
    let directory = directory(&trust, &dns);
    match directory.find(&username("A.Janssen")).await {
        Err(DirectoryError::Unreachable { tried }) => {
            assert!(tried.contains(DOMAIN) && tried.contains("_ldap._tcp.dc._msdcs.pantein.grp."), "{tried}");
        }
        other => unreachable!("{other:?}"),
    }
    let rows = directory.check().await;
    assert!(rows.iter().any(|row| row.state == State::Bad && row.what.contains(DOMAIN)), "{rows:?}");
    // A server named in the settings works without DNS.
    let both = LdapConfig {
        dns_server: Some(dns.address()),
        ..config(vec![DOMAIN.to_owned(), first.url()], trust.file.path())
    };
    let both = ActiveDirectory::new(both, now()).unwrap();
    assert_eq!(found(&both, "A.Janssen").await.server, first.url());
    let rows = both.check().await;
    assert!(rows.iter().any(|row| row.state == State::Warning && row.what.contains(DOMAIN)), "{rows:?}");
}

#[tokio::test]
async fn host_name_in_settings_is_resolved_by_the_system() {
    let Setup { trust, first, .. } = setup().await;
    let named = format!("ldaps://localhost:{}", first.address().port());
    assert_eq!(found(&adapter(vec![named.clone()], trust.file.path()), "A.Janssen").await.server, named);
}
