//! Counts how many accounts in scope are ready for a reset, per organisational unit. App activation is not
//! included: querying Entrust for every account would take an hour.

mod output;

pub(crate) use output::csv_cell;

use crate::date_text::{parse_attribute, today};
use crate::mobile::{Countries, Mobile};
use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use crate::ports::records::{Record, Records};
use crate::ports::store::StoreError;
use app::domain::birthdate::Birthdate;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// When an account counts as ready.
#[derive(Debug, Clone)]
pub struct CoverageConfig {
    /// Birthdates come from a directory attribute, and only that source counts.
    pub birthdate_from_directory: bool,
    /// A known mobile number is required.
    pub require_mobile: bool,
    /// The countries whose mobile numbers are accepted.
    pub countries: Countries,
}

/// The counts of one unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct UnitCounts {
    /// All accounts.
    pub accounts: u64,
    /// Accounts that may use the reset: not disabled, expired or privileged. All counts below include only these.
    pub in_scope: u64,
    /// Accounts with a known birthdate.
    pub birthdate: u64,
    /// Accounts with a known mobile number.
    pub mobile: u64,
    /// Accounts with a change whose waiting time has not passed.
    pub waiting: u64,
    /// Accounts whose reset would succeed if the app is active.
    pub ready: u64,
}

/// The values from HR that differ from what employees confirmed, over the accounts that may use the reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HrCounts {
    /// Values that wait for the employee's decision.
    pub proposals: u64,
    /// Values that the employee declined.
    pub conflicts: u64,
}

/// The counts of every unit, and the total.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    units: BTreeMap<String, UnitCounts>,
    total: UnitCounts,
    hr: HrCounts,
}

