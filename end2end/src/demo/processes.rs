//! Runs the product: its import, and its server as a child process.

use anyhow::{Context, bail};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

pub(super) async fn import(binary: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut import = Command::new(binary);
    import
        .arg("import")
        .arg(folder.join("registered.csv"))
        .arg("--settings")
        .arg(folder.join("settings.toml"));
    let output = import.output().await.with_context(|| format!("cannot run {}", binary.display()))?;
    if !output.status.success() {
        bail!(
            "import failed: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(())
}

/// Starts the product and returns when it logs that it is ready. A task writes its log to a file.
pub(super) async fn spawn(binary: &Path, folder: &Path, log_to_terminal: bool) -> anyhow::Result<Child> {
    let mut command = Command::new(binary);
    command.arg("serve").arg("--settings").arg(folder.join("settings.toml"));
    command.stderr(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().with_context(|| format!("cannot run {}", binary.display()))?;
    let mut log = BufReader::new(child.stderr.take().context("no standard error")?).lines();
    let mut file = fs::OpenOptions::new().create(true).append(true).open(folder.join("server.log"))?;
    let mut output = String::new();
    loop {
        let Some(line) = log.next_line().await? else { bail!("the product did not start:\n{output}") };
        write_log_line(&mut file, log_to_terminal, &line);
        output.push_str(&line);
        output.push('\n');
        if line.contains("ready at ") {
            break;
        }
    }
    tokio::spawn(async move {
        while let Ok(Some(line)) = log.next_line().await {
            write_log_line(&mut file, log_to_terminal, &line);
        }
    });
    Ok(child)
}

fn write_log_line(file: &mut fs::File, log_to_terminal: bool, line: &str) {
    use std::io::Write as _;
    // The demo continues if the log cannot be written.
    let _ = writeln!(file, "{line}");
    if log_to_terminal {
        crate::machine::say(line);
    }
}
