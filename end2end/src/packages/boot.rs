//! The service under a real systemd: the Debian folder is booted in a container without a network (systemd-nspawn), so
//! that neither the directory nor Entrust answers.

use super::debian::Debian;
use crate::machine::{run, say};
use anyhow::{Context as _, ensure};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Command, Stdio};

/// Seconds for the boot and the script; it takes five on an idle machine.
const TIME_LIMIT: &str = "120";

/// Runs in the booted system and writes what it sees. The start proves that the sandbox
/// admits the store and the audit log.
const SCRIPT: &str = r"#!/bin/sh
exec >/result 2>&1
unit=wachtwoord-reset
systemctl start $unit; echo start=$?
systemctl show --property=ActiveState --property=StatusText --property=NRestarts $unit
grep -E '^(NoNewPrivs|CapEff):' /proc/$(systemctl show --property=MainPID --value $unit)/status
wachtwoord-reset healthcheck --ready --settings /etc/wachtwoord-reset/settings.toml; echo health=$?
systemctl reload $unit; echo reload=$?
systemctl stop $unit; echo stop=$?
systemctl show --property=Result $unit
sed -i '1i lisetn = 1' /etc/wachtwoord-reset/settings.toml
systemctl start $unit; echo start_with_wrong_settings=$?
sed -i 1d /etc/wachtwoord-reset/settings.toml
journalctl --unit=$unit --output=cat --no-pager
echo complete
systemctl poweroff
";
const UNIT: &str =
    "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/script\n[Install]\nWantedBy=multi-user.target\n";

/// The lines that the script must report.
const EXPECTED: [&str; 13] = [
    "start=0",
    "NRestarts=0",
    "StatusText=serving ",
    "ActiveState=active",
    "NoNewPrivs:\t1",
    "CapEff:\t0000000000000000",
    "ready",
    "health=0",
    "reload=0",
    "stop=0",
    "Result=success",
    "start_with_wrong_settings=1",
    "complete",
];

/// Boots the system and compares the report of the script.
pub(super) fn test(debian: &Debian) -> anyhow::Result<()> {
    fs::write(debian.path("/script"), SCRIPT)?;
    fs::set_permissions(debian.path("/script"), fs::Permissions::from_mode(0o755))?;
    fs::write(debian.path("/etc/systemd/system/script.service"), UNIT)?;
    let wants = debian.path("/etc/systemd/system/multi-user.target.wants");
    fs::create_dir_all(&wants)?;
    symlink("/etc/systemd/system/script.service", wants.join("script.service"))?;
    let console = fs::File::create(debian.path("/console"))?;
    let mut command = Command::new("timeout");
    command.args([
        "--kill-after=10",
        TIME_LIMIT,
        "systemd-nspawn",
        "--quiet",
        "--register=no",
        "--keep-unit",
    ]);
    command.args(["--private-network", "--console=pipe", "--boot", "--directory"]).arg(debian.root());
    command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
    let booted = run(&mut command);
    let console = fs::read_to_string(debian.path("/console")).unwrap_or_default();
    let result = fs::read_to_string(debian.path("/result"))
        .with_context(|| format!("the system did not boot: {booted:?}\n{console}"))?;
    for expected in EXPECTED {
        ensure!(
            result.lines().any(|line| line.starts_with(expected)),
            "no {expected:?} in the report:\n{result}"
        );
    }
    for message in ["SIGHUP handled: files reopened", "shutting down, open requests may finish", "lisetn"] {
        ensure!(result.contains(message), "no {message:?} in the report:\n{result}");
    }
    say("started, healthy, reloaded and stopped; wrong settings refused");
    Ok(())
}
