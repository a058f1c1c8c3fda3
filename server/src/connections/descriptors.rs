//! The file descriptors of the process: raises their limit and reserves some for other things than connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// More than the service can use. Some systems have a hard limit of a billion.
const WANTED: u64 = 65_536;

/// Descriptors for the store, the audit log, the listeners and the connections to directory, Entrust and mail server.
/// In use are about 25 at rest, and four more while a verification runs.
pub(crate) const RESERVE: u64 = 64;

/// Raises the number of descriptors that the process may open, as far as the system permits.
pub fn raise() -> std::io::Result<()> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // `None` is unlimited.
    let wanted = maximum.map_or(WANTED, |maximum| maximum.min(WANTED));
    if current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })?;
    }
    Ok(())
}

/// Returns the number of descriptors that the process may open.
pub fn limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(WANTED)
}
