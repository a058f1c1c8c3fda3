//! Builds the site into the target folder that is the only argument. [`bundle::build`] runs this binary.

use anyhow::Context;
use std::path::{Path, PathBuf};

fn main() -> anyhow::Result<()> {
    let target = std::env::args_os().nth(1).map(PathBuf::from).context("no target folder given")?;
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    bundle::make(package.ancestors().nth(2).context("the package is in no workspace")?, &target)
}
