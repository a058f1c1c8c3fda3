//! The demo: the real `wachtwoord-reset` as a child process between simulators of directory, Entrust, HR, mail and SMS,
//! with generated settings. Product tests use it as well.

use crate::directory::content::{
    EMPLOYEE_NUMBER_ATTRIBUTE, FIRST_EMPLOYEE_NUMBER, STAFF, SVC_PASSWORD, SVC_UPN,
};
use crate::directory::{self, Delegation, Directory};
use crate::entrust::{
    ADMIN_APPLICATION_ID, ADMIN_SECRET, APPLICATION_ID, DECOY, Entrust, Options as EntrustOptions,
    Person as Phone,
};
use crate::hr::{self, Hr};
use crate::mailbox::{Encryption, Gateway, Mailbox, Options as MailboxOptions};
use crate::people::{FIRST_PASSWORD, PEOPLE, mail_address};
use crate::phone::{self, Inbox};
use crate::port::Port;
use crate::tls::Authority;
use anyhow::{Context, bail};
use serde_json::json;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

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
    /// Additional settings (TOML), appended to those of the demo.
    pub more_settings: String,
    /// A directory server to use instead of the simulator.
    pub directory: Option<OtherDirectory>,
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
    binary: PathBuf,
    child: Child,
    log_to_terminal: bool,
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
            let simulator = Directory::start(directory::SimulatorConfig::default(), &authority).await?;
            // The demo's settings have no attribute to which the product writes numbers.
            simulator.delegate(Delegation { mobile: false, ..Delegation::default() });
            let server = OtherDirectory { url: simulator.url(), ca: authority.pem() };
            (Some(simulator), server)
        };
        let entrust = Entrust::start(entrust_people(), EntrustOptions::default()).await?;
        let ports = Ports::choose(options.port)?;
        let mail = MailboxOptions {
            encryption: Encryption::StartTls,
            login: Some((MAIL_USER.to_owned(), MAIL_PASSWORD.to_owned())),
        };
        let mailbox = Mailbox::start(mail, &authority).await?;
        let gateway = Gateway::start(Some(SMS_TOKEN)).await?;
        let inbox = Inbox { mailbox: mailbox.clone(), gateway: gateway.clone() };
        entrust.set_phones(&format!("http://127.0.0.1:{}", ports.phone));
        serve_phones(entrust.clone(), inbox.clone(), ports.phone).await?;
        let url = format!("{}://127.0.0.1:{}", if options.https { "https" } else { "http" }, ports.product);
        let hr = Hr::start(hr_people(), HR_PAGE_SIZE).await?;
        let notification_settings = write_notification_settings(&folder, &authority, &inbox)?;
        let hr_settings = write_hr_settings(&folder, &hr)?;
        let more_settings = format!("{notification_settings}{hr_settings}{}", options.more_settings);
        let options = Options { more_settings, ..options };
        write_files(&folder, &authority, &server, &url, &ports, &entrust, &options)?;
        import(&options.binary, &folder).await?;
        let child = spawn(&options.binary, &folder, options.log_to_terminal).await?;
        let demo = Self {
            directory,
            entrust,
            mailbox,
            gateway,
            hr,
            phone_url: format!("http://127.0.0.1:{}/telefoon", ports.phone),
            admin_url: format!("http://127.0.0.1:{}", ports.admin),
            url: format!("{url}/wachtwoordreset"),
            folder,
            binary: options.binary,
            child,
            log_to_terminal: options.log_to_terminal,
            _ports: ports.reserved,
        };
        demo.write_description(&server)?;
        Ok(demo)
    }

    /// Kills the product, as `kill -9` does.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill().await.context("cannot kill the product")
    }

    /// Starts the product again, with the same settings, keys and store.
    pub async fn restart(&mut self) -> anyhow::Result<()> {
        self.child = spawn(&self.binary, &self.folder, self.log_to_terminal).await?;
        Ok(())
    }

    /// Waits until the product exits, which is an error.
    pub async fn ended(&mut self) -> anyhow::Result<()> {
        let status = self.child.wait().await?;
        bail!("the product ended: {status}")
    }

    /// The id of the product's process; `None` after it has exited.
    pub fn process(&self) -> Option<u32> {
        self.child.id()
    }

    /// The path of the settings file.
    pub fn settings(&self) -> PathBuf {
        self.folder.join("settings.toml")
    }

    /// The origin of the product, without a path.
    pub fn origin(&self) -> &str {
        self.url.trim_end_matches("/wachtwoordreset")
    }

    /// Writes `demo.json`, which browser tests read.
    fn write_description(&self, server: &OtherDirectory) -> anyhow::Result<()> {
        let people: Vec<_> = PEOPLE
            .iter()
            .map(|person| {
                json!({
                    "username": person.user_name,
                    "name": person.display_name(),
                    "birthdate": person.birthdate,
                    "mail": mail_address(person.user_name),
                    "mobile": person.mobile,
                    "dn": format!("CN={},{STAFF}", person.display_name()),
                    "phone": format!("{}/{}", self.phone_url, person.user_name),
                })
            })
            .collect();
        let description = json!({
            "url": self.url,
            "phone": self.phone_url,
            "admin": self.admin_url,
            "ldaps": server.url,
            "ca_file": self.folder.join("ca.pem"),
            "base_dn": STAFF,
            "bind_dn": SVC_UPN,
            "settings": self.settings(),
            "first_password": FIRST_PASSWORD,
            "people": people,
        });
        fs::write(self.folder.join("demo.json"), serde_json::to_string_pretty(&description)?)?;
        Ok(())
    }
}

