//! Which password policy holds for an account, as the directory shows it. Not the judging by it.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::super::pool::{Query, lock};
use super::Session;
use super::realm::Realm;
use crate::ports::directory::{Account, Policy};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// A policy that was read is good for so long: it changes a few times a year, and an employee who types for a
/// minute is judged again at the write.
const KEPT: Duration = Duration::from_mins(1);
/// Kept at most; an organisation has a handful.
const MOST: usize = 100;
/// Units of 100 ns in a second.
const PER_SECOND: u64 = 10_000_000;

/// A policy as the directory shows it, before it is known whether a reset is held to it.
#[derive(Debug, Clone, Copy)]
struct Shown {
    min_length: u16,
    complexity: bool,
    remembered: u16,
    min_age: Duration,
}

/// The policies read lately, by the object that holds them; empty for the domain's own.
#[derive(Default)]
pub(super) struct Policies(Mutex<HashMap<String, (Shown, Instant)>>);

impl Policies {
    /// The policy that holds for the account: its fine-grained one, else the domain's.
    pub(super) fn of<'a>(&'a self, account: &'a Account) -> PolicyOf<'a> {
        PolicyOf { object: account.policy_object.as_deref(), kept: self }
    }

    /// The next ones are read afresh.
    pub(super) fn forget(&self) {
        lock(&self.0).clear();
    }

    fn fresh(&self, object: &str) -> Option<Shown> {
        let kept = lock(&self.0);
        kept.get(object).filter(|(_, read)| read.elapsed() < KEPT).map(|(shown, _)| *shown)
    }

    fn keep(&self, object: &str, shown: Shown) {
        let mut kept = lock(&self.0);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(object.to_owned(), (shown, Instant::now()));
    }
}

/// Which policy holds? One that is named and cannot be read is an error: guessing would promise what the
/// directory then refuses.
pub(super) struct PolicyOf<'a> {
    object: Option<&'a str>,
    kept: &'a Policies,
}

#[async_trait]
impl Query<Realm> for PolicyOf<'_> {
    type Answer = Policy;

    async fn ask(&self, session: &mut Session) -> Result<Policy, LdapFailure> {
        let object = self.object.unwrap_or_default();
        let shown = if let Some(shown) = self.kept.fresh(object) {
            shown
        } else {
            let shown = match self.object {
                Some(dn) => fine_grained(session, dn).await?,
                None => domain(session).await?,
            };
            self.kept.keep(object, shown);
            shown
        };
        let held = session.realm.history_control.is_some();
        Ok(Policy {
            min_length: shown.min_length,
            complexity: shown.complexity,
            history: (held && shown.remembered > 0).then_some(shown.remembered),
            min_age: if held { shown.min_age } else { Duration::ZERO },
        })
    }
}

async fn fine_grained(session: &mut Session, dn: &str) -> Result<Shown, LdapFailure> {
    const LENGTH: &str = "msDS-MinimumPasswordLength";
    const COMPLEX: &str = "msDS-PasswordComplexityEnabled";
    const HISTORY: &str = "msDS-PasswordHistoryLength";
    const AGE: &str = "msDS-MinimumPasswordAge";
    let read = session.connection.one(dn, "(objectClass=*)", &[LENGTH, COMPLEX, HISTORY, AGE]).await?;
    let pso = read.ok_or_else(|| {
        LdapFailure::Unusable(format!("{dn} cannot be read: let the service account read the policy objects"))
    })?;
    Ok(Shown {
        min_length: small(&pso, LENGTH)?,
        complexity: pso.required(COMPLEX)? == "TRUE",
        remembered: small(&pso, HISTORY)?,
        min_age: duration(&pso, AGE)?,
    })
}

/// Length, complexity and history of the domain's own policy, for an operator.
pub(super) async fn described(session: &mut Session) -> Result<String, LdapFailure> {
    let shown = domain(session).await?;
    Ok(format!(
        "{} characters, complexity {}, history {}, minimum age {} h",
        shown.min_length,
        if shown.complexity { "on" } else { "off" },
        shown.remembered,
        shown.min_age.as_secs() / 3600,
    ))
}

async fn domain(session: &mut Session) -> Result<Shown, LdapFailure> {
    /// `DOMAIN_PASSWORD_COMPLEX` of `pwdProperties`.
    const COMPLEX: i64 = 1;
    let root = session.realm.root.clone();
    let attributes = ["minPwdLength", "pwdProperties", "pwdHistoryLength", "minPwdAge"];
    let head = session.connection.one(&root, "(objectClass=*)", &attributes).await?;
    let head = head.ok_or_else(|| LdapFailure::Unusable(format!("{root} cannot be read")))?;
    Ok(Shown {
        min_length: small(&head, "minPwdLength")?,
        complexity: head.number("pwdProperties")? & COMPLEX != 0,
        remembered: small(&head, "pwdHistoryLength")?,
        min_age: duration(&head, "minPwdAge")?,
    })
}

fn small(entry: &Entry, name: &'static str) -> Result<u16, LdapFailure> {
    u16::try_from(entry.number(name)?).map_err(|_| entry.lacks(name))
}

/// Durations are negative, in units of 100 ns.
fn duration(entry: &Entry, name: &'static str) -> Result<Duration, LdapFailure> {
    Ok(Duration::from_secs(entry.number(name)?.unsigned_abs() / PER_SECOND))
}
