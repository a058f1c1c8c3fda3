//! The demo: the real `wachtwoord-reset` as a child process between simulators of directory, Entrust, HR, mail and SMS,
//! with generated settings. Product tests use it as well.

mod files;
mod processes;

use crate::balancer::Balancer;
use crate::directory::content::{FIRST_EMPLOYEE_NUMBER, SVC_UPN};
use crate::directory::{self, Delegation, Directory};
use crate::disk::Disk;
use crate::entrust::{Entrust, Options as EntrustOptions, Person as Phone};
use crate::hr::{self, Hr};
use crate::mailbox::{Encryption, Gateway, Mailbox, Options as MailboxOptions};
use crate::people::{ExtraEmployee, PEOPLE};
use crate::phone::{self, Inbox};
use crate::port::Port;
use crate::postgres::{Durability, Postgres};
use crate::proxy::Proxy;
use crate::tls::Authority;
use anyhow::{Context, bail, ensure};
use files::{
    ProductAddresses, write_files, write_hr_settings, write_notification_settings, write_store_settings,
};
use processes::{ServerProcess, import};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::process::Child;

const MAIL_USER: &str = "wachtwoordreset";
const MAIL_PASSWORD: &str = "Post-Zegel-Demo-19";
const SMS_TOKEN: &str = "demo-sms-token";
/// Small, so that the demo's few people need several pages.
const HR_PAGE_SIZE: usize = 3;
/// Bytes of the disk of a node, for its audit log and the embedded store: more than 10,000 resets write.
const NODE_DISK: u64 = 128 << 20;
/// Bytes of the disk of the database.
const DATABASE_DISK: u64 = 512 << 20;

/// The options of a demo.
#[derive(Debug, Clone)]
pub struct Options {
    /// The product's port; the phone pages have the next one. 0 selects free ports.
    pub port: u16,
    /// Whether the product serves HTTPS, with a certificate of the demo's CA.
    pub https: bool,
    /// The folder of settings, keys and store; emptied first.
    pub folder: PathBuf,
    /// The product's binary.
    pub binary: PathBuf,
    /// The number of nodes. More than one share a `PostgreSQL` database, behind a balancer on `port`, without HTTPS.
    pub nodes: u16,
    /// The most file descriptors of the server process; `None` keeps the limit of this process.
    pub descriptors: Option<u32>,
    /// The number of generated employees besides the demo's people.
    pub extra_employees: u32,
    /// Additional settings (TOML), appended to those of the demo.
    pub more_settings: String,
    /// A directory server to use instead of the simulator.
    pub directory: Option<OtherDirectory>,
    /// Whether each node has a disk of its own for audit log and embedded store, and the database as well. They can be
    /// filled.
    pub small_disks: bool,
    /// Whether the product's log is also printed to the terminal.
    pub log_to_terminal: bool,
}

/// A directory server other than the simulator, e.g. a real Samba AD.
#[derive(Debug, Clone)]
pub struct OtherDirectory {
    /// The LDAPS URL.
    pub url: String,
    /// The certificate of the CA (PEM).
    pub ca: String,
    /// The name with which the product binds.
    pub bind_dn: String,
    /// Further lines of `[directory]` (TOML), for a directory that is not an Active Directory.
    pub settings: String,
}

impl OtherDirectory {
    /// An Active Directory with the demo's service account.
    pub fn active_directory(url: String, ca: String) -> Self {
        Self { url, ca, bind_dn: SVC_UPN.to_owned(), settings: String::new() }
    }

    /// A [`Slapd`](crate::slapd::Slapd) whose certificate this authority has issued.
    pub fn openldap(slapd: &crate::slapd::Slapd, authority: &Authority) -> Self {
        let settings =
            format!("kind = \"openldap\"\ndefault_policy = \"{}\"\n", crate::slapd::DEFAULT_POLICY);
        Self { url: slapd.url(), ca: authority.pem(), bind_dn: crate::slapd::SERVICE.to_owned(), settings }
    }
}

