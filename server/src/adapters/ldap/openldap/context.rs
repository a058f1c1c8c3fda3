//! What an account's standing depends on outside of it, in one search: the password policies, and which group is in
//! which. Not the account.

use super::super::connection::LdapFailure;
use super::super::entry::Entry;
use super::super::pool::Query;
use super::Session;
use super::account::Place;
use super::realm::{Realm, is_shown};
use crate::ports::directory::{Account, Policy};
use async_trait::async_trait;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The classes of which groups are.
const GROUP: &str = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)\
     (objectClass=groupOfURLs))";
const ATTRIBUTES: [&str; 13] = [
    "memberOf",
    "pwdAttribute",
    "pwdCheckQuality",
    "pwdMinLength",
    "pwdMaxLength",
    "pwdInHistory",
    "pwdMinAge",
    "pwdMustChange",
    "pwdLockout",
    "pwdMaxFailure",
    "pwdLockoutDuration",
    "pwdFailureCountInterval",
    "pwdSafeModify",
];

/// A password policy (draft-behera-ldap-password-policy).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// Zero where slapd checks no quality: then it checks no length either.
    pub(super) min_length: u16,
    pub(super) max_length: Option<u16>,
    pub(super) history: u16,
    pub(super) min_age: Duration,
    /// A reset by somebody with `manage` has to be followed by a change.
    pub(super) must_change: bool,
    /// Wrong passwords until the account locks; `None`: never.
    pub(super) max_failure: Option<i64>,
    /// How long a lock lasts; `None`: until a reset.
    pub(super) lock_lasts: Option<Duration>,
    /// How long a wrong password counts; `None`: until a right one.
    pub(super) failure_counts: Option<Duration>,
}

impl Rules {
    /// What is not there is zero, or off.
    fn read(entry: &Entry) -> Result<Self, LdapFailure> {
        let number = |name: &'static str| match entry.text(name) {
            Some(text) => text.parse::<u32>().map_err(|_| entry.lacks(name)),
            None => Ok(0),
        };
        let small = |name| Ok::<_, LdapFailure>(u16::try_from(number(name)?).unwrap_or(u16::MAX));
        let seconds = |name| Ok::<_, LdapFailure>(Duration::from_secs(number(name)?.into()));
        let on = |name: &str| entry.text(name) == Some("TRUE");
        let some = |duration: Duration| (!duration.is_zero()).then_some(duration);
        let (checks, max_length) = (number("pwdCheckQuality")? > 0, small("pwdMaxLength")?);
        let max_failure = i64::from(number("pwdMaxFailure")?);
        Ok(Self {
            min_length: if checks { small("pwdMinLength")? } else { 0 },
            max_length: (checks && max_length > 0).then_some(max_length),
            history: small("pwdInHistory")?,
            min_age: seconds("pwdMinAge")?,
            must_change: on("pwdMustChange"),
            max_failure: (on("pwdLockout") && max_failure > 0).then_some(max_failure),
            lock_lasts: some(seconds("pwdLockoutDuration")?),
            failure_counts: some(seconds("pwdFailureCountInterval")?),
        })
    }
}

/// The policies, and the nesting of the groups; read afresh each time, so that somebody who has just become an
/// administrator is one.
#[derive(Debug, Default)]
pub(super) struct PolicyContext {
    policies: HashMap<String, Rules>,
    default: Option<String>,
    /// The groups that each nested group is in.
    above: HashMap<String, Vec<String>>,
}

