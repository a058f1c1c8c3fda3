//! `cargo packages`: builds everything that an operator installs, or tests the package.

use clap::Parser;
use end2end::machine::{self, say};
use end2end::packages::{self, package_test, release};
use std::path::PathBuf;

/// Builds the release binary, the Debian package, the bill of materials (SBOM) and the files of the container image
/// in `target/packages/release`. Two builds of a commit with the same Rust and C compiler can be compared.
#[derive(Parser)]
#[command(name = "cargo packages")]
struct Arguments {
    /// The commit that `--version` shows, instead of that of git. Needed outside a clone.
    #[arg(long)]
    commit: Option<String>,
    /// Test the package of a debug build in a fresh Debian, as `cargo verify` does; build no release. Needs root.
    #[arg(long, conflicts_with = "commit")]
    test: bool,
    /// With --test: test this binary instead of building one.
    #[arg(long, requires = "test")]
    binary: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let Arguments { commit, test, binary } = Arguments::parse();
    if test {
        machine::install(&packages::PACKAGES)?;
        let binary = if let Some(binary) = binary { binary } else { machine::build_product(false)? };
        return package_test::test(&binary);
    }
    let folder = release::build(commit)?;
    say(&format!("built in {}", folder.display()));
    Ok(())
}
