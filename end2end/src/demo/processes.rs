//! Runs the product: its import, and its server as a child process.

use super::{Options, Ports};
use anyhow::{Context, bail};
use std::fs;
use std::path::{Path, PathBuf};
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

/// How the server is started, the first time and after a kill.
pub(super) struct ServerProcess {
    pub(super) binary: PathBuf,
    /// The most file descriptors; `None` keeps the limit of this process.
    pub(super) descriptors: Option<u32>,
    /// The folder of settings and log.
    pub(super) folder: PathBuf,
    pub(super) log_to_terminal: bool,
    /// The folder of its audit log.
    data: PathBuf,
    /// Settings of this node that differ from those of the file.
    environment: Vec<(&'static str, String)>,
    log: String,
}

impl ServerProcess {
    /// The process of the node with this index. Its audit log is on `disk`, if it has one of its own.
    pub(super) fn new(options: &Options, ports: &Ports, index: usize, disk: Option<PathBuf>) -> Self {
        let address = |ports: &[u16]| format!("127.0.0.1:{}", ports.get(index).copied().unwrap_or_default());
        let number = index + 1;
        let data = disk.unwrap_or_else(|| options.folder.clone());
        let (environment, log) = if ports.nodes.len() == 1 {
            (Vec::new(), "server.log".to_owned())
        } else {
            let audit = data.join(format!("audit-{number}.jsonl"));
            let environment = vec![
                ("RESET__LISTEN", address(&ports.nodes)),
                ("RESET__ADMIN_LISTEN", address(&ports.admin)),
                ("RESET__AUDIT_FILE", audit.display().to_string()),
            ];
            (environment, format!("server-{number}.log"))
        };
        Self {
            binary: options.binary.clone(),
            descriptors: options.descriptors,
            folder: options.folder.clone(),
            log_to_terminal: options.log_to_terminal,
            data,
            environment,
            log,
        }
    }

    /// The log of this node.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join(&self.log)
    }

    /// The audit log of this node.
    pub(super) fn audit_log(&self) -> PathBuf {
        let own = self.environment.iter().find(|(key, _)| *key == "RESET__AUDIT_FILE");
        own.map_or_else(|| self.data.join("audit.jsonl"), |(_, file)| PathBuf::from(file))
    }

    /// Starts the product and returns when it logs that it is ready. A task writes its log to a file.
    pub(super) async fn spawn(&self) -> anyhow::Result<Child> {
        let log_to_terminal = self.log_to_terminal;
        let mut command = self.command();
        command.arg("serve").arg("--settings").arg(self.folder.join("settings.toml"));
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        command.stderr(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true);
        let mut child = command.spawn().with_context(|| format!("cannot run {}", self.binary.display()))?;
        let mut log = BufReader::new(child.stderr.take().context("no standard error")?).lines();
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.log())?;
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

    /// The binary, with a lower limit of descriptors if there is one. The limit is set by a shell: a script of our own,
    /// written and then executed, fails with «text file busy» while another thread forks.
    fn command(&self) -> Command {
        let Some(descriptors) = self.descriptors else { return Command::new(&self.binary) };
        let mut command = Command::new("sh");
        command.args(["-c", "ulimit -n \"$0\" && exec \"$@\""]);
        command.arg(descriptors.to_string()).arg(&self.binary);
        command
    }
}

fn write_log_line(file: &mut fs::File, log_to_terminal: bool, line: &str) {
    use std::io::Write as _;
    // The demo continues if the log cannot be written.
    let _ = writeln!(file, "{line}");
    if log_to_terminal {
        crate::machine::say(line);
    }
}