impl PolicyContext {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        // One whose rules may not be read is not found, rather than taken for one without rules.
        let shown = ["pwdMaxFailure", "pwdMinLength", "pwdInHistory"].map(is_shown).concat();
        let policy = format!("(&(objectClass=pwdPolicy){shown})");
        let filter = if session.realm.asks_for_groups() {
            format!("(|{policy}(&{GROUP}(memberOf=*)))")
        } else {
            policy
        };
        let root = session.realm.root.clone();
        let entries = session.connection.all_pages(&root, &filter, &ATTRIBUTES).await?;
        let mut all = Self { default: session.realm.default_policy.clone(), ..Self::default() };
        for entry in entries {
            let dn = entry.dn.to_lowercase();
            if entry.text("pwdAttribute").is_some() {
                all.policies.insert(dn, Rules::read(&entry)?);
            } else {
                all.above.insert(dn, member_of(&entry));
            }
        }
        Ok(all)
    }

    /// The rules of whoever names this policy, or none. One that is named and cannot be read is an error:
    /// guessing would promise what the directory then refuses.
    pub(super) fn rules(&self, own: Option<&str>) -> Result<&Rules, LdapFailure> {
        let named = own.map(str::to_lowercase).or_else(|| self.default.clone());
        let Some(dn) = named else {
            let mut all = self.policies.values();
            return match (all.next(), all.next()) {
                (Some(only), None) => Ok(only),
                (None, _) => Err(LdapFailure::Unfit(
                    "no pwdPolicy is seen: let the service account read the policies".to_owned(),
                )),
                (Some(_), Some(_)) => Err(LdapFailure::Unfit(
                    "there are several pwdPolicy objects: name the default one as directory.default_policy"
                        .to_owned(),
                )),
            };
        };
        self.policies.get(&dn).ok_or_else(|| {
            LdapFailure::Unfit(format!(
                "{dn} cannot be read as a pwdPolicy: let the service account read the policies"
            ))
        })
    }

    /// Whether one of the groups, or one that it is in however far up, is a wanted one. Each is looked at once.
    pub(super) fn leads_to(&self, groups: Vec<String>, wanted: &[String]) -> bool {
        let (mut left, mut seen) = (groups, HashSet::new());
        while let Some(group) = left.pop() {
            if wanted.contains(&group) {
                return true;
            }
            if let Some(above) = self.above.get(&group)
                && seen.insert(group)
            {
                left.extend(above.iter().cloned());
            }
        }
        false
    }
}

/// The groups that an entry is in directly.
pub(super) fn member_of(entry: &Entry) -> Vec<String> {
    entry.texts("memberOf").into_iter().map(str::to_lowercase).collect()
}

/// Which policy holds?
pub(super) struct PolicyOf<'a>(pub(super) &'a Account);

#[async_trait]
impl Query<Realm> for PolicyOf<'_> {
    type Answer = Policy;

    async fn ask(&self, session: &mut Session) -> Result<Policy, LdapFailure> {
        let surroundings = PolicyContext::read(session).await?;
        let rules = surroundings.rules(self.0.policy_object.as_deref())?;
        Ok(Policy {
            min_length: rules.min_length,
            // slapd has no such rule. A module of the organisation's own may have any: it is heard when it refuses.
            complexity: false,
            history: (rules.history > 0).then_some(rules.history),
            min_age: rules.min_age,
        })
    }
}

/// An account as it is now: where, and under which rules.
pub(super) async fn look(
    session: &mut Session,
    place: &Place,
    attributes: &[&str],
) -> Result<(Option<Entry>, PolicyContext), LdapFailure> {
    let entry = place.one(session, attributes).await?;
    // Asked for nobody as well: otherwise the time taken would tell who works here.
    Ok((entry, PolicyContext::read(session).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nesting_is_followed_to_its_end_and_round_in_circles_only_once() {
        let above = [("ict", "admins"), ("admins", "all"), ("a", "b"), ("b", "a")];
        let above = above.map(|(group, of)| (group.to_owned(), vec![of.to_owned()])).into();
        let all = PolicyContext { above, ..PolicyContext::default() };
        let leads = |from: &str, to: &str| all.leads_to(vec![from.to_owned()], &[to.to_owned()]);
        assert!(leads("ict", "all"));
        assert!(leads("ict", "ict"));
        assert!(!leads("all", "ict"));
        assert!(!leads("a", "all"));
        assert!(!all.leads_to(Vec::new(), &["all".to_owned()]));
    }

    #[test]
    fn without_a_named_default_the_only_policy_is_it_and_two_are_none() {
        let rules = |min_length| Rules { min_length, ..Rules::default() };
        let mut all = PolicyContext::default();
        assert!(all.rules(None).is_err());
        all.policies.insert("cn=a".to_owned(), rules(8));
        assert_eq!(all.rules(None).unwrap().min_length, 8);
        all.policies.insert("cn=b".to_owned(), rules(16));
        assert!(all.rules(None).is_err());
        assert_eq!(all.rules(Some("CN=B")).unwrap().min_length, 16);
        assert!(all.rules(Some("cn=c")).is_err());
        all.default = Some("cn=a".to_owned());
        assert_eq!(all.rules(None).unwrap().min_length, 8);
    }
}
