//! The service under a real systemd: the Debian folder is booted with systemd-nspawn.

use super::debian::Debian;
use super::installation::Installation;
use crate::machine::say;
use anyhow::{Context as _, ensure};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::{Child, Command, Stdio};

/// Seconds for the boot and the script; it takes five on an idle machine.
const TIME_LIMIT: &str = "120";

/// Runs in the booted system and writes what it sees. The start proves that the sandbox
/// admits the store and the audit log.
const SCRIPT: &str = r"#!/bin/sh
exec >/result 2>&1
unit=wachtwoord-reset
systemctl start $unit; echo start=$?
touch /started
while [ ! -e /go_on ]; do sleep 0.1; done
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

/// Boots the system while the directory is down, resets a password when it is back, and compares the report of the script.
pub(super) fn test(installation: &mut Installation<'_>) -> anyhow::Result<()> {
    let debian = installation.debian;
    write_files(debian, &installation.variables)?;
    installation.stop_directory()?;
    let mut system = boot(debian)?;
    let reset = installation
        .wait_for_file("/started")
        .and_then(|()| installation.restart_directory())
        .and_then(|()| installation.reset());
    // Also after a failure, so that the system ends and its report explains it.
    fs::write(debian.path("/go_on"), "")?;
    let ended = system.wait()?;
    let console = fs::read_to_string(debian.path("/console")).unwrap_or_default();
    let result = fs::read_to_string(debian.path("/result"))
        .with_context(|| format!("the system did not boot: {ended}\n{console}"))?;
    reset.with_context(|| result.clone())?;
    for expected in EXPECTED {
        ensure!(
            result.lines().any(|line| line.starts_with(expected)),
            "no {expected:?} in the report:\n{result}"
        );
    }
    for message in ["SIGHUP handled: files reopened", "shutting down, open requests may finish", "lisetn"] {
        ensure!(result.contains(message), "no {message:?} in the report:\n{result}");
    }
    say("started, healthy, one reset, reloaded and stopped; wrong settings refused");
    Ok(())
}

/// The script, its unit, and the variables of the installation for both.
fn write_files(debian: &Debian, variables: &[(&str, String)]) -> anyhow::Result<()> {
    let lines = |form: fn(&str, &str) -> String| -> String {
        variables.iter().map(|(name, value)| form(name, value)).collect::<Vec<_>>().join("\n")
    };
    let exports = lines(|name, value| format!("export {name}={value}"));
    let environment = lines(|name, value| format!("Environment=\"{name}={value}\""));
    let (first, rest) = SCRIPT.split_once('\n').unwrap_or_default();
    fs::write(debian.path("/script"), format!("{first}\n{exports}\n{rest}"))?;
    let drop_in = debian.path("/etc/systemd/system/wachtwoord-reset.service.d");
    fs::create_dir_all(&drop_in)?;
    fs::write(drop_in.join("test.conf"), format!("[Service]\n{environment}\n"))?;
    fs::set_permissions(debian.path("/script"), fs::Permissions::from_mode(0o755))?;
    fs::write(debian.path("/etc/systemd/system/script.service"), UNIT)?;
    let wants = debian.path("/etc/systemd/system/multi-user.target.wants");
    fs::create_dir_all(&wants)?;
    symlink("/etc/systemd/system/script.service", wants.join("script.service"))?;
    Ok(())
}

/// Starts the system. It shares the network of this machine, where the simulators listen on loopback.
fn boot(debian: &Debian) -> anyhow::Result<Child> {
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
    command.args(["--console=pipe", "--boot", "--directory"]).arg(debian.root());
    command.stdin(Stdio::null()).stdout(console.try_clone()?).stderr(console);
    command.spawn().context("systemd-nspawn")
}
