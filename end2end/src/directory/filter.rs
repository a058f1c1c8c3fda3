//! Which entries a search filter takes. Not which of them the asker may see.

use super::tree::{Dn, Entry, Tree, sid};
use ldap3_proto::proto::{LdapFilter, LdapMatchingRuleAssertion, LdapSubstringFilter};

/// Nested membership, MS-ADTS 3.1.1.3.4.4.3.
const IN_CHAIN: &str = "1.2.840.113556.1.4.1941";
/// Every bit of the value is set.
const BIT_AND: &str = "1.2.840.113556.1.4.803";
/// Any bit of the value is set.
const BIT_OR: &str = "1.2.840.113556.1.4.804";

const DN_SYNTAX: [&str; 5] =
    ["distinguishedname", "member", "memberof", "objectcategory", "msds-psoappliesto"];

/// Whether the filter is true of the entry. What is undefined counts as false, also under a NOT,
/// which is enough for the filters that are sent here.
pub(super) fn matches(tree: &Tree, entry: &Entry, filter: &LdapFilter) -> bool {
    match filter {
        LdapFilter::And(all) => all.iter().all(|f| matches(tree, entry, f)),
        LdapFilter::Or(any) => any.iter().any(|f| matches(tree, entry, f)),
        LdapFilter::Not(inner) => !matches(tree, entry, inner),
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
        LdapFilter::Extensible(rule) => extensible(tree, entry, rule),
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

fn extensible(tree: &Tree, entry: &Entry, rule: &LdapMatchingRuleAssertion) -> bool {
    let Some(name) = rule.type_.as_deref() else { return false };
    let bits = || Some((entry.number(name)?, rule.match_value.parse::<i64>().ok()?));
    match rule.matching_rule.as_deref() {
        Some(IN_CHAIN) => {
            let asked = Dn::parse(&rule.match_value);
            if name.eq_ignore_ascii_case("memberOf") {
                tree.is_nested_in(&entry.name(), &asked)
            } else {
                name.eq_ignore_ascii_case("member") && tree.is_nested_in(&asked, &entry.name())
            }
        }
        Some(BIT_AND) => bits().is_some_and(|(have, asked)| have & asked == asked),
        Some(BIT_OR) => bits().is_some_and(|(have, asked)| have & asked != 0),
        Some(_) | None => false,
    }
}
