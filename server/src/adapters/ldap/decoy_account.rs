//! Stand-in account for sign-ins with an unknown user name.

use crate::ports::directory::{AccountId, DirectoryError};
use crate::random;
use uuid::Uuid;

/// A random identity, DN and password. A sign-in with an unknown name makes the same calls with these values, so that
/// its duration does not reveal that the account is missing.
pub(super) struct DecoyAccount {
    pub(super) id: AccountId,
    pub(super) dn: String,
    pub(super) password: String,
}

impl DecoyAccount {
    /// Creates a decoy below `base`, with `attribute` as its naming attribute.
    pub(super) fn new(attribute: &str, base: &str) -> Result<Self, DirectoryError> {
        let random_uuid = || {
            let bytes = random::bytes::<16>().map_err(|e| DirectoryError::Unusable {
                server: "the operating system".to_owned(),
                what: format!("no random bytes: {e}"),
            });
            bytes.map(Uuid::from_bytes)
        };
        let (id, name, password) = (random_uuid()?, random_uuid()?, random_uuid()?);
        let dn = format!("{attribute}={},{base}", name.simple());
        Ok(Self { id: AccountId(id), dn, password: password.simple().to_string() })
    }
}
