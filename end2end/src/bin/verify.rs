//! `cargo verify`: installs the tools of the tests, runs all checks and tests, and prints a summary.

use bundle::toolchain::{DEBIAN_CLIPPY_PACKAGE, Toolchain};
use clap::Parser;
use end2end::deny::{self, Advisories};
use end2end::machine::{self, run, say};
use end2end::packages::{self, package_test};
use end2end::{engines, postgres, promtool, reverse_proxy, samba, schemathesis, slapd};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Runs all checks and tests that must pass before a change is merged.
#[derive(Parser)]
#[command(name = "cargo verify")]
struct Arguments {
    /// Skip the tests that need a browser, a real Samba AD, a real slapd or a real reverse proxy.
    #[arg(long)]
    quick: bool,
    /// Report missing packages instead of installing them.
    #[arg(long)]
    no_install: bool,
}

/// The outcome of a part.
enum Outcome {
    Passed,
    /// Passed as far as it could run.
    PassedWithout(&'static str),
    Failed(String),
    Skipped(&'static str),
}

struct Part {
    name: &'static str,
    duration: Duration,
    outcome: Outcome,
}

/// The parts, in the order of execution.
#[derive(Default)]
struct Report(Vec<Part>);

impl Report {
    fn run_part(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) {
        say(&format!("\n━━ {name}"));
        let (result, duration) = timed(work);
        let outcome = result.map_or_else(|error| Outcome::Failed(format!("{error:#}")), |()| Outcome::Passed);
        if let Outcome::Failed(error) = &outcome {
            say(&format!("━━ {name} FAILED: {error}"));
        }
        self.0.push(Part { name, duration, outcome });
    }

    /// Runs the part `deny`. Without a network the other checks still count.
    fn run_deny(&mut self) {
        let mut advisories = Advisories::Checked;
        self.run_part("deny", || {
            advisories = deny::check()?;
            Ok(())
        });
        if let (Advisories::NotChecked, Some(part)) = (advisories, self.0.last_mut()) {
            part.outcome = Outcome::PassedWithout("advisories not checked");
        }
    }

    fn skip_part(&mut self, name: &'static str, reason: &'static str) {
        self.0.push(Part { name, duration: Duration::ZERO, outcome: Outcome::Skipped(reason) });
    }

    fn print(&self) -> ExitCode {
        say("\n━━ summary");
        let (mut passed, mut failed) = (0, 0);
        for Part { name, duration, outcome } in &self.0 {
            let text = match outcome {
                Outcome::Passed => {
                    passed += 1;
                    "passed".to_owned()
                }
                Outcome::PassedWithout(missing) => {
                    passed += 1;
                    format!("passed; {missing}")
                }
                Outcome::Failed(error) => {
                    failed += 1;
                    format!("FAILED: {error}")
                }
                Outcome::Skipped(reason) => format!("skipped: {reason}"),
            };
            say(&format!("{name:18} {:>5} s  {text}", duration.as_secs()));
        }
        say(&format!("\nverify: {passed} passed, {failed} failed"));
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn main() -> ExitCode {
    let Arguments { quick, no_install } = Arguments::parse();
    if no_install {
        machine::forbid_installation();
    }
    let mut report = Report::default();
    let mut toolchain = None;
    report.run_part("machine", || {
        toolchain = Some(prepare(quick)?);
        Ok(())
    });
    report.run_part("site", machine::build_site);
    report.run_part("format", || run(&mut cargo(&["fmt", "--all", "--check"])));
    report.run_part("clippy", || {
        run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    match toolchain {
        Some(toolchain) => report.run_part("clippy wasm32", || lint_wasm(&toolchain)),
        None => report.skip_part("clippy wasm32", "no Rust for wasm32"),
    }
    report.run_deny();
    report.run_part("tests", || {
        // A failing package does not hide the results of the others.
        let mut tests = vec!["test", "--locked", "--workspace", "--no-fail-fast"];
        if quick {
            let skipped = ["samba", "directory::openldap", "postgres", "proxies::"];
            tests.push("--");
            tests.extend(skipped.into_iter().flat_map(|area| ["--skip", area]));
        }
        let mut command = cargo(&tests);
        if let Some(seed) = std::env::var_os("SEED") {
            command.env("PROPTEST_RNG_SEED", seed);
        }
        run(&mut command)
    });
    report.run_part("alert rules", promtool::check);
    report.run_part("docs", || {
        run(cargo(&["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    if quick {
        report.skip_part("schemathesis", "--quick");
        report.skip_part("production binary", "--quick");
        report.skip_part("package", "--quick");
        report.skip_part("browser", "--quick");
        report.skip_part("engines", "--quick");
    } else {
        report.run_part("schemathesis", || {
            schemathesis::test_api(machine::build_product(false)?, schemathesis::CASES)
        });
        report
            .run_part("production binary", || machine::check_without_fakes(&machine::build_product(false)?));
        report.run_part("package", || package_test::test(&machine::build_product(false)?));
        report.run_part("browser", || {
            engines::prepare()?;
            run(engines::npm("browser")?.arg("test"))
        });
        report.run_part("engines", || run(engines::npm("browser")?.args(["run", "engines"])));
    }
    report.print()
}

/// Finds or installs the tools of the parts.
fn prepare(quick: bool) -> anyhow::Result<Toolchain> {
    if !quick {
        machine::install(&samba::PACKAGES)?;
        machine::install(&slapd::PACKAGES)?;
        machine::install(&postgres::PACKAGES)?;
        machine::install(&packages::PACKAGES)?;
        machine::install(&reverse_proxy::PACKAGES)?;
        engines::install()?;
        machine::install(&engines::FONTS)?;
    }
    promtool::install()?;
    let toolchain = machine::wasm_toolchain()?;
    match toolchain {
        Toolchain::Current => {}
        Toolchain::Debian => machine::install(&[DEBIAN_CLIPPY_PACKAGE])?,
    }
    Ok(toolchain)
}

fn lint_wasm(toolchain: &Toolchain) -> anyhow::Result<()> {
    let workspace = machine::workspace();
    let entry_points =
        ["frontend", "registration", "servicedesk", "strength"].map(|package| (package, &[][..]));
    let packages = std::iter::once(("app", &["csr"][..])).chain(entry_points);
    for (package, features) in packages {
        run(&mut toolchain.clippy(&workspace, package, features))?;
    }
    Ok(())
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = machine::cargo();
    command.args(arguments);
    command
}

#[expect(clippy::disallowed_methods, reason = "the summary shows the duration of each part")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}
