//! Writes the files of a demo: settings, secrets, registered values and description.

use super::{Demo, MAIL_PASSWORD, MAIL_USER, Options, OtherDirectory, Ports, SMS_TOKEN};
use crate::directory::content::{EMPLOYEE_NUMBER_ATTRIBUTE, STAFF, SVC_PASSWORD};
use crate::entrust::{ADMIN_APPLICATION_ID, ADMIN_SECRET, APPLICATION_ID, DECOY, Entrust};
use crate::hr::{self, Hr};
use crate::people::{ExtraEmployee, FIRST_PASSWORD, PEOPLE, mail_address};
use crate::phone::Inbox;
use crate::tls::Authority;
use crate::{balancer, postgres};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

impl Demo {
    /// Writes `demo.json`, which browser tests read.
    pub(super) fn write_description(&self, server: &OtherDirectory) -> anyhow::Result<()> {
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
            "bind_dn": server.bind_dn,
            "settings": self.settings(),
            "first_password": FIRST_PASSWORD,
            "people": people,
        });
        fs::write(self.folder.join("demo.json"), serde_json::to_string_pretty(&description)?)?;
        Ok(())
    }
}

/// Writes the secret files of mail and SMS, and returns the settings that refer to them.
pub(super) fn write_notification_settings(
    folder: &Path,
    authority: &Authority,
    inbox: &Inbox,
) -> anyhow::Result<String> {
    fs::write(folder.join("mail_ca.pem"), authority.pem())?;
    write_secret(&folder.join("mail_password"), MAIL_PASSWORD)?;
    write_secret(&folder.join("sms_token"), SMS_TOKEN)?;
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

/// Writes the secret files of the database, and returns the settings that refer to them.
pub(super) fn write_store_settings(
    folder: &Path,
    authority: &Authority,
    url: &str,
) -> anyhow::Result<String> {
    fs::write(folder.join("database_ca.pem"), authority.pem())?;
    write_secret(&folder.join("database_password"), postgres::PASSWORD)?;
    let file = |name: &str| quoted(&folder.join(name));
    let (password, ca) = (file("database_password"), file("database_ca.pem"));
    Ok(format!("url = \"{url}\"\npassword_file = {password}\nca_file = {ca}\n"))
}

/// Writes the secret file of the HR source, and returns the settings that refer to it. Persons are matched by employee
/// number.
pub(super) fn write_hr_settings(folder: &Path, hr: &Hr) -> anyhow::Result<String> {
    write_secret(&folder.join("hr_secret"), hr::CLIENT_SECRET)?;
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

/// Where the product is, and its store.
pub(super) struct ProductAddresses<'a> {
    pub(super) url: &'a str,
    pub(super) ports: &'a Ports,
    /// The settings of `[store]` for a database; `None` for the embedded store.
    pub(super) store: Option<&'a str>,
    /// The folder of the audit log and the embedded store.
    pub(super) data: &'a Path,
}

pub(super) fn write_files(
    folder: &Path,
    authority: &Authority,
    server: &OtherDirectory,
    product: &ProductAddresses<'_>,
    entrust: &Entrust,
    options: &Options,
) -> anyhow::Result<()> {
    let ProductAddresses { url, ports, store, data } = product;
    fs::write(folder.join("ca.pem"), &server.ca)?;
    write_secret(&folder.join("bind_password"), SVC_PASSWORD)?;
    write_secret(&folder.join("entrust_admin_secret"), ADMIN_SECRET)?;
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    write_secret(&folder.join("key"), key)?;
    let tls = if options.https {
        let issued = authority.issue(&["localhost", "127.0.0.1"])?;
        fs::write(folder.join("tls_cert.pem"), issued.certificate)?;
        write_secret(&folder.join("tls_key.pem"), issued.key)?;
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
    let registration = if options.more_settings.contains("[registration]") {
        ""
    } else {
        "[registration]\nallowed_networks = [\"127.0.0.0/8\", \"::1/128\"]\n\n"
    };
    let embedded = quoted(&PathBuf::from(format!("sqlite:{}", data.join("reset.db").display())));
    let embedded = format!("url = {embedded}\n");
    let proxies = if store.is_some() {
        format!("trusted_proxies = [\"{}/32\"]\nshutdown_delay = \"3s\"\n", balancer::ADDRESS)
    } else {
        String::new()
    };
    let settings = format!(
        "listen = \"127.0.0.1:{product}\"\nadmin_listen = \"127.0.0.1:{admin}\"\npublic_url = \"{url}\"\n\
         audit_file = {audit}\n{proxies}{tls}\n\
         [directory]\nurls = [\"{ldaps}\"]\nca_file = {ca}\nbind_dn = \"{bind_dn}\"\n\
         bind_password_file = {password}\nbase_dn = \"{STAFF}\"\n{timeouts}{other}\n\
         [entrust]\nurl = \"{entrust}\"\napplication_id = \"{APPLICATION_ID}\"\ndecoy_user = \"{DECOY}\"\n\
         admin_application_id = \"{ADMIN_APPLICATION_ID}\"\nadmin_secret_file = {admin_secret}\n\n\
         [store]\n{store}key_files = [{key}]\n\n\
         [[organisation.service_desk.opening]]\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\n\
         from = \"08:00\"\nto = \"17:00\"\n\n{registration}{more}\n",
        product = ports.product,
        admin = ports.first_admin(),
        audit = quoted(&data.join("audit.jsonl")),
        ldaps = server.url,
        bind_dn = server.bind_dn,
        other = server.settings,
        ca = file("ca.pem"),
        password = file("bind_password"),
        admin_secret = file("entrust_admin_secret"),
        entrust = entrust.url(),
        store = store.unwrap_or(&embedded),
        key = file("key"),
        more = options.more_settings,
    );
    fs::write(folder.join("settings.toml"), settings)?;
    let lines = PEOPLE.iter().filter(|person| person.is_registered());
    let lines = lines.map(|person| format!("{};{};{}", person.user_name, person.birthdate, person.mobile));
    let extra = (1..=options.extra_employees).map(ExtraEmployee::new);
    let extra =
        extra.map(|employee| format!("{};{};{}", employee.user_name, employee.birthdate, employee.mobile));
    let header = std::iter::once("username;birthdate;mobile".to_owned());
    let csv: Vec<String> = header.chain(lines).chain(extra).collect();
    fs::write(folder.join("registered.csv"), csv.join("\n"))?;
    Ok(())
}

/// Writes a file that only its owner can read.
fn write_secret(path: &Path, content: impl AsRef<[u8]>) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600).open(path)?.write_all(content.as_ref())
}

/// A TOML literal string, which has no escape sequences.
fn quoted(path: &Path) -> String {
    format!("'{}'", path.display())
}
