//! Which entries a search filter takes. Not which of them the asker may see.

use super::entry::{Dn, Entry, sid};
use super::tree::Tree;
use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapSubstringFilter};
use std::collections::{BTreeMap, BTreeSet};

/// Nested membership, MS-ADTS 3.1.1.3.4.4.3.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
/// Every bit of the value is set.
const BIT_AND: &str = "1.2.840.113556.1.4.803";
/// Any bit of the value is set.
const BIT_OR: &str = "1.2.840.113556.1.4.804";

const DN_SYNTAX: [&str; 5] =
    ["distinguishedname", "member", "memberof", "objectcategory", "msds-psoappliesto"];

/// Who is in the groups that a filter names, found out once per search and not once per entry.
#[derive(Debug, Default)]
pub(super) struct Memberships {
    direct: BTreeMap<String, BTreeSet<Dn>>,
    nested: BTreeMap<String, BTreeSet<Dn>>,
}

impl Memberships {
    pub(super) fn of(tree: &Tree, filter: &LdapFilter) -> Self {
        let mut known = Self::default();
        known.learn(tree, filter);
        known
    }

    fn learn(&mut self, tree: &Tree, filter: &LdapFilter) {
        let is_back_link = |name: &str| name.eq_ignore_ascii_case("memberOf");
        match filter {
            LdapFilter::And(parts) | LdapFilter::Or(parts) => {
                for part in parts {
                    self.learn(tree, part);
                }
            }
            LdapFilter::Not(inner) => self.learn(tree, inner),
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

/// The only entries that the filter can be true of, where an index tells; else all of them can.
pub(super) fn candidates(tree: &Tree, filter: &LdapFilter) -> Option<BTreeSet<Dn>> {
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    match filter {
        LdapFilter::And(all) => all.iter().find_map(|part| candidates(tree, part)),
        LdapFilter::Or(any) => {
            let each = any.iter().map(|part| candidates(tree, part)).collect::<Option<Vec<_>>>()?;
            Some(each.into_iter().flatten().collect())
        }
        LdapFilter::Equality(name, login) if is(name, "sAMAccountName") => {
            Some(tree.named(login).cloned().collect())
        }
        LdapFilter::Equality(name, dn) if is(name, "distinguishedName") => {
            Some(BTreeSet::from([Dn::parse(dn)]))
        }
        LdapFilter::Substring(name, pattern) if is(name, "userPrincipalName") => {
            let own = pattern.initial.as_deref()?.strip_suffix('@')?;
            Some(tree.named(own).cloned().collect())
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

/// Whether the filter is true of the entry. What is undefined counts as false, also under a NOT,
/// which is enough for the filters that are sent here.
pub(super) fn matches(known: &Memberships, tree: &Tree, entry: &Entry, filter: &LdapFilter) -> bool {
    match filter {
        LdapFilter::And(all) => all.iter().all(|f| matches(known, tree, entry, f)),
        LdapFilter::Or(any) => any.iter().any(|f| matches(known, tree, entry, f)),
        LdapFilter::Not(inner) => !matches(known, tree, entry, inner),
        LdapFilter::Equality(name, group) if name.eq_ignore_ascii_case("memberOf") => {
            known.direct.get(group).is_some_and(|members| members.contains(&entry.name()))
        }
        LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => {
            values(tree, entry, name).iter().any(|have| equal(name, have, value))
        }
        LdapFilter::Substring(name, pattern) => {
            values(tree, entry, name).iter().any(|have| has_parts(have, pattern))
        }
        LdapFilter::GreaterOrEqual(name, value) => compare(entry, name, value, |a, b| a >= b),
        LdapFilter::LessOrEqual(name, value) => compare(entry, name, value, |a, b| a <= b),
        LdapFilter::Present(name) => {
            name.eq_ignore_ascii_case("objectClass") || !values(tree, entry, name).is_empty()
        }
        LdapFilter::Extensible(rule) => extensible(known, tree, entry, rule),
    }
}

/// The stored values, and the one back-link that can be searched. Computed attributes are absent
/// here on purpose: a real AD silently finds nothing for them either.
fn values(tree: &Tree, entry: &Entry, name: &str) -> Vec<Vec<u8>> {
    if name.eq_ignore_ascii_case("memberOf") {
        return tree.member_of(&entry.name()).into_iter().map(String::into_bytes).collect();
    }
    entry.values(name).to_vec()
}

fn equal(name: &str, have: &[u8], asked: &str) -> bool {
    let name = name.to_lowercase();
    if name == "objectsid" {
        return sid(asked).is_some_and(|asked| asked == have);
    }
    let Ok(have) = std::str::from_utf8(have) else { return false };
    if DN_SYNTAX.contains(&name.as_str()) {
        return Dn::parse(have) == Dn::parse(asked);
    }
    have.to_lowercase() == asked.to_lowercase()
}

fn has_parts(have: &[u8], pattern: &LdapSubstringFilter) -> bool {
    let Ok(have) = std::str::from_utf8(have) else { return false };
    let have = have.to_lowercase();
    let lower = |part: &Option<String>| part.as_deref().unwrap_or_default().to_lowercase();
    let Some(rest) = have.strip_prefix(&lower(&pattern.initial)) else { return false };
    let Some(mut rest) = rest.strip_suffix(&lower(&pattern.final_)) else { return false };
    for part in &pattern.any {
        match rest.split_once(&part.to_lowercase()) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

fn compare(entry: &Entry, name: &str, value: &str, holds: fn(i64, i64) -> bool) -> bool {
    match (entry.number(name), value.parse()) {
        (Some(have), Ok(asked)) => holds(have, asked),
        (_, _) => false,
    }
}

fn extensible(known: &Memberships, tree: &Tree, entry: &Entry, rule: &LdapMatchingRuleAssertion) -> bool {
    let Some(name) = rule.type_.as_deref() else { return false };
    let bits = || Some((entry.number(name)?, rule.match_value.parse::<i64>().ok()?));
    match rule.matching_rule.as_deref() {
        Some(IN_CHAIN) => {
            if name.eq_ignore_ascii_case("memberOf") {
                known.nested.get(&rule.match_value).is_some_and(|members| members.contains(&entry.name()))
            } else {
                let asked = Dn::parse(&rule.match_value);
                name.eq_ignore_ascii_case("member") && tree.is_nested_in(&asked, &entry.name())
            }
        }
        Some(BIT_AND) => bits().is_some_and(|(have, asked)| have & asked == asked),
        Some(BIT_OR) => bits().is_some_and(|(have, asked)| have & asked != 0),
        Some(_) | None => false,
    }
}
