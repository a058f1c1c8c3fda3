//! The entries of the directory simulator, with lookup by DN, identifier and login name, and with group membership.

use super::entry::{Dn, Entry};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use uuid::Uuid;

/// All entries in the order of their DNs, with indexes for frequent lookups, which would otherwise scan twenty thousand
/// accounts each.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: BTreeMap<Dn, Entry>,
    ids: BTreeMap<Uuid, Dn>,
    /// By login name and by the part of the UPN before the `@`, in lower case.
    logins: BTreeMap<String, BTreeSet<Dn>>,
    groups: BTreeSet<Dn>,
    policies: BTreeSet<Dn>,
}

impl Tree {
    pub(super) fn get(&self, dn: &Dn) -> Option<&Entry> {
        self.entries.get(dn)
    }

    /// For changes of attributes that are not indexed; use [`Self::change`] for others.
    pub(super) fn get_mut(&mut self, dn: &Dn) -> Option<&mut Entry> {
        self.entries.get_mut(dn)
    }

    /// Inserts an entry, replacing one with the same DN.
    pub(super) fn insert(&mut self, entry: Entry) {
        let dn = entry.name();
        self.remove(&dn);
        if let Some(id) = entry.id() {
            self.ids.insert(id, dn.clone());
        }
        for login in logins(&entry) {
            self.logins.entry(login).or_default().insert(dn.clone());
        }
        if entry.is("group") {
            self.groups.insert(dn.clone());
        }
        if entry.is("msDS-PasswordSettings") {
            self.policies.insert(dn.clone());
        }
        self.entries.insert(dn, entry);
    }

    /// Removes and returns an entry.
    pub(super) fn remove(&mut self, dn: &Dn) -> Option<Entry> {
        let entry = self.entries.remove(dn)?;
        if let Some(id) = entry.id().filter(|id| self.ids.get(id) == Some(dn)) {
            self.ids.remove(&id);
        }
        for login in logins(&entry) {
            if let Some(dns) = self.logins.get_mut(&login) {
                dns.remove(dn);
            }
        }
        self.groups.remove(dn);
        self.policies.remove(dn);
        Some(entry)
    }

    /// Changes an entry, possibly its DN; returns whether it exists.
    pub(super) fn change(&mut self, dn: &Dn, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(mut entry) = self.remove(dn) else { return false };
        change(&mut entry);
        self.insert(entry);
        true
    }

    /// The entries after `after`, in order.
    pub(super) fn entries(&self, after: Option<&Dn>) -> impl Iterator<Item = (&Dn, &Entry)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((from, Bound::Unbounded))
    }

    /// The entry that a search base names: a DN or `<GUID=…>`.
    pub(super) fn resolve(&self, base: &str) -> Option<&Entry> {
        if let Some(guid) = base.strip_prefix("<GUID=").and_then(|rest| rest.strip_suffix('>')) {
            return self.get(self.ids.get(&Uuid::parse_str(guid).ok()?)?);
        }
        self.get(&Dn::parse(base))
    }

    pub(super) fn by_login(&self, login: &str) -> Option<&Entry> {
        let matches = |entry: &&Entry| {
            entry.text("sAMAccountName").is_some_and(|s| s.to_lowercase() == login.to_lowercase())
        };
        self.by_name(login).filter_map(|dn| self.get(dn)).find(matches)
    }

    /// The entries with this login name or UPN prefix.
    pub(super) fn by_name(&self, name: &str) -> impl Iterator<Item = &Dn> {
        self.logins.get(&name.to_lowercase()).into_iter().flatten()
    }

    /// The groups of which `dn` is a direct member: the back-link `memberOf`. As in AD, the primary group is not among
    /// them.
    pub(super) fn member_of(&self, dn: &Dn) -> Vec<String> {
        let groups = self.groups.iter().filter_map(|group| self.get(group));
        groups.filter(|group| members(group).contains(dn)).map(|group| group.dn.clone()).collect()
    }

    /// The direct members of `group`.
    pub(super) fn members(&self, group: &Dn) -> BTreeSet<Dn> {
        self.get(group).map(members).unwrap_or_default().into_iter().collect()
    }

    /// The members of `group`, direct and nested (matching rule 1.2.840.113556.1.4.1941).
    pub(super) fn nested_members(&self, group: &Dn) -> BTreeSet<Dn> {
        let mut found = BTreeSet::new();
        let mut pending = vec![group.clone()];
        while let Some(group) = pending.pop() {
            let direct = self.get(&group).map(members).unwrap_or_default();
            pending.extend(direct.into_iter().filter(|member| found.insert(member.clone())));
        }
        found
    }

    /// Whether `dn` is a direct or nested member of `group`.
    pub(super) fn is_nested_in(&self, dn: &Dn, group: &Dn) -> bool {
        self.nested_members(group).contains(dn)
    }

    /// The fine-grained policy of the entry: the one with the lowest precedence value of those that apply to the
    /// account or to one of its groups.
    pub(super) fn resultant_pso(&self, dn: &Dn) -> Option<&Entry> {
        let policies = self.policies.iter().filter_map(|policy| self.get(policy));
        policies
            .filter(|pso| {
                pso.values("msDS-PSOAppliesTo").iter().any(|to| {
                    let to = Dn::parse(&String::from_utf8_lossy(to));
                    to == *dn || self.is_nested_in(dn, &to)
                })
            })
            .min_by_key(|pso| pso.number("msDS-PasswordSettingsPrecedence"))
    }
}

/// The names under which an entry is indexed.
fn logins(entry: &Entry) -> BTreeSet<String> {
    let upn = entry.text("userPrincipalName").and_then(|upn| upn.split_once('@'));
    let prefix = upn.map(|(prefix, _)| prefix);
    entry.text("sAMAccountName").into_iter().chain(prefix).map(str::to_lowercase).collect()
}

fn members(group: &Entry) -> Vec<Dn> {
    group.values("member").iter().map(|m| Dn::parse(&String::from_utf8_lossy(m))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_membership_terminates_for_circular_groups() {
        let mut tree = Tree::default();
        for (name, member) in [("CN=a", "CN=b"), ("CN=b", "CN=a")] {
            let mut group = Entry::new(name, &["group"]);
            group.put("member", &[member]);
            tree.insert(group);
        }
        assert!(tree.is_nested_in(&Dn::parse("CN=a"), &Dn::parse("CN=a")));
        assert!(!tree.is_nested_in(&Dn::parse("CN=c"), &Dn::parse("CN=a")));
    }
}
