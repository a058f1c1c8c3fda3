//! The environment variables of PostgreSQL's clients (`PGPASSWORD`, `PGOPTIONS`, `PGSSLCERT` …) have no effect here.
//!
//! sqlx reads them whenever it creates options, and some of them cannot be overridden through its API. The service depends on
//! its settings only, so the program starts again without these variables. It stays the same process for the service manager.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// This program, also if its file has been replaced.
const PROGRAM: &str = "/proc/self/exe";

/// Returns if there are none of these variables.
pub(crate) fn discard() -> std::io::Result<()> {
    let variables: Vec<_> = std::env::vars_os().map(|(name, _)| name).filter(|name| is_read(name)).collect();
    if variables.is_empty() {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let mut again = Command::new(PROGRAM);
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    for variable in variables {
        again.env_remove(variable);
    }
    Err(again.args(arguments).exec())
}

/// All that begin like them, because a later version of sqlx may read more.
fn is_read(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"PG")
}
