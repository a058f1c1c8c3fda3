//! Output and exit status of `serve`, `audit`, `unfreeze` and `import`, and of every command with invalid settings.

use super::records::settings_folder;
use super::world::{Output, Product, WRONG_CODE, run, run_with};
use std::fs;

const SETTINGS: &str = "public_url = \"http://127.0.0.1:8080\"\naudit_file = \"audit.jsonl\"\n\
    [directory]\nurls = [\"ldaps://dc1.example.org\"]\nca_file = \"\"\nbind_dn = \"svc\"\n\
    bind_password_file = \"password\"\nbase_dn = \"DC=example\"\n\
    [entrust]\nurl = \"http://127.0.0.1:1\"\napplication_id = \"x\"\ndecoy_user = \"decoy\"\n\
    [store]\nurl = \"sqlite:reset.db\"\nkey_files = [\"key\"]\n";

/// An account that neither a directory nor a store knows.
const ACCOUNT: &str = "7d3f1c2e-5a4b-4c6d-8e9f-0a1b2c3d4e5f";

/// Runs `check` in a folder with these settings.
async fn check_with(settings: &str) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("settings.toml"), settings).unwrap();
    fs::write(folder.path().join("key"), [7; 32]).unwrap();
    fs::write(folder.path().join("password"), "geheim").unwrap();
    (run(&["check", "--settings", "settings.toml"], folder.path()).await, folder)
}

#[tokio::test]
async fn invalid_settings_exit_with_2_and_name_file_key_and_expected_value() {
    for (from, to, expected) in [
        ("[directory]", "lisetn = \"x\"\n[directory]", "settings.toml: lisetn: unknown field"),
        ("bind_dn", "bind_nd", "settings.toml: directory.bind_nd: unknown field"),
        ("\"ldaps://", "\"ldap://", "settings.toml: directory.urls: expected ldaps:// addresses"),
        (
            "\"http://127.0.0.1:8080\"",
            "\"http://example.org\"",
            "settings.toml: public_url: expected https://HOST",
        ),
        ("\"http://127.0.0.1:8080\"", "\"\"", "settings.toml: public_url: expected a value"),
        (
            "public_url",
            "listen = \"0.0.0.0:80\"\npublic_url",
            "settings.toml: listen: expected a loopback address",
        ),
        ("public_url", "listen = \"here\"\npublic_url", "settings.toml: listen: "),
        (
            "public_url",
            "shutdown_grace = \"soon\"\npublic_url",
            "settings.toml: shutdown_grace: \"soon\" is no duration",
        ),
        (
            "sqlite:reset.db",
            "postgres://x",
            "settings.toml: store.url: expected sqlite:FILE, or postgres://USER@HOST/DATABASE",
        ),
        (
            "[store]",
            "[limits]\nglobal = \"many\"\n[store]",
            "settings.toml: limits.global: \"many\" is no limit",
        ),
        ("[store]", "[policy]\nmin_score = 9\n[store]", "settings.toml: policy.min_score: a score is 0 to 4"),
        ("[store]", "[entrust", "settings.toml"),
        (
            "public_url",
            "log = \"a=b=c\"\npublic_url",
            "settings.toml: log: expected tracing filter directives",
        ),
        ("[\"key\"]", "[\"nokey\"]", "store.key_files: FOLDER/nokey: "),
        (
            "[\"key\"]",
            "[\"password\"]",
            "store.key_files: FOLDER/password: expected exactly 32 random bytes, found 6",
        ),
        ("\"password\"", "\"nopassword\"", "directory.bind_password_file: FOLDER/nopassword: "),
        ("ca_file = \"\"", "ca_file = \"no.pem\"", "directory.ca_file: FOLDER/no.pem: "),
        (
            "ca_file = \"\"",
            "ca_file = \"password\"",
            "directory.ca_file: FOLDER/password: expected PEM certificates (BEGIN CERTIFICATE), found text",
        ),
        ("\"http://127.0.0.1:1\"", "\"http://example.org\"", "entrust: entrust.url: expected https://"),
        (
            "public_url",
            "tls_cert_file = \"no.pem\"\ntls_key_file = \"key\"\npublic_url",
            "tls_cert_file: FOLDER/no.pem: ",
        ),
    ] {
        let settings = SETTINGS.replacen(from, to, 1);
        assert_ne!(settings, SETTINGS, "{from}");
        let (output, folder) = check_with(&settings).await;
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{to}: {}", output.err);
        let error = output.err.replace(folder.path().to_str().unwrap(), "FOLDER");
        assert!(error.contains(expected), "{expected}\n{error}");
        assert!(!output.err.contains("geheim"));
        assert!(!folder.path().join("reset.db").exists(), "{to}: the store was not created");
    }
}