/// A running demo. Dropping it stops the product.
pub struct Demo {
    /// The directory simulator, unless another directory server is used.
    pub directory: Option<Directory>,
    /// The Entrust simulator.
    pub entrust: Entrust,
    /// The receiver of the product's mail.
    pub mailbox: Mailbox,
    /// The receiver of the product's SMS.
    pub gateway: Gateway,
    /// The HR simulator. It has every employee except those with nothing registered.
    pub hr: Hr,
    /// The URL of the wizard.
    pub url: String,
    /// The URL of the phone pages.
    pub phone_url: String,
    /// The URL of the product's admin listener.
    pub admin_url: String,
    /// The folder of settings, keys, store and audit log.
    pub folder: PathBuf,
    /// The database of several nodes.
    pub database: Option<Postgres>,
    /// The network between the nodes and the database.
    pub network: Option<Proxy>,
    nodes: Vec<Node>,
    _balancer: Option<Balancer>,
    // After the programs that use them.
    disks: Disks,
    // Reserved, so that the product can restart on the same ports.
    _ports: Vec<Port>,
}

impl Demo {
    /// Starts all systems, imports the registered values, and returns when the product is ready.
    pub async fn start(options: Options) -> anyhow::Result<Self> {
        let folder = options.folder.clone();
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot empty {}", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        let authority = Authority::new()?;
        let (directory, server) = if let Some(other) = options.directory.clone() {
            (None, other)
        } else {
            let config = directory::SimulatorConfig {
                extra_employees: options.extra_employees,
                ..directory::SimulatorConfig::default()
            };
            let simulator = Directory::start(config, &authority).await?;
            // The demo's settings have no attribute to which the product writes numbers.
            simulator.delegate(Delegation { mobile: false, ..Delegation::default() });
            let server = OtherDirectory::active_directory(simulator.url(), authority.pem());
            (Some(simulator), server)
        };
        let entrust =
            Entrust::start(entrust_people(options.extra_employees), EntrustOptions::default()).await?;
        let ports = Ports::choose(options.port, options.nodes)?;
        let mail = MailboxOptions {
            encryption: Encryption::StartTls,
            login: Some((MAIL_USER.to_owned(), MAIL_PASSWORD.to_owned())),
        };
        let mailbox = Mailbox::start(mail, &authority).await?;
        let gateway = Gateway::start(Some(SMS_TOKEN)).await?;
        let inbox = Inbox { mailbox: mailbox.clone(), gateway: gateway.clone() };
        entrust.set_phones(&format!("http://127.0.0.1:{}", ports.phone));
        let url = format!("{}://127.0.0.1:{}", if options.https { "https" } else { "http" }, ports.product);
        let hr = Hr::start(hr_people(), HR_PAGE_SIZE).await?;
        let notification_settings = write_notification_settings(&folder, &authority, &inbox)?;
        let hr_settings = write_hr_settings(&folder, &hr)?;
        let more_settings = format!("{notification_settings}{hr_settings}{}", options.more_settings);
        let options = Options { more_settings, ..options };
        let disks = Disks::mount(&options)?;
        let database = start_database(&folder, &authority, &options, &disks).await?;
        let store = database.as_ref().map(|database| database.settings.as_str());
        let data = if options.nodes == 1 { disks.of_node(0) } else { None }.unwrap_or_else(|| folder.clone());
        let embedded = database.is_none().then(|| data.join("reset.db"));
        serve_phones(entrust.clone(), inbox.clone(), ports.phone, embedded).await?;
        let addresses = ProductAddresses { url: &url, ports: &ports, store, data: &data };
        write_files(&folder, &authority, &server, &addresses, &entrust, &options)?;
        import(&options.binary, &folder).await?;
        let mut nodes = Vec::new();
        for (index, listen) in ports.nodes.iter().enumerate() {
            let process = ServerProcess::new(&options, &ports, index, disks.of_node(index));
            let child = process.spawn().await?;
            nodes.push(Node { origin: format!("http://127.0.0.1:{listen}"), process, child });
        }
        let balancer = match ports.nodes.as_slice() {
            [_] => None,
            several => Some(Balancer::start(ports.product, several).await?),
        };
        let (database, network) = database.map(|database| (database.server, database.network)).unzip();
        let demo = Self {
            directory,
            entrust,
            mailbox,
            gateway,
            hr,
            phone_url: format!("http://127.0.0.1:{}/telefoon", ports.phone),
            admin_url: format!("http://127.0.0.1:{}", ports.first_admin()),
            url: format!("{url}/wachtwoordreset"),
            folder,
            database,
            network,
            nodes,
            _balancer: balancer,
            disks,
            _ports: ports.reserved,
        };
        demo.write_description(&server)?;
        Ok(demo)
    }

