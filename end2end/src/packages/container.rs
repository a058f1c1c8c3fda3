//! The files of the container image, without a container engine: `collect.sh` puts them into a folder, and the product runs
//! there with a read-only root, as the user of the image, without `/proc` and `/dev`.

use super::debian::{Debian, text};
use super::installation::{BINARY, POLL_INTERVAL, SETTINGS, START_TIMEOUT, terminate};
use crate::machine;
use crate::port::Port;
use anyhow::{Context as _, bail, ensure};
use std::fs;
use std::process::Command;

/// As in the container file.
const USER: &str = "65532:65532";
const IMAGE: &str = "/image";
/// What an engine does with `--read-only` and two volumes.
const ENTER: &str = "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" \
    && mount -t tmpfs -o mode=700,uid=65532,gid=65532 tmpfs \"$0/var/lib/wachtwoord-reset\" \
    && mount -t tmpfs -o mode=700,uid=65532,gid=65532 tmpfs \"$0/var/log/wachtwoord-reset\" \
    && exec chroot \"$@\"";

/// Collects the files and runs commands of the product. The settings are those of the installation before.
pub(super) fn test(debian: &Debian) -> anyhow::Result<()> {
    let sources = machine::workspace().join("server").join("packaging").join("container");
    fs::copy(sources.join("collect.sh"), debian.path("/tmp/collect.sh"))?;
    debian.expect(0, "root", &["sh", "/tmp/collect.sh", IMAGE])?;
    let version = expect(debian, 0, &["--version"])?;
    ensure!(version.starts_with("wachtwoord-reset "), "{version}");
    debian.expect(0, "root", &["cp", "--recursive", "/etc/wachtwoord-reset", "/image/etc/"])?;
    debian.expect(0, "root", &["chown", "--recursive", USER, "/image/etc/wachtwoord-reset"])?;
    let report = expect(debian, 0, &["check", "--local"])?;
    ensure!(report.contains("good     store"), "{report}");
    serve(debian)?;
    let file = fs::read_to_string(sources.join("Containerfile")).context("Containerfile")?;
    for line in [
        "\nFROM scratch\n",
        "\nUSER 65532:65532\n",
        "CMD [\"/usr/bin/wachtwoord-reset\", \"healthcheck\"]\n",
        "\nENTRYPOINT [\"/usr/bin/wachtwoord-reset\"]\nCMD [\"serve\"]\n",
    ] {
        ensure!(file.contains(line), "the container file has no {line:?}");
    }
    Ok(())
}

/// Starts the service in the image and ends it when it is healthy.
fn serve(debian: &Debian) -> anyhow::Result<()> {
    let port = Port::free()?;
    let variables =
        [("RESET__LISTEN", format!("127.0.0.1:{}", port.number())), ("RESET__ADMIN_LISTEN", String::new())];
    let log = fs::File::create(debian.path("/tmp/container.log"))?;
    let mut service = command(debian, &["serve"]).envs(variables.clone()).stderr(log).spawn()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let polling = async {
        while !command(debian, &["healthcheck", "--ready"]).envs(variables.clone()).output()?.status.success()
        {
            if let Some(status) = service.try_wait()? {
                bail!("the service in the image ended: {status}");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(())
    };
    let ready = runtime.block_on(async { tokio::time::timeout(START_TIMEOUT, polling).await });
    let ready = ready.unwrap_or_else(|_| bail!("the service in the image is not ready"));
    let ended = terminate(&mut service);
    ready.and(ended)
}

/// A command of the product in the image, which contains no other program.
fn command(debian: &Debian, arguments: &[&str]) -> Command {
    let image = debian.path(IMAGE);
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private", "sh", "-c", ENTER]).arg(&image);
    command.arg(format!("--userspec={USER}")).arg(&image).arg(BINARY).args(arguments);
    command.args(["--settings", SETTINGS]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}

fn expect(debian: &Debian, code: i32, arguments: &[&str]) -> anyhow::Result<String> {
    let output = command(debian, arguments).output()?;
    let printed = text(&output);
    ensure!(output.status.code() == Some(code), "{arguments:?} in the image: {}\n{printed}", output.status);
    Ok(printed)
}
