//! Tests of the API against its description, with Schemathesis: generated requests to the running demo, each answer
//! compared with the description.
//!
//! Schemathesis is a Python program. It is installed once, with pip, into a private environment in `target/tools`.

use crate::demo::{self, Demo, Options};
use crate::machine::{self, run, say};
use anyhow::{Context, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The version of all runs, so that one seed means the same requests everywhere.
const VERSION: &str = "4.32.5";
/// The least number of requests of `cargo verify`: a run of about a minute.
pub const CASES: usize = 500;
/// What a Debian machine needs to make the environment.
pub const PACKAGES: [&str; 1] = ["python3-venv"];

/// The checks. Left out are those that do not fit: a session is not an authorisation (`ignored_auth`), a valid text may
/// be a wrong answer (`positive_data_acceptance`), and there are no resources with an address of their own.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
    response_headers_conformance,response_schema_conformance,negative_data_rejection,unsupported_method,\
    allow_header_conformance";

/// No limit per address, because all requests come from one; a short minimum response time.
const SETTINGS: &str = "[verification]\nenvelope = \"10ms\"\n[limits]\nper_address = \"0\"\nglobal = \"0\"\nown_networks = [\"127.0.0.0/8\"]\n";

/// How many requests each generator makes for a call.
const MINIMUM_EXAMPLES: usize = 10;
/// The calls for which it makes that many; for a call without arguments there is less to vary.
const CALLS: usize = 18;

/// Sends at least this many requests to a demo with this binary, and fails if an answer differs from the description.
pub fn test_api(binary: PathBuf, cases: usize) -> anyhow::Result<()> {
    let program = install()?;
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let options = Options {
        port: 0,
        https: false,
        folder: folder.path().join("demo"),
        binary,
        descriptors: None,
        nodes: 1,
        extra_employees: 0,
        // Elsewhere the calls of the service desk answer like unknown ones, for every method.
        more_settings: format!("{SETTINGS}{}", demo::service_desk_settings()),
        directory: None,
        small_disks: false,
        log_to_terminal: false,
    };
    // The demo's simulators run on the runtime's threads meanwhile.
    let _inside = runtime.enter();
    let demo = runtime.block_on(Demo::start(options))?;
    let mut command = Command::new(program);
    let examples = (cases / CALLS).max(MINIMUM_EXAMPLES);
    command.args(["run", &format!("{}/api/openapi.json", demo.origin())]);
    command.args(["--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--continue-on-failure"]);
    command.args(["--no-color", "--generation-database", "none", "--warnings", "off"]);
    command.args(["--max-examples", &examples.to_string(), "--seed", &seed()?]);
    let hooks = machine::workspace().join("end2end").join("schemathesis");
    command.current_dir(hooks).env("SCHEMATHESIS_HOOKS", "sessions").env("PYTHONPATH", ".");
    command.env("PHONES", &demo.phone_url).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.stderr(Stdio::inherit()).output().context("cannot run schemathesis")?;
    let report = String::from_utf8_lossy(&output.stdout);
    say(&report);
    drop(demo);
    if !output.status.success() {
        bail!("an answer differs from the description (schemathesis, {})", output.status);
    }
    match sent(&report) {
        Some(sent) if sent >= cases => Ok(()),
        Some(sent) => bail!("schemathesis sent {sent} requests, expected {cases}"),
        None => bail!("the report of schemathesis does not say how many requests it sent"),
    }
}

/// The number of requests in a report: the line «1234 generated, …».
fn sent(report: &str) -> Option<usize> {
    let (before, _) = report.rsplit_once(" generated")?;
    before.rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The seed of this run: `SEED`, or a random one. Schemathesis prints it.
fn seed() -> anyhow::Result<String> {
    match std::env::var("SEED") {
        Ok(seed) => Ok(seed),
        Err(_) => Ok(getrandom::u32().context("no random seed")?.to_string()),
    }
}

/// Installs Schemathesis, if it is missing, and returns its program.
fn install() -> anyhow::Result<PathBuf> {
    let environment = machine::workspace().join("target/tools").join(format!("schemathesis-{VERSION}"));
    let program = environment.join("bin").join("schemathesis");
    if has_version(&program) {
        return Ok(program);
    }
    say("installing schemathesis, once: a minute");
    let mut python = Command::new("python3");
    python.args(["-m", "venv", "--clear"]).arg(&environment);
    if run(&mut python).is_err() {
        machine::install(&PACKAGES)?;
        run(&mut python).context("schemathesis needs python3 with venv")?;
    }
    let mut pip = Command::new(environment.join("bin").join("pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", &format!("schemathesis=={VERSION}")]);
    run(&mut pip).context("schemathesis is missing and cannot be installed with pip")?;
    Ok(program)
}

fn has_version(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(VERSION))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn number_of_requests_is_read_from_the_report() {
        assert_eq!(sent("Test cases:\n  1234 generated, 1234 passed, 2 skipped\n"), Some(1234));
        assert_eq!(sent("nothing"), None);
    }
}
