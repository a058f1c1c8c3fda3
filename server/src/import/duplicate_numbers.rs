//! Numbers of the file that are registered for another account already. Not those that two persons of the file
//! share: the plan knows them.

use super::accounts::Accounts;
use super::person::Person;
use super::report::Reason;
use crate::crypto::{Keyring, Purpose};
use crate::mobile::Mobile;
use crate::ports::records::{Records, StoredRecord};
use crate::ports::store::StoreError;
use std::collections::HashMap;

/// Records read at a time.
const PAGE: u32 = 1000;

/// Refuses every number that an account in use has registered and the file gives to somebody else. Whoever
/// left the directory, or is disabled, holds no number: phones are handed on.
pub(super) async fn refuse_held(
    persons: &mut [Person],
    accounts: &Accounts,
    records: &dyn Records,
    keys: &Keyring,
) -> Result<(), StoreError> {
    if persons.iter().all(|person| person.mobile().is_none()) {
        return Ok(());
    }
    let mut of_digest = Digests::default();
    let mut held = Vec::new();
    let mut after = None;
    loop {
        let page = records.page(after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (account, kept) in page.iter().filter(|(account, _)| accounts.is_in_use(*account)) {
            held.extend(of_digest.place(kept, persons, keys).filter(|place| {
                // Its own number is nobody else's.
                persons.get(*place).is_some_and(|person| person.account != *account)
            }));
        }
    }
    for place in held {
        if let Some(person) = persons.get_mut(place) {
            person.refuse_mobile(Reason::Held);
        }
    }
    Ok(())
}

/// Which person of the file has the number of a digest, for each key that made digests of the records.
#[derive(Default)]
struct Digests(HashMap<String, HashMap<[u8; 32], usize>>);

impl Digests {
    fn place(&mut self, kept: &StoredRecord, persons: &[Person], keys: &Keyring) -> Option<usize> {
        let mobile = &kept.record.mobile.as_ref()?.value;
        if !self.0.contains_key(&mobile.key_id) {
            let digest = |number: &Mobile| {
                keys.digest_by(&mobile.key_id, Purpose::MobileDigest, &[number.expose().as_bytes()])
            };
            let of_persons = persons.iter().enumerate();
            let digests = of_persons.filter_map(|(place, person)| Some((digest(person.mobile()?)?, place)));
            self.0.insert(mobile.key_id.clone(), digests.collect());
        }
        self.0.get(&mobile.key_id)?.get(&mobile.digest).copied()
    }
}
