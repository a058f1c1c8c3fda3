//! The memory of the service is kept from core files, debuggers and other processes of the same user.

use super::records::settings_folder;
use super::world::binary;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

/// An unprivileged user, `nobody` on most systems.
const UNPRIVILEGED: u32 = 65_534;

fn own_user() -> u32 {
    fs::metadata("/proc/self").unwrap().uid()
}

/// Gives the folder to an unprivileged user, with a copy of the binary, whose own folder may be closed.
async fn hand_over(folder: &Path) -> PathBuf {
    let program = folder.join("wachtwoord-reset");
    // By another process: this one could not execute a file that a fork of another thread still has open for writing.
    let mut copy = tokio::process::Command::new("cp");
    assert!(copy.arg(binary()).arg(&program).status().await.unwrap().success());
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    for path in files.chain([folder.to_owned()]) {
        std::os::unix::fs::chown(path, Some(UNPRIVILEGED), Some(UNPRIVILEGED)).unwrap();
    }
    program
}

#[tokio::test]
async fn memory_of_the_service_is_closed_to_its_own_user_and_not_dumped() {
    let folder = settings_folder();
    let settings = folder.path().join("settings.toml");
    let text = fs::read_to_string(&settings).unwrap();
    fs::write(&settings, format!("listen = \"127.0.0.1:0\"\n{text}")).unwrap();
    let user = own_user();
    let mut command = if user == 0 {
        // The files of /proc/PID of root belong to root in any case, so the service needs another user.
        let mut command = tokio::process::Command::new(hand_over(folder.path()).await);
        command.uid(UNPRIVILEGED).gid(UNPRIVILEGED);
        command
    } else {
        tokio::process::Command::new(binary())
    };
    command.args(["serve", "--settings"]).arg(&settings).kill_on_drop(true);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    // Before, the process may not be dumpable because it has changed its user.
    while let Some(line) = log.next_line().await.unwrap() {
        if line.contains("ready at") {
            break;
        }
    }
    let process = PathBuf::from(format!("/proc/{}", child.id().unwrap()));
    // Of a process that is not dumpable, they belong to root, and not to the user of the process (proc(5)).
    let owner = fs::metadata(process.join("environ")).unwrap().uid();
    assert_ne!(owner, if user == 0 { UNPRIVILEGED } else { user });
    let limits = fs::read_to_string(process.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
    child.kill().await.unwrap();
}
