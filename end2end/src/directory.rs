//! A pretend Active Directory that speaks real LDAP over TLS, with the codes and words
//! measured on Samba AD; those of Windows ([`Words::Silent`]) are from documentation, not measured. It is not a directory to keep anything in: all of it lives in memory.
//!
//! | room | what is in it |
//! |---|---|
//! | [`content`] | what it starts with |
//! | `entry`, `tree`, `filter`, `search` | entries, and finding them |
//! | `accounts`, `lockout` | signing in, setting passwords, the policy |
//! | `permissions` | what the service account may |
//! | `wire` | connections and the arranged faults |

mod accounts;
mod clock;
pub mod content;
mod entry;
mod filter;
mod lockout;
mod permissions;
mod search;
mod tree;
mod wire;

pub use entry::Entry;
pub use ldap3_proto::proto::LdapResultCode;
pub use permissions::Delegation;

use crate::people::FIRST_PASSWORD;
use crate::port::Port;
use crate::tls::Authority;
use anyhow::Context;
use entry::Dn;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tree::Tree;
use wire::Door;

/// How long a port may stay taken whose listener is gone.
const TAKEN: Duration = Duration::from_secs(10);
/// Between two looks at it.
const PAUSE: Duration = Duration::from_millis(5);

/// How much the directory tells of why it refuses a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Words {
    /// As Samba: the broken rule in words.
    #[default]
    Telling,
    /// As Windows: one code for every rule.
    Silent,
}

/// How the directory is to be.
#[derive(Debug, Clone, Copy)]
pub struct SimulatorConfig {
    /// Where LDAPS listens; port 0 takes a free one.
    pub ldaps: SocketAddr,
    /// Where plain LDAP with `StartTLS` listens.
    pub starttls: SocketAddr,
    /// Whether it has the control that holds a reset to the password history.
    pub history_control: bool,
    /// How much it tells.
    pub words: Words,
    /// Whether it refers writes to another controller.
    pub read_only: bool,
    /// How many employees there are besides the demo's people: `Collega.00001` and so on.
    pub crowd: u32,
}

impl Default for SimulatorConfig {
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            ldaps: free,
            starttls: free,
            history_control: true,
            words: Words::Telling,
            read_only: false,
            crowd: 0,
        }
    }
}

/// A fault that a test arranges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Every answer takes this long.
    Slow(Duration),
    /// The connection ends on a modify, which is not carried out.
    CutBeforeModify,
    /// The connection ends on a modify, which is carried out.
    CutAfterModify,
    /// A modify is carried out and never answered; the connection stays open.
    SilentAfterModify,
    /// The connection ends when a paged search asks for more than its first page.
    CutSecondPage,
    /// Searches for nested membership are refused, all others answered.
    RefuseNested,
    /// Everything is answered with this code.
    Refuse(LdapResultCode),
}

/// A request that arrived, without any secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A plain connection asked for TLS.
    StartTls,
    /// A bind.
    Bind {
        /// As whom.
        name: String,
        /// Whether it was let in.
        accepted: bool,
    },
    /// A search.
    Search {
        /// From where.
        base: String,
        /// For what, in the codec's notation.
        filter: String,
    },
    /// A modify.
    Modify {
        /// Of which entry.
        dn: String,
        /// Which attributes, in order.
        attributes: Vec<String>,
        /// Whether the history control came with it.
        with_history: bool,
    },
}

#[derive(Debug, Default)]
struct World {
    tree: Tree,
    writes: usize,
    delegation: Delegation,
}

/// One domain controller: its own listeners, faults and log over the shared entries.
struct Server {
    world: Arc<Mutex<World>>,
    fault: Mutex<Option<Fault>>,
    seen: Mutex<Vec<Operation>>,
    /// Digests of every password that came with a bind.
    told: Mutex<HashSet<[u8; 32]>>,
    tls: Arc<rustls::ServerConfig>,
    history_control: bool,
    words: Words,
    read_only: bool,
}

impl Server {
    fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    fn fault(&self) -> Option<Fault> {
        lock(&self.fault).clone()
    }

    fn saw(&self, operation: Operation) {
        lock(&self.seen).push(operation);
    }
}

