//! The stored form of registered values: a birthdate as a keyed digest, a mobile number sealed.

use crate::crypto::{KeyError, Keyring, Purpose};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::ports::records::{BirthdateDigest, SealedMobile};
use app::domain::birthdate::Birthdate;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Returns the digest of a birthdate with the current key.
pub fn digest(keys: &Keyring, account: AccountId, birthdate: &Birthdate) -> BirthdateDigest {
    let iso = Zeroizing::new(birthdate.expose_iso());
    BirthdateDigest {
        key_id: keys.current_key_id(),
        digest: keys.digest(Purpose::Birthdate, &[account.0.as_bytes(), iso.as_bytes()]),
    }
}

/// Returns whether the birthdate is the stored one; `None` if its key is not among the key files.
pub fn is_birthdate(
    keys: &Keyring,
    account: AccountId,
    stored: &BirthdateDigest,
    birthdate: &Birthdate,
) -> Option<bool> {
    let iso = Zeroizing::new(birthdate.expose_iso());
    let digest =
        keys.digest_by(&stored.key_id, Purpose::Birthdate, &[account.0.as_bytes(), iso.as_bytes()])?;
    Some(bool::from(stored.digest.ct_eq(&digest)))
}

/// Seals a number with the current key; it opens only for this account.
pub fn seal(keys: &Keyring, account: AccountId, mobile: &Mobile) -> Result<SealedMobile, KeyError> {
    let number = mobile.expose().as_bytes();
    Ok(SealedMobile {
        key_id: keys.current_key_id(),
        sealed: keys.seal(Purpose::Mobile, account.0.as_bytes(), number)?,
        digest: keys.digest(Purpose::MobileDigest, &[number]),
    })
}

/// Returns the stored number; `None` if its key is not among the key files, or if it was sealed for another account.
pub fn open(keys: &Keyring, account: AccountId, stored: &SealedMobile) -> Option<Mobile> {
    let plain = keys.open(Purpose::Mobile, account.0.as_bytes(), &stored.sealed).ok()?;
    Mobile::from_e164(std::str::from_utf8(&plain).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(secrets: &[u8]) -> Keyring {
        Keyring::new(secrets.iter().map(|secret| Zeroizing::new([*secret; 32])).collect()).unwrap()
    }

    fn account(byte: u8) -> AccountId {
        AccountId(uuid::Uuid::from_bytes([byte; 16]))
    }

    #[test]
    fn birthdate_digest_depends_on_account_and_key() {
        let date = Birthdate::new(1984, 10, 1).unwrap();
        let stored = digest(&keyring(&[1]), account(1), &date);
        assert_eq!(is_birthdate(&keyring(&[2, 1]), account(1), &stored, &date), Some(true));
        assert_eq!(is_birthdate(&keyring(&[1]), account(2), &stored, &date), Some(false));
        let other = Birthdate::new(1984, 10, 2).unwrap();
        assert_eq!(is_birthdate(&keyring(&[1]), account(1), &stored, &other), Some(false));
        assert_eq!(is_birthdate(&keyring(&[2]), account(1), &stored, &date), None);
    }

    #[test]
    fn number_opens_only_for_its_account_and_has_the_same_digest_for_another() {
        let mobile = Mobile::from_e164("+31612345678").unwrap();
        let stored = seal(&keyring(&[1]), account(1), &mobile).unwrap();
        assert_eq!(open(&keyring(&[2, 1]), account(1), &stored), Some(mobile.clone()));
        assert_eq!(open(&keyring(&[1]), account(2), &stored), None);
        assert_eq!(stored.digest, seal(&keyring(&[1]), account(2), &mobile).unwrap().digest);
        assert!(!stored.sealed.windows(8).any(|part| part == b"12345678"));
    }
}
