//! Errors of files that belong to the user of the service, with what an operator can do.

use std::io::{Error, ErrorKind};

/// The same error; one about permissions says what to do.
pub(super) fn explained(error: Error) -> Error {
    if error.kind() == ErrorKind::PermissionDenied {
        Error::new(error.kind(), format!("{error}: run the command as the user of the service"))
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_about_permissions_says_who_may_open_the_file() {
        let denied = explained(ErrorKind::PermissionDenied.into());
        assert_eq!(denied.kind(), ErrorKind::PermissionDenied);
        assert!(
            denied.to_string().ends_with("denied: run the command as the user of the service"),
            "{denied}"
        );
        assert_eq!(explained(ErrorKind::NotFound.into()).to_string(), "entity not found");
    }
}