fn digest(password: &str) -> [u8; 32] {
    Sha256::digest(password.as_bytes()).into()
}

/// A panic in one test's connection must not hide the state from its assertions.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running directory; it ends when this is dropped.
pub struct Directory {
    server: Arc<Server>,
    config: SimulatorConfig,
    running: Mutex<Vec<JoinHandle<()>>>,
    // They stay the same over a stop and a restart.
    _ports: [Port; 2],
}

impl Directory {
    /// Starts it with the demo's content.
    pub async fn start(config: SimulatorConfig, authority: &Authority) -> anyhow::Result<Self> {
        let tree = content::content(clock::now(), config.crowd);
        let world = Arc::new(Mutex::new(World { tree, ..World::default() }));
        Self::over(world, config, authority).await
    }

    /// Starts another domain controller over the same entries.
    pub async fn replica(&self, authority: &Authority) -> anyhow::Result<Self> {
        let free = SocketAddr::from((self.config.ldaps.ip(), 0));
        let config = SimulatorConfig { ldaps: free, starttls: free, ..self.config };
        Self::over(Arc::clone(&self.server.world), config, authority).await
    }

    /// Starts a read-only domain controller over the same entries.
    pub async fn read_only_replica(&self, authority: &Authority) -> anyhow::Result<Self> {
        let free = SocketAddr::from((self.config.ldaps.ip(), 0));
        let config = SimulatorConfig { ldaps: free, starttls: free, read_only: true, ..self.config };
        Self::over(Arc::clone(&self.server.world), config, authority).await
    }

    async fn over(
        world: Arc<Mutex<World>>,
        mut config: SimulatorConfig,
        authority: &Authority,
    ) -> anyhow::Result<Self> {
        let ip = config.ldaps.ip().to_string();
        let tls = authority.issue(&["localhost", "dc1.pantein.grp", &ip])?.server_config()?;
        let server = Arc::new(Server {
            world,
            fault: Mutex::new(None),
            seen: Mutex::new(Vec::new()),
            told: Mutex::default(),
            tls,
            history_control: config.history_control,
            words: config.words,
            read_only: config.read_only,
        });
        let ports = [Port::free()?, Port::free()?];
        for (address, port) in [&mut config.ldaps, &mut config.starttls].into_iter().zip(&ports) {
            if address.port() == 0 {
                address.set_port(port.number());
            }
        }
        let mut directory = Self { server, config, running: Mutex::new(Vec::new()), _ports: ports };
        directory.listen().await?;
        Ok(directory)
    }

    async fn listen(&mut self) -> anyhow::Result<()> {
        for (door, address) in [(Door::Ldaps, self.config.ldaps), (Door::StartTls, self.config.starttls)] {
            let listener = bound(address).await.with_context(|| format!("{door:?} on {address}"))?;
            lock(&self.running).push(tokio::spawn(accept(listener, door, Arc::clone(&self.server))));
        }
        Ok(())
    }

    /// `ldaps://…`.
    pub fn url(&self) -> String {
        format!("ldaps://{}", self.config.ldaps)
    }

    /// `ldap://…`, to be used with `StartTLS`.
    pub fn starttls_url(&self) -> String {
        format!("ldap://{}", self.config.starttls)
    }

    /// Where LDAPS listens.
    pub fn address(&self) -> SocketAddr {
        self.config.ldaps
    }

    /// Ends every connection and refuses new ones.
    pub async fn stop(&self) {
        let running = std::mem::take(&mut *lock(&self.running));
        for task in running {
            task.abort();
            // Only then is the port closed for sure.
            let _ = task.await;
        }
    }

