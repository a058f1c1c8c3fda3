//! Compares a birthdate with the registered one.

use super::failure::store_unavailable;
use super::lookup::{AccountLookup, BirthdateMatch};
use crate::date_text::{parse_attribute, today};
use crate::ports::directory::{Account, AccountId};
use crate::ports::records::Record;
use crate::ports::store::StoreError;
use crate::record_values;
use app::api::refusal::Refusal;
use app::api::step::Purpose;
use app::domain::birthdate::Birthdate;
use jiff::Timestamp;

impl AccountLookup {
    /// Compares with the registered birthdate. The records are read also without an account, so that every name takes
    /// the matched lookups.
    pub(super) async fn match_birthdate(
        &self,
        account: Option<&Account>,
        birthdate: &Birthdate,
        purpose: Purpose,
    ) -> Result<BirthdateMatch, StoreError> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let record = self.records.load(id).await?.map(|stored| stored.record).unwrap_or_default();
        let matched = match (&record.birthdate, self.config.birthdate_from_directory) {
            (_, true) => in_directory(account, birthdate, today(self.clock.now()).as_ref()),
            (None, false) => BirthdateMatch::NotRegistered,
            (Some(stored), false) => {
                match record_values::is_birthdate(&self.keys, id, &stored.value, birthdate) {
                    Some(true) => BirthdateMatch::Same,
                    Some(false) => BirthdateMatch::Other,
                    None => {
                        let key = &stored.value.key_id;
                        tracing::warn!(
                            key,
                            "birthdate unreadable: it was digested with a key that is not among the key files"
                        );
                        BirthdateMatch::NotRegistered
                    }
                }
            }
        };
        let has_mobile = record.mobile.is_some() || account.is_some_and(|account| account.mobile.is_some());
        Ok(match matched {
            // What is true of the account comes first: the service desk shows these reasons, and after a right birthdate only they
            // would confirm it.
            BirthdateMatch::Same | BirthdateMatch::Other
                if usable_from(&record, purpose) > self.clock.now() =>
            {
                BirthdateMatch::TooNew
            }
            BirthdateMatch::Same | BirthdateMatch::Other if self.config.require_mobile && !has_mobile => {
                BirthdateMatch::NoMobile
            }
            BirthdateMatch::Same
            | BirthdateMatch::Other
            | BirthdateMatch::NotRegistered
            | BirthdateMatch::NoMobile
            | BirthdateMatch::TooNew => matched,
        })
    }

    /// Whether the right birthdate would be accepted: what is registered suffices, and can be used now.
    pub(crate) async fn can_be_verified(&self, account: &Account, purpose: Purpose) -> Result<bool, Refusal> {
        let stored = self.records.load(account.id).await.map_err(|error| store_unavailable(&error))?;
        let (record, now) = (stored.map(|stored| stored.record).unwrap_or_default(), self.clock.now());
        let has_birthdate = if self.config.birthdate_from_directory {
            let text = account.birthdate.as_deref();
            text.zip(today(now)).is_some_and(|(text, today)| parse_attribute(text, &today).is_some())
        } else {
            record.birthdate.is_some()
        };
        let has_mobile = !self.config.require_mobile || record.mobile.is_some() || account.mobile.is_some();
        Ok(has_birthdate && has_mobile && usable_from(&record, purpose) <= now)
    }

    /// A registered value may have been changed since an earlier attempt of the session.
    pub(super) async fn changed_too_recently(
        &self,
        account: Option<&Account>,
        purpose: Purpose,
    ) -> Result<Option<BirthdateMatch>, Refusal> {
        let id = account.map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let stored = self.records.load(id).await.map_err(|error| store_unavailable(&error))?;
        let now = self.clock.now();
        let too_new = stored.is_some_and(|stored| usable_from(&stored.record, purpose) > now);
        Ok(too_new.then_some(BirthdateMatch::TooNew))
    }

    /// Stores values that are under an older key again with the current key, now that the birthdate is known to be
    /// right. A failure is logged; the next match tries again.
    pub(super) async fn renew_keys(&self, id: AccountId, birthdate: &Birthdate) {
        let (keys, writing) = (&self.keys, self.keys.current_key_id());
        let Ok(Some(stored)) = self.records.load(id).await else { return };
        let mut record = stored.record.clone();
        if let Some(registered) = &mut record.birthdate
            && registered.value.key_id != writing
        {
            registered.value = record_values::digest(keys, id, birthdate);
        }
        if let Some(registered) = &mut record.mobile
            && registered.value.key_id != writing
            && let Some(number) = record_values::open(keys, id, &registered.value)
            && let Ok(sealed) = record_values::seal(keys, id, &number)
        {
            registered.value = sealed;
        }
        if record != stored.record
            && let Err(error) = self.records.store(id, &record, Some(stored.revision)).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "store unavailable: record not re-encrypted with the current key"
            );
        }
    }
}

/// From when the values can be used. With a start code the app is about to be replaced.
fn usable_from(record: &Record, purpose: Purpose) -> Timestamp {
    match purpose {
        Purpose::Reset | Purpose::Call => record.usable_from(),
        Purpose::NewApp => record.values_usable_from(),
    }
}

fn in_directory(
    account: Option<&Account>,
    birthdate: &Birthdate,
    today: Option<&Birthdate>,
) -> BirthdateMatch {
    let text = account.and_then(|account| account.birthdate.as_deref());
    match text.zip(today).and_then(|(text, today)| parse_attribute(text, today)) {
        Some(stored) if stored == *birthdate => BirthdateMatch::Same,
        Some(_) => BirthdateMatch::Other,
        None => BirthdateMatch::NotRegistered,
    }
}
