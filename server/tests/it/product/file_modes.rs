//! Secrets, keys and stored data are created with mode 0600, and `check` reports files that other users can access.

use super::records::settings_folder;
use super::world::{binary, run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};

#[tokio::test]
async fn check_reports_files_that_other_users_can_access_and_its_command_mends_them() {
    let folder = settings_folder();
    let path = |name: &str| folder.path().join(name);
    for (name, mode) in [("key", 0o644), ("password", 0o640)] {
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let rows = async || -> Vec<Value> {
        let output = run(&["check", "--json"], folder.path()).await;
        assert_ne!(output.code, 2, "such files do not prevent the start: {}", output.err);
        let rows: Vec<Value> = serde_json::from_str(&output.out).unwrap();
        rows.into_iter().filter(|row| row["part"] == "files").collect()
    };
    let found = rows().await;
    let [row] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&row["state"], &row["what"]), (&"warning".into(), &"store.key_files".into()));
    let expected = format!("{} has mode 0644: every user of this machine has access", path("key").display());
    assert!(row["detail"].as_str().unwrap().starts_with(&expected), "{row}");
    let command = row["mend"][0].as_str().unwrap();
    assert!(tokio::process::Command::new("sh").args(["-c", command]).status().await.unwrap().success());
    assert_eq!(rows().await, Vec::<Value>::new());
    for name in ["reset.db", "audit.jsonl"] {
        assert_eq!(fs::metadata(path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn readable_signing_key_of_the_audit_log_is_reported_by_check_and_at_the_start() {
    let folder = settings_folder();
    let (settings, key) = (folder.path().join("settings.toml"), folder.path().join("audit.key"));
    let text = fs::read_to_string(&settings).unwrap();
    let text = format!("listen = \"127.0.0.1:0\"\n{text}[audit]\nsigning_key_file = \"audit.key\"\n");
    fs::write(&settings, text).unwrap();
    fs::write(&key, [9; 32]).unwrap();
    for (mode, is_reported) in [(0o644, true), (0o600, false)] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        let output = run(&["check", "--json"], folder.path()).await;
        let rows: Vec<Value> = serde_json::from_str(&output.out).unwrap();
        let row = rows.iter().find(|row| row["part"] == "files" && row["what"] == "audit.signing_key_file");
        assert_eq!(row.is_some_and(|row| row["state"] == "warning"), is_reported, "{rows:?}");

        let mut command = tokio::process::Command::new(binary());
        command.args(["serve", "--settings"]).arg(&settings).kill_on_drop(true);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut lines = Vec::new();
        while let Some(line) = log.next_line().await.unwrap() {
            let is_ready = line.contains("ready at");
            lines.push(line);
            if is_ready {
                break;
            }
        }
        let warning =
            |line: &&String| line.contains("audit.signing_key_file") && line.contains("is not private");
        assert_eq!(lines.iter().filter(warning).count(), usize::from(is_reported), "{lines:?}");
        child.kill().await.unwrap();
    }
}
