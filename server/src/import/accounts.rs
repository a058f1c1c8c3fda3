//! Whose a line is: the directory's accounts by user name and by employee number. Read once, so that a file
//! of 100,000 lines is not 100,000 questions.

use super::report::Reason;
use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use app::domain::username::{Domains, Username};
use std::collections::{HashMap, HashSet};

/// The accounts of a listing.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    by_name: HashMap<Box<str>, Found>,
    by_number: HashMap<Box<str>, Found>,
    in_use: HashSet<AccountId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    One(AccountId),
    Several,
}

impl Accounts {
    /// Reads the whole listing.
    pub(super) async fn read(directory: &dyn Directory) -> Result<Self, DirectoryError> {
        let mut accounts = Self::default();
        directory.list(&mut |page| page.iter().for_each(|listed| accounts.add(listed))).await?;
        Ok(accounts)
    }

    fn add(&mut self, listed: &ListedAccount) {
        let login = listed.login.to_lowercase();
        let prefix = listed.principal_name.as_deref().and_then(|name| name.split('@').next());
        let prefix = prefix.map(str::to_lowercase).filter(|prefix| *prefix != login);
        for name in [Some(login), prefix].into_iter().flatten() {
            put(&mut self.by_name, name, listed.id);
        }
        let number = listed.employee_number.as_deref().map(fold).filter(|number| !number.is_empty());
        if let Some(number) = number {
            put(&mut self.by_number, number, listed.id);
        }
        match listed.eligibility {
            Eligibility::Eligible
            | Eligibility::Privileged
            | Eligibility::SmartCard
            | Eligibility::OutOfScope => {
                self.in_use.insert(listed.id);
            }
            Eligibility::Disabled | Eligibility::Expired => {}
        }
    }

    /// Whom a line means by its user name, its employee number, or both.
    pub(super) fn whose(&self, name: &str, number: &str, domains: &Domains) -> Result<AccountId, Reason> {
        let by_number = (!number.is_empty()).then(|| match self.by_number.get(fold(number).as_str()) {
            Some(Found::One(id)) => Ok(*id),
            Some(Found::Several) => Err(Reason::AmbiguousNumber),
            None => Err(Reason::UnknownNumber),
        });
        if name.is_empty() {
            return by_number.unwrap_or(Err(Reason::NoName));
        }
        let name = Username::parse(name, domains).map_err(|_| Reason::NoName)?;
        let id = match self.by_name.get(name.folded().as_str()) {
            Some(Found::One(id)) => *id,
            Some(Found::Several) => return Err(Reason::AmbiguousName),
            None => return Err(Reason::UnknownName),
        };
        match by_number {
            Some(Ok(other)) if other != id => Err(Reason::TwoAccounts),
            // The name says whose it is; that the directory lacks the number is no contradiction.
            Some(Ok(_) | Err(_)) | None => Ok(id),
        }
    }

    /// Whether the account is in the directory and neither disabled nor expired: a number of one that left may
    /// be given to somebody else.
    pub(super) fn is_in_use(&self, account: AccountId) -> bool {
        self.in_use.contains(&account)
    }
}

fn fold(number: &str) -> String {
    number.trim().to_lowercase()
}

fn put(map: &mut HashMap<Box<str>, Found>, key: String, id: AccountId) {
    map.entry(key.into_boxed_str())
        .and_modify(|found| {
            if *found != Found::One(id) {
                *found = Found::Several;
            }
        })
        .or_insert(Found::One(id));
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn listed(id: u128, login: &str, principal_name: &str, number: &str) -> ListedAccount {
        ListedAccount {
            id: AccountId(Uuid::from_u128(id)),
            dn: String::new(),
            login: login.into(),
            principal_name: Some(principal_name.into()),
            mail: None,
            employee_number: Some(number.into()),
            birthdate: None,
            mobile: None,
            eligibility: Eligibility::Eligible,
        }
    }

    #[test]
    fn a_person_is_found_by_either_name_or_by_number() {
        let mut accounts = Accounts::default();
        accounts.add(&listed(1, "A.Janssen", "anna@fake", "0017"));
        accounts.add(&listed(2, "B.Bakker", "B.Bakker@fake", "E18"));
        accounts.add(&listed(3, "Anna", "c@fake", "e18"));
        let domains = Domains { suffixes: vec!["pantein.nl".into()], prefixes: vec!["PANTEIN".into()] };
        let whose = |name, number| accounts.whose(name, number, &domains).map(|id| id.0.as_u128());
        assert_eq!(whose("a.janssen@pantein.nl", ""), Ok(1));
        assert_eq!(whose("PANTEIN\\B.BAKKER", ""), Ok(2));
        assert_eq!(whose("", " 0017 "), Ok(1));
        assert_eq!(whose("B.Bakker", "unknown"), Ok(2));
        assert_eq!(whose("B.Bakker", "0017"), Err(Reason::TwoAccounts));
        assert_eq!(whose("anna", ""), Err(Reason::AmbiguousName));
        assert_eq!(whose("", "E18"), Err(Reason::AmbiguousNumber));
        assert_eq!(whose("", "17"), Err(Reason::UnknownNumber));
        assert_eq!(whose("nobody", ""), Err(Reason::UnknownName));
        assert_eq!(whose("=cmd()", ""), Err(Reason::NoName));
        assert_eq!(whose("", ""), Err(Reason::NoName));
    }
}
