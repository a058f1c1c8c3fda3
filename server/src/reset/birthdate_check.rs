//! Whether a birthdate is the registered one. Not who may register it.

use super::ResetService;
use crate::enrollment::values;
use crate::ports::directory::{Account, AccountId};
use crate::ports::store::StoreError;
use app::api::refusal::Refusal;
use app::domain::birthdate::Birthdate;

/// What the registration says of a birthdate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registered {
    /// It is the registered one, and everything else is there that a reset needs.
    Same,
    /// Another one is registered.
    Other,
    /// None is registered, or none that can be read.
    Nothing,
    /// It is the registered one, but the number that is asked for is not registered.
    NoMobile,
    /// It is the registered one, but something was changed too short a time ago.
    TooNew,
}

impl ResetService {
    /// Compares with what is registered. The records are asked also where there is no account, so
    /// that every name takes the same road.
    pub(super) async fn registered(
        &self,
        account: Option<&Account>,
        birthdate: &Birthdate,
    ) -> Result<Registered, StoreError> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let record = self.parts.records.load(id).await?.map(|kept| kept.record).unwrap_or_default();
        let same = match (&record.birthdate, self.terms.birthdate_from_directory) {
            (_, true) => in_directory(account, birthdate),
            (None, false) => Registered::Nothing,
            (Some(kept), false) => match values::is_birthdate(&self.parts.keys, id, &kept.value, birthdate) {
                Some(true) => Registered::Same,
                Some(false) => Registered::Other,
                None => {
                    let key = &kept.value.key_id;
                    tracing::warn!(key, "a birthdate was digested by a key that is not among the key files");
                    Registered::Nothing
                }
            },
        };
        let has_mobile = record.mobile.is_some() || account.is_some_and(|account| account.mobile.is_some());
        Ok(match same {
            Registered::Same if record.usable_from() > self.now() => Registered::TooNew,
            Registered::Same if self.terms.require_mobile && !has_mobile => Registered::NoMobile,
            Registered::Same
            | Registered::Other
            | Registered::Nothing
            | Registered::NoMobile
            | Registered::TooNew => same,
        })
    }

    /// What was judged in an earlier attempt of the visit may have been changed since.
    pub(super) async fn still_too_new(
        &self,
        account: Option<&Account>,
    ) -> Result<Option<Registered>, Refusal> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let kept = self.parts.records.load(id).await.map_err(|error| Self::store_away(&error))?;
        let too_new = kept.is_some_and(|kept| kept.record.usable_from() > self.now());
        Ok(too_new.then_some(Registered::TooNew))
    }

    /// Puts what is under an older key under the writing one, now that the birthdate is known to be right.
    /// Whether it succeeds concerns nobody: it is tried again at the next match.
    pub(super) async fn renew_keys(&self, id: AccountId, birthdate: &Birthdate) {
        let (keys, writing) = (&self.parts.keys, self.parts.keys.writing_id());
        let Ok(Some(kept)) = self.parts.records.load(id).await else { return };
        let mut record = kept.record.clone();
        if let Some(registered) = &mut record.birthdate
            && registered.value.key_id != writing
        {
            registered.value = values::digest(keys, id, birthdate);
        }
        if let Some(registered) = &mut record.mobile
            && registered.value.key_id != writing
            && let Some(number) = values::open(keys, id, &registered.value)
            && let Ok(sealed) = values::seal(keys, id, &number)
        {
            registered.value = sealed;
        }
        if record != kept.record
            && let Err(error) = self.parts.records.store(id, &record, Some(kept.revision)).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "a record stays under its older key");
        }
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

/// The attribute's text as a date: ISO, dd-mm-jjjj or yyyymmdd.
pub fn parse_attribute(text: &str) -> Option<Birthdate> {
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
