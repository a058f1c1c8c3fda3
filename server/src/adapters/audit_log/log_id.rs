//! The id of an audit log: random, in the file `.id` beside it. It tells the logs of several nodes apart.

use super::files::beside;
use crate::ports::collected_audit::LogId;
use crate::random;
use data_encoding::HEXLOWER;
use std::fs::OpenOptions;
use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// The id of the log at this path; a new log gets one.
pub fn read_or_create(path: &Path) -> Result<LogId> {
    if let Some(id) = find(path)? {
        return Ok(id);
    }
    let id = random::bytes().map_err(|error| Error::other(error.to_string()))?;
    write(path, id).map_err(|error| named(path, &error))?;
    Ok(LogId(id))
}

fn write(path: &Path, id: [u8; 16]) -> Result<()> {
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(beside(path, ".id"))?;
    file.write_all(format!("{}\n", HEXLOWER.encode(&id)).as_bytes())?;
    file.sync_data()
}

/// The id of the log at this path; `None` if it has none yet.
pub fn find(path: &Path) -> Result<Option<LogId>> {
    let text = match std::fs::read_to_string(beside(path, ".id")) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(named(path, &error)),
    };
    // Empty: the process ended before it wrote the id.
    if text.is_empty() {
        return Ok(None);
    }
    let id = HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|id| id.try_into().ok());
    let invalid =
        || Error::new(ErrorKind::InvalidData, "expected 32 hexadecimal digits; delete it to get a new id");
    id.map(|id| Some(LogId(id))).ok_or_else(|| named(path, &invalid()))
}

fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", beside(path, ".id").display()))
}
