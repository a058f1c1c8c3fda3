//! The entries of the pretend directory: names, attributes, who is a member of what. Not who may
//! read or write them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use uuid::Uuid;

/// A distinguished name in the form in which two spellings of one name are equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Dn(Vec<String>);

impl Dn {
    pub(super) fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut part = String::new();
        let mut escaped = false;
        for c in text.chars() {
            match c {
                ',' if !escaped => parts.push(std::mem::take(&mut part)),
                c => part.push(c),
            }
            escaped = c == '\\' && !escaped;
        }
        parts.push(part);
        Self(parts.iter().map(|p| p.trim().to_lowercase()).filter(|p| !p.is_empty()).collect())
    }

    /// Whether it is `base` or lies anywhere under it.
    pub(super) fn is_within(&self, base: &Self) -> bool {
        self.0.ends_with(&base.0)
    }

    pub(super) fn is_child_of(&self, base: &Self) -> bool {
        self.is_within(base) && self.0.len() == base.0.len() + 1
    }
}

/// One entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// As it was written when the entry was made or renamed.
    pub dn: String,
    pub(super) attributes: BTreeMap<String, (String, Vec<Vec<u8>>)>,
    pub(super) secret: Secret,
}

/// What no search gives out.
#[derive(Clone, Default)]
pub(super) struct Secret {
    pub(super) password: Option<String>,
    pub(super) history: Vec<String>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Entry {
    pub(super) fn new(dn: &str, classes: &[&str]) -> Self {
        let mut entry = Self { dn: dn.to_owned(), attributes: BTreeMap::new(), secret: Secret::default() };
        entry.put("objectClass", classes);
        entry.put("distinguishedName", &[dn]);
        entry.put_bytes("objectGUID", vec![Uuid::from_u128(random()).to_bytes_le().to_vec()]);
        entry
    }

    /// A text value of the attribute; the first, where there are several.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).first().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// A number; absent or not a number is `None`.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// The `objectGUID`.
    pub fn id(&self) -> Option<Uuid> {
        self.values("objectGUID").first().and_then(|b| b.as_slice().try_into().ok()).map(Uuid::from_bytes_le)
    }

    pub(super) fn name(&self) -> Dn {
        Dn::parse(&self.dn)
    }

    pub(super) fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes.get(&name.to_lowercase()).map_or(&[], |(_, values)| values.as_slice())
    }

    pub(super) fn put(&mut self, name: &str, values: &[&str]) {
        self.put_bytes(name, values.iter().map(|v| v.as_bytes().to_vec()).collect());
    }

    pub(super) fn put_number(&mut self, name: &str, value: i64) {
        self.put(name, &[&value.to_string()]);
    }

    pub(super) fn put_bytes(&mut self, name: &str, values: Vec<Vec<u8>>) {
        if values.is_empty() {
            self.attributes.remove(&name.to_lowercase());
        } else {
            self.attributes.insert(name.to_lowercase(), (name.to_owned(), values));
        }
    }

    pub(super) fn is_person(&self) -> bool {
        self.is("user")
    }