/// Counting failed.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The accounts could not be listed.
    #[error("the accounts could not be listed")]
    Directory(#[from] DirectoryError),
    /// The records could not be read.
    #[error("the records could not be read")]
    Records(#[from] StoreError),
}

/// The part of an account that is kept in memory until the records of its page are read: small, so that a slow
/// store does not fill the memory.
#[derive(Debug, Clone, Copy)]
struct AccountSummary {
    id: AccountId,
    unit: u32,
    in_scope: bool,
    birthdate: bool,
    mobile: bool,
}

/// The units found so far; accounts refer to a unit by its index.
#[derive(Debug, Default)]
struct Units {
    index: HashMap<String, u32>,
    names: Vec<String>,
}

/// Counts all accounts of the directory, page by page.
pub async fn coverage(
    directory: &dyn Directory,
    records: &dyn Records,
    config: &CoverageConfig,
    now: Timestamp,
) -> Result<Coverage, CoverageError> {
    let (pages, waiting) = unbounded_channel();
    // Concurrently: records are looked up while the directory prepares the next page.
    let (units, counts) =
        tokio::join!(list(directory, config, today(now), pages), count(records, config, now, waiting));
    let (units, (counts, hr)) = (units?, counts?);
    let mut coverage = Coverage { hr, ..Coverage::default() };
    for (name, counted) in units.names.into_iter().zip(counts) {
        coverage.total.add(counted);
        coverage.units.insert(name, counted);
    }
    Ok(coverage)
}

async fn list(
    directory: &dyn Directory,
    config: &CoverageConfig,
    today: Option<Birthdate>,
    pages: UnboundedSender<Vec<AccountSummary>>,
) -> Result<Units, DirectoryError> {
    let mut units = Units::default();
    let mut send_page = |page: Vec<ListedAccount>| {
        let page = page.iter().map(|listed| units.summarize(listed, config, today.as_ref())).collect();
        // The receiver is gone if the store failed; the store's error is then the one returned.
        let _ = pages.send(page);
    };
    directory.list(&mut send_page).await?;
    Ok(units)
}

async fn count(
    records: &dyn Records,
    config: &CoverageConfig,
    now: Timestamp,
    mut pages: UnboundedReceiver<Vec<AccountSummary>>,
) -> Result<(Vec<UnitCounts>, HrCounts), StoreError> {
    let (mut counts, mut hr): (Vec<UnitCounts>, _) = (Vec::new(), HrCounts::default());
    while let Some(page) = pages.recv().await {
        let ids: Vec<_> = page.iter().filter(|account| account.in_scope).map(|account| account.id).collect();
        let stored: HashMap<_, _> = records.load_many(&ids).await?.into_iter().collect();
        for account in page {
            let index = account.unit as usize;
            if counts.len() <= index {
                counts.resize(index + 1, UnitCounts::default());
            }
            let record = stored.get(&account.id).map(|stored| &stored.record);
            hr.add(record);
            let birthdate = record.is_some_and(|record| record.birthdate.is_some());
            let birthdate = if config.birthdate_from_directory { account.birthdate } else { birthdate };
            let mobile = account.mobile || record.is_some_and(|record| record.mobile.is_some());
            let waiting = record.is_some_and(|record| record.usable_from() > now);
            let ready = birthdate && (mobile || !config.require_mobile) && !waiting;
            let if_in_scope = |is: bool| u64::from(account.in_scope && is);
            if let Some(counted) = counts.get_mut(index) {
                counted.add(UnitCounts {
                    accounts: 1,
                    in_scope: if_in_scope(true),
                    birthdate: if_in_scope(birthdate),
                    mobile: if_in_scope(mobile),
                    waiting: if_in_scope(waiting),
                    ready: if_in_scope(ready),
                });
            }
        }
    }
    Ok((counts, hr))
}

impl Units {
    fn summarize(
        &mut self,
        listed: &ListedAccount,
        config: &CoverageConfig,
        today: Option<&Birthdate>,
    ) -> AccountSummary {
        let name = parent_dn(&listed.dn);
        let unit = self.index.get(name).copied().unwrap_or_else(|| {
            let index = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.index.insert(name.to_owned(), index);
            self.names.push(name.to_owned());
            index
        });
        let mobile = listed.mobile.as_deref();
        AccountSummary {
            id: listed.id,
            unit,
            in_scope: listed.eligibility == Eligibility::Eligible,
            birthdate: listed
                .birthdate
                .as_deref()
                .is_some_and(|text| today.is_some_and(|today| parse_attribute(text, today).is_some())),
            mobile: mobile.is_some_and(|text| Mobile::parse(text, &config.countries).is_ok()),
        }
    }
}

/// Returns the parent DN. A comma after a backslash belongs to the RDN.
fn parent_dn(dn: &str) -> &str {
    let mut escaped = false;
    for (index, byte) in dn.bytes().enumerate() {
        match byte {
            b',' if !escaped => return dn.get(index + 1..).unwrap_or_default(),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    ""
}

impl HrCounts {
    fn add(&mut self, record: Option<&Record>) {
        let Some(record) = record else { return };
        let birthdate = record.proposed_birthdate.as_ref().map(|proposal| proposal.declined);
        let mobile = record.proposed_mobile.as_ref().map(|proposal| proposal.declined);
        for is_declined in [birthdate, mobile].into_iter().flatten() {
            *(if is_declined { &mut self.conflicts } else { &mut self.proposals }) += 1;
        }
    }
}

impl UnitCounts {
    fn add(&mut self, other: Self) {
        let Self { accounts, in_scope, birthdate, mobile, waiting, ready } = other;
        self.accounts += accounts;
        self.in_scope += in_scope;
        self.birthdate += birthdate;
        self.mobile += mobile;
        self.waiting += waiting;
        self.ready += ready;
    }

    fn as_array(&self) -> [u64; 6] {
        [self.accounts, self.in_scope, self.birthdate, self.mobile, self.waiting, self.ready]
    }
}

impl Coverage {
    /// The counts of these units, for tests of what shows them.
    #[cfg(test)]
    pub(crate) fn of_units(units: impl Iterator<Item = (String, UnitCounts)>) -> Self {
        Self { units: units.collect(), ..Self::default() }
    }

    /// Returns the counts per unit, sorted by name.
    pub fn units(&self) -> impl Iterator<Item = (&str, UnitCounts)> {
        self.units.iter().map(|(name, counted)| (name.as_str(), *counted))
    }

    /// Returns the counts of values from HR.
    pub fn hr(&self) -> HrCounts {
        self.hr
    }

    /// Returns the total.
    pub fn total(&self) -> UnitCounts {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unit_is_the_parent_dn_of_an_account() {
        assert_eq!(parent_dn("CN=A,OU=Zorg,DC=x"), "OU=Zorg,DC=x");
        assert_eq!(parent_dn("CN=Doe\\, Jo,OU=Zorg,DC=x"), "OU=Zorg,DC=x");
        assert_eq!(parent_dn("CN=back\\\\,OU=Zorg"), "OU=Zorg");
        assert_eq!(parent_dn("CN=alone"), "");
    }
}
