//! The files of the package: the sample settings are complete but for six values, and the unit runs commands that exist.
#![expect(clippy::unwrap_used, reason = "helpers of tests; a failure here is a failed test")]

use crate::product::world::run;
use std::fs;
use std::path::Path;

const SAMPLE: &str = include_str!("../../packaging/settings.toml");
const UNIT: &str = include_str!("../../packaging/wachtwoord-reset.service");

/// The sample in a folder of its own, with its secrets and without the values that the operator enters.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    let sample = SAMPLE.replace("/etc/wachtwoord-reset", &path).replace("/var/lib/wachtwoord-reset", &path);
    fs::write(folder.path().join("settings.toml"), sample.replace("/var/log/wachtwoord-reset", &path))
        .unwrap();
    fs::write(folder.path().join("key1"), [7; 32]).unwrap();
    fs::write(folder.path().join("bind_password"), "geheim").unwrap();
    folder
}

#[tokio::test]
async fn sample_settings_lack_exactly_six_values() {
    let folder = folder();
    let file = folder.path().join("settings.toml");
    for (empty, value, key) in [
        ("public_url = \"\"", "public_url = \"https://reset.example.org\"", "public_url"),
        ("bind_dn = \"\"", "bind_dn = \"CN=svc,DC=example,DC=org\"", "directory.bind_dn"),
        ("base_dn = \"\"", "base_dn = \"DC=example,DC=org\"", "directory.base_dn"),
        ("\nurl = \"\"", "\nurl = \"https://example.eu.trustedauth.com\"", "entrust.url"),
        (
            "application_id = \"\"",
            "application_id = \"00000000-0000-0000-0000-000000000000\"",
            "entrust.application_id",
        ),
        ("urls = []", "urls = [\"ldaps://dc1.example.org\"]", "directory.urls"),
    ] {
        let output = run(&["check", "--local"], folder.path()).await;
        assert_eq!(output.code, 2, "{}", output.out);
        assert!(output.err.contains(&format!("settings.toml: {key}: expected ")), "{}", output.err);
        let settings = fs::read_to_string(&file).unwrap();
        assert_eq!(settings.matches(empty).count(), 1, "{empty}");
        fs::write(&file, settings.replace(empty, value)).unwrap();
    }
    let output = run(&["check", "--local"], folder.path()).await;
    assert_eq!(output.code, 0, "{}{}", output.out, output.err);
}

#[tokio::test]
async fn every_command_of_the_unit_is_accepted_by_the_product() {
    let lines = UNIT.lines().filter_map(|line| line.strip_prefix("Exec")?.split_once('='));
    let commands: Vec<&str> =
        lines.filter_map(|(_, command)| command.strip_prefix("/usr/bin/wachtwoord-reset ")).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        let mut arguments: Vec<&str> = command.split(' ').collect();
        arguments.push("--help");
        assert_eq!(run(&arguments, Path::new(".")).await.code, 0, "{command}");
    }
}
