//! Output and exit status of the commands for registered values: `import`, `coverage`, `person`, `retention`.

use super::world::{Product, binary, run};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use tempfile::TempDir;

const UNKNOWN_ID: &str = "11111111-1111-1111-1111-111111111111";

/// A folder with settings whose directory is unreachable.
pub(super) fn settings_folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = "public_url = \"http://127.0.0.1:8080\"\naudit_file = \"audit.jsonl\"\n\
        [directory]\nurls = [\"ldaps://127.0.0.1:1\"]\nca_file = \"ca.pem\"\nbind_dn = \"svc\"\n\
        bind_password_file = \"password\"\nbase_dn = \"DC=example\"\n\
        [entrust]\nurl = \"http://127.0.0.1:1\"\napplication_id = \"x\"\ndecoy_user = \"decoy\"\n\
        [store]\nurl = \"sqlite:reset.db\"\nkey_files = [\"key\"]\n";
    let authority = end2end::tls::Authority::new().unwrap();
    for (name, content) in [
        ("settings.toml", settings.as_bytes()),
        ("ca.pem", authority.pem().as_bytes()),
        ("key", &[7; 32]),
        ("password", b"geheim"),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

#[tokio::test]
async fn invalid_import_file_is_refused_before_the_directory_is_queried() {
    let folder = settings_folder();
    let file = folder.path().join("hr.csv");
    for (content, expected) in [
        ("name;date\nx;y\n", "hr.csv: line 1: expected a column `username` or `employee_number`"),
        ("", "hr.csv: line 1: expected a column `username` or `employee_number`"),
        ("username;birthdate\0\n", "hr.csv: line 1: a NUL character"),
    ] {
        fs::write(&file, content).unwrap();
        let output = run(&["import", "hr.csv", "--dry-run"], folder.path()).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{output:?}");
        assert!(
            output.err.contains(expected) && output.err.contains("nothing was changed"),
            "{}",
            output.err
        );
    }
    let missing = run(&["import", "nowhere.csv"], folder.path()).await;
    assert_eq!(missing.code, 1);
    assert!(missing.err.contains("nowhere.csv: cannot be read"), "{}", missing.err);
}

#[tokio::test]
async fn import_report_never_overwrites_the_imported_file() {
    let folder = settings_folder();
    let content = "username;birthdate\nA.Janssen;01-10-1984\n";
    fs::write(folder.path().join("hr.csv"), content).unwrap();
    let output = run(&["import", "hr.csv", "--report", "./hr.csv"], folder.path()).await;
    assert_eq!((output.code, output.err.contains("would overwrite")), (1, true), "{}", output.err);
    assert_eq!(fs::read_to_string(folder.path().join("hr.csv")).unwrap(), content);
    let output = run(&["import", "hr.csv", "--report", "no/report.csv"], folder.path()).await;
    assert_eq!((output.code, output.err.contains("cannot be written")), (1, true), "{}", output.err);
}

#[tokio::test]
async fn invalid_import_setting_exits_with_2() {
    let folder = settings_folder();
    let settings = fs::read_to_string(folder.path().join("settings.toml")).unwrap();
    fs::write(folder.path().join("hr.csv"), "username;birthdate\n").unwrap();
    for (invalid, expected) in [
        ("delimiter = \";;\"", "import.delimiter: expected auto or one ASCII character"),
        ("delimiter = \"\\\"\"", "import.delimiter: expected auto or one ASCII character"),
        ("encoding = \"utf-16\"", "import.encoding: expected utf-8, windows-1252 or auto"),
    ] {
        fs::write(folder.path().join("settings.toml"), format!("{settings}[import]\n{invalid}\n")).unwrap();
        let output = run(&["import", "hr.csv"], folder.path()).await;
        assert_eq!((output.code, output.err.contains(expected)), (2, true), "{}", output.err);
    }
}

#[tokio::test]
async fn unreachable_directory_ends_every_command_with_1() {
    let folder = settings_folder();
    fs::write(folder.path().join("hr.csv"), "username;birthdate\nA.Janssen;01-10-1984\n").unwrap();
    for command in [
        &["import", "hr.csv"][..],
        &["coverage"],
        &["retention"],
        &["person", "export", "A.Janssen"],
        &["person", "delete", "A.Janssen"],
    ] {
        let output = run(command, folder.path()).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{command:?}: {}", output.err);
        assert!(!output.err.is_empty());
    }
}

#[tokio::test]
async fn person_is_selected_by_name_or_id_and_an_unknown_one_exits_with_1() {
    let folder = settings_folder();
    // Creates the store.
    assert_eq!(run(&["check", "--local"], folder.path()).await.code, 0);
    for command in ["export", "delete"] {
        for usage in [
            &["person", command][..],
            &["person", command, "A", "--id", UNKNOWN_ID],
            &["person", command, "--id", "x"],
        ] {
            assert_eq!(run(usage, folder.path()).await.code, 2, "{usage:?}");
        }
        let output = run(&["person", command, "--id", UNKNOWN_ID], folder.path()).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{output:?}");
        assert!(output.err.contains("no record is stored for this account"), "{}", output.err);
        let output = run(&["person", command, "a*b"], folder.path()).await;
        assert_eq!((output.code, output.err.contains("invalid user name")), (1, true), "{}", output.err);
    }
    assert_eq!(run(&["coverage", "--format", "xml"], folder.path()).await.code, 2);
}

#[tokio::test]
async fn closed_standard_output_does_not_lose_the_import_report() {
    let product = Product::start().await;
    let (file, report) = (product.demo.folder.join("names.csv"), product.demo.folder.join("report.csv"));
    fs::write(&file, "username;birthdate\nA.Janssen;01-10-1984\nN.Iemand;01-10-1984\n").unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = tokio::process::Command::new(binary())
        .arg("import")
        .arg(&file)
        .arg("--report")
        .arg(&report)
        .arg("--settings")
        .arg(product.demo.settings())
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::null())
        .status()
        .await
        .unwrap();
    assert_eq!(status.code(), Some(1));
    assert_eq!(
        fs::read_to_string(&report).unwrap(),
        "line;outcome;reason\n2;same;\n3;refused;no account with this user name\n"
    );
}

