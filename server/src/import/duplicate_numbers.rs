//! Refuses numbers of the file that are already registered for another account. Numbers shared by two persons
//! within the file are refused in `plan`.

use super::accounts::Accounts;
use super::person::Person;
use super::report::RowError;
use crate::crypto::{Keyring, Purpose};
use crate::mobile::Mobile;
use crate::ports::records::{Records, StoredRecord};
use crate::ports::store::StoreError;
use std::collections::HashMap;

/// Records read at a time.
const PAGE_SIZE: u32 = 1000;

/// Refuses every number that an account in use has registered and the file assigns to another account. An account
/// that left the directory or is disabled does not block its number: phones are reassigned.
pub(super) async fn refuse_duplicates(
    persons: &mut [Person],
    accounts: &Accounts,
    records: &dyn Records,
    keys: &Keyring,
) -> Result<(), StoreError> {
    if persons.iter().all(|person| person.mobile().is_none()) {
        return Ok(());
    }
    let mut digests = DigestIndex::default();
    let mut duplicates = Vec::new();
    let mut after = None;
    loop {
        let page = records.page(after, PAGE_SIZE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (account, stored) in page.iter().filter(|(account, _)| accounts.is_in_use(*account)) {
            duplicates.extend(digests.find(stored, persons, keys).filter(|index| {
                // A person's own number is not a duplicate.
                persons.get(*index).is_some_and(|person| person.account != *account)
            }));
        }
    }
    for index in duplicates {
        if let Some(person) = persons.get_mut(index) {
            person.refuse_mobile(RowError::AlreadyRegistered);
        }
    }
    Ok(())
}

/// Maps number digests to persons of the file, per key that made digests in the records.
#[derive(Default)]
struct DigestIndex(HashMap<String, HashMap<[u8; 32], usize>>);

impl DigestIndex {
    fn find(&mut self, stored: &StoredRecord, persons: &[Person], keys: &Keyring) -> Option<usize> {
        let mobile = &stored.record.mobile.as_ref()?.value;
        if !self.0.contains_key(&mobile.key_id) {
            let digest = |number: &Mobile| {
                keys.digest_by(&mobile.key_id, Purpose::MobileDigest, &[number.expose().as_bytes()])
            };
            let indexed_persons = persons.iter().enumerate();
            let digests =
                indexed_persons.filter_map(|(index, person)| Some((digest(person.mobile()?)?, index)));
            self.0.insert(mobile.key_id.clone(), digests.collect());
        }
        self.0.get(&mobile.key_id)?.get(&mobile.digest).copied()
    }
}
