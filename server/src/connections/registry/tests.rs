use super::*;
use std::time::Duration;

const DEADLINES: Deadlines = Deadlines {
    first_byte: Duration::from_secs(5),
    handshake: Duration::from_secs(10),
    headers: Duration::from_secs(10),
    body: Duration::from_secs(10),
    write_stall: Duration::from_secs(20),
    answer: Duration::from_mins(2),
    idle: Duration::from_secs(15),
    proxy_idle: Duration::from_secs(75),
};

fn limits() -> Limits {
    Limits {
        total: 6,
        per_address: 3,
        per_network: 4,
        per_own_network: 5,
        own_networks: vec!["198.51.100.0/24".parse().unwrap()],
        proxies: vec!["203.0.113.1/32".parse().unwrap()],
    }
}

/// A registry and a time that advances with each connection.
struct World {
    registry: Arc<Registry>,
    now: Instant,
}

impl World {
    fn new() -> Self {
        Self { registry: Registry::new("test", limits(), DEADLINES), now: Instant::now() }
    }

    fn admit(&mut self, peer: &str) -> Option<Permit> {
        self.now += Duration::from_millis(1);
        self.registry.admit(peer.parse().unwrap(), self.now)
    }

    fn handling(&mut self, peer: &str) -> Permit {
        let permit = self.admit(peer).unwrap();
        permit.activity().head_completed(self.now);
        permit.activity().body_completed(self.now);
        permit
    }
}

fn is_displaced(permit: &Permit) -> bool {
    permit.activity().check_displaced().is_err()
}

#[tokio::test]
async fn connection_above_the_limit_of_an_address_displaces_its_longest_waiting_one() {
    let mut world = World::new();
    let other = world.admit("192.0.2.9").unwrap();
    let own: Vec<Permit> = (0..3).map(|_| world.admit("192.0.2.1").unwrap()).collect();
    let newest = world.admit("192.0.2.1").unwrap();
    let displaced: Vec<bool> = own.iter().map(is_displaced).collect();
    assert_eq!(displaced, [true, false, false]);
    assert!(!is_displaced(&newest) && !is_displaced(&other));
}

#[tokio::test]
async fn handled_request_is_never_displaced_and_trickled_bytes_are_no_progress() {
    let mut world = World::new();
    let handled: Vec<Permit> = (0..2).map(|_| world.handling("192.0.2.1")).collect();
    let trickling = world.admit("192.0.2.1").unwrap();
    trickling.activity().received(world.now + Duration::from_secs(1));
    let next = world.handling("192.0.2.1");
    assert!(is_displaced(&trickling));
    assert!(handled.iter().all(|permit| !is_displaced(permit)));
    assert!(world.admit("192.0.2.1").is_none(), "all three are handled");
    drop(next);
    assert!(world.admit("192.0.2.1").is_some());
}

#[tokio::test]
async fn full_listener_displaces_the_longest_waiting_connection_of_all() {
    let mut world = World::new();
    let first = world.handling("192.0.2.100");
    let rest: Vec<Permit> = (1..6).map(|host| world.admit(&format!("192.0.2.{host}")).unwrap()).collect();
    let newest = world.admit("192.0.2.6").unwrap();
    assert!(is_displaced(rest.first().unwrap()) && !is_displaced(&first) && !is_displaced(&newest));
    assert_eq!(world.registry.state().entries.len(), 6);
}

#[tokio::test]
async fn ipv6_clients_are_limited_per_64_and_per_48() {
    let mut world = World::new();
    let one: Vec<Permit> = (1..4).map(|host| world.handling(&format!("2001:db8:0:1::{host}"))).collect();
    assert!(world.admit("2001:db8:0:1::4").is_none(), "three of one /64");
    let fourth = world.handling("2001:db8:0:2::1");
    assert!(world.admit("2001:db8:0:3::1").is_none(), "four of one /48");
    assert!(world.admit("2001:db8:1::1").is_some());
    drop((one, fourth));
    assert!(world.registry.state().per_network.is_empty());
}

#[tokio::test]
async fn proxy_is_limited_in_total_only_and_own_network_more_generously() {
    let mut world = World::new();
    let proxied: Vec<Permit> = (0..6).map(|_| world.handling("203.0.113.1")).collect();
    assert!(world.admit("::ffff:203.0.113.1").is_none(), "six in total");
    drop(proxied);
    let own: Vec<Permit> = (0..5).map(|host| world.handling(&format!("198.51.100.{host}"))).collect();
    assert!(world.admit("198.51.100.77").is_none(), "five of one own network");
    drop(own);
}

#[tokio::test]
async fn displaced_connections_that_are_not_closed_yet_stop_the_listener() {
    let mut world = World::new();
    let mut open: Vec<Permit> = (0..6).map(|_| world.admit("203.0.113.1").unwrap()).collect();
    world.registry.wait_for_descriptors().await;
    open.extend((0..CLOSING).map(|_| world.admit("203.0.113.1").unwrap()));
    let waiting = tokio::time::timeout(Duration::from_millis(1), world.registry.wait_for_descriptors());
    assert!(waiting.await.is_err());
    open.truncate(6);
    world.registry.wait_for_descriptors().await;
}
