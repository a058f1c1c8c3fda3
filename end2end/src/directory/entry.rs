//! One entry of the directory simulator, and its distinguished name.

use std::collections::BTreeMap;
use uuid::Uuid;

/// A distinguished name, normalized so that different spellings of one name are equal.
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

    /// Whether this is `base` or a descendant of it.
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
    /// The DN as written when the entry was created or renamed.
    pub dn: String,
    pub(super) attributes: BTreeMap<String, (String, Vec<Vec<u8>>)>,
    pub(super) secret: Secret,
}

/// Values that no search returns.
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

    /// The first value of the attribute as text; `None` if it is absent or not UTF-8.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values(name).first().and_then(|value| std::str::from_utf8(value).ok())
    }

    /// The first value of the attribute as a number; `None` if it is absent or not a number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// The value of `objectGUID`.
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
        self.values("objectClass").iter().any(|value| value.eq_ignore_ascii_case(class.as_bytes()))
    }
}

/// Identifiers only have to differ. They are random because a counter would repeat after a restart.
fn random() -> u128 {
    let mut bytes = [0; 16];
    // The system's random source does not fail on the systems that this runs on; all-zero identifiers would fail the
    // first test.
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
    fn different_spellings_of_a_dn_are_equal() {
        assert_eq!(Dn::parse("CN=Anna , OU=Staff,DC=a"), Dn::parse("cn=anna,ou=staff,dc=A"));
        assert_ne!(Dn::parse("CN=a\\,b,DC=a"), Dn::parse("CN=a,b,DC=a"));
        assert!(Dn::parse("CN=x,OU=Staff,DC=a").is_within(&Dn::parse("OU=staff,DC=a")));
        assert!(!Dn::parse("CN=x,OU=MyStaff,DC=a").is_within(&Dn::parse("OU=staff,DC=a")));
    }

    #[test]
    fn a_sid_is_converted_to_its_binary_form() {
        assert_eq!(sid("S-1-5-32-544").unwrap(), [1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0]);
    }
}