    /// Listens again, on the same ports.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.stop().await;
        self.listen().await
    }

    /// Arranges a fault, or ends it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        *lock(&self.server.fault) = fault;
    }

    /// What arrived at this domain controller, in order.
    pub fn seen(&self) -> Vec<Operation> {
        lock(&self.server.seen).clone()
    }

    /// Forgets what arrived until now.
    pub fn forget_seen(&self) {
        lock(&self.server.seen).clear();
    }

    /// Whether this password ever came with a bind, right or wrong.
    pub fn was_told(&self, password: &str) -> bool {
        lock(&self.server.told).contains(&digest(password))
    }

    /// How many modifies were carried out, on all domain controllers.
    pub fn writes(&self) -> usize {
        self.server.world().writes
    }

    /// The entry with this login name, as it stands now.
    pub fn entry(&self, login: &str) -> Option<Entry> {
        self.server.world().tree.by_login(login).cloned()
    }

    /// Whether this is the account's password; counts nothing and locks nothing.
    pub fn has_password(&self, login: &str, password: &str) -> bool {
        self.server
            .world()
            .tree
            .by_login(login)
            .is_some_and(|e| e.secret.password.as_deref() == Some(password))
    }

    /// Takes on an ordinary employee, with the first password and a new id.
    pub fn hire(&self, login: &str) {
        let mut entry = content::user(&format!("CN={login},OU=Staff"), login, login, None, clock::now());
        entry.put("mail", &[&crate::people::mail_of(login)]);
        entry.secret.password = Some(FIRST_PASSWORD.to_owned());
        self.server.world().tree.insert(entry);
    }

    /// Deletes an account; says whether there was one.
    pub fn dismiss(&self, login: &str) -> bool {
        let mut world = self.server.world();
        let Some(name) = world.tree.by_login(login).map(Entry::name) else { return false };
        world.tree.remove(&name).is_some()
    }

    /// Gives an account another login name and DN; says whether there was one.
    pub fn rename(&self, login: &str, new_login: &str) -> bool {
        let dn = format!("CN={new_login},{}", content::STAFF);
        self.edit(login, |entry| {
            entry.dn.clone_from(&dn);
            entry.put("distinguishedName", &[&dn]);
            entry.put("sAMAccountName", &[new_login]);
            entry.put("userPrincipalName", &[&format!("{new_login}@{}", content::UPN_SUFFIX)]);
        })
    }

    /// Sets an attribute as an administrator would, or with no value removes it.
    pub fn set(&self, login: &str, attribute: &str, values: &[&str]) -> bool {
        self.edit(login, |entry| entry.put(attribute, values))
    }

    /// Sets an attribute of the domain head, where the domain's policy stands.
    pub fn set_domain(&self, attribute: &str, value: i64) {
        let mut world = self.server.world();
        if let Some(head) = world.tree.get_mut(&Dn::parse(content::BASE)) {
            head.put_number(attribute, value);
        }
    }

    /// Puts an account into a group, by the group's DN.
    pub fn enrol(&self, login: &str, group: &str) -> bool {
        let Some(member) = self.entry(login) else { return false };
        let mut world = self.server.world();
        let Some(group) = world.tree.get_mut(&Dn::parse(group)) else { return false };
        let mut members = group.values("member").to_vec();
        members.push(member.dn.into_bytes());
        group.put_bytes("member", members);
        true
    }

    /// Takes away the right to read the fine-grained policy objects: they are as if not there, though
    /// the accounts still name them.
    pub fn hide_stricter_policy(&self) {
        self.server.world().delegation.policies = false;
    }

    /// Gives the service account other rights than those that the product needs.
    pub fn delegate(&self, delegation: Delegation) {
        self.server.world().delegation = delegation;
    }

    fn edit(&self, login: &str, change: impl FnOnce(&mut Entry)) -> bool {
        let mut world = self.server.world();
        let Some(name) = world.tree.by_login(login).map(Entry::name) else { return false };
        world.tree.change(&name, change)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        for task in lock(&self.running).drain(..) {
            task.abort();
        }
    }
}

/// Where a child that is just being started has not closed what it was born with, the port of a listener that is gone
/// is taken for a moment.
async fn bound(address: SocketAddr) -> std::io::Result<TcpListener> {
    let end = Instant::now() + TAKEN;
    loop {
        match TcpListener::bind(address).await {
            Err(taken) if taken.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                tokio::time::sleep(PAUSE).await;
            }
            bound => return bound,
        }
    }
}

/// Owns its connections, so that aborting it ends them too.
async fn accept(listener: TcpListener, door: Door, server: Arc<Server>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            socket = listener.accept() => {
                if let Ok((socket, _)) = socket {
                    connections.spawn(wire::serve(socket, door, Arc::clone(&server)));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
