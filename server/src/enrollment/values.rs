//! Registered values and the product's keys: a birthdate as a digest, a mobile number sealed. Not the rules of
//! who may change them: those are in `record`.

use crate::crypto::{KeyError, Keyring, Purpose};
use crate::mobile::Mobile;
use crate::ports::directory::AccountId;
use crate::ports::records::{BirthdateDigest, SealedMobile};
use app::domain::birthdate::Birthdate;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// The digest under which a birthdate is kept, by the writing key.
pub fn digest(keys: &Keyring, account: AccountId, birthdate: &Birthdate) -> BirthdateDigest {
    let iso = Zeroizing::new(birthdate.expose_iso());
    BirthdateDigest {
        key_id: keys.writing_id(),
        digest: keys.digest(Purpose::Birthdate, &[account.0.as_bytes(), iso.as_bytes()]),
    }
}

/// Whether the birthdate is the one kept; `None` where its key is not among the key files.
pub fn is_birthdate(
    keys: &Keyring,
    account: AccountId,
    kept: &BirthdateDigest,
    birthdate: &Birthdate,
) -> Option<bool> {
    let iso = Zeroizing::new(birthdate.expose_iso());
    let given = keys.digest_by(&kept.key_id, Purpose::Birthdate, &[account.0.as_bytes(), iso.as_bytes()])?;
    Some(bool::from(kept.digest.ct_eq(&given)))
}

/// The number as it is kept, by the writing key; it opens for this account only.
pub fn seal(keys: &Keyring, account: AccountId, mobile: &Mobile) -> Result<SealedMobile, KeyError> {
    let number = mobile.expose().as_bytes();
    Ok(SealedMobile {
        key_id: keys.writing_id(),
        sealed: keys.seal(Purpose::Mobile, account.0.as_bytes(), number)?,
        digest: keys.digest(Purpose::MobileDigest, &[number]),
    })
}

/// The number that is kept; `None` where its key is not among the key files, or it is another account's.
pub fn open(keys: &Keyring, account: AccountId, kept: &SealedMobile) -> Option<Mobile> {
    let plain = keys.open(Purpose::Mobile, account.0.as_bytes(), &kept.sealed).ok()?;
    Mobile::from_e164(std::str::from_utf8(&plain).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(secrets: &[u8]) -> Keyring {
        Keyring::new(secrets.iter().map(|secret| Zeroizing::new([*secret; 32])).collect()).unwrap()
    }

    fn account(byte: u8) -> AccountId {
        AccountId(uuid::Uuid::from_bytes([byte; 16]))
    }

    #[test]
    fn a_birthdate_is_known_by_its_account_and_key() {
        let date = Birthdate::new(1984, 10, 1).unwrap();
        let kept = digest(&ring(&[1]), account(1), &date);
        assert_eq!(is_birthdate(&ring(&[2, 1]), account(1), &kept, &date), Some(true));
        assert_eq!(is_birthdate(&ring(&[1]), account(2), &kept, &date), Some(false));
        let other = Birthdate::new(1984, 10, 2).unwrap();
        assert_eq!(is_birthdate(&ring(&[1]), account(1), &kept, &other), Some(false));
        assert_eq!(is_birthdate(&ring(&[2]), account(1), &kept, &date), None);
    }

    #[test]
    fn a_number_opens_for_its_own_account_and_is_recognised_at_another() {
        let mobile = Mobile::from_e164("+31612345678").unwrap();
        let kept = seal(&ring(&[1]), account(1), &mobile).unwrap();
        assert_eq!(open(&ring(&[2, 1]), account(1), &kept), Some(mobile.clone()));
        assert_eq!(open(&ring(&[1]), account(2), &kept), None);
        assert_eq!(kept.digest, seal(&ring(&[1]), account(2), &mobile).unwrap().digest);
        assert!(!kept.sealed.windows(8).any(|part| part == b"12345678"));
    }
}
