//! A server from Debian's packages as a child process in a private folder, which ends with this process.

use crate::machine;
use anyhow::Context;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A user without rights, under which root runs the server.
#[derive(Debug, Clone, Copy)]
pub(crate) enum User {
    Own,
    Nobody,
}

/// Gives the folder to the user of the server: root does not run it under its own name.
pub(crate) fn give_away(folder: &Path) -> anyhow::Result<User> {
    if !machine::is_root() {
        return Ok(User::Own);
    }
    machine::run(Command::new("chown").args(["-R", "nobody:nogroup"]).arg(folder))?;
    Ok(User::Nobody)
}

/// Starts a server with its output in `folder/output`, and a shell that stops it with `signal` and removes the folder as
/// soon as this process closes the pipe, by dropping it or by exiting. A destructor alone would leave both behind after a
/// `kill -9`.
pub(crate) fn guard(
    folder: &Path,
    user: User,
    signal: &str,
    command_line: &[OsString],
) -> anyhow::Result<Child> {
    const SCRIPT: &str = r#"
        trap '' INT TERM
        folder=$1 signal=$2; shift 2
        exec 3<&0
        # A server with workers ends them when it is terminated. The others would wait for open connections.
        HOME="$folder" "$@" </dev/null 3<&- >"$folder/output" 2>&1 &
        server=$!
        (cat <&3 >/dev/null; kill -$signal $server; while kill -0 $server; do sleep 0.02; done; rm -rf "$folder") 2>/dev/null &
        exec 3<&-
        wait $server
    "#;
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "sh"]).arg(folder).arg(signal);
    match user {
        User::Own => {}
        User::Nobody => {
            command.args(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]);
        }
    }
    command.args(command_line).current_dir(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().context("a shell for the server")
}

/// Stops a server, by the end of the guard's input, and waits until it has ended.
pub(crate) fn stop(guard: &mut Child) {
    drop(guard.stdin.take());
    let _ = guard.wait();
}
