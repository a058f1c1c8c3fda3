//! Everything that an operator installs. Neither the folders of the machine nor the time of the build enter the files, so
//! that two builds of a commit can be compared.

use super::{Purpose, cargo_tools};
use crate::machine::{self, run, say};
use anyhow::{Context as _, ensure};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The profile of the binary: `release` with a target folder of its own, because its compiler flags differ.
const PROFILE: &str = "packaged";
/// What the paths of the sources become in panic messages.
const SOURCES: &str = "/wachtwoord-reset";
const CARGO_HOME: &str = "/cargo";

/// What the bills of materials describe: targets, and the packages with the name of their bill.
const PARTS: [(&str, &[(&str, &str)]); 2] = [
    ("x86_64-unknown-linux-gnu", &[("server", "wachtwoord-reset")]),
    (
        "wasm32-unknown-unknown",
        &[
            ("frontend", "site-wizard"),
            ("registration", "site-registration"),
            ("servicedesk", "site-servicedesk"),
            ("strength", "site-strength"),
        ],
    ),
];

/// The commit and its time in seconds.
struct Source {
    commit: String,
    time: String,
}

/// Builds all files and returns their folder.
pub fn build(commit: Option<String>) -> anyhow::Result<PathBuf> {
    let source = source(commit)?;
    let folder = super::folder().join("release");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    say(&format!("commit {}", source.commit));
    machine::build_site()?;
    let binary = folder.join("wachtwoord-reset");
    fs::copy(build_binary(&source)?, &binary)?;
    let package = super::build(&binary, &super::folder(), Purpose::Release, &source.time)?;
    fs::rename(&package, folder.join(package.file_name().context("the package has no name")?))?;
    bills_of_materials(&folder, &source)?;
    let container = machine::workspace().join("server").join("packaging").join("container");
    for name in ["Containerfile", "collect.sh"] {
        fs::copy(container.join(name), folder.join(name))?;
    }
    write_digests(&folder)?;
    Ok(folder)
}

/// The commit of the clone, with `-modified` if its files differ, and the time of the commit or `SOURCE_DATE_EPOCH`.
fn source(commit: Option<String>) -> anyhow::Result<Source> {
    let commit = match commit {
        Some(commit) => commit,
        None if git(&["status", "--porcelain"])?.is_empty() => git(&["rev-parse", "HEAD"])?,
        None => format!("{}-modified", git(&["rev-parse", "HEAD"])?),
    };
    let time = match std::env::var("SOURCE_DATE_EPOCH") {
        Ok(time) => time,
        Err(_) => git(&["log", "-1", "--format=%ct"]).context("outside a clone set SOURCE_DATE_EPOCH")?,
    };
    Ok(Source { commit, time })
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git").args(arguments).current_dir(machine::workspace()).output();
    let output = output.context("cannot run git; outside a clone use --commit")?;
    ensure!(output.status.success(), "git {}: outside a clone use --commit", arguments.join(" "));
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn build_binary(source: &Source) -> anyhow::Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))).context("no CARGO_HOME")?;
    let folders = [(machine::workspace(), SOURCES), (home, CARGO_HOME)];
    let map = |option: &str, (from, to): &(PathBuf, &str)| format!("{option}={}={to}", from.display());
    let rust: Vec<_> = folders.iter().map(|folder| map("--remap-path-prefix", folder)).collect();
    let c: Vec<_> = folders.iter().map(|folder| map("-ffile-prefix-map", folder)).collect();
    let mut command = machine::cargo();
    command.args([
        "build",
        "--locked",
        "--package",
        "server",
        "--bin",
        "wachtwoord-reset",
        "--profile",
        PROFILE,
    ]);
    command.env("CARGO_ENCODED_RUSTFLAGS", rust.join("\u{1f}")).env("CFLAGS", c.join(" "));
    command.env_remove("RUSTFLAGS").env("CARGO_INCREMENTAL", "0");
    run(command.env("WACHTWOORD_RESET_COMMIT", &source.commit).env("SOURCE_DATE_EPOCH", &source.time))?;
    Ok(machine::target().join(PROFILE).join("wachtwoord-reset"))
}

/// Writes one bill for the server and one for each program that the site delivers to browsers.
fn bills_of_materials(folder: &Path, source: &Source) -> anyhow::Result<()> {
    for (target, packages) in PARTS {
        let written = cyclonedx(target, source)?;
        for (package, name) in packages {
            let suffix = format!("{package}.cdx.json");
            let is_it = |path: &&PathBuf| path.file_name().is_some_and(|name| name == suffix.as_str());
            let path = written.iter().find(is_it).with_context(|| format!("no bill of {package}"))?;
            // References contain the folder of the sources, which differs between machines.
            let bill =
                fs::read_to_string(path)?.replace(&machine::workspace().display().to_string(), SOURCES);
            fs::write(folder.join(format!("{name}.cdx.json")), bill)?;
        }
        for path in written {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// Runs the tool, which writes a file beside each manifest of the workspace, and returns these files.
fn cyclonedx(target: &str, source: &Source) -> anyhow::Result<Vec<PathBuf>> {
    let mut command = Command::new(cargo_tools::CARGO_CYCLONEDX.find_or_install()?);
    command.args(["cyclonedx", "--format", "json", "--spec-version", "1.5", "--no-build-deps", "--quiet"]);
    command.args(["--target", target]).current_dir(machine::workspace());
    run(command.env("SOURCE_DATE_EPOCH", &source.time))?;
    let mut written = Vec::new();
    for folder in member_folders()? {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with(".cdx.json") {
                written.push(path);
            }
        }
    }
    Ok(written)
}

/// The folders of the packages of this workspace.
fn member_folders() -> anyhow::Result<Vec<PathBuf>> {
    let output = machine::cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output()?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata")?;
    let packages = metadata.get("packages").and_then(serde_json::Value::as_array).context("no packages")?;
    let manifests = packages.iter().filter_map(|package| package.get("manifest_path")?.as_str());
    Ok(manifests.filter_map(|manifest| Some(Path::new(manifest).parent()?.to_owned())).collect())
}

/// Writes the digests of all files, in the format of `sha256sum --check`.
fn write_digests(folder: &Path) -> anyhow::Result<()> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let mut lines = String::new();
    for name in names {
        for byte in Sha256::digest(fs::read(folder.join(&name))?) {
            write!(lines, "{byte:02x}")?;
        }
        writeln!(lines, "  {name}")?;
    }
    say(&lines);
    fs::write(folder.join("SHA256SUMS"), lines).context("SHA256SUMS")
}
