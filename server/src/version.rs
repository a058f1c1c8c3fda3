//! The version of this binary, and the commit of which it was built.

use std::sync::LazyLock;

/// The version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that the build declared in `WACHTWOORD_RESET_COMMIT`, as `cargo packages` does, or `unknown`. It is not
/// derived from the folder of the sources: two builds of the same files are the same, with or without git.
pub const COMMIT: &str = match option_env!("WACHTWOORD_RESET_COMMIT") {
    Some(commit) if !commit.is_empty() => commit,
    Some(_) | None => "unknown",
};

/// Version and commit, for `--version`.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| format!("{VERSION} (commit {COMMIT})"));
    &TEXT
}
