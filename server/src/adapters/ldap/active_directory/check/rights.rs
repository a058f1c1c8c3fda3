//! Checks whether the required rights are held, from the permissions of sampled accounts and without writing.

use super::super::super::config::SECTION;
use super::super::super::connection::ANY_ENTRY;
use super::super::super::failure::LdapFailure;
use super::super::account::USER_ACCOUNT;
use super::super::domain_info::Session;
use super::super::security_descriptor::{Descriptor, right};
use super::required_rights::{self, LOCKOUT_TIME, PWD_LAST_SET, RequiredRights, quote};
use super::sample::{RightState, Sample, sample};
use super::service::ServiceAccount;
use crate::ports::health_finding::Finding;
use ldap3::Scope;

/// Number of sampled accounts: enough to find one on which the delegation has no effect.
const SAMPLE_SIZE: i32 = 20;

/// Returns a row for each right.
pub(super) async fn rows(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
    name: &str,
) -> Result<Vec<Finding>, LdapFailure> {
    let what = |part: &str| format!("{name} right: {part}");
    let filter = format!("(&{USER_ACCOUNT}(!(adminCount=1)))");
    let base = required.base.clone();
    let accounts = sample(session, &base, Scope::Subtree, &filter, SAMPLE_SIZE).await?;
    if accounts.is_empty() {
        return Ok(vec![Finding::bad(
            SECTION,
            what("reset password"),
            format!("no account is seen under {base}"),
        )]);
    }
    let tally = |right: &dyn Fn(&Sample) -> RightState| Tally::count(&accounts, right);
    let mut rows = vec![
        tally(&|account| account.reset_right(service))
            .row(what("reset password"), || required.reset_commands(service)),
        tally(&|account| account.write_right(service, required, LOCKOUT_TIME))
            .row(what("write lockoutTime"), || required.write_commands(service, LOCKOUT_TIME)),
    ];
    if let Some(attribute) = &required.mobile {
        let row = tally(&|account| account.write_right(service, required, attribute));
        rows.push(
            row.row(what(&format!("write {attribute}")), || required.write_commands(service, attribute)),
        );
    }
    let set = tally(&|account| account.write_right(service, required, PWD_LAST_SET)).granted > 0;
    let note = "not needed: every reset sets it by itself";
    let held = if set { "held, though " } else { "not held, and " };
    rows.push(Finding::good(SECTION, what("write pwdLastSet"), format!("{held}{note}")));
    rows.push(
        tally(&|account| account.read_right(service, required))
            .row(what("read accounts"), || required.read_commands(service)),
    );
    rows.push(policy_read_row(session, service, &accounts, what("read fine-grained policies")).await?);
    Ok(rows)
}

/// On how many sampled accounts a right is held.
struct Tally<'a> {
    granted: usize,
    total: usize,
    missing_on: Option<&'a Sample>,
    unknown: usize,
}

impl<'a> Tally<'a> {
    fn count(accounts: &'a [Sample], right: &dyn Fn(&Sample) -> RightState) -> Self {
        let mut tally = Self { granted: 0, total: accounts.len(), missing_on: None, unknown: 0 };
        for account in accounts {
            match right(account) {
                RightState::Granted(_) => tally.granted += 1,
                RightState::Missing => tally.missing_on = tally.missing_on.or(Some(account)),
                RightState::Unknown => tally.unknown += 1,
            }
        }
        tally
    }

    fn row(&self, what: String, commands: impl Fn() -> Vec<String>) -> Finding {
        let Self { granted, total, missing_on, unknown } = *self;
        match missing_on {
            Some(_) if granted == 0 => Finding::bad(SECTION, what, "not held").with_remediation(commands()),
            Some(account) => {
                let missing = total - granted - unknown;
                let (why, remediation) = missing_cause(account);
                let detail = format!(
                    "held, but not on {missing} of the {total} accounts looked at, e.g. {}: {why}",
                    account.dn
                );
                Finding::warning(SECTION, what, detail).with_remediation(remediation)
            }
            None if granted == 0 => {
                let detail = "cannot be determined: the permissions of accounts may not be read; `check --test-user NAME` proves it \
                              by a reset";
                Finding::warning(SECTION, what, detail)
            }
            None => Finding::good(SECTION, what, format!("held on the {granted} accounts looked at")),
        }
    }
}

fn missing_cause(account: &Sample) -> (&'static str, Vec<String>) {
    if account.permissions.as_ref().is_some_and(|permissions| permissions.is_protected) {
        ("it inherits no permissions", vec![format!("dsacls {} /P:N", quote(&account.dn))])
    } else {
        ("an entry denies it there", vec![format!("dsacls {}", quote(&account.dn))])
    }
}

/// Fine-grained policies are stored outside the base DN, and only administrators may read them by default.
async fn policy_read_row(
    session: &mut Session,
    service: &ServiceAccount,
    accounts: &[Sample],
    what: String,
) -> Result<Finding, LdapFailure> {
    const READABLE: &str = "(msDS-MinimumPasswordLength=*)";
    let container = format!("CN=Password Settings Container,CN=System,{}", session.info.root);
    let commands = required_rights::policy_read_commands(&container, service);
    for dn in accounts.iter().filter_map(|account| account.policy.as_deref()) {
        if session.connection.read_entry(dn, READABLE, &["1.1"]).await?.is_none() {
            let detail = format!("not held: {dn} cannot be read, and accounts under it cannot be served");
            return Ok(Finding::bad(SECTION, what, detail).with_remediation(commands));
        }
    }
    let entries =
        session.connection.search_limited(&container, Scope::Base, ANY_ENTRY, &Sample::ATTRIBUTES, 0).await?;
    let permissions = entries.into_iter().next().and_then(|entry| Sample::from_entry(entry).permissions);
    let may = |permissions: &Descriptor, right| permissions.grants(&service.sids, right, &[]).is_some();
    let held = permissions.is_some_and(|permissions| {
        may(&permissions, right::READ_PROPERTY) && may(&permissions, right::LIST_CHILDREN)
    });
    if !held {
        let detail = "not held: accounts under a fine-grained policy cannot be served";
        return Ok(Finding::bad(SECTION, what, detail).with_remediation(commands));
    }
    let filter = format!("(&(objectClass=msDS-PasswordSettings){READABLE})");
    let count =
        session.connection.search_limited(&container, Scope::OneLevel, &filter, &["1.1"], 1000).await?.len();
    Ok(Finding::good(SECTION, what, format!("held; there are {count}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::health_finding::State;

    #[test]
    fn right_missing_on_some_accounts_is_a_warning_that_names_one() {
        let (dn, none) = ("CN=a,DC=b".to_owned(), Vec::new());
        let account = Sample { dn, permissions: None, writable: none, policy: None };
        let row = |granted, missing_on, unknown| {
            Tally { granted, total: 20, missing_on, unknown }
                .row("right".to_owned(), || vec!["give".to_owned()])
        };
        let some = row(18, Some(&account), 1);
        assert_eq!(some.state, State::Warning);
        assert!(some.detail.starts_with("held, but not on 1 of the 20 accounts looked at, e.g. CN=a,DC=b: "));
        assert_eq!(
            (row(0, Some(&account), 0).state, row(0, Some(&account), 0).remediation),
            (State::Bad, vec!["give".to_owned()])
        );
        assert_eq!(row(0, None, 20).state, State::Warning);
        assert_eq!(row(20, None, 0).state, State::Good);
    }
}
