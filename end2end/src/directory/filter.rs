//! Evaluation of search filters (RFC 4511, section 4.5.1.7). Access rights are not considered here.

use super::entry::{Dn, Entry, sid};
use super::tree::Tree;
use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapSubstringFilter};
use std::collections::{BTreeMap, BTreeSet};

/// The matching rule for nested membership, MS-ADTS 3.1.1.3.4.4.3.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
/// The matching rule: every bit of the value is set.
const BIT_AND: &str = "1.2.840.113556.1.4.803";
/// The matching rule: any bit of the value is set.
const BIT_OR: &str = "1.2.840.113556.1.4.804";

const DN_SYNTAX: [&str; 5] =
    ["distinguishedname", "member", "memberof", "objectcategory", "msds-psoappliesto"];

/// The members of the groups that a filter names, computed once per search instead of once per entry.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    direct: BTreeMap<String, BTreeSet<Dn>>,
    nested: BTreeMap<String, BTreeSet<Dn>>,
}

impl Memberships {
    pub(super) fn of(tree: &Tree, filter: &LdapFilter) -> Self {
        let mut memberships = Self::default();
        memberships.collect(tree, filter);
        memberships
    }

    fn collect(&mut self, tree: &Tree, filter: &LdapFilter) {
        let is_back_link = |name: &str| name.eq_ignore_ascii_case("memberOf");
        match filter {
            LdapFilter::And(parts) | LdapFilter::Or(parts) => {
                for part in parts {
                    self.collect(tree, part);
                }
            }
            LdapFilter::Not(inner) => self.collect(tree, inner),
            LdapFilter::Equality(name, group) if is_back_link(name) => {
                self.direct.insert(group.clone(), tree.members(&Dn::parse(group)));
            }
            LdapFilter::Extensible(rule)
                if rule.matching_rule.as_deref() == Some(IN_CHAIN)
                    && rule.type_.as_deref().is_some_and(is_back_link) =>
            {
                let group = &rule.match_value;
                self.nested.insert(group.clone(), tree.nested_members(&Dn::parse(group)));
            }
            LdapFilter::Equality(..)
            | LdapFilter::Approx(..)
            | LdapFilter::Substring(..)
            | LdapFilter::GreaterOrEqual(..)
            | LdapFilter::LessOrEqual(..)
            | LdapFilter::Present(_)
            | LdapFilter::Extensible(_) => {}
        }
    }
}

/// The entries that can match the filter according to an index; `None` if no index applies and any entry can match.
pub(super) fn candidates(tree: &Tree, filter: &LdapFilter) -> Option<BTreeSet<Dn>> {
    let is = |name: &str, attribute: &str| name.eq_ignore_ascii_case(attribute);
    match filter {
        LdapFilter::And(all) => all.iter().find_map(|part| candidates(tree, part)),
        LdapFilter::Or(any) => {
            let each = any.iter().map(|part| candidates(tree, part)).collect::<Option<Vec<_>>>()?;
            Some(each.into_iter().flatten().collect())
        }
        LdapFilter::Equality(name, login) if is(name, "sAMAccountName") => {
            Some(tree.by_name(login).cloned().collect())
        }
        LdapFilter::Equality(name, dn) if is(name, "distinguishedName") => {
            Some(BTreeSet::from([Dn::parse(dn)]))
        }
        LdapFilter::Substring(name, pattern) if is(name, "userPrincipalName") => {
            let prefix = pattern.initial.as_deref()?.strip_suffix('@')?;
            Some(tree.by_name(prefix).cloned().collect())
        }
        LdapFilter::Equality(..)
        | LdapFilter::Approx(..)
        | LdapFilter::Substring(..)
        | LdapFilter::GreaterOrEqual(..)
        | LdapFilter::LessOrEqual(..)
        | LdapFilter::Not(_)
        | LdapFilter::Present(_)
        | LdapFilter::Extensible(_) => None,
    }
}

