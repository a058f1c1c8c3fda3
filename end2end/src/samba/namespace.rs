//! Processes in a mount namespace with a private `/etc/hosts`, and the signals that stop them. They have no network
//! namespace: their ports are on the machine's loopback, where tests reach them.

use anyhow::{Context, ensure};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The file in a controller's folder with its process group id.
pub(super) const PROCESS_GROUP_FILE: &str = "group";

/// A command for which `/etc/hosts` is `HOME/hosts`, without any name server. Controllers find each
/// other by name, and their addresses differ from run to run. The machine's own files are unchanged:
/// the mounts are visible to these processes only and end with them.
pub(super) fn command(home: &Path, program: &str) -> Command {
    // An empty resolv.conf means a name server on 127.0.0.1: either there is none, or it does not have these names.
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

/// Fails with a clear message if mount namespaces are not available.
pub(super) fn check_available() -> anyhow::Result<()> {
    let status = Command::new("unshare").args(["--mount", "true"]).stderr(Stdio::null()).status();
    ensure!(
        status.is_ok_and(|status| status.success()),
        "two Samba controllers need a mount namespace, which needs root (CAP_SYS_ADMIN) or `unshare -Urn`"
    );
    Ok(())
}

/// Starts a controller in its own process group, so that one signal reaches all of its processes. Returns the first
/// process.
pub(super) fn launch(home: &Path, folder: &Path) -> anyhow::Result<Child> {
    // One process for each service (`standard`), although a single process would need half of the memory:
    // it cannot be its own KDC, so it would wait for a ticket while the other controller is stopped.
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

/// Sends a signal to every process of a controller. That there are none is no error. The first process must not have
/// been reaped, because its id could belong to another process group by now.
pub(super) fn signal(controller: &Child, name: &str) -> anyhow::Result<()> {
    let mut command = Command::new("sh");
    command.args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", name, &controller.id().to_string()]);
    command.stderr(Stdio::null()).status().context("a shell for a signal")?;
    Ok(())
}

/// A shell that kills every controller under `home` and removes the folder as soon as this process
/// closes the pipe, by dropping it or by exiting. SIGKILL also ends stopped processes.
pub(super) fn guard(home: &Path) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM HUP
        cat >/dev/null
        for group in "$1"/*/group; do
            if [ -s "$group" ]; then kill -s KILL -- "-$(cat "$group")"; fi
        done
        # A process that is being killed may still create a file.
        for again in 1 2 3 4 5; do rm -rf "$1" && exit; sleep 0.2; done
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(home).process_group(0).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for Samba")
}
