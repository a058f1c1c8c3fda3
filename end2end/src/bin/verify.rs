//! `cargo verify`: installs the tools of the tests, runs all checks and tests, and prints a summary.

use bundle::toolchain::{DEBIAN_CLIPPY_PACKAGE, Toolchain};
use clap::Parser;
use end2end::machine::{self, run, say};
use end2end::{engines, samba, slapd};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

/// Runs everything that must hold before a change lands.
#[derive(Parser)]
#[command(name = "cargo verify")]
struct Arguments {
    /// Leave out what needs a browser, a real Samba AD or a real slapd.
    #[arg(long)]
    quick: bool,
}

/// The outcome of a part.
enum Outcome {
    Passed,
    Failed(String),
    LeftOut(&'static str),
}

struct Part {
    name: &'static str,
    took: Duration,
    outcome: Outcome,
}

/// The parts, in the order in which they were run.
#[derive(Default)]
struct Report(Vec<Part>);

impl Report {
    fn part(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) {
        say(&format!("\n━━ {name}"));
        let (result, took) = timed(work);
        let outcome = result.map_or_else(|error| Outcome::Failed(format!("{error:#}")), |()| Outcome::Passed);
        if let Outcome::Failed(error) = &outcome {
            say(&format!("━━ {name} FAILED: {error}"));
        }
        self.0.push(Part { name, took, outcome });
    }

    fn leave_out(&mut self, name: &'static str, why: &'static str) {
        self.0.push(Part { name, took: Duration::ZERO, outcome: Outcome::LeftOut(why) });
    }

    fn print(&self) -> ExitCode {
        say("\n━━ summary");
        let (mut passed, mut failed) = (0, 0);
        for Part { name, took, outcome } in &self.0 {
            let text = match outcome {
                Outcome::Passed => {
                    passed += 1;
                    "passed".to_owned()
                }
                Outcome::Failed(error) => {
                    failed += 1;
                    format!("FAILED: {error}")
                }
                Outcome::LeftOut(why) => format!("left out: {why}"),
            };
            say(&format!("{name:18} {:>5} s  {text}", took.as_secs()));
        }
        say(&format!("\nverify: {passed} passed, {failed} failed"));
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

fn main() -> ExitCode {
    let Arguments { quick } = Arguments::parse();
    let mut report = Report::default();
    let mut toolchain = None;
    report.part("machine", || {
        toolchain = Some(prepare(quick)?);
        Ok(())
    });
    report.part("site", machine::build_site);
    report.part("format", || run(&mut cargo(&["fmt", "--all", "--check"])));
    report.part("clippy", || {
        run(&mut cargo(&["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"]))
    });
    match toolchain {
        Some(toolchain) => report.part("clippy wasm32", || lint_wasm(&toolchain)),
        None => report.leave_out("clippy wasm32", "no Rust for wasm32"),
    }
    if is_on_path("cargo-deny") {
        report.part("deny", || run(&mut cargo(&["deny", "--config", ".deny.toml", "check"])));
    } else {
        report.leave_out("deny", "cargo-deny is not installed (cargo install cargo-deny)");
    }
    report.part("tests", || {
        let mut tests = vec!["test", "--locked", "--workspace"];
        if quick {
            tests.extend(["--", "--skip", "samba", "--skip", "directory::openldap"]);
        }
        run(&mut cargo(&tests))
    });
    report.part("docs", || {
        run(cargo(&["doc", "--locked", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))
    });
    if quick {
        report.leave_out("browser", "--quick");
        report.leave_out("engines", "--quick");
    } else {
        report.part("browser", || {
            machine::build_product(false)?;
            engines::prepare()?;
            run(engines::npm("browser")?.arg("test"))
        });
        report.part("engines", || run(engines::npm("browser")?.args(["run", "engines"])));
    }
    report.print()
}

/// Finds or installs the tools of the parts.
fn prepare(quick: bool) -> anyhow::Result<Toolchain> {
    if !quick {
        machine::install(&samba::PACKAGES)?;
        machine::install(&slapd::PACKAGES)?;
        engines::install()?;
        machine::install(&engines::FONTS)?;
    }
    let toolchain = machine::wasm_toolchain()?;
    match toolchain {
        Toolchain::Current => {}
        Toolchain::Debian => machine::install(&[DEBIAN_CLIPPY_PACKAGE])?,
    }
    Ok(toolchain)
}

fn lint_wasm(toolchain: &Toolchain) -> anyhow::Result<()> {
    let workspace = machine::workspace();
    let packages = [("app", &["csr"][..]), ("frontend", &[]), ("registration", &[]), ("strength", &[])];
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

fn is_on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[expect(clippy::disallowed_methods, reason = "the summary shows how long a part took")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}
