//! A simulator of Active Directory that speaks LDAP over TLS. Its result codes and messages are measured on Samba AD;
//! those of Windows ([`PolicyDiagnostics::Windows`]) are from documentation, not measured. All data is in memory.
//!
//! | module | content |
//! |---|---|
//! | `config` | the configuration and the faults |
//! | [`content`] | the initial entries |
//! | `schema` | identifiers and special values of attributes |
//! | `entry`, `tree`, `filter`, `search` | entries and searches |
//! | `accounts`, `lockout` | bind, modify, password policy and lockout |
//! | `permissions` | the rights of the service account |
//! | `clock` | the time of the simulator |
//! | `listener` | accepts connections |
//! | `wire` | connections and the configured faults |

mod accounts;
mod clock;
mod config;
pub mod content;
mod entry;
mod filter;
mod listener;
mod lockout;
mod permissions;
mod schema;
mod search;
mod tree;
mod wire;

pub use config::{Fault, PolicyDiagnostics, SimulatorConfig};
pub use entry::Entry;
pub use ldap3_proto::proto::LdapResultCode;
pub use permissions::Delegation;

use crate::people::FIRST_PASSWORD;
use crate::port::Port;
use crate::tls::Authority;
use anyhow::Context;
use entry::Dn;
use listener::{accept, bind_with_retry};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::JoinHandle;
use tree::Tree;
use wire::TlsMode;

/// A received request, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// The extended operation `StartTLS`.
    StartTls,
    /// A bind.
    Bind {
        /// The bind name.
        name: String,
        /// Whether it succeeded.
        accepted: bool,
    },
    /// A search.
    Search {
        /// The base.
        base: String,
        /// The filter, in the codec's notation.
        filter: String,
    },
    /// A modify.
    Modify {
        /// The DN of the entry.
        dn: String,
        /// The attributes, in order.
        attributes: Vec<String>,
        /// Whether the request had the history control.
        with_history: bool,
    },
}

/// The data that all domain controllers share.
#[derive(Debug, Default)]
struct Domain {
    tree: Tree,
    writes: usize,
    delegation: Delegation,
}

/// One domain controller: its faults and its log of requests, and the shared data.
struct Server {
    domain: Arc<Mutex<Domain>>,
    fault: Mutex<Option<Fault>>,
    operations: Mutex<Vec<Operation>>,
    /// Digests of the passwords of all binds.
    bind_passwords: Mutex<HashSet<[u8; 32]>>,
    tls: Arc<rustls::ServerConfig>,
    history_control: bool,
    policy_diagnostics: PolicyDiagnostics,
    read_only: bool,
}

impl Server {
    fn domain(&self) -> MutexGuard<'_, Domain> {
        lock(&self.domain)
    }

    fn fault(&self) -> Option<Fault> {
        lock(&self.fault).clone()
    }

    fn record(&self, operation: Operation) {
        lock(&self.operations).push(operation);
    }
}

fn digest(password: &str) -> [u8; 32] {
    Sha256::digest(password.as_bytes()).into()
}

/// Ignores poisoning: a panic in a connection must not hide the state from the assertions of the test.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running domain controller. Dropping it stops the server.
pub struct Directory {
    server: Arc<Server>,
    config: SimulatorConfig,
    listeners: Mutex<Vec<JoinHandle<()>>>,
    // Reserved, so that the server can restart on the same ports.
    _ports: [Port; 2],
}

impl Directory {
    /// Starts the first domain controller, with the initial entries.
    pub async fn start(config: SimulatorConfig, authority: &Authority) -> anyhow::Result<Self> {
        let tree = content::initial_entries(clock::now(), config.extra_employees);
        let domain = Arc::new(Mutex::new(Domain { tree, ..Domain::default() }));
        Self::start_for_domain(domain, config, authority).await
    }

    /// Starts another domain controller with the same data.
    pub async fn replica(&self, authority: &Authority) -> anyhow::Result<Self> {
        let free = SocketAddr::from((self.config.ldaps.ip(), 0));
        let config = SimulatorConfig { ldaps: free, starttls: free, ..self.config };
        Self::start_for_domain(Arc::clone(&self.server.domain), config, authority).await
    }

    /// Starts a read-only domain controller with the same data.
    pub async fn read_only_replica(&self, authority: &Authority) -> anyhow::Result<Self> {
        let free = SocketAddr::from((self.config.ldaps.ip(), 0));
        let config = SimulatorConfig { ldaps: free, starttls: free, read_only: true, ..self.config };
        Self::start_for_domain(Arc::clone(&self.server.domain), config, authority).await
    }

    async fn start_for_domain(
        domain: Arc<Mutex<Domain>>,
        mut config: SimulatorConfig,
        authority: &Authority,
    ) -> anyhow::Result<Self> {
        let ip = config.ldaps.ip().to_string();
        let tls = authority.issue(&["localhost", "dc1.pantein.grp", &ip])?.server_config()?;
        let server = Arc::new(Server {
            domain,
            fault: Mutex::new(None),
            operations: Mutex::new(Vec::new()),
            bind_passwords: Mutex::default(),
            tls,
            history_control: config.history_control,
            policy_diagnostics: config.policy_diagnostics,
            read_only: config.read_only,
        });
        let ports = [Port::free()?, Port::free()?];
        for (address, port) in [&mut config.ldaps, &mut config.starttls].into_iter().zip(&ports) {
            if address.port() == 0 {
                address.set_port(port.number());
            }
        }
        let mut directory = Self { server, config, listeners: Mutex::new(Vec::new()), _ports: ports };
        directory.listen().await?;
        Ok(directory)
    }

