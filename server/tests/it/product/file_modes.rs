//! Secrets, keys and stored data are created with mode 0600, and `check` reports files that other users can access.

use super::records::settings_folder;
use super::world::run;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

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
