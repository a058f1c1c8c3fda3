//! What the state of an account depends on besides its own entry: password policies and group nesting. One search
//! reads both.

use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::pool::Query;
use super::account_filter::AccountFilter;
use super::slapd_info::{Session, SlapdInfo, readable_filter};
use crate::ports::directory::{Account, Policy};
use async_trait::async_trait;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// Filter for the object classes of groups.
pub(super) const GROUP: &str = "(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames)(objectClass=groupOfMembers)\
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
pub(super) struct PolicyRules {
    /// Zero if slapd does not check quality: it then does not check the length either.
    pub(super) min_length: u16,
    pub(super) max_length: Option<u16>,
    pub(super) history: u16,
    pub(super) min_age: Duration,
    /// Whether a password set by an account with `manage` must be changed at the next sign-in.
    pub(super) must_change: bool,
    /// Wrong passwords until the lockout; `None` means no lockout.
    pub(super) max_failure: Option<i64>,
    /// Duration of a lockout; `None` means until a reset.
    pub(super) lockout_duration: Option<Duration>,
    /// How long a wrong password counts; `None` means until a correct one.
    pub(super) failure_window: Option<Duration>,
}

impl PolicyRules {
    /// A missing attribute means zero, or off.
    fn read(entry: &Entry) -> Result<Self, LdapFailure> {
        let number = |name: &'static str| match entry.text(name) {
            Some(text) => text.parse::<u32>().map_err(|_| entry.missing_attribute(name)),
            None => Ok(0),
        };
        let capped_u16 = |name| Ok::<_, LdapFailure>(u16::try_from(number(name)?).unwrap_or(u16::MAX));
        let seconds = |name| Ok::<_, LdapFailure>(Duration::from_secs(number(name)?.into()));
        let is_true = |name: &str| entry.text(name) == Some("TRUE");
        let nonzero = |duration: Duration| (!duration.is_zero()).then_some(duration);
        let (checks_quality, max_length) = (number("pwdCheckQuality")? > 0, capped_u16("pwdMaxLength")?);
        let max_failure = i64::from(number("pwdMaxFailure")?);
        Ok(Self {
            min_length: if checks_quality { capped_u16("pwdMinLength")? } else { 0 },
            max_length: (checks_quality && max_length > 0).then_some(max_length),
            history: capped_u16("pwdInHistory")?,
            min_age: seconds("pwdMinAge")?,
            must_change: is_true("pwdMustChange"),
            max_failure: (is_true("pwdLockout") && max_failure > 0).then_some(max_failure),
            lockout_duration: nonzero(seconds("pwdLockoutDuration")?),
            failure_window: nonzero(seconds("pwdFailureCountInterval")?),
        })
    }
}

/// The policies and the nesting of groups. Read again for each query, so that a new administrator is protected at
/// once.
#[derive(Debug, Default)]
pub(super) struct PolicyContext {
    policies: HashMap<String, PolicyRules>,
    default: Option<String>,
    /// The groups that contain each nested group.
    parents: GroupParents,
}

impl PolicyContext {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        // A policy with unreadable rules is not found, instead of being taken for a policy without rules.
        let readable = ["pwdMaxFailure", "pwdMinLength", "pwdInHistory"].map(readable_filter).concat();
        let policy = format!("(&(objectClass=pwdPolicy){readable})");
        let filter =
            if session.info.uses_groups() { format!("(|{policy}(&{GROUP}(memberOf=*)))") } else { policy };
        let root = session.info.root.clone();
        let entries = session.connection.search_all(&root, &filter, &ATTRIBUTES).await?;
        let mut context = Self { default: session.info.default_policy.clone(), ..Self::default() };
        for entry in entries {
            let dn = entry.dn.to_lowercase();
            if entry.text("pwdAttribute").is_some() {
                context.policies.insert(dn, PolicyRules::read(&entry)?);
            } else {
                context.parents.insert(dn, member_of(&entry));
            }
        }
        Ok(context)
    }

    /// Returns the rules of the named policy, or the default ones. A named policy that cannot be read is an error: a
    /// guess would accept passwords that the directory then refuses.
    pub(super) fn rules(&self, policy_dn: Option<&str>) -> Result<&PolicyRules, LdapFailure> {
        let dn = policy_dn.map(str::to_lowercase).or_else(|| self.default.clone());
        let Some(dn) = dn else {
            let mut policies = self.policies.values();
            return match (policies.next(), policies.next()) {
                (Some(only), None) => Ok(only),
                (None, _) => Err(LdapFailure::ServerUnusable(
                    "no pwdPolicy is visible: let the service account read the policies".to_owned(),
                )),
                (Some(_), Some(_)) => Err(LdapFailure::ServerUnusable(
                    "there are several pwdPolicy objects: name the default one as directory.default_policy"
                        .to_owned(),
                )),
            };
        };
        self.policies.get(&dn).ok_or_else(|| {
            LdapFailure::ServerUnusable(format!(
                "{dn} cannot be read as a pwdPolicy: let the service account read the policies"
            ))
        })
    }

    /// Whether one of the groups is a target or nested in one.
    pub(super) fn is_member(&self, groups: Vec<String>, targets: &[String]) -> bool {
        is_nested_in(&self.parents, groups, targets)
    }
}

