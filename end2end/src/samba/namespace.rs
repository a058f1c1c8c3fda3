//! Processes with a private idea of the machine's names, and what ends them. Not a network of their
//! own: their ports are on the machine's loopback, where tests reach them.

use anyhow::{Context, ensure};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The file in a controller's folder with the number of its group of processes.
pub(super) const GROUP: &str = "group";

/// A command for which `/etc/hosts` is `HOME/hosts`, without any name server. Controllers find each
/// other by name, and their addresses differ from run to run. The machine's own files stay as they are:
/// the mounts are seen by these processes alone and end with them.
pub(super) fn command(home: &Path, program: &str) -> Command {
    // An empty resolv.conf means a name server on 127.0.0.1: none, or one that does not know us.
    const SCRIPT: &str = r#"
        set -e
        mount --bind "$1/hosts" /etc/hosts
        if [ -e /etc/resolv.conf ]; then mount --bind /dev/null /etc/resolv.conf; fi
        shift
        exec "$@"
    "#;
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh"]);
    command.arg(home).arg(program).stdin(Stdio::null());
    command
}

/// Tells early and in plain words what is missing.
pub(super) fn possible() -> anyhow::Result<()> {
    let tried = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    ensure!(
        tried.is_ok_and(|status| status.success()),
        "two Samba controllers need a mount namespace, which needs root (CAP_SYS_ADMIN) or `unshare -Urn`"
    );
    Ok(())
}

/// A controller as a group of processes of its own, so that one signal reaches all of it. The
/// process given back is its first one.
pub(super) fn launch(home: &Path, folder: &Path) -> anyhow::Result<Child> {
    // One process for each service (`standard`), though a single one would take half of the memory:
    // that one cannot be its own KDC, so it would hang for a ticket while the other is stopped.
    const SCRIPT: &str = r#"
        set -e
        echo $$ >"$1/group"
        rm -f "$1/samba.pid"
        exec samba -i -M standard -s "$1/etc/smb.conf" >>"$1/samba.log" 2>&1
    "#;
    let mut command = command(home, "sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).process_group(0);
    command.env("KRB5_CONFIG", folder.join("krb5.conf"));
    let log = std::fs::File::options().create(true).append(true).open(folder.join("samba.log"))?;
    command.stdout(Stdio::null()).stderr(log);
    command.spawn().context("unshare")
}

/// To every process of a controller; that it has none any more is no error. The first one has to be
/// unreaped still, or the number may be somebody else's.
pub(super) fn signal(controller: &Child, name: &str) -> anyhow::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", name, &controller.id().to_string()]);
    command.stderr(Stdio::null()).status().context("a shell for a signal")?;
    Ok(())
}

/// A shell that ends every controller under `home` and removes all of it as soon as this process
/// closes the pipe, by dropping it or by dying. SIGKILL ends stopped processes, too.
pub(super) fn guard(home: &Path) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM HUP
        cat >/dev/null
        for group in "$1"/*/group; do
            if [ -s "$group" ]; then kill -s KILL -- "-$(cat "$group")"; fi
        done
        # A process that is just ending may still make a file.
        for again in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 0.2; done
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(home).process_group(0).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for Samba")
}
