//! Security identifiers (MS-DTYP 2.4.2).

use std::fmt;

/// The identifier of a user or group.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sid {
    authority: u64,
    sub_authorities: Vec<u32>,
}

impl Sid {
    /// Creates one of the NT authority, `S-1-5-…`.
    #[cfg(test)]
    pub(super) fn nt(sub_authorities: &[u32]) -> Self {
        Self { authority: 5, sub_authorities: sub_authorities.to_vec() }
    }

    /// Parses the identifier at the beginning of `bytes`.
    pub(super) fn parse_prefix(bytes: &[u8]) -> Option<Self> {
        let (&[1, count], rest) = bytes.split_first_chunk()? else { return None };
        let (authority, rest) = rest.split_first_chunk::<6>()?;
        let (sub_authorities, _) = rest.get(..4 * usize::from(count))?.as_chunks::<4>();
        let authority = authority.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some(Self {
            authority,
            sub_authorities: sub_authorities.iter().map(|value| u32::from_le_bytes(*value)).collect(),
        })
    }

    /// Parses `bytes`, which must contain exactly one identifier.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        Self::parse_prefix(bytes).filter(|sid| bytes.len() == 8 + 4 * sid.sub_authorities.len())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.sub_authorities.iter().try_for_each(|value| write!(f, "-{value}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMINISTRATORS: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0];

    #[test]
    fn security_identifier_is_formatted() {
        assert_eq!(Sid::parse(&ADMINISTRATORS), Some(Sid::nt(&[32, 544])));
        assert_eq!(Sid::nt(&[32, 544]).to_string(), "S-1-5-32-544");
    }

    #[test]
    fn truncated_or_overlong_identifier_is_refused() {
        for end in 0..ADMINISTRATORS.len() {
            assert_eq!(Sid::parse_prefix(&ADMINISTRATORS[..end]), None, "{end}");
        }
        let longer = [&ADMINISTRATORS[..], &[0]].concat();
        assert_eq!(Sid::parse(&longer), None);
        assert!(Sid::parse_prefix(&longer).is_some());
    }
}