#[tokio::test]
async fn new_store_and_audit_log_are_unreadable_for_other_users() {
    let folder = settings_folder();
    assert_eq!(run(&["check"], folder.path()).await.code, 1);
    for name in ["reset.db", "audit.jsonl"] {
        let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    // An administrator's choice stays.
    fs::set_permissions(folder.path().join("reset.db"), fs::Permissions::from_mode(0o640)).unwrap();
    assert_eq!(run(&["check"], folder.path()).await.code, 1);
    let mode = fs::metadata(folder.path().join("reset.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[tokio::test]
async fn registered_values_can_be_counted_exported_and_deleted() {
    let product = Product::start().await;
    let file = product.demo.folder.join("numbers.csv");
    let report = product.demo.folder.join("report.csv");
    fs::write(&file, "username;birthdate;mobile\nA.Janssen;01-10-1984;0612345678\nN.Iemand;;\n").unwrap();
    let import =
        product.command(&["import", file.to_str().unwrap(), "--report", report.to_str().unwrap()]).await;
    assert_eq!(import.code, 1, "{import:?}");
    assert_eq!(
        import.out,
        "line 3: no account with this user name\n1 lines taken (0 first, 0 the same, 1 replaced, 0 proposed), \
         0 superseded, 1 refused\n"
    );
    assert_eq!(
        fs::read_to_string(&report).unwrap(),
        "line;outcome;reason\n2;replaced;\n3;refused;no account with this user name\n"
    );

    let table = product.command(&["coverage"]).await;
    assert_eq!(table.code, 0, "{table:?}");
    let json = product.command(&["coverage", "--format", "json"]).await;
    let counted: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(counted["total"]["mobile"].as_u64() >= Some(1), "{}", json.out);
    let csv = product.command(&["coverage", "--format", "csv"]).await;
    assert_eq!(csv.out.lines().count(), table.out.lines().count());

    let shown = product.command(&["person", "export", "A.Janssen"]).await;
    let person: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(person["mobile"]["number"], "+31612345678");
    assert_eq!(person["birthdate"]["kept_as"], "digest");
    let retention = product.command(&["retention", "--dry-run"]).await;
    assert_eq!(retention.code, 0, "{retention:?}");
    assert!(retention.out.contains("0 removed; nothing was changed (--dry-run)"), "{}", retention.out);
    let deleted = product.command(&["person", "delete", "a.janssen@pantein.nl"]).await;
    assert_eq!(deleted.code, 0, "{deleted:?}");
    for command in ["export", "delete"] {
        let again = product.command(&["person", command, "A.Janssen"]).await;
        assert_eq!((again.code, again.err.contains("no record is stored")), (1, true), "{again:?}");
    }
}