    pub(super) fn is(&self, class: &str) -> bool {
        self.values("objectClass").iter().any(|own| own.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// All entries, in the order of their names, and the ways in which they are looked up often: twenty
/// thousand accounts would otherwise be walked through for each.
#[derive(Debug, Default)]
pub(super) struct Tree {
    entries: BTreeMap<Dn, Entry>,
    ids: BTreeMap<Uuid, Dn>,
    /// By login name and by what stands before the `@` of the UPN, in lower case.
    logins: BTreeMap<String, BTreeSet<Dn>>,
    groups: BTreeSet<Dn>,
    policies: BTreeSet<Dn>,
}

impl Tree {
    pub(super) fn get(&self, dn: &Dn) -> Option<&Entry> {
        self.entries.get(dn)
    }

    /// For changes of what it is not looked up by; else [`Self::change`].
    pub(super) fn get_mut(&mut self, dn: &Dn) -> Option<&mut Entry> {
        self.entries.get_mut(dn)
    }

    /// Puts an entry in, in place of one of the same name.
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

    /// Takes an entry out.
    pub(super) fn remove(&mut self, dn: &Dn) -> Option<Entry> {
        let entry = self.entries.remove(dn)?;
        if let Some(id) = entry.id().filter(|id| self.ids.get(id) == Some(dn)) {
            self.ids.remove(&id);
        }
        for login in logins(&entry) {
            if let Some(there) = self.logins.get_mut(&login) {
                there.remove(dn);
            }
        }
        self.groups.remove(dn);
        self.policies.remove(dn);
        Some(entry)
    }

    /// Changes anything about an entry, its name too; says whether there is one.
    pub(super) fn change(&mut self, dn: &Dn, change: impl FnOnce(&mut Entry)) -> bool {
        let Some(mut entry) = self.remove(dn) else { return false };
        change(&mut entry);
        self.insert(entry);
        true
    }

    /// Those that come after `after`, in order.
    pub(super) fn entries(&self, after: Option<&Dn>) -> impl Iterator<Item = (&Dn, &Entry)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.entries.range((from, Bound::Unbounded))
    }

    /// The entry that a search base names: a DN, or `<GUID=…>`, or `<SID=…>`.
    pub(super) fn resolve(&self, base: &str) -> Option<&Entry> {
        if let Some(guid) = base.strip_prefix("<GUID=").and_then(|rest| rest.strip_suffix('>')) {
            return self.get(self.ids.get(&Uuid::parse_str(guid).ok()?)?);
        }
        self.get(&Dn::parse(base))
    }

    pub(super) fn by_login(&self, login: &str) -> Option<&Entry> {
        let is_so = |entry: &&Entry| {
            entry.text("sAMAccountName").is_some_and(|s| s.to_lowercase() == login.to_lowercase())
        };
        self.named(login).filter_map(|dn| self.get(dn)).find(is_so)
    }

    /// Those with this login name or UPN prefix.
    pub(super) fn named(&self, name: &str) -> impl Iterator<Item = &Dn> {
        self.logins.get(&name.to_lowercase()).into_iter().flatten()
    }

    /// The groups that hold `dn` directly: the back-link `memberOf`. As in AD the primary group is not among them.
    pub(super) fn member_of(&self, dn: &Dn) -> Vec<String> {
        let groups = self.groups.iter().filter_map(|group| self.get(group));
        groups.filter(|group| members(group).contains(dn)).map(|group| group.dn.clone()).collect()
    }

    /// Who is in `group` directly.
    pub(super) fn members(&self, group: &Dn) -> BTreeSet<Dn> {
        self.get(group).map(members).unwrap_or_default().into_iter().collect()
    }

    /// Who is in `group`, directly or through other groups (rule 1.2.840.113556.1.4.1941).
    pub(super) fn nested_members(&self, group: &Dn) -> BTreeSet<Dn> {
        let mut reached = BTreeSet::new();
        let mut open = vec![group.clone()];
        while let Some(group) = open.pop() {
            let inside = self.get(&group).map(members).unwrap_or_default();
            open.extend(inside.into_iter().filter(|member| reached.insert(member.clone())));
        }
        reached
    }

    /// Whether `dn` is in `group`, directly or through other groups.
    pub(super) fn is_nested_in(&self, dn: &Dn, group: &Dn) -> bool {
        self.nested_members(group).contains(dn)
    }

    /// The fine-grained policy that holds for the entry: the lowest precedence of those that apply
    /// to the account or to a group it is in.
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

/// The names by which an entry is looked up.
fn logins(entry: &Entry) -> BTreeSet<String> {
    let prefix = entry.text("userPrincipalName").and_then(|upn| upn.split_once('@')).map(|(own, _)| own);
    entry.text("sAMAccountName").into_iter().chain(prefix).map(str::to_lowercase).collect()
}

fn members(group: &Entry) -> Vec<Dn> {
    group.values("member").iter().map(|m| Dn::parse(&String::from_utf8_lossy(m))).collect()
}

/// Ids only have to differ; without randomness two of them would meet after a restart.
fn random() -> u128 {
    let mut bytes = [0; 16];
    // The system's random source does not fail on the systems that this runs on; all-zero ids would
    // show at once in the first test.
    let _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// A security identifier in its binary form, from `S-1-5-21-…`.
pub(super) fn sid(text: &str) -> Option<Vec<u8>> {
    let mut parts = text.strip_prefix("S-1-")?.split('-');
    let authority: u64 = parts.next()?.parse().ok()?;
    let subs = parts.map(|p| p.parse::<u32>().ok()).collect::<Option<Vec<_>>>()?;
    let mut bytes = vec![1, u8::try_from(subs.len()).ok()?];
    bytes.extend(authority.to_be_bytes().into_iter().skip(2));
    bytes.extend(subs.iter().flat_map(|sub| sub.to_le_bytes()));
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one_name() {
        assert_eq!(Dn::parse("CN=Anna , OU=Staff,DC=a"), Dn::parse("cn=anna,ou=staff,dc=A"));
        assert_ne!(Dn::parse("CN=a\\,b,DC=a"), Dn::parse("CN=a,b,DC=a"));
        assert!(Dn::parse("CN=x,OU=Staff,DC=a").is_within(&Dn::parse("OU=staff,DC=a")));
        assert!(!Dn::parse("CN=x,OU=MyStaff,DC=a").is_within(&Dn::parse("OU=staff,DC=a")));
    }

    #[test]
    fn a_group_that_holds_itself_ends_the_search() {
        let mut tree = Tree::default();
        for (name, member) in [("CN=a", "CN=b"), ("CN=b", "CN=a")] {
            let mut group = Entry::new(name, &["group"]);
            group.put("member", &[member]);
            tree.insert(group);
        }
        assert!(tree.is_nested_in(&Dn::parse("CN=a"), &Dn::parse("CN=a")));
        assert!(!tree.is_nested_in(&Dn::parse("CN=c"), &Dn::parse("CN=a")));
    }

    #[test]
    fn a_sid_has_its_binary_form() {
        assert_eq!(sid("S-1-5-32-544").unwrap(), [1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0]);
    }
}
