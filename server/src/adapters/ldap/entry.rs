//! An entry of a search result: its DN and the raw values of its attributes.

use super::failure::LdapFailure;
use super::sid::Sid;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ldap3::ResultEntry;
use ldap3::asn1::{PL, StructureTag, parse_tag};
use std::collections::HashMap;

/// A DN and its attributes. Values are bytes; the reading code decides which are text.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) dn: String,
    attributes: HashMap<String, Vec<Vec<u8>>>,
}

impl Entry {
    /// Reads the BER structure directly, because `ldap3`'s own constructor panics on a malformed entry.
    pub(super) fn read(result: ResultEntry) -> Result<Self, LdapFailure> {
        Self::from_tag(result.0).ok_or_else(|| LdapFailure::Unusable("a malformed entry".to_owned()))
    }

    fn from_tag(tag: StructureTag) -> Option<Self> {
        let mut parts = children(tag)?.into_iter();
        let dn = text(parts.next()?)?;
        let mut attributes = HashMap::new();
        for attribute in children(parts.next()?)? {
            let mut parts = children(attribute)?.into_iter();
            let name = text(parts.next()?)?.to_lowercase();
            let values = children(parts.next()?)?.into_iter().map(bytes).collect::<Option<Vec<_>>>()?;
            attributes.insert(name, values);
        }
        Some(Self { dn, attributes })
    }

    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.attributes.get(&name.to_lowercase())?.first().map(Vec::as_slice)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.bytes(name).and_then(|value| std::str::from_utf8(value).ok())
    }

    fn values(&self, name: &str) -> &[Vec<u8>] {
        self.attributes.get(&name.to_lowercase()).map_or(&[], Vec::as_slice)
    }

    pub(super) fn texts(&self, name: &str) -> Vec<&str> {
        self.values(name).iter().filter_map(|value| std::str::from_utf8(value).ok()).collect()
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, LdapFailure> {
        self.text(name).ok_or_else(|| self.missing_attribute(name))
    }

    pub(super) fn number(&self, name: &'static str) -> Result<i64, LdapFailure> {
        self.required(name)?.parse().map_err(|_| self.missing_attribute(name))
    }

    pub(super) fn missing_attribute(&self, name: &str) -> LdapFailure {
        LdapFailure::Unusable(format!("{} shows no usable {name}", self.dn))
    }

    /// Returns the first value as a security identifier, in the form `S-1-…`.
    pub(super) fn sid(&self, name: &str) -> Option<String> {
        Sid::parse(self.bytes(name)?).map(|sid| sid.to_string())
    }

    /// Returns all values that are security identifiers.
    pub(super) fn sids(&self, name: &str) -> Vec<Sid> {
        self.values(name).iter().filter_map(|value| Sid::parse(value)).collect()
    }
}

/// Parses the form of `currentTime`: `20261122123456.0Z`.
pub(super) fn parse_generalized_time(text: &str) -> Option<Timestamp> {
    let (text, _) = text.split_once('.')?;
    let time = DateTime::strptime("%Y%m%d%H%M%S", text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Returns the cookie in the value of a paged-results control (RFC 2696). `ldap3`'s own parser panics on a malformed
/// value.
pub(super) fn paging_cookie(value: &[u8]) -> Option<Vec<u8>> {
    let (_, tag) = parse_tag(value).ok()?;
    bytes(children(tag)?.into_iter().nth(1)?)
}

fn children(tag: StructureTag) -> Option<Vec<StructureTag>> {
    match tag.payload {
        PL::C(children) => Some(children),
        PL::P(_) => None,
    }
}

fn bytes(tag: StructureTag) -> Option<Vec<u8>> {
    match tag.payload {
        PL::P(bytes) => Some(bytes),
        PL::C(_) => None,
    }
}

fn text(tag: StructureTag) -> Option<String> {
    String::from_utf8(bytes(tag)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_identifier_is_formatted() {
        let value = vec![1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0];
        let entry =
            Entry { dn: String::new(), attributes: HashMap::from([("objectsid".into(), vec![value])]) };
        assert_eq!(entry.sid("objectSid").as_deref(), Some("S-1-5-32-544"));
        assert_eq!(entry.sid("other"), None);
    }

    #[test]
    fn paging_cookie_is_parsed_and_a_malformed_one_does_not_panic() {
        assert_eq!(paging_cookie(&[0x30, 7, 2, 1, 0, 4, 2, 9, 8]), Some(vec![9, 8]));
        assert_eq!(paging_cookie(&[0x30, 5, 2, 1, 0, 4, 0]), Some(Vec::new()));
        for malformed in
            [&[][..], &[0x30, 3, 2, 1, 0], &[0x30, 9, 2, 1], &[4, 1, 1], &[0x30, 5, 2, 1, 0, 0x24, 0]]
        {
            assert_eq!(paging_cookie(malformed), None, "{malformed:?}");
        }
    }

    #[test]
    fn malformed_entry_is_an_error_and_does_not_panic() {
        let tag = StructureTag { class: ldap3::asn1::TagClass::Application, id: 4, payload: PL::P(vec![1]) };
        assert!(Entry::from_tag(tag).is_none());
    }
}
