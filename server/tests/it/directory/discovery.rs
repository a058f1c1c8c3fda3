//! The domain controllers that DNS names, with a real DNS server.

use super::{Trust, adapter, config, found, now, username};
use end2end::directory::{Directory as Pretend, SimulatorConfig};
use end2end::dns::{Dns, Service};
use server::adapters::ldap::{ActiveDirectory, LdapConfig};
use server::ports::directory::{Directory as _, DirectoryError};
use server::ports::health_finding::State;
use std::time::Duration;

const DOMAIN: &str = "srv:pantein.grp";

fn service(priority: u16, weight: u16, host: &str, at: &Pretend) -> Service {
    Service {
        name: "_ldap._tcp.dc._msdcs.pantein.grp.".to_owned(),
        priority,
        weight,
        port: at.address().port(),
        host: format!("{host}."),
    }
}

struct Setup {
    trust: Trust,
    first: Pretend,
    second: Pretend,
}

/// Two controllers, both with a certificate for dc1.pantein.grp.
async fn setup() -> Setup {
    let trust = Trust::new();
    let first = Pretend::start(SimulatorConfig::default(), &trust.authority).await.unwrap();
    let second = first.replica(&trust.authority).await.unwrap();
    Setup { trust, first, second }
}

fn directory(trust: &Trust, dns: &Dns) -> ActiveDirectory {
    let config = LdapConfig {
        dns_server: Some(dns.address()),
        listed_for: Duration::ZERO,
        ..config(vec![DOMAIN.to_owned()], trust.file.path())
    };
    ActiveDirectory::new(config, now()).unwrap()
}

#[tokio::test]
async fn the_controllers_are_those_of_dns_by_priority_and_weight() {
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
    let url = |at: &Pretend| format!("ldaps://dc1.pantein.grp:{}", at.address().port());
    assert_eq!(anna.server, url(&first));
    assert_eq!(directory.servers(), [url(&first), url(&second)], "and no host of another domain");
    first.stop().await;
    assert_eq!(found(&directory, "A.Janssen").await.server, url(&second));
}

#[tokio::test]
async fn a_controller_that_is_new_in_dns_is_used_and_one_that_left_is_not() {
    let Setup { trust, first, second } = setup().await;
    let dns = Dns::start(vec![service(0, 0, "dc1.pantein.grp", &first)]).await.unwrap();
    let directory = directory(&trust, &dns);
    let before = found(&directory, "A.Janssen").await.server;
    dns.set(vec![service(0, 0, "dc1.pantein.grp", &second)]);
    // The look-up goes on beside the question that finds it due.
    let used = async {
        while found(&directory, "A.Janssen").await.server == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), used).await.expect("the new one is never used");
    assert_eq!(directory.servers().len(), 1);
}

#[tokio::test]
async fn a_domain_that_dns_does_not_know_is_an_outage_that_names_the_question() {
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
    // A server that the settings name serves on without DNS.
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
async fn a_name_in_the_settings_is_looked_up_by_the_system_itself() {
    let Setup { trust, first, .. } = setup().await;
    let named = format!("ldaps://localhost:{}", first.address().port());
    assert_eq!(found(&adapter(vec![named.clone()], trust.file.path()), "A.Janssen").await.server, named);
}
