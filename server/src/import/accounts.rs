//! Finds the account of a line by user name and employee number. The directory is listed once, so that a file of
//! 100,000 lines does not cause 100,000 queries.

use super::report::RowError;
use crate::ports::directory::{AccountId, Directory, DirectoryError, Eligibility, ListedAccount};
use app::domain::username::{Domains, Username, UsernameError};
use std::collections::{HashMap, HashSet};

/// Index of all listed accounts.
#[derive(Debug, Default)]
pub(super) struct Accounts {
    by_name: HashMap<Box<str>, Match>,
    by_number: HashMap<Box<str>, Match>,
    in_use: HashSet<AccountId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Unique(AccountId),
    Ambiguous,
}

impl Accounts {
    /// Lists all accounts of the directory.
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
            insert(&mut self.by_name, name, listed.id);
        }
        let number = listed.employee_number.as_deref().map(normalize).filter(|number| !number.is_empty());
        if let Some(number) = number {
            insert(&mut self.by_number, number, listed.id);
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

    /// Resolves the account of a line by its user name, its employee number, or both.
    pub(super) fn resolve(&self, name: &str, number: &str, domains: &Domains) -> Result<AccountId, RowError> {
        let by_number = (!number.is_empty()).then(|| match self.by_number.get(normalize(number).as_str()) {
            Some(Match::Unique(id)) => Ok(*id),
            Some(Match::Ambiguous) => Err(RowError::AmbiguousNumber),
            None => Err(RowError::UnknownNumber),
        });
        if name.is_empty() {
            return by_number.unwrap_or(Err(RowError::NoName));
        }
        let name = Username::parse(name, domains).map_err(|error| match error {
            UsernameError::Empty => RowError::NoName,
            UsernameError::TooLong | UsernameError::Characters => RowError::InvalidName,
            UsernameError::Invisible => RowError::InvisibleInName,
            UsernameError::OtherDomain => RowError::OtherDomain,
        })?;
        let id = match self.by_name.get(name.folded().as_str()) {
            Some(Match::Unique(id)) => *id,
            Some(Match::Ambiguous) => return Err(RowError::AmbiguousName),
            None => return Err(RowError::UnknownName),
        };
        match by_number {
            Some(Ok(other)) if other != id => Err(RowError::TwoAccounts),
            // The name identifies the account; an employee number that the directory lacks is no contradiction.
            Some(Ok(_) | Err(_)) | None => Ok(id),
        }
    }

    /// Whether the account is in the directory and neither disabled nor expired. The number of an account that is
    /// not in use may have been reassigned.
    pub(super) fn is_in_use(&self, account: AccountId) -> bool {
        self.in_use.contains(&account)
    }
}

fn normalize(number: &str) -> String {
    number.trim().to_lowercase()
}

fn insert(map: &mut HashMap<Box<str>, Match>, key: String, id: AccountId) {
    map.entry(key.into_boxed_str())
        .and_modify(|existing| {
            if *existing != Match::Unique(id) {
                *existing = Match::Ambiguous;
            }
        })
        .or_insert(Match::Unique(id));
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
    fn account_is_found_by_login_principal_name_or_employee_number() {
        let mut accounts = Accounts::default();
        accounts.add(&listed(1, "A.Janssen", "anna@fake", "0017"));
        accounts.add(&listed(2, "B.Bakker", "B.Bakker@fake", "E18"));
        accounts.add(&listed(3, "Anna", "c@fake", "e18"));
        let domains = Domains { suffixes: vec!["pantein.nl".into()], prefixes: vec!["PANTEIN".into()] };
        let resolve = |name, number| accounts.resolve(name, number, &domains).map(|id| id.0.as_u128());
        assert_eq!(resolve("a.janssen@pantein.nl", ""), Ok(1));
        assert_eq!(resolve("PANTEIN\\B.BAKKER", ""), Ok(2));
        assert_eq!(resolve("", " 0017 "), Ok(1));
        assert_eq!(resolve("B.Bakker", "unknown"), Ok(2));
        assert_eq!(resolve("B.Bakker", "0017"), Err(RowError::TwoAccounts));
        assert_eq!(resolve("anna", ""), Err(RowError::AmbiguousName));
        assert_eq!(resolve("", "E18"), Err(RowError::AmbiguousNumber));
        assert_eq!(resolve("", "17"), Err(RowError::UnknownNumber));
        assert_eq!(resolve("nobody", ""), Err(RowError::UnknownName));
        assert_eq!(resolve("=cmd()", ""), Err(RowError::InvalidName));
        assert_eq!(resolve("a\u{200b}.janssen", ""), Err(RowError::InvisibleInName));
        for other in ["a.janssen@gmail.com", "OTHER\\a.janssen", "a.janssen@pantein.com"] {
            assert_eq!(resolve(other, ""), Err(RowError::OtherDomain), "{other}");
        }
        assert_eq!(resolve("\u{feff}A.Janssen; ", ""), Ok(1));
        assert_eq!(resolve("", ""), Err(RowError::NoName));
    }
}
