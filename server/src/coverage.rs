//! How many of the accounts in scope are ready for a reset, per organisational unit. Not one person's own list
//! of points, and not whether the app is active: asking Entrust about everybody would take an hour.

mod output;

use crate::mobile::{Countries, Mobile};
use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use crate::ports::records::Records;
use crate::ports::store::StoreError;
use crate::reset::birthdate_check::parse_attribute;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// When somebody counts as ready.
#[derive(Debug, Clone)]
pub struct CoverageConfig {
    /// The directory's attribute is the source of birthdates, and no other one counts.
    pub birthdate_from_directory: bool,
    /// Without a known number nobody is verified.
    pub require_mobile: bool,
    /// Whose mobile numbers are taken.
    pub countries: Countries,
}

/// How many accounts of a unit are what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// All of them.
    pub accounts: u64,
    /// May use the reset: neither disabled, expired nor privileged. The rest counts these only.
    pub in_scope: u64,
    /// With a known birthdate.
    pub birthdate: u64,
    /// With a known mobile number.
    pub mobile: u64,
    /// With a change that does not count yet.
    pub waiting: u64,
    /// A reset would succeed, if the app is active.
    pub ready: u64,
}

/// The counts of every unit, and of all together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    units: BTreeMap<String, Counted>,
    total: Counted,
}

/// The counts could not be made.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The accounts could not be listed.
    #[error("the accounts could not be listed")]
    Directory(#[from] DirectoryError),
    /// The records could not be read.
    #[error("the records could not be read")]
    Records(#[from] StoreError),
}

/// What is kept of an account while its page waits for the records: small, so that a slow store fills no memory.
#[derive(Debug, Clone, Copy)]
struct Slight {
    id: AccountId,
    unit: u32,
    in_scope: bool,
    birthdate: bool,
    mobile: bool,
}

/// The units met so far; everything else refers to one by its place.
#[derive(Debug, Default)]
struct Units {
    place: HashMap<String, u32>,
    names: Vec<String>,
}

/// Counts, page by page of the listing.
pub async fn coverage(
    directory: &dyn Directory,
    records: &dyn Records,
    terms: &CoverageConfig,
    now: Timestamp,
) -> Result<Coverage, CoverageError> {
    let (pages, waiting) = unbounded_channel();
    // Both at once: a page is looked up while the directory prepares the next one.
    let (units, counts) = tokio::join!(list(directory, terms, pages), count(records, terms, now, waiting));
    let (units, counts) = (units?, counts?);
    let mut coverage = Coverage::default();
    for (name, counted) in units.names.into_iter().zip(counts) {
        coverage.total.add(counted);
        coverage.units.insert(name, counted);
    }
    Ok(coverage)
}

async fn list(
    directory: &dyn Directory,
    terms: &CoverageConfig,
    pages: UnboundedSender<Vec<Slight>>,
) -> Result<Units, DirectoryError> {
    let mut units = Units::default();
    let mut take = |page: Vec<ListedAccount>| {
        let page = page.iter().map(|listed| units.slight(listed, terms)).collect();
        // Nobody takes it any more when the store is away; that error is the one that is told.
        let _ = pages.send(page);
    };
    directory.list(&mut take).await?;
    Ok(units)
}

async fn count(
    records: &dyn Records,
    terms: &CoverageConfig,
    now: Timestamp,
    mut pages: UnboundedReceiver<Vec<Slight>>,
) -> Result<Vec<Counted>, StoreError> {
    let mut counts: Vec<Counted> = Vec::new();
    while let Some(page) = pages.recv().await {
        let ids: Vec<_> = page.iter().filter(|one| one.in_scope).map(|one| one.id).collect();
        let kept: HashMap<_, _> = records.load_many(&ids).await?.into_iter().collect();
        for one in page {
            let place = one.unit as usize;
            if counts.len() <= place {
                counts.resize(place + 1, Counted::default());
            }
            let record = kept.get(&one.id).map(|kept| &kept.record);
            let birthdate = record.is_some_and(|record| record.birthdate.is_some());
            let birthdate = if terms.birthdate_from_directory { one.birthdate } else { birthdate };
            let mobile = one.mobile || record.is_some_and(|record| record.mobile.is_some());
            let waiting = record.is_some_and(|record| record.usable_from() > now);
            let ready = birthdate && (mobile || !terms.require_mobile) && !waiting;
            let scope = |is: bool| u64::from(one.in_scope && is);
            if let Some(counted) = counts.get_mut(place) {
                counted.add(Counted {
                    accounts: 1,
                    in_scope: scope(true),
                    birthdate: scope(birthdate),
                    mobile: scope(mobile),
                    waiting: scope(waiting),
                    ready: scope(ready),
                });
            }
        }
    }
    Ok(counts)
}

impl Units {
    fn slight(&mut self, listed: &ListedAccount, terms: &CoverageConfig) -> Slight {
        let name = parent(&listed.dn);
        let unit = self.place.get(name).copied().unwrap_or_else(|| {
            let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
            self.place.insert(name.to_owned(), place);
            self.names.push(name.to_owned());
            place
        });
        let mobile = listed.mobile.as_deref();
        Slight {
            id: listed.id,
            unit,
            in_scope: listed.eligibility == Eligibility::Eligible,
            birthdate: listed.birthdate.as_deref().is_some_and(|text| parse_attribute(text).is_some()),
            mobile: mobile.is_some_and(|text| Mobile::parse(text, &terms.countries).is_ok()),
        }
    }
}

/// Where an entry is: its DN without its own part. A comma behind a backslash belongs to a name.
fn parent(dn: &str) -> &str {
    let mut escaped = false;
    for (place, byte) in dn.bytes().enumerate() {
        match byte {
            b',' if !escaped => return dn.get(place + 1..).unwrap_or_default(),
            _ => escaped = byte == b'\\' && !escaped,
        }
    }
    ""
}

impl Counted {
    fn add(&mut self, other: Self) {
        let Self { accounts, in_scope, birthdate, mobile, waiting, ready } = other;
        self.accounts += accounts;
        self.in_scope += in_scope;
        self.birthdate += birthdate;
        self.mobile += mobile;
        self.waiting += waiting;
        self.ready += ready;
    }

    fn numbers(&self) -> [u64; 6] {
        [self.accounts, self.in_scope, self.birthdate, self.mobile, self.waiting, self.ready]
    }
}

impl Coverage {
    /// The units, sorted.
    pub fn units(&self) -> impl Iterator<Item = (&str, Counted)> {
        self.units.iter().map(|(name, counted)| (name.as_str(), *counted))
    }

    /// All together.
    pub fn total(&self) -> Counted {
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_where_an_account_is() {
        assert_eq!(parent("CN=A,OU=Zorg,DC=x"), "OU=Zorg,DC=x");
        assert_eq!(parent("CN=Doe\\, Jo,OU=Zorg,DC=x"), "OU=Zorg,DC=x");
        assert_eq!(parent("CN=back\\\\,OU=Zorg"), "OU=Zorg");
        assert_eq!(parent("CN=alone"), "");
    }
}
