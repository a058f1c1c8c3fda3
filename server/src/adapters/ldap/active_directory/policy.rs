//! Reads the password policy of an account.

use super::super::connection::ANY_ENTRY;
use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::locks::lock;
use super::super::pool::Query;
use super::domain_info::{DomainInfo, Session};
use crate::ports::directory::{Account, Policy};
use async_trait::async_trait;
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Lifetime of a cached policy. Policies change a few times a year, and the password is evaluated again at the write.
const CACHE_TTL: Duration = Duration::from_mins(1);
/// Maximum number of cached policies; an organisation has a handful.
const MAX_CACHED_POLICIES: usize = 100;
/// Units of 100 ns in a second.
const FILETIME_PER_SECOND: u64 = 10_000_000;

/// A policy as stored in the directory, regardless of whether it is enforced on a reset.
#[derive(Debug, Clone, Copy)]
struct PolicyAttributes {
    min_length: u16,
    complexity: bool,
    history: u16,
    min_age: Duration,
}

/// Recently read policies by the DN of their object; the empty string is the domain's policy.
#[derive(Default)]
pub(super) struct PolicyCache(Mutex<HashMap<String, (PolicyAttributes, Instant)>>);

impl PolicyCache {
    /// Query for the policy of the account: its fine-grained policy, otherwise the domain's.
    pub(super) fn query_for<'a>(&'a self, account: &'a Account) -> PolicyQuery<'a> {
        PolicyQuery { policy_dn: account.policy_object.as_deref(), cache: self }
    }

    /// Discards all cached policies.
    pub(super) fn clear(&self) {
        lock(&self.0).clear();
    }

    fn get(&self, policy_dn: &str) -> Option<PolicyAttributes> {
        let policies = lock(&self.0);
        policies
            .get(policy_dn)
            .filter(|(_, read_at)| read_at.elapsed() < CACHE_TTL)
            .map(|(attributes, _)| *attributes)
    }

    fn insert(&self, policy_dn: &str, attributes: PolicyAttributes) {
        let mut policies = lock(&self.0);
        if policies.len() >= MAX_CACHED_POLICIES {
            policies.clear();
        }
        policies.insert(policy_dn.to_owned(), (attributes, Instant::now()));
    }
}

/// Reads a policy. A fine-grained policy that cannot be read is an error: a guess would accept passwords that the
/// directory then refuses.
pub(super) struct PolicyQuery<'a> {
    policy_dn: Option<&'a str>,
    cache: &'a PolicyCache,
}

#[async_trait]
impl Query<DomainInfo> for PolicyQuery<'_> {
    type Answer = Policy;

    async fn run(&self, session: &mut Session) -> Result<Policy, LdapFailure> {
        let key = self.policy_dn.unwrap_or_default();
        let attributes = if let Some(attributes) = self.cache.get(key) {
            attributes
        } else {
            let attributes = match self.policy_dn {
                Some(dn) => fine_grained_policy(session, dn).await?,
                None => domain_policy(session).await?,
            };
            self.cache.insert(key, attributes);
            attributes
        };
        let enforced = session.info.history_control.is_some();
        Ok(Policy {
            min_length: attributes.min_length,
            complexity: attributes.complexity,
            history: (enforced && attributes.history > 0).then_some(attributes.history),
            min_age: if enforced { attributes.min_age } else { Duration::ZERO },
        })
    }
}

async fn fine_grained_policy(session: &mut Session, dn: &str) -> Result<PolicyAttributes, LdapFailure> {
    const MIN_LENGTH: &str = "msDS-MinimumPasswordLength";
    const COMPLEXITY: &str = "msDS-PasswordComplexityEnabled";
    const HISTORY: &str = "msDS-PasswordHistoryLength";
    const MIN_AGE: &str = "msDS-MinimumPasswordAge";
    let entry =
        session.connection.read_entry(dn, ANY_ENTRY, &[MIN_LENGTH, COMPLEXITY, HISTORY, MIN_AGE]).await?;
    let pso = entry.ok_or_else(|| {
        LdapFailure::Unusable(format!("{dn} cannot be read: let the service account read the policy objects"))
    })?;
    Ok(PolicyAttributes {
        min_length: parse_u16(&pso, MIN_LENGTH)?,
        complexity: pso.required(COMPLEXITY)? == "TRUE",
        history: parse_u16(&pso, HISTORY)?,
        min_age: parse_duration(&pso, MIN_AGE)?,
    })
}

/// The domain's policy as text for the operator.
pub(super) async fn describe_domain_policy(session: &mut Session) -> Result<String, LdapFailure> {
    let attributes = domain_policy(session).await?;
    Ok(format!(
        "{} characters, complexity {}, history {}, minimum age {} h",
        attributes.min_length,
        if attributes.complexity { "on" } else { "off" },
        attributes.history,
        attributes.min_age.as_secs() / 3600,
    ))
}

async fn domain_policy(session: &mut Session) -> Result<PolicyAttributes, LdapFailure> {
    /// `DOMAIN_PASSWORD_COMPLEX` of `pwdProperties`.
    const COMPLEXITY: i64 = 1;
    let root = session.info.root.clone();
    let names = ["minPwdLength", "pwdProperties", "pwdHistoryLength", "minPwdAge"];
    let domain_entry = session.connection.read_entry(&root, ANY_ENTRY, &names).await?;
    let domain_entry = domain_entry.ok_or_else(|| LdapFailure::Unusable(format!("{root} cannot be read")))?;
    Ok(PolicyAttributes {
        min_length: parse_u16(&domain_entry, "minPwdLength")?,
        complexity: domain_entry.number("pwdProperties")? & COMPLEXITY != 0,
        history: parse_u16(&domain_entry, "pwdHistoryLength")?,
        min_age: parse_duration(&domain_entry, "minPwdAge")?,
    })
}

fn parse_u16(entry: &Entry, name: &'static str) -> Result<u16, LdapFailure> {
    u16::try_from(entry.number(name)?).map_err(|_| entry.missing_attribute(name))
}

/// Parses a duration, stored as a negative number of 100 ns units.
fn parse_duration(entry: &Entry, name: &'static str) -> Result<Duration, LdapFailure> {
    Ok(Duration::from_secs(entry.number(name)?.unsigned_abs() / FILETIME_PER_SECOND))
}