/// Whether the entry matches the filter. «Undefined» counts as false, also inside a NOT, which suffices for the filters
/// of the product.
pub(super) fn matches(memberships: &Memberships, tree: &Tree, entry: &Entry, filter: &LdapFilter) -> bool {
    match filter {
        LdapFilter::And(all) => all.iter().all(|f| matches(memberships, tree, entry, f)),
        LdapFilter::Or(any) => any.iter().any(|f| matches(memberships, tree, entry, f)),
        LdapFilter::Not(inner) => !matches(memberships, tree, entry, inner),
        LdapFilter::Equality(name, group) if name.eq_ignore_ascii_case("memberOf") => {
            memberships.direct.get(group).is_some_and(|members| members.contains(&entry.name()))
        }
        LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => {
            values(tree, entry, name).iter().any(|stored| equal(name, stored, value))
        }
        LdapFilter::Substring(name, pattern) => {
            values(tree, entry, name).iter().any(|stored| has_parts(stored, pattern))
        }
        LdapFilter::GreaterOrEqual(name, value) => compare(entry, name, value, |a, b| a >= b),
        LdapFilter::LessOrEqual(name, value) => compare(entry, name, value, |a, b| a <= b),
        LdapFilter::Present(name) => {
            name.eq_ignore_ascii_case("objectClass") || !values(tree, entry, name).is_empty()
        }
        LdapFilter::Extensible(rule) => extensible(memberships, tree, entry, rule),
    }
}

/// The stored values, and those of `memberOf`, the back-link that can be searched. Computed attributes are absent,
/// because a real AD finds nothing for them either.
fn values(tree: &Tree, entry: &Entry, name: &str) -> Vec<Vec<u8>> {
    if name.eq_ignore_ascii_case("memberOf") {
        return tree.member_of(&entry.name()).into_iter().map(String::into_bytes).collect();
    }
    entry.values(name).to_vec()
}

fn equal(name: &str, stored: &[u8], assertion: &str) -> bool {
    let name = name.to_lowercase();
    if name == "objectsid" {
        return sid(assertion).is_some_and(|assertion| assertion == stored);
    }
    let Ok(stored) = std::str::from_utf8(stored) else { return false };
    if DN_SYNTAX.contains(&name.as_str()) {
        return Dn::parse(stored) == Dn::parse(assertion);
    }
    stored.to_lowercase() == assertion.to_lowercase()
}

fn has_parts(stored: &[u8], pattern: &LdapSubstringFilter) -> bool {
    let Ok(stored) = std::str::from_utf8(stored) else { return false };
    let stored = stored.to_lowercase();
    let lower = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
    let Some(rest) = stored.strip_prefix(&lower(&pattern.initial)) else { return false };
    let Some(mut rest) = rest.strip_suffix(&lower(&pattern.final_)) else { return false };
    for part in &pattern.any {
        match rest.split_once(&part.to_lowercase()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

fn compare(entry: &Entry, name: &str, value: &str, predicate: fn(i64, i64) -> bool) -> bool {
    match (entry.number(name), value.parse()) {
        (Some(stored), Ok(assertion)) => predicate(stored, assertion),
        (_, _) => false,
    }
}

fn extensible(
    memberships: &Memberships,
    tree: &Tree,
    entry: &Entry,
    rule: &LdapMatchingRuleAssertion,
) -> bool {
    let Some(name) = rule.type_.as_deref() else { return false };
    let bits = || Some((entry.number(name)?, rule.match_value.parse::<i64>().ok()?));
    match rule.matching_rule.as_deref() {
        Some(IN_CHAIN) => {
            if name.eq_ignore_ascii_case("memberOf") {
                memberships
                    .nested
                    .get(&rule.match_value)
                    .is_some_and(|members| members.contains(&entry.name()))
            } else {
                let assertion = Dn::parse(&rule.match_value);
                name.eq_ignore_ascii_case("member") && tree.is_nested_in(&assertion, &entry.name())
            }
        }
        Some(BIT_AND) => bits().is_some_and(|(stored, assertion)| stored & assertion == assertion),
        Some(BIT_OR) => bits().is_some_and(|(stored, assertion)| stored & assertion != 0),
        Some(_) | None => false,
    }
}