    async fn listen(&mut self) -> anyhow::Result<()> {
        for (mode, address) in
            [(TlsMode::Ldaps, self.config.ldaps), (TlsMode::StartTls, self.config.starttls)]
        {
            let listener =
                bind_with_retry(address).await.with_context(|| format!("{mode:?} on {address}"))?;
            lock(&self.listeners).push(tokio::spawn(accept(listener, mode, Arc::clone(&self.server))));
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

    /// The address of LDAPS.
    pub fn address(&self) -> SocketAddr {
        self.config.ldaps
    }

    /// Closes all connections and the listeners.
    pub async fn stop(&self) {
        let listeners = std::mem::take(&mut *lock(&self.listeners));
        for task in listeners {
            task.abort();
            // The port is closed only after the task has ended.
            let _ = task.await;
        }
    }

    /// Restarts the listeners, on the same ports.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.stop().await;
        self.listen().await
    }

    /// Configures a fault, or removes it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        *lock(&self.server.fault) = fault;
    }

    /// The requests that this domain controller has received, in order.
    pub fn seen(&self) -> Vec<Operation> {
        lock(&self.server.operations).clone()
    }

    /// Clears the log of requests.
    pub fn clear_operations(&self) {
        lock(&self.server.operations).clear();
    }

    /// Whether a bind, successful or not, has sent this password.
    pub fn has_received_password(&self, password: &str) -> bool {
        lock(&self.server.bind_passwords).contains(&digest(password))
    }

    /// The number of modifies that all domain controllers have executed.
    pub fn writes(&self) -> usize {
        self.server.domain().writes
    }

    /// The current entry with this login name.
    pub fn entry(&self, login: &str) -> Option<Entry> {
        self.server.domain().tree.by_login(login).cloned()
    }

    /// Whether this is the account's password. Does not count as a sign-in attempt.
    pub fn has_password(&self, login: &str, password: &str) -> bool {
        self.server
            .domain()
            .tree
            .by_login(login)
            .is_some_and(|e| e.secret.password.as_deref() == Some(password))
    }

    /// Adds an ordinary employee, with the first password and a new `objectGUID`.
    pub fn add_account(&self, login: &str) {
        let mut entry = content::user(&format!("CN={login},OU=Staff"), login, login, None, clock::now());
        entry.put("mail", &[&crate::people::mail_address(login)]);
        entry.secret.password = Some(FIRST_PASSWORD.to_owned());
        self.server.domain().tree.insert(entry);
    }

    /// Gives an account its first password again, and forgets the later ones; returns whether it exists.
    pub fn restore_first_password(&self, login: &str) -> bool {
        self.edit(login, |entry| {
            entry.secret.password = Some(FIRST_PASSWORD.to_owned());
            entry.secret.history.clear();
        })
    }

    /// Deletes an account; returns whether it existed.
    pub fn delete_account(&self, login: &str) -> bool {
        let mut domain = self.server.domain();
        let Some(name) = domain.tree.by_login(login).map(Entry::name) else { return false };
        domain.tree.remove(&name).is_some()
    }

    /// Changes the login name, UPN and DN of an account; returns whether it existed.
    pub fn rename(&self, login: &str, new_login: &str) -> bool {
        let dn = format!("CN={new_login},{}", content::STAFF);
        self.edit(login, |entry| {
            entry.dn.clone_from(&dn);
            entry.put("distinguishedName", &[&dn]);
            entry.put("sAMAccountName", &[new_login]);
            entry.put("userPrincipalName", &[&format!("{new_login}@{}", content::UPN_SUFFIX)]);
        })
    }

    /// Sets an attribute of an account without checking rights, or removes it if there are no values; returns whether
    /// the account exists.
    pub fn set(&self, login: &str, attribute: &str, values: &[&str]) -> bool {
        self.edit(login, |entry| entry.put(attribute, values))
    }

    /// Sets an attribute of the domain head, which contains the domain's policy.
    pub fn set_domain(&self, attribute: &str, value: i64) {
        let mut domain = self.server.domain();
        if let Some(head) = domain.tree.get_mut(&Dn::parse(content::BASE)) {
            head.put_number(attribute, value);
        }
    }

    /// Adds an account to the group with this DN; returns whether both exist.
    pub fn add_to_group(&self, login: &str, group: &str) -> bool {
        let Some(member) = self.entry(login) else { return false };
        let mut domain = self.server.domain();
        let Some(group) = domain.tree.get_mut(&Dn::parse(group)) else { return false };
        let mut members = group.values("member").to_vec();
        members.push(member.dn.into_bytes());
        group.put_bytes("member", members);
        true
    }

    /// Removes the right to read the fine-grained policy objects: searches do not find them, although accounts still
    /// refer to them.
    pub fn hide_stricter_policy(&self) {
        self.server.domain().delegation.policies = false;
    }

    /// Sets the rights of the service account.
    pub fn delegate(&self, delegation: Delegation) {
        self.server.domain().delegation = delegation;
    }

    fn edit(&self, login: &str, change: impl FnOnce(&mut Entry)) -> bool {
        let mut domain = self.server.domain();
        let Some(name) = domain.tree.by_login(login).map(Entry::name) else { return false };
        domain.tree.change(&name, change)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        for task in lock(&self.listeners).drain(..) {
            task.abort();
        }
    }
}