    /// Kills the product, as `kill -9` does.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.kill_node(0).await
    }

    /// Starts the product again, with the same settings, keys and store.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.restart_node(0).await
    }

    /// Kills a node, as `kill -9` does.
    pub async fn kill_node(&mut self, index: usize) -> anyhow::Result<()> {
        self.node(index)?.child.kill().await.context("cannot kill the product")
    }

    /// Stops a node with SIGTERM and waits until it has ended.
    pub async fn stop_node(&mut self, index: usize) -> anyhow::Result<()> {
        let node = self.node(index)?;
        let id = node.child.id().context("the node is not running")?;
        crate::machine::run(std::process::Command::new("kill").arg(id.to_string()))?;
        node.child.wait().await?;
        Ok(())
    }

    /// Starts a node again.
    pub async fn restart_node(&mut self, index: usize) -> anyhow::Result<()> {
        let node = self.node(index)?;
        node.child = node.process.spawn().await?;
        Ok(())
    }

    fn node(&mut self, index: usize) -> anyhow::Result<&mut Node> {
        self.nodes.get_mut(index).with_context(|| format!("there is no node {index}"))
    }

    /// The origins of the nodes, without the balancer.
    pub fn nodes(&self) -> Vec<&str> {
        self.nodes.iter().map(|node| node.origin.as_str()).collect()
    }

    /// The disk of a node with its audit log and the embedded store.
    pub fn node_disk(&self, index: usize) -> anyhow::Result<&Disk> {
        self.disks.nodes.get(index).with_context(|| format!("node {index} has no disk of its own"))
    }

    /// The disk of the database.
    pub fn database_disk(&self) -> anyhow::Result<&Disk> {
        self.disks.database.as_ref().context("the database has no disk of its own")
    }

    /// Waits until a node exits, which is an error.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let ends = self.nodes.iter_mut().map(|node| Box::pin(node.child.wait()));
        let (status, _, _) = futures::future::select_all(ends).await;
        bail!("the product ended: {}", status?)
    }

    /// The id of the process of the first node; `None` after it has exited.
    pub fn process(&self) -> Option<u32> {
        self.nodes.first().and_then(|node| node.child.id())
    }

    /// The ids of the processes of all nodes that run.
    pub fn processes(&self) -> Vec<u32> {
        self.nodes.iter().filter_map(|node| node.child.id()).collect()
    }

    /// The audit log of each node.
    pub fn audit_logs(&self) -> Vec<PathBuf> {
        self.nodes.iter().map(|node| node.process.audit_log()).collect()
    }

    /// Audit entries that could not be written at once, according to the logs of the nodes, and were not written since.
    pub fn late_audit_entries(&self) -> anyhow::Result<usize> {
        let mut late = 0;
        for node in &self.nodes {
            let log = fs::read_to_string(node.process.log())?;
            let count = |message| log.matches(message).count();
            late += count("audit log unavailable: entry written later");
            late -= count("late entry written to the audit log").min(late);
        }
        Ok(late)
    }

    /// Copies the audit logs from disks of their own to the folder.
    pub fn keep_audit_logs(&self) -> anyhow::Result<()> {
        for (number, log) in (1..).zip(self.audit_logs()).filter(|(_, log)| !log.starts_with(&self.folder)) {
            fs::copy(&log, self.folder.join(format!("audit-{number}.jsonl")))?;
        }
        Ok(())
    }

    /// Runs the product's `audit verify` on an audit log, and on the log of all nodes. Returns what it found wrong.
    pub async fn verify_audit_log(&self, log: &Path) -> anyhow::Result<Option<String>> {
        let Some(node) = self.nodes.first() else { bail!("the demo has no node") };
        // This thread may also run the relay to the database.
        let mut verify = tokio::process::Command::new(&node.process.binary);
        verify.args(["audit", "verify", "--settings"]).arg(self.settings()).env("RESET__AUDIT_FILE", log);
        let output = verify.output().await.context("audit verify")?;
        let wrong = || String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok((!output.status.success()).then(wrong))
    }

    /// The path of the settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("settings.toml")
    }

    /// The origin of the product, without a path.
    pub fn origin(&self) -> &str {
        self.url.trim_end_matches("/wachtwoordreset")
    }
}

/// Settings with which the service desk is open on this machine.
pub fn service_desk_settings() -> String {
    let (agents, leads) = (crate::directory::content::AGENTS, crate::directory::content::LEADS);
    format!(
        "[service_desk]\nallowed_networks = [\"127.0.0.0/8\", \"::1/128\"]\ngroups = [\"{agents}\"]\nlead_groups = [\"{leads}\"]\n\n"
    )
}