#[tokio::test]
async fn unusable_secret_or_certificate_stops_every_command_before_it_calls_anyone() {
    let authority = end2end::tls::Authority::new().unwrap();
    let (issued, other) =
        (authority.issue(&["localhost"]).unwrap(), authority.issue(&["localhost"]).unwrap());
    let certificate = issued.certificate.as_bytes();
    let wide: Vec<u8> = "geheim".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let top = "tls_cert_file = \"cert\"\ntls_key_file = \"tls_key\"\n";
    let mail = "[mail]\nurl = \"smtps://127.0.0.1:1\"\nfrom = \"a@example.org\"\nuser = \"a\"\n\
                password_file = \"mail_password\"\n";
    for (file, content, expected) in [
        (
            "password",
            &wide[..],
            "directory.bind_password_file: FOLDER/password: expected UTF-8 text, found UTF-16",
        ),
        (
            "password",
            b"geheim\0",
            "directory.bind_password_file: FOLDER/password: expected text, found a control",
        ),
        (
            "mail_password",
            b"\n",
            "mail.password_file: FOLDER/mail_password: expected a secret, the file is empty",
        ),
        ("mail_password", b"a\ngeheim", "mail.password_file: FOLDER/mail_password: expected one line"),
        ("cert", b"geheim", "tls_cert_file: FOLDER/cert: expected PEM certificates"),
        ("tls_key", certificate, "tls_key_file: FOLDER/tls_key: expected a PEM private key"),
        (
            "tls_key",
            other.key.as_bytes(),
            "tls_key_file: FOLDER/tls_key: expected the private key of the first",
        ),
        ("ca.pem", issued.key.as_bytes(), "directory.ca_file: FOLDER/ca.pem: expected PEM certificates"),
    ] {
        for command in [&["serve"][..], &["check"], &["retention", "--dry-run"]] {
            let folder = settings_folder();
            let settings = fs::read_to_string(folder.path().join("settings.toml")).unwrap();
            for (name, content) in [
                ("settings.toml", format!("{top}{settings}{mail}").as_bytes()),
                ("cert", certificate),
                ("tls_key", issued.key.as_bytes()),
                ("mail_password", b"geheim"),
                (file, content),
            ] {
                fs::write(folder.path().join(name), content).unwrap();
            }
            let output = run(command, folder.path()).await;
            assert_eq!((output.code, output.out.as_str()), (2, ""), "{command:?} {file}: {}", output.err);
            let error = output.err.replace(folder.path().to_str().unwrap(), "FOLDER");
            assert!(error.contains(expected), "{expected}\n{error}");
            assert!(!error.contains("geheim"));
            assert!(!folder.path().join("reset.db").exists());
        }
    }
}