/// The groups that directly contain each nested group.
pub(super) type GroupParents = HashMap<String, Vec<String>>;

/// Whether one of the groups is a target or nested in one, directly or indirectly. Visits each group once.
pub(super) fn is_nested_in(parents: &GroupParents, groups: Vec<String>, targets: &[String]) -> bool {
    let (mut pending, mut visited) = (groups, HashSet::new());
    while let Some(group) = pending.pop() {
        if targets.contains(&group) {
            return true;
        }
        if let Some(parents) = parents.get(&group)
            && visited.insert(group)
        {
            pending.extend(parents.iter().cloned());
        }
    }
    false
}

/// Reads the nesting of all groups.
pub(super) async fn group_parents(session: &mut Session) -> Result<GroupParents, LdapFailure> {
    let root = session.info.root.clone();
    let filter = format!("(&{GROUP}(memberOf=*))");
    let entries = session.connection.search_all(&root, &filter, &["memberOf"]).await?;
    Ok(entries.iter().map(|entry| (entry.dn.to_lowercase(), member_of(entry))).collect())
}

/// The groups that directly contain an entry.
pub(super) fn member_of(entry: &Entry) -> Vec<String> {
    entry.texts("memberOf").into_iter().map(str::to_lowercase).collect()
}

/// Query for the policy of an account.
pub(super) struct PolicyQuery<'a>(pub(super) &'a Account);

#[async_trait]
impl Query<SlapdInfo> for PolicyQuery<'_> {
    type Answer = Policy;

    async fn run(&self, session: &mut Session) -> Result<Policy, LdapFailure> {
        let context = PolicyContext::read(session).await?;
        let rules = context.rules(self.0.policy_object.as_deref())?;
        Ok(Policy {
            min_length: rules.min_length,
            // slapd has no complexity rule. A password checking module of the organisation may have one, which shows
            // only when it refuses a password.
            complexity: false,
            history: (rules.history > 0).then_some(rules.history),
            min_age: rules.min_age,
        })
    }
}

/// Reads the current entry of an account and the policies.
pub(super) async fn lookup(
    session: &mut Session,
    filter: &AccountFilter,
    attributes: &[&str],
) -> Result<(Option<Entry>, PolicyContext), LdapFailure> {
    let entry = filter.read_one(session, attributes).await?;
    // Read for unknown accounts too: the response time would otherwise reveal who works here.
    Ok((entry, PolicyContext::read(session).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_groups_are_followed_and_cycles_end() {
        let parents = [("ict", "admins"), ("admins", "all"), ("a", "b"), ("b", "a")];
        let parents = parents.map(|(group, of)| (group.to_owned(), vec![of.to_owned()])).into();
        let context = PolicyContext { parents, ..PolicyContext::default() };
        let is_member = |from: &str, to: &str| context.is_member(vec![from.to_owned()], &[to.to_owned()]);
        assert!(is_member("ict", "all"));
        assert!(is_member("ict", "ict"));
        assert!(!is_member("all", "ict"));
        assert!(!is_member("a", "all"));
        assert!(!context.is_member(Vec::new(), &["all".to_owned()]));
    }

    #[test]
    fn only_policy_is_the_default_and_two_without_a_named_default_are_an_error() {
        let rules = |min_length| PolicyRules { min_length, ..PolicyRules::default() };
        let mut context = PolicyContext::default();
        assert!(context.rules(None).is_err());
        context.policies.insert("cn=a".to_owned(), rules(8));
        assert_eq!(context.rules(None).unwrap().min_length, 8);
        context.policies.insert("cn=b".to_owned(), rules(16));
        assert!(context.rules(None).is_err());
        assert_eq!(context.rules(Some("CN=B")).unwrap().min_length, 16);
        assert!(context.rules(Some("cn=c")).is_err());
        context.default = Some("cn=a".to_owned());
        assert_eq!(context.rules(None).unwrap().min_length, 8);
    }
}
