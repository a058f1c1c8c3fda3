//! What every sign-in needs besides the directory: its turn, and somebody to ask about where there is nobody.
//! Not the asking.

use crate::ports::directory::{AccountId, DirectoryError};
use crate::random;
use tokio::sync::Mutex;
use uuid::Uuid;

/// How many turns there are; accounts that share one only wait for each other.
const TURNS: usize = 64;

/// One sign-in at a time per account: fifty at once would all read the counters before the first wrong
/// password counts, and together lock the account.
pub(super) struct KeyedLocks(Vec<Mutex<()>>);

impl KeyedLocks {
    pub(super) fn new() -> Self {
        Self((0..TURNS).map(|_| Mutex::default()).collect())
    }

    pub(super) fn of(&self, id: AccountId) -> Option<&Mutex<()>> {
        self.0.iter().cycle().nth(usize::from(id.0.as_bytes().last().copied().unwrap_or(0)))
    }
}

/// Somebody who is not there, for the calls about nobody: an identity, a place and a password, all drawn.
pub(super) struct DecoyAccount {
    pub(super) id: AccountId,
    pub(super) dn: String,
    pub(super) password: String,
}

impl DecoyAccount {
    /// A stranger below `base`, named by this attribute.
    pub(super) fn new(attribute: &str, base: &str) -> Result<Self, DirectoryError> {
        let draw = || {
            let drawn = random::bytes::<16>().map_err(|e| DirectoryError::Unusable {
                server: "the operating system".to_owned(),
                what: format!("no random bytes: {e}"),
            });
            drawn.map(Uuid::from_bytes)
        };
        let (id, name, password) = (draw()?, draw()?, draw()?);
        let dn = format!("{attribute}={},{base}", name.simple());
        Ok(Self { id: AccountId(id), dn, password: password.simple().to_string() })
    }
}