struct Ports {
    product: u16,
    phone: u16,
    admin: u16,
    reserved: Vec<Port>,
}

impl Ports {
    fn choose(product: u16) -> anyhow::Result<Self> {
        let admin = Port::free()?;
        if product != 0 {
            let phone = product + 1;
            return Ok(Self { product, phone, admin: admin.number(), reserved: vec![admin] });
        }
        let (product, phone) = (Port::free()?, Port::free()?);
        Ok(Self {
            product: product.number(),
            phone: phone.number(),
            admin: admin.number(),
            reserved: vec![product, phone, admin],
        })
    }
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
fn entrust_people() -> Vec<Phone> {
    PEOPLE
        .iter()
        .map(|person| Phone {
            user_id: person.user_name.to_owned(),
            first_name: person.first_name.to_owned(),
            last_name: person.last_name.to_owned(),
            mobile: person.is_registered().then(|| person.mobile.to_owned()),
            has_app: person.is_registered(),
        })
        .collect()
}

async fn serve_phones(entrust: Entrust, inbox: Inbox, port: u16) -> anyhow::Result<()> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener =
        tokio::net::TcpListener::bind(address).await.with_context(|| format!("port {port} is in use"))?;
    tokio::spawn(async move { axum::serve(listener, phone::router(entrust, Arc::new(inbox))).await });
    Ok(())
}

/// Writes the secret files of mail and SMS, and returns the settings that refer to them.
fn write_notification_settings(
    folder: &Path,
    authority: &Authority,
    inbox: &Inbox,
) -> anyhow::Result<String> {
    fs::write(folder.join("mail_ca.pem"), authority.pem())?;
    fs::write(folder.join("mail_password"), MAIL_PASSWORD)?;
    fs::write(folder.join("sms_token"), SMS_TOKEN)?;
    let file = |name: &str| quoted(&folder.join(name));
    Ok(format!(
        "[mail]\nurl = \"{mail}\"\nfrom = \"Wachtwoord Reset <noreply@pantein.test>\"\nuser = \"{MAIL_USER}\"\n\
         password_file = {password}\nca_file = {ca}\n\n\
         [sms]\nurl = \"{sms}\"\ntoken_file = {token}\nsender = \"Pantein\"\n\n",
        mail = inbox.mailbox.url(),
        password = file("mail_password"),
        ca = file("mail_ca.pem"),
        sms = inbox.gateway.url(),
        token = file("sms_token"),
    ))
}

/// Writes the secret file of the HR source, and returns the settings that refer to it. Persons are matched by employee
/// number.
fn write_hr_settings(folder: &Path, hr: &Hr) -> anyhow::Result<String> {
    fs::write(folder.join("hr_secret"), hr::CLIENT_SECRET)?;
    Ok(format!(
        "[records]\nemployee_number_attribute = \"{EMPLOYEE_NUMBER_ATTRIBUTE}\"\n\n\
         [hr]\nurl = \"{url}\"\ntoken_url = \"{token}\"\nclient_id = \"{id}\"\nclient_secret_file = {secret}\n\
         tenant_id = \"{tenant}\"\nevery = \"24h\"\n\n",
        url = hr.url(),
        token = hr.token_url(),
        id = hr::CLIENT_ID,
        secret = quoted(&folder.join("hr_secret")),
        tenant = hr::TENANT_ID,
    ))
}

