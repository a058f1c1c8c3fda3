//! The keys with which the service seals and digests what it stores.
//!
//! Each key file contains 32 random bytes. Every [`Purpose`] derives its own key by label (HKDF-SHA-256), so that a
//! digest for one purpose reveals nothing about a digest for another. The first key encrypts and digests new values;
//! all keys can read.

use chacha20poly1305::aead::{Aead, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::HEXLOWER;
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;
const ID_BYTES: usize = 4;

/// All keys, the current one first.
pub struct Keyring {
    keys: Vec<Key>,
}

struct Key {
    id: [u8; ID_BYTES],
    secret: Zeroizing<[u8; 32]>,
}

/// The purpose of a derived key. Its label must never change: values sealed under the old label become unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Sealing a reset session.
    Session,
    /// Deriving the renewed session id.
    Renewal,
    /// Digesting a birthdate.
    Birthdate,
    /// Digesting the key of a rate limit.
    Limit,
    /// Digesting a code.
    Code,
    /// Digesting the subjects of the audit log.
    Audit,
    /// Sealing the account of a known device.
    Device,
    /// Sealing a mobile number.
    Mobile,
    /// Digesting a mobile number.
    MobileDigest,
    /// Sealing an enrollment session.
    EnrollmentSession,
    /// Sealing a message that waits to be sent.
    Message,
    /// Digesting a call code.
    CallCode,
    /// Start codes.
    StartCode,
    /// Sealing a service desk session.
    ServiceDeskSession,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Session => b"visit v1",
            Self::Renewal => b"visit renewal v1",
            Self::Birthdate => b"birthdate v1",
            Self::Limit => b"limit v1",
            Self::Code => b"code v1",
            Self::Audit => b"audit v1",
            Self::Device => b"device v1",
            Self::Mobile => b"mobile v1",
            Self::MobileDigest => b"mobile digest v1",
            Self::EnrollmentSession => b"registration v1",
            Self::Message => b"message v1",
            Self::CallCode => b"call code v1",
            Self::StartCode => b"start code v1",
            Self::ServiceDeskSession => b"service desk v1",
        }
    }
}

/// A value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The keyring is empty.
    #[error("no key is configured")]
    NoKey,
    /// The operating system provides no random bytes.
    #[error("the operating system provides no random bytes")]
    Random(#[source] getrandom::Error),
    /// The value was sealed with an unknown key, or was modified.
    #[error("sealed with a key that is not among the key files, or modified since")]
    InvalidCiphertext,
}

impl Keyring {
    /// Creates a keyring from the contents of the key files, the current one first.
    pub fn new(secrets: Vec<Zeroizing<[u8; 32]>>) -> Result<Self, KeyError> {
        if secrets.is_empty() {
            return Err(KeyError::NoKey);
        }
        let keys = secrets.into_iter().map(Key::new).collect();
        Ok(Self { keys })
    }

    /// Returns the id of the current key.
    pub fn current_key_id(&self) -> String {
        self.keys.first().map(|key| HEXLOWER.encode(&key.id)).unwrap_or_default()
    }

    /// Returns the ids of all keys, the current one first.
    pub fn key_ids(&self) -> Vec<String> {
        self.keys.iter().map(|key| HEXLOWER.encode(&key.id)).collect()
    }

    /// Seals with the current key. `bound_to` is authenticated and must be the same in [`Keyring::open`], so that a
    /// sealed value cannot be moved to another place.
    pub fn seal(&self, purpose: Purpose, bound_to: &[u8], plain: &[u8]) -> Result<Vec<u8>, KeyError> {
        let key = self.keys.first().ok_or(KeyError::NoKey)?;
        let nonce = crate::random::bytes::<NONCE_BYTES>().map_err(KeyError::Random)?;
        let sealed = key
            .cipher(purpose)
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: bound_to })
            .map_err(|_| KeyError::InvalidCiphertext)?;
        Ok([key.id.as_slice(), &nonce, &sealed].concat())
    }

    /// Whether the key with which a value was sealed is one of these.
    pub fn has_key_of(&self, sealed: &[u8]) -> bool {
        sealed.split_at_checked(ID_BYTES).is_some_and(|(id, _)| self.keys.iter().any(|key| key.id == id))
    }

    /// Opens a value from [`Keyring::seal`], with any of the keys.
    pub fn open(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let (id, rest) = sealed.split_at_checked(ID_BYTES).ok_or(KeyError::InvalidCiphertext)?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or(KeyError::InvalidCiphertext)?;
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| KeyError::InvalidCiphertext)?;
        let key = self.keys.iter().find(|key| key.id == id).ok_or(KeyError::InvalidCiphertext)?;
        let plain = key.cipher(purpose).decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: bound_to });
        plain.map(Zeroizing::new).map_err(|_| KeyError::InvalidCiphertext)
    }

    /// Returns a digest with the current key.
    pub fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        self.keys.first().map(|key| key.digest(purpose, parts)).unwrap_or_default()
    }

    /// Returns the pseudonym of an account in the audit log; `account` is the id of the directory.
    pub fn account_pseudonym(&self, account: &[u8; 16]) -> String {
        self.pseudonym(&[b"account", account])
    }

    /// Returns the pseudonym in the audit log of a user name without an account.
    pub fn name_pseudonym(&self, folded: &str) -> String {
        self.pseudonym(&[b"name", folded.as_bytes()])
    }

    /// Returns the pseudonyms of an account under every key, the current one first: entries of before a rotation have another.
    pub fn account_pseudonyms(&self, account: &[u8; 16]) -> Vec<String> {
        self.pseudonyms(&[b"account", account])
    }

    /// The same for a user name.
    pub fn name_pseudonyms(&self, folded: &str) -> Vec<String> {
        self.pseudonyms(&[b"name", folded.as_bytes()])
    }

    fn pseudonyms(&self, parts: &[&[u8]]) -> Vec<String> {
        self.keys.iter().map(|key| pseudonym(&key.digest(Purpose::Audit, parts))).collect()
    }

    fn pseudonym(&self, parts: &[&[u8]]) -> String {
        pseudonym(&self.digest(Purpose::Audit, parts))
    }

    /// Returns a digest with the key of this id; `None` if there is no such key.
    pub fn digest_by(&self, key_id: &str, purpose: Purpose, parts: &[&[u8]]) -> Option<[u8; 32]> {
        self.keys.iter().find(|key| HEXLOWER.encode(&key.id) == key_id).map(|key| key.digest(purpose, parts))
    }
}

