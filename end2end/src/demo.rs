//! The demo: the real `wachtwoord-reset` as a child process between simulators of directory, Entrust, HR, mail and SMS,
//! with generated settings. Product tests use it as well.

mod files;
mod nodes;
mod people;
mod ports;
mod processes;
mod storage;

use crate::balancer::Balancer;
use crate::directory::content::SVC_UPN;
use crate::directory::{self, Delegation, Directory};
use crate::disk::Disk;
use crate::entrust::{Entrust, Options as EntrustOptions};
use crate::hr::Hr;
use crate::mailbox::{Encryption, Gateway, Mailbox, Options as MailboxOptions};
use crate::phone::{self, Inbox};
use crate::port::Port;
use crate::postgres::Postgres;
use crate::proxy::Proxy;
use crate::tls::Authority;
use anyhow::Context;
use files::{ProductAddresses, write_files, write_hr_settings, write_notification_settings};
use nodes::Node;
use people::{entrust_people, hr_people};
use ports::Ports;
use processes::{ServerProcess, import};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use storage::{Disks, start_database};

const MAIL_USER: &str = "wachtwoordreset";
const MAIL_PASSWORD: &str = "Post-Zegel-Demo-19";
const SMS_TOKEN: &str = "demo-sms-token";
/// Small, so that the demo's few people need several pages.
const HR_PAGE_SIZE: usize = 3;

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

    /// The disk of a node with its audit log and the embedded store.
    pub fn node_disk(&self, index: usize) -> anyhow::Result<&Disk> {
        self.disks.nodes.get(index).with_context(|| format!("node {index} has no disk of its own"))
    }

    /// The disk of the database.
    pub fn database_disk(&self) -> anyhow::Result<&Disk> {
        self.disks.database.as_ref().context("the database has no disk of its own")
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