fn write_files(
    folder: &Path,
    authority: &Authority,
    server: &OtherDirectory,
    url: &str,
    ports: &Ports,
    entrust: &Entrust,
    options: &Options,
) -> anyhow::Result<()> {
    fs::write(folder.join("ca.pem"), &server.ca)?;
    fs::write(folder.join("bind_password"), SVC_PASSWORD)?;
    fs::write(folder.join("entrust_admin_secret"), ADMIN_SECRET)?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    fs::write(folder.join("key"), key)?;
    let tls = if options.https {
        let issued = authority.issue(&["localhost", "127.0.0.1"])?;
        fs::write(folder.join("tls_cert.pem"), issued.certificate)?;
        fs::write(folder.join("tls_key.pem"), issued.key)?;
        fs::write(folder.join("ca.pem"), format!("{}{}", server.ca, authority.pem()))?;
        let path = |name: &str| quoted(&folder.join(name));
        format!("tls_cert_file = {}\ntls_key_file = {}\n", path("tls_cert.pem"), path("tls_key.pem"))
    } else {
        String::new()
    };
    let file = |name: &str| quoted(&folder.join(name));
    // Longer for a real directory server, because other tests can load the machine.
    let timeouts =
        options.directory.as_ref().map_or("", |_| "connect_timeout = \"10s\"\ntimeout = \"10s\"\n");
    let settings = format!(
        "listen = \"127.0.0.1:{product}\"\nadmin_listen = \"127.0.0.1:{admin}\"\npublic_url = \"{url}\"\n\
         audit_file = {audit}\n{tls}\n\
         [directory]\nurls = [\"{ldaps}\"]\nca_file = {ca}\nbind_dn = \"{SVC_UPN}\"\n\
         bind_password_file = {password}\nbase_dn = \"{STAFF}\"\n{timeouts}\n\
         [entrust]\nurl = \"{entrust}\"\napplication_id = \"{APPLICATION_ID}\"\ndecoy_user = \"{DECOY}\"\n\
         admin_application_id = \"{ADMIN_APPLICATION_ID}\"\nadmin_secret_file = {admin_secret}\n\n\
         [store]\nurl = {store}\nkey_files = [{key}]\n\n\
         [[organisation.service_desk.opening]]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\n\
         from = \"08:00\"\nto = \"17:00\"\n\n{more}\n",
        product = ports.product,
        admin = ports.admin,
        audit = file("audit.jsonl"),
        ldaps = server.url,
        ca = file("ca.pem"),
        password = file("bind_password"),
        admin_secret = file("entrust_admin_secret"),
        entrust = entrust.url(),
        store = quoted(&PathBuf::from(format!("sqlite:{}", folder.join("reset.db").display()))),
        key = file("key"),
        more = options.more_settings,
    );
    fs::write(folder.join("settings.toml"), settings)?;
    let lines = PEOPLE.iter().filter(|person| person.is_registered());
    let lines = lines.map(|person| format!("{};{};{}", person.user_name, person.birthdate, person.mobile));
    let csv: Vec<String> = std::iter::once("username;birthdate;mobile".to_owned()).chain(lines).collect();
    fs::write(folder.join("registered.csv"), csv.join("\n"))?;
    Ok(())
}

/// A TOML literal string, which has no escape sequences.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}

async fn import(binary: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut import = Command::new(binary);
    import
        .arg("import")
        .arg(folder.join("registered.csv"))
        .arg("--settings")
        .arg(folder.join("settings.toml"));
    let output = import.output().await.with_context(|| format!("cannot run {}", binary.display()))?;
    if !output.status.success() {
        bail!(
            "import failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Starts the product and returns when it logs that it is ready. A task writes its log to a file.
async fn spawn(binary: &Path, folder: &Path, log_to_terminal: bool) -> anyhow::Result<Child> {
    let mut command = Command::new(binary);
    command.arg("serve").arg("--settings").arg(folder.join("settings.toml"));
    command.stderr(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("cannot run {}", binary.display()))?;
    let mut log = BufReader::new(child.stderr.take().context("no standard error")?).lines();
    let mut file = fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log"))?;
    let mut output = String::new();
    loop {
        let Some(line) = log.next_line().await? else { bail!("the product did not start:\n{output}") };
        write_log_line(&mut file, log_to_terminal, &line);
        output.push_str(&line);
        output.push('\n');
        if line.contains("ready at ") {
            break;
        }
    }
    tokio::spawn(async move {
        while let Ok(Some(line)) = log.next_line().await {
            write_log_line(&mut file, log_to_terminal, &line);
        }
    });
    Ok(child)
}

fn write_log_line(file: &mut fs::File, log_to_terminal: bool, line: &str) {
    use std::io::Write as _;
    // The demo continues if the log cannot be written.
    let _ = writeln!(file, "{line}");
    if log_to_terminal {
        crate::machine::say(line);
    }
}