impl Key {
    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let mut id = [0; ID_BYTES];
        derive(&secret, b"key id v1", &mut id);
        Self { id, secret }
    }

    fn derived(&self, purpose: Purpose) -> Zeroizing<[u8; 32]> {
        let mut derived = Zeroizing::new([0; 32]);
        derive(&self.secret, purpose.label(), &mut *derived);
        derived
    }

    fn cipher(&self, purpose: Purpose) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.derived(purpose)).into())
    }

    /// Prefixes every part with its length, so that `ab`+`c` and `a`+`bc` have different digests.
    fn digest(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        // HMAC pads a key with zeroes to a block itself. Padding here avoids an error that cannot occur.
        let mut block = Zeroizing::new([0; 64]);
        block.iter_mut().zip(self.derived(purpose).iter()).for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The form of a pseudonym in the audit log.
fn pseudonym(digest: &[u8; 32]) -> String {
    HEXLOWER.encode(digest.get(..8).unwrap_or_default())
}

fn derive(secret: &[u8; 32], label: &[u8], into: &mut [u8]) {
    // HKDF fails only for outputs longer than 255 hashes. `into` would then stay zero, which the tests below detect.
    let _ = Hkdf::<Sha256>::new(None, secret).expand(label, into);
}

/// Serde support for bytes as hexadecimal text.
pub(crate) mod as_hex {
    use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &impl AsRef<[u8]>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&HEXLOWER.encode(bytes.as_ref()))
    }

    pub(crate) fn deserialize<'de, D, T>(from: D) -> Result<T, D::Error>
    where
        D: Deserializer<'de>,
        T: TryFrom<Vec<u8>>,
    {
        let text = String::deserialize(from)?;
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(D::Error::custom)?;
        T::try_from(bytes).map_err(|_| D::Error::custom("unexpected length"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(secrets: &[u8]) -> Keyring {
        Keyring::new(secrets.iter().map(|s| Zeroizing::new([*s; 32])).collect()).unwrap()
    }

    #[test]
    fn sealed_value_opens_only_with_its_key_purpose_and_binding() {
        let keys = ring(&[1]);
        let sealed = keys.seal(Purpose::Session, b"here", b"plain").unwrap();
        assert_eq!(keys.open(Purpose::Session, b"here", &sealed).unwrap().as_slice(), b"plain");
        assert!(keys.open(Purpose::Session, b"there", &sealed).is_err());
        assert!(keys.open(Purpose::Mobile, b"here", &sealed).is_err());
        assert!(ring(&[2]).open(Purpose::Session, b"here", &sealed).is_err());
        assert!(keys.open(Purpose::Session, b"here", &sealed[..10]).is_err());
    }

    #[test]
    fn older_key_still_reads_and_first_key_writes() {
        let before = ring(&[1]);
        let sealed = before.seal(Purpose::Session, b"", b"plain").unwrap();
        let after = ring(&[2, 1]);
        assert!(after.open(Purpose::Session, b"", &sealed).is_ok());
        assert_ne!(after.current_key_id(), before.current_key_id());
        let old = after.digest_by(&before.current_key_id(), Purpose::Birthdate, &[b"x"]);
        assert_eq!(old, Some(before.digest(Purpose::Birthdate, &[b"x"])));
    }

    #[test]
    fn pseudonym_under_an_older_key_is_still_found() {
        let before = ring(&[1]);
        let after = ring(&[2, 1]);
        let account = [7; 16];
        assert_eq!(
            after.account_pseudonyms(&account),
            [after.account_pseudonym(&account), before.account_pseudonym(&account)]
        );
        assert_eq!(after.name_pseudonyms("a"), [after.name_pseudonym("a"), before.name_pseudonym("a")]);
    }

    #[test]
    fn digests_differ_by_purpose_key_and_part_boundaries() {
        let keys = ring(&[1]);
        let digest = keys.digest(Purpose::Code, &[b"ab", b"c"]);
        assert_ne!(digest, keys.digest(Purpose::Code, &[b"a", b"bc"]));
        assert_ne!(digest, keys.digest(Purpose::Audit, &[b"ab", b"c"]));
        assert_ne!(digest, ring(&[2]).digest(Purpose::Code, &[b"ab", b"c"]));
    }
}
