//! The domain with two controllers that every run of a pair copies: the lone one's template, which a
//! second one has joined. Made once, kept under `target`. Not a running one.

use super::pair::Pair;
use super::template::{ADMINISTRATORS_PASSWORD, Kept, copy};
use super::{PACKAGES, admin, controller, namespace};
use crate::tls::Authority;
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The file with the GUIDs of the controllers.
pub(super) const SERVERS: &str = "servers.json";

/// The template's folder, made now if it is not there. `authority` serves while it is made.
pub(super) async fn ready(authority: &Authority) -> anyhow::Result<PathBuf> {
    static MAKING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    let _alone = MAKING.lock().await;
    let lone = super::template().await?;
    let lone_name = lone.file_name().context("a template without a name")?.to_string_lossy();
    let sources = [&*lone_name, include_str!("joined.rs"), include_str!("controller.rs")];
    let kept = Kept::of("joined", &sources)?;
    if !kept.folder.exists() {
        // Not made in its place: the paths of sockets are short, those of a target folder may be long.
        let pair = Pair::prepared(authority)?;
        make(&pair, &lone, authority).await?;
        let making = kept.making()?;
        copy(&pair.home, making.path())?;
        kept.keep(making);
    }
    Ok(kept.folder)
}

async fn make(pair: &Pair, lone: &Path, authority: &Authority) -> anyhow::Result<()> {
    let (first, second) = (pair.dc1.folder(), pair.dc2.folder());
    fs::create_dir(&first)?;
    copy(lone, &first)?;
    fs::create_dir_all(second.join("etc"))?;
    // A controller is found by `cldap`, which only a join does.
    pair.configure("ldap cldap kdc rpc drepl kcc", controller::LINKING, authority)?;
    pair.name(&Value::Null)?;
    let conf = first.join("etc/smb.conf");
    // Without its SPNs the first one is given no ticket for itself.
    let mut spnupdate = namespace::command(&pair.home, "samba_spnupdate");
    run("samba_spnupdate", spnupdate.arg("-s").arg(&conf), &first)?;
    pair.dc1.launch().await?;
    pair.dc1.ready().await?;
    pair.dc1.listens_for_joins().await?;
    join(pair, &first, &second)?;
    let servers = admin(&first, "servers", &json!({}))?;
    fs::write(pair.home.join(SERVERS), &servers)?;
    pair.name(&serde_json::from_str(&servers)?)?;
    // The join has written settings of its own.
    pair.dc2.configure("ldap cldap kdc rpc drepl kcc", controller::LINKING)?;
    pair.dc2.launch().await?;
    pair.dc2.ready().await?;
    // Seen both ways, the links are there, and a run needs no `kcc`.
    pair.in_step().await?;
    for (controller, folder) in [(&pair.dc1, &first), (&pair.dc2, &second)] {
        controller.end().await?;
        fs::remove_dir_all(folder.join("tls"))?;
        fs::remove_file(folder.join("samba.log"))?;
    }
    Ok(())
}

fn join(pair: &Pair, first: &Path, second: &Path) -> anyhow::Result<()> {
    // It would hold settings that are there for an older installation.
    fs::remove_file(second.join("etc/smb.conf"))?;
    // An input of its own, so that the system's smb.conf is neither read nor written.
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

/// With the tickets of the controller in `folder`.
fn run(what: &str, command: &mut Command, folder: &Path) -> anyhow::Result<()> {
    let output = command.env("KRB5_CONFIG", folder.join("krb5.conf")).output().context("unshare")?;
    ensure!(
        output.status.success(),
        "{what} (are all of {} installed?): {}",
        PACKAGES.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