/// A process of the product.
struct Node {
    origin: String,
    process: ServerProcess,
    child: Child,
}

struct Ports {
    /// The port of the product or, with several nodes, of the balancer.
    product: u16,
    phone: u16,
    /// The admin listener of each node.
    admin: Vec<u16>,
    /// The port of each node; that of the product if there is one.
    nodes: Vec<u16>,
    reserved: Vec<Port>,
}

impl Ports {
    fn choose(product: u16, nodes: u16) -> anyhow::Result<Self> {
        let mut reserved = Vec::new();
        let mut free = || -> anyhow::Result<u16> {
            let port = Port::free()?;
            let number = port.number();
            reserved.push(port);
            Ok(number)
        };
        let (product, phone) = if product == 0 { (free()?, free()?) } else { (product, product + 1) };
        let admin = (0..nodes).map(|_| free()).collect::<Result<_, _>>()?;
        let nodes =
            if nodes == 1 { vec![product] } else { (0..nodes).map(|_| free()).collect::<Result<_, _>>()? };
        Ok(Self { product, phone, admin, nodes, reserved })
    }

    fn first_admin(&self) -> u16 {
        self.admin.first().copied().unwrap_or_default()
    }
}

/// The disks of [`Options::small_disks`].
#[derive(Default)]
struct Disks {
    nodes: Vec<Disk>,
    database: Option<Disk>,
}

impl Disks {
    fn mount(options: &Options) -> anyhow::Result<Self> {
        if !options.small_disks {
            return Ok(Self::default());
        }
        let nodes = (0..options.nodes).map(|_| Disk::mount(NODE_DISK)).collect::<Result<_, _>>()?;
        let database = if options.nodes > 1 { Some(Disk::mount(DATABASE_DISK)?) } else { None };
        Ok(Self { nodes, database })
    }

    fn of_node(&self, index: usize) -> Option<PathBuf> {
        self.nodes.get(index).map(Disk::path)
    }
}

/// The database of several nodes.
struct Database {
    server: Postgres,
    network: Proxy,
    /// Of `[store]`.
    settings: String,
}

/// Starts the database of several nodes.
async fn start_database(
    folder: &Path,
    authority: &Authority,
    options: &Options,
    disks: &Disks,
) -> anyhow::Result<Option<Database>> {
    ensure!(options.nodes > 0 && !(options.nodes > 1 && options.https), "several nodes serve without HTTPS");
    if options.nodes == 1 {
        return Ok(None);
    }
    let parent = disks.database.as_ref().map_or_else(std::env::temp_dir, Disk::path);
    let server = Postgres::start_in(&parent, authority, Durability::Durable).await?;
    let network = Proxy::start(SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()))).await?;
    let (direct, through) = (format!(":{}/", server.port()), format!(":{}/", network.address().port()));
    let url = server.create_database()?.replace(&direct, &through);
    let settings = write_store_settings(folder, authority, &url)?;
    Ok(Some(Database { server, network, settings }))
}

/// The registered employees with their mobile numbers.
fn hr_people() -> Vec<hr::Person> {
    let registered = PEOPLE.iter().zip(0..).filter(|(person, _)| person.is_registered());
    let people = registered.map(|(person, number): (_, u32)| {
        hr::Person::new(&(FIRST_EMPLOYEE_NUMBER + number).to_string(), person.mobile)
    });
    people.collect()
}

/// All employees. Those with nothing registered have no number and no app.
fn entrust_people(extra_employees: u32) -> Vec<Phone> {
    let people = PEOPLE.iter().map(|person| Phone {
        user_id: person.user_name.to_owned(),
        first_name: person.first_name.to_owned(),
        last_name: person.last_name.to_owned(),
        mobile: person.is_registered().then(|| person.mobile.to_owned()),
        has_app: person.is_registered(),
    });
    let extra = (1..=extra_employees).map(ExtraEmployee::new).map(|employee| Phone {
        first_name: employee.user_name.clone(),
        last_name: employee.user_name.clone(),
        user_id: employee.user_name,
        mobile: Some(employee.mobile),
        has_app: true,
    });
    people.chain(extra).collect()
}

async fn serve_phones(
    entrust: Entrust,
    inbox: Inbox,
    port: u16,
    store: Option<PathBuf>,
) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener =
        tokio::net::TcpListener::bind(address).await.with_context(|| format!("port {port} is in use"))?;
    let router = phone::router(entrust, Arc::new(inbox), store);
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(())
}
