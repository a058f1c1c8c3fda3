//! What the three browser engines are driven with: Debian's packages, and geckodriver, which Debian 12 lacks. Not
//! what is done with them: that is `browser/engines`.

use crate::machine::{self, run, say};
use std::path::Path;
use std::process::Command;

/// Chromium, Firefox and `WebKit` with their drivers, and a screen for the one that needs it.
pub const PACKAGES: [&str; 5] = ["chromium", "chromium-driver", "firefox-esr", "webkit2gtk-driver", "xvfb"];

/// What the pictures are drawn in, the same on every machine; see `browser/support/fonts.js`.
pub const FONTS: [&str; 2] = ["fonts-inter", "fonts-dejavu-core"];

/// The line of geckodriver's versions that the tests are made for.
const GECKODRIVER: &str = "0.37";

/// Installs what is missing. geckodriver is compiled once and kept in `target/tools`, where the tests look first.
pub fn install() -> anyhow::Result<()> {
    machine::install(&PACKAGES)?;
    let tools = machine::workspace().join("target").join("tools");
    let kept = tools.join("bin").join("geckodriver");
    if is_right(&kept) || (!kept.exists() && is_right(Path::new("geckodriver"))) {
        return Ok(());
    }
    say("compiling geckodriver, once: some minutes");
    let mut install = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    install.args(["install", "--quiet", "--locked", "geckodriver", "--version"]);
    install.arg(format!("^{GECKODRIVER}")).arg("--root").arg(tools);
    run(&mut install)
}

/// Whether it is there, in a version of that line.
fn is_right(geckodriver: &Path) -> bool {
    let told = Command::new(geckodriver).arg("--version").output();
    told.is_ok_and(|told| told.stdout.starts_with(format!("geckodriver {GECKODRIVER}.").as_bytes()))
}
