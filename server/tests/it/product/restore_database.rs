//! The procedure «Backup and restore» of docs/operations/runbook.md with a database: `pg_dump` and `pg_restore` as `backup`
//! prints them and the page shows them.

use super::world::{NEW_PASSWORD, Product};
use crate::documentation::workspace;
use end2end::postgres::{PASSWORD, Postgres};
use std::path::Path;
use tokio::process::Command;

/// The line of the output of `backup` that contains a command of this program.
fn printed<'a>(output: &'a str, program: &str) -> &'a str {
    let from = |line: &'a str| line.find(&format!("{program} ")).map(|start| &line[start..]);
    output.lines().find_map(from).unwrap_or_else(|| panic!("{program}: {output}"))
}

/// Runs a command line in a folder, as the operator does who knows the password of the role.
async fn execute(database: &Postgres, line: &str, folder: &Path) {
    let mut shell = Command::new("sh");
    let path = format!("{}:{}", database.programs().display(), std::env::var("PATH").unwrap());
    shell.args(["-c", line]).current_dir(folder).env("PATH", path).env("PGPASSWORD", PASSWORD);
    // This thread also runs the relay to the database.
    let output = shell.kill_on_drop(true).output().await.unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn postgres_open_reset_goes_on_after_a_restore_of_the_database() {
    let mut product = Product::with_nodes(2).await;
    let mut open = product.browser();
    open.reach_code("F.Vermeulen").await;
    assert_eq!(product.command(&["freeze", "A.Janssen"]).await.code, 0);
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("copy");
    let backup = product.command(&["backup", copy.to_str().unwrap()]).await;
    assert_eq!(backup.code, 0, "{backup:?}");
    let (dump, restore) = (printed(&backup.out, "pg_dump"), printed(&backup.out, "pg_restore"));
    execute(product.demo.database.as_ref().unwrap(), dump, elsewhere.path()).await;
    // After the copy: these changes are lost.
    assert_eq!(product.command(&["unfreeze", "A.Janssen"]).await.code, 0);
    let mut later = product.browser();
    later.reach_code("B.Smits").await;

    for node in 0..2 {
        product.demo.stop_node(node).await.unwrap();
    }
    execute(product.demo.database.as_ref().unwrap(), restore, elsewhere.path()).await;
    let check = product.command(&["check"]).await;
    assert_eq!(check.code, 0, "{}", check.out);
    for node in 0..2 {
        product.demo.restart_node(node).await.unwrap();
    }

    assert_eq!(open.code(&product.code("F.Vermeulen")).await.outcome(), "password");
    assert_eq!(open.password(NEW_PASSWORD).await.outcome(), "done");
    assert!(product.directory().has_password("F.Vermeulen", NEW_PASSWORD));
    assert_eq!(later.current().await.outcome(), "identify", "it began after the copy");
    let mut refused = product.browser();
    refused.reach_code("A.Janssen").await;
    assert_eq!(refused.code(&product.code("A.Janssen")).await.outcome(), "not_verified");
}

/// With other values for the words in capitals, the page has the commands that `backup` prints.
#[tokio::test]
async fn postgres_commands_of_the_runbook_are_those_of_backup() {
    let folder = super::records::settings_folder();
    let settings = folder.path().join("settings.toml");
    let text = std::fs::read_to_string(&settings).unwrap();
    let text = text.replace("sqlite:reset.db", "postgres://ROLE@HOST.example/DATABASE");
    std::fs::write(&settings, text).unwrap();
    let backup = super::world::run(&["backup", "copy"], folder.path()).await;
    assert_eq!(backup.code, 0, "{backup:?}");
    let runbook = std::fs::read_to_string(workspace().join("docs/operations/runbook.md")).unwrap();
    for program in ["pg_dump", "pg_restore"] {
        let line = printed(&backup.out, program).replace("HOST.example", "HOST").replace("5432", "PORT");
        assert!(runbook.contains(&line), "{line}");
    }
}
