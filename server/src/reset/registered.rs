//! Whether a birthdate is the registered one. Not who may register it.

use super::Workflow;
use crate::keys::Purpose;
use crate::ports::directory::{Account, AccountId};
use crate::ports::records::BirthdateDigest;
use crate::ports::store::StoreError;
use app::birthdate::Birthdate;
use subtle::ConstantTimeEq;

/// What the registration says of a birthdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registered {
    /// It is the registered one.
    Same,
    /// Another one is registered.
    Other,
    /// None is registered, or none that can be read.
    Nothing,
}

impl Workflow {
    /// Compares with what is registered. The records are asked also where there is no account, so
    /// that every name takes the same road.
    pub(super) async fn registered(
        &self,
        account: Option<&Account>,
        birthdate: &Birthdate,
    ) -> Result<Registered, StoreError> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let kept = self.parts.records.birthdate(id).await?;
        if self.terms.birthdate_from_directory {
            return Ok(in_directory(account, birthdate));
        }
        let Some(kept) = kept else { return Ok(Registered::Nothing) };
        let iso = zeroize::Zeroizing::new(birthdate.expose_iso());
        let given =
            self.parts.keys.digest_by(&kept.key_id, Purpose::Birthdate, &[id.0.as_bytes(), iso.as_bytes()]);
        let Some(given) = given else {
            tracing::warn!(
                key = kept.key_id,
                "a birthdate was digested by a key that is not among the key files"
            );
            return Ok(Registered::Nothing);
        };
        Ok(if bool::from(kept.digest.ct_eq(&given)) { Registered::Same } else { Registered::Other })
    }
}

/// The digest under which a birthdate is kept, by the writing key.
pub fn digest(keys: &crate::keys::Keyring, account: AccountId, birthdate: &Birthdate) -> BirthdateDigest {
    let iso = zeroize::Zeroizing::new(birthdate.expose_iso());
    BirthdateDigest {
        key_id: keys.writing_id(),
        digest: keys.digest(Purpose::Birthdate, &[account.0.as_bytes(), iso.as_bytes()]),
    }
}

fn in_directory(account: Option<&Account>, birthdate: &Birthdate) -> Registered {
    let Some(text) = account.and_then(|account| account.birthdate.as_deref()) else {
        return Registered::Nothing;
    };
    match parse_attribute(text) {
        Some(kept) if kept == *birthdate => Registered::Same,
        Some(_) => Registered::Other,
        None => Registered::Nothing,
    }
}

/// ISO, dd-mm-jjjj or yyyymmdd.
fn parse_attribute(text: &str) -> Option<Birthdate> {
    let text = text.trim();
    if text.len() == 8
        && let (Some(year), Some(month), Some(day)) = (text.get(..4), text.get(4..6), text.get(6..))
    {
        return Birthdate::parse_iso(&format!("{year}-{month}-{day}")).ok();
    }
    Birthdate::parse_iso(text).or_else(|_| Birthdate::parse_typed(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_may_hold_a_date_in_three_forms() {
        let date = Birthdate::new(1984, 10, 1).unwrap();
        for text in ["1984-10-01", "01-10-1984", "19841001", " 19841001 "] {
            assert_eq!(parse_attribute(text).as_ref(), Some(&date), "{text}");
        }
        for text in ["", "onbekend", "19841301"] {
            assert_eq!(parse_attribute(text), None, "{text}");
        }
    }
}
