//! First pages in Chromium: bytes, and times on a slow line.

use crate::{engines, machine};
use anyhow::{Context as _, ensure};
use serde::Deserialize;

/// A first page with an empty cache.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct FirstPage {
    pub(super) requests: u32,
    /// Of all transfers, with headers.
    pub(super) bytes: u64,
    /// Slow line: ms until the first paint with a field to type in.
    pub(super) painted: u64,
    /// Slow line: ms until the last transfer has ended.
    pub(super) loaded: u64,
}

/// Loads each address.
pub(super) fn load(addresses: &[String]) -> anyhow::Result<Vec<FirstPage>> {
    machine::install(&["chromium"])?;
    machine::run(engines::npm("browser")?.args(engines::CLEAN_INSTALL))?;
    let mut npm = engines::npm("figures")?;
    let output = npm.args(["run", "--silent", "compare", "--"]).args(addresses).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).context("the browser's figures")
}