#[tokio::test]
async fn relative_paths_do_not_depend_on_the_working_directory() {
    let (folder, elsewhere) = (settings_folder(), tempfile::tempdir().unwrap());
    let settings = folder.path().join("settings.toml");
    let arguments = ["check", "--settings", settings.to_str().unwrap()];
    let output = run_with(&arguments, elsewhere.path(), &[("RESET__AUDIT_FILE", "other.jsonl")]).await;
    // The directory and Entrust are unreachable; the files are found.
    assert_eq!((output.code, output.err.as_str()), (1, ""), "{}", output.out);
    for (key, name) in [
        ("audit_file", "other.jsonl"),
        ("store.url", "reset.db"),
        ("store.key_files", "key"),
        ("directory.ca_file", "ca.pem"),
        ("directory.bind_password_file", "password"),
    ] {
        let path = folder.path().join(name);
        assert!(path.exists(), "{name}");
        let is_row = |line: &str| {
            let words: Vec<_> = line.split_whitespace().collect();
            words == ["good", "settings", key, path.to_str().unwrap()]
        };
        assert!(output.out.lines().any(is_row), "{key}\n{}", output.out);
    }
    assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn file_in_the_working_directory_of_an_earlier_version_stops_the_start() {
    for (key, name) in [("store.url", "reset.db"), ("audit_file", "audit.jsonl")] {
        let (folder, elsewhere) = (settings_folder(), tempfile::tempdir().unwrap());
        let settings = folder.path().join("settings.toml");
        fs::write(elsewhere.path().join(name), "").unwrap();
        let arguments = ["check", "--settings", settings.to_str().unwrap()];
        let output = run(&arguments, elsewhere.path()).await;
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
        let (new, old) = (folder.path().join(name), elsewhere.path().join(name));
        let expected = format!("{key}: expected {}, found {}: ", new.display(), old.display());
        assert!(output.err.contains(&expected), "{expected}\n{}", output.err);
        assert!(!folder.path().join("reset.db").exists() && !folder.path().join("audit.jsonl").exists());
        // As the message says: moved, the service finds it.
        fs::rename(old, new).unwrap();
        assert_eq!(run(&arguments, elsewhere.path()).await.code, 1);
    }
}

#[tokio::test]
async fn file_that_a_command_created_does_not_hide_the_one_in_the_working_directory() {
    for (key, name) in [("store.url", "reset.db"), ("audit_file", "audit.jsonl")] {
        let (folder, elsewhere, third) =
            (settings_folder(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let settings = folder.path().join("settings.toml");
        let settings = settings.to_str().unwrap();
        let (new, old) = (folder.path().join(name), elsewhere.path().join(name));
        fs::write(&old, "data of the earlier version").unwrap();
        // Creates both files at the new place.
        assert_eq!(run(&["check", "--settings", settings], third.path()).await.code, 1);
        assert!(new.exists(), "{name}");
        let before = fs::read(&new).unwrap();
        for command in [&["check"][..], &["coverage"], &["retention", "--dry-run"], &["serve"]] {
            let output = run(&[command, &["--settings", settings]].concat(), elsewhere.path()).await;
            assert_eq!((output.code, output.out.as_str()), (2, ""), "{command:?} {}", output.err);
            let expected =
                format!("{key}: expected only {}, found {} as well: ", new.display(), old.display());
            assert!(output.err.contains(&expected), "{expected}\n{}", output.err);
        }
        assert_eq!(fs::read(&new).unwrap(), before, "{name}");
        // No earlier data: an empty file, the same file under two names, or no file.
        fs::write(&old, "").unwrap();
        assert_eq!(run(&["check", "--settings", settings], elsewhere.path()).await.code, 1, "{name}");
        fs::remove_file(&old).unwrap();
        std::os::unix::fs::symlink(&new, &old).unwrap();
        assert_eq!(run(&["check", "--settings", settings], elsewhere.path()).await.code, 1, "{name}");
        fs::remove_file(&old).unwrap();
        assert_eq!(run(&["check", "--settings", settings], elsewhere.path()).await.code, 1, "{name}");
    }
}

#[tokio::test]
async fn missing_settings_file_and_usage_errors_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let missing = run(&["serve", "--settings", "nowhere.toml"], folder.path()).await;
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("nowhere.toml"), "{}", missing.err);
    for usage in [
        &["frobnicate"][..],
        &[],
        &["serve", "--demo"],
        &["import"],
        &["audit"],
        &["audit", "show"],
        &["audit", "show", "foo"],
        &["audit", "show", "K7Q2-9F4*"],
        &["audit", "show", "--since", "2026-11-28"],
        &["audit", "show", "K7Q2-9F4M", "--since", "2026-11-28"],
        &["audit", "show", "K7Q2-9F4M", "--agent", "F.Vermeulen"],
        &["audit", "show", "--id", ACCOUNT, "--agent", "F.Vermeulen"],
        &["person"],
    ] {
        let output = run(usage, folder.path()).await;
        assert_eq!(output.code, 2, "{usage:?}: {}", output.err);
        assert!(!output.err.is_empty());
    }
    let usage = run(&["audit", "show"], folder.path()).await.err;
    assert!(usage.contains("<REFERENCE|--agent <NAME>|--id <GUID>>"), "{usage}");
    let help = run(&["--help"], folder.path()).await;
    assert_eq!(help.code, 0);
    for command in ["serve", "check", "import", "coverage", "person", "retention", "audit", "--settings"] {
        assert!(help.out.contains(command), "{}", help.out);
    }
}

#[tokio::test]
async fn audit_log_entry_is_found_by_its_reference() {
    let product = Product::start().await;
    let mut browser = product.browser();
    browser.reach_code("A.Janssen").await;
    let answer = browser.code(WRONG_CODE).await;
    let reference = answer.reference();
    let lower = reference.to_lowercase();
    for spelling in [reference.to_owned(), lower.replace('-', ""), lower.replace('-', " "), lower] {
        let shown = product.command(&["audit", "show", &spelling]).await;
        assert_eq!(shown.code, 0, "{shown:?}");
        let line: serde_json::Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!((&line["reference"], &line["event"]["reason"]), (&reference.into(), &"wrong_code".into()));
        assert_eq!(line["network"], "127.0.0.0/24");
        assert!(!shown.out.contains("Janssen"), "{}", shown.out);
    }
    let unknown = product.command(&["audit", "show", "AAAA-AAAA"]).await;
    assert_eq!((unknown.code, unknown.out.as_str()), (1, ""));
    assert!(unknown.err.contains("no line has the reference AAAA-AAAA"), "{}", unknown.err);
}

#[tokio::test]
async fn unfreeze_is_recorded_also_if_the_account_is_not_frozen() {
    let product = Product::start().await;
    let printed = product.command(&["unfreeze", "A.Janssen"]).await;
    assert_eq!(printed.code, 0, "{printed:?}");
    assert!(printed.out.contains("the account is not frozen"), "{}", printed.out);
    let last = product.audit_log().pop().unwrap();
    assert_eq!((&last["event"]["event"], &last["network"]), (&"failures_cleared".into(), &"unfreeze".into()));
    assert_ne!(last["subject"], "");
}

#[tokio::test]
async fn import_report_accounts_for_every_line() {
    let product = Product::start().await;
    let file = product.demo.folder.join("more.csv");
    fs::write(
        &file,
        "birthdate,username\n24-12-1990,E.Hendriks\n1990-13-01,A.Janssen\n1980-01-01,N.Iemand\n,A.Janssen\n\
         1980-01-01,=cmd()\n01-10-1984,a.janssen@pantein.nl\n",
    )
    .unwrap();
    let report = product.command(&["import", file.to_str().unwrap()]).await;
    assert_eq!(report.code, 1, "{report:?}");
    let lines: Vec<_> = report.out.lines().collect();
    assert_eq!(
        lines,
        [
            "line 3: the order of day and month is not certain: here the month comes first (setting date_order)",
            "line 4: no account with this user name",
            "line 5: no birthdate",
            "line 6: no valid user name",
            "line 7: another birthdate than line 3 of the same person, and no date decides",
            "warning: line 2: the year is last here and first on line 3; are day and month exchanged?",
            "1 lines taken (1 first, 0 the same, 0 replaced, 0 proposed), 0 superseded, 5 refused",
        ]
    );
    let mut browser = product.browser();
    browser.reach_password(&product, "A.Janssen").await;
    for (content, expected) in
        [("name;date\nx;y\n", "expected a column `username`"), ("", "expected a column `username`")]
    {
        fs::write(&file, content).unwrap();
        let report = product.command(&["import", file.to_str().unwrap()]).await;
        assert_eq!((report.code, report.err.contains(expected)), (1, true), "{report:?}");
    }
    let report = product.command(&["import", "/nowhere.csv"]).await;
    assert_eq!((report.code, report.err.contains("/nowhere.csv")), (1, true), "{report:?}");
}

/// An empty store in a wrong place would answer as if nothing were registered or frozen.
#[tokio::test]
async fn command_with_a_missing_store_creates_none_and_fails() {
    let folder = settings_folder();
    let path = folder.path().join("reset.db");
    for (command, action) in [
        (&["freeze", "--id", ACCOUNT][..], "cannot freeze the account"),
        (&["unfreeze", "--id", ACCOUNT], "cannot lift the freeze of the account"),
        (&["desk", "list"], "cannot list the sessions of agents"),
        (&["desk", "revoke", "--id", ACCOUNT], "cannot end the sessions of the agent"),
        (&["person", "export", "--id", ACCOUNT], "cannot export the data of the account"),
        (&["person", "delete", "--id", ACCOUNT], "cannot delete the data of the account"),
        (&["person", "forget-devices", "--id", ACCOUNT], "cannot revoke the known devices of the account"),
        (&["coverage"], "cannot count the accounts"),
        (&["retention", "--dry-run"], "cannot remove the records of accounts that left"),
    ] {
        let output = run(command, folder.path()).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{command:?}: {output:?}");
        let expected = format!(
            "{action}: store.url: {}: the store could not be opened: the file does not exist; only `serve`",
            path.display()
        );
        assert!(output.err.contains(&expected), "{expected}\n{}", output.err);
        assert!(!path.exists(), "{command:?}");
    }
    let backup = run(&["backup", "copy"], folder.path()).await;
    assert!(backup.code == 1 && !path.exists(), "{backup:?}");
    assert!(
        backup.err.contains("store.url: ") && backup.err.matches("No such file").count() == 1,
        "{backup:?}"
    );
    // The entries of an agent are in files.
    let shown = run(&["audit", "show", "--id", ACCOUNT], folder.path()).await;
    assert!(shown.code == 1 && shown.err.contains("no line has this agent"), "{shown:?}");
    assert!(!path.exists());
}

#[tokio::test]
async fn command_without_a_directory_says_what_it_attempted_and_works_with_id() {
    let folder = settings_folder();
    // Creates the store. The directory is unreachable.
    assert_eq!(run(&["check", "--local"], folder.path()).await.code, 0);
    for command in [
        &["freeze", "F.Vermeulen"][..],
        &["unfreeze", "F.Vermeulen"],
        &["desk", "revoke", "F.Vermeulen"],
        &["person", "export", "F.Vermeulen"],
        &["audit", "show", "--agent", "F.Vermeulen"],
    ] {
        let output = run(command, folder.path()).await;
        assert_eq!((output.code, output.out.as_str()), (1, ""), "{command:?}: {output:?}");
        let expected =
            "cannot look up F.Vermeulen (--id with the objectGUID of the account needs no directory)";
        assert!(output.err.contains(expected), "{command:?}: {}", output.err);
        assert!(output.err.contains("127.0.0.1:1"), "{command:?}: {}", output.err);
    }
    for (command, expected) in [
        (&["freeze", "--id", ACCOUNT][..], "frozen since 2"),
        (&["desk", "revoke", "--id", ACCOUNT], "no session and no start code of this account was found"),
    ] {
        let output = run(command, folder.path()).await;
        assert_eq!(output.code, 0, "{command:?}: {output:?}");
        assert!(output.out.contains(expected), "{command:?}: {}", output.out);
        assert!(output.err.contains("it is not certain that this account exists"), "{}", output.err);
    }
    let again = run(&["freeze", "--id", ACCOUNT], folder.path()).await;
    let (_, since) = again.out.split_once("frozen since ").unwrap();
    assert_eq!(since.find('Z'), Some("2026-11-28T09:00:00".len()), "seconds: {since}");
}

#[tokio::test]
async fn audit_log_that_cannot_be_opened_is_named_as_such() {
    let folder = settings_folder();
    assert_eq!(run(&["check", "--local"], folder.path()).await.code, 0);
    let audit = folder.path().join("audit.jsonl");
    fs::remove_file(&audit).unwrap();
    fs::create_dir(&audit).unwrap();
    let output = run(&["freeze", "--id", ACCOUNT], folder.path()).await;
    assert_eq!(output.code, 1, "{output:?}");
    let expected = format!("audit_file: {}: the audit trail could not be opened: ", audit.display());
    assert!(output.err.contains(&expected), "{expected}\n{}", output.err);
}

#[tokio::test]
async fn file_of_the_store_that_cannot_be_opened_is_reported_once_with_the_cause() {
    let folder = settings_folder();
    fs::create_dir(folder.path().join("reset.db")).unwrap();
    let output = run(&["desk", "list"], folder.path()).await;
    assert_eq!(output.code, 1, "{output:?}");
    assert_eq!(output.err.matches("Is a directory").count(), 1, "{}", output.err);
}
