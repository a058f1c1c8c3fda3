//! Starts a [`Pair`] from a template: the template of a single controller, which a second one has joined. The template
//! is created once and cached under `target`.

use super::pair::Pair;
use super::template::{ADMINISTRATORS_PASSWORD, CachedFolder, copy};
use super::{PACKAGES, admin, controller, namespace};
use crate::tls::Authority;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The services of a controller of the pair. The other controller's `drepl` calls `rpc`, with a ticket from `kdc`.
const SERVICES: &str = "ldap kdc rpc drepl";

/// The file with the GUIDs of the controllers.
const SERVERS_FILE: &str = "servers.json";

impl Pair {
    /// Starts both controllers from the template, which the first call creates. Returns when both answer and have
    /// replicated a write of the other.
    pub async fn start(authority: &Authority) -> anyhow::Result<Self> {
        namespace::check_available()?;
        let template = template(authority).await?;
        let pair = Self::prepare(authority)?;
        copy(&template, &pair.home)?;
        pair.configure(SERVICES, "", authority)?;
        pair.write_hosts(&serde_json::from_str(&fs::read_to_string(pair.home.join(SERVERS_FILE))?)?)?;
        for controller in pair.both() {
            controller.launch().await?;
        }
        for controller in pair.both() {
            controller.wait_until_ready().await?;
        }
        // A lockout is replicated, the count of wrong passwords is not.
        pair.dc1.lock_accounts().await?;
        pair.wait_until_replicated().await?;
        Ok(pair)
    }
}

/// The folder of the template, which is created if it does not exist. `authority` issues the certificates that the
/// controllers use during the creation.
async fn template(authority: &Authority) -> anyhow::Result<PathBuf> {
    static CREATION: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _guard = CREATION.lock().await;
    let single = super::template().await?;
    let single_name = single.file_name().context("a template without a name")?.to_string_lossy();
    let sources = [&*single_name, include_str!("pair_template.rs"), include_str!("controller.rs")];
    let cached = CachedFolder::new("joined", &sources)?;
    if !cached.folder.exists() {
        // Not created in its final place: paths of sockets must be short, those of a target folder may be long.
        let pair = Pair::prepare(authority)?;
        create(&pair, &single, authority).await?;
        let working_folder = cached.working_folder()?;
        copy(&pair.home, working_folder.path())?;
        cached.publish(working_folder);
    }
    Ok(cached.folder)
}

async fn create(pair: &Pair, single: &Path, authority: &Authority) -> anyhow::Result<()> {
    let (first, second) = (pair.dc1.folder(), pair.dc2.folder());
    fs::create_dir(&first)?;
    copy(single, &first)?;
    fs::create_dir_all(second.join("etc"))?;
    // A join finds the controller through `cldap`, which nothing else needs.
    pair.configure("ldap cldap kdc rpc drepl kcc", controller::LINK_SETTINGS, authority)?;
    pair.write_hosts(&Value::Null)?;
    let conf = first.join("etc/smb.conf");
    // Without its SPNs the first controller gets no ticket for itself.
    let mut spnupdate = namespace::command(&pair.home, "samba_spnupdate");
    run("samba_spnupdate", spnupdate.arg("-s").arg(&conf), &first)?;
    pair.dc1.launch().await?;
    pair.dc1.wait_until_ready().await?;
    pair.dc1.wait_until_joinable().await?;
    join(pair, &first, &second)?;
    let servers = admin(&first, "servers", &json!({}))?;
    fs::write(pair.home.join(SERVERS_FILE), &servers)?;
    pair.write_hosts(&serde_json::from_str(&servers)?)?;
    // Replaces the settings that the join has written.
    pair.dc2.configure("ldap cldap kdc rpc drepl kcc", controller::LINK_SETTINGS)?;
    pair.dc2.launch().await?;
    pair.dc2.wait_until_ready().await?;
    // When both directions have replicated, the links exist and a run needs no `kcc`.
    pair.wait_until_replicated().await?;
    for (controller, folder) in [(&pair.dc1, &first), (&pair.dc2, &second)] {
        controller.shut_down().await?;
        fs::remove_dir_all(folder.join("tls"))?;
        fs::remove_file(folder.join("samba.log"))?;
    }
    Ok(())
}

fn join(pair: &Pair, first: &Path, second: &Path) -> anyhow::Result<()> {
    // The join would take existing settings for those of an older installation.
    fs::remove_file(second.join("etc/smb.conf"))?;
    // A separate input file, so that the system's smb.conf is neither read nor written.
    let input = second.join("input.conf");
    fs::write(&input, "[global]\nname resolve order = host\n")?;
    let mut command = namespace::command(&pair.home, "samba-tool");
    command.args(["domain", "join", "pantein.grp", "DC", "--realm=PANTEIN.GRP", "--dns-backend=NONE"]);
    command.args(["--server=dc1.pantein.grp", "-UAdministrator"]);
    command.arg(format!("--password={ADMINISTRATORS_PASSWORD}"));
    command.args(["--option=netbios name = DC2", "--option=ldb:nosync = true"]);
    command.arg(format!("--option=interfaces = {}/8", pair.dc2.ip()));
    command.arg("--option=bind interfaces only = yes");
    command.arg(format!("--configfile={}", input.display()));
    command.arg(format!("--targetdir={}", second.display()));
    run("samba-tool domain join", &mut command, first)
}

/// Runs a command with the Kerberos configuration of the controller in `folder`.
fn run(name: &str, command: &mut Command, folder: &Path) -> anyhow::Result<()> {
    let output = command.env("KRB5_CONFIG", folder.join("krb5.conf")).output().context("unshare")?;
    ensure!(
        output.status.success(),
        "{name} (are all of {} installed?): {}",
        PACKAGES.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
