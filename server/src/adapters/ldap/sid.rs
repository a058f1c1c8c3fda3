//! Security identifiers (MS-DTYP 2.4.2). Not whose they are.

use std::fmt;

/// Who somebody, or some group, is to a directory.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Sid {
    authority: u64,
    subs: Vec<u32>,
}

impl Sid {
    /// One of the authority NT, `S-1-5-…`.
    #[cfg(test)]
    pub(super) fn nt(subs: &[u32]) -> Self {
        Self { authority: 5, subs: subs.to_vec() }
    }

    /// The one at the beginning of `bytes`.
    pub(super) fn first(bytes: &[u8]) -> Option<Self> {
        let (&[1, count], rest) = bytes.split_first_chunk()? else { return None };
        let (authority, rest) = rest.split_first_chunk::<6>()?;
        let (subs, _) = rest.get(..4 * usize::from(count))?.as_chunks::<4>();
        let authority = authority.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
        Some(Self { authority, subs: subs.iter().map(|sub| u32::from_le_bytes(*sub)).collect() })
    }

    /// The one that is all of `bytes`.
    pub(super) fn whole(bytes: &[u8]) -> Option<Self> {
        Self::first(bytes).filter(|sid| bytes.len() == 8 + 4 * sid.subs.len())
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S-1-{}", self.authority)?;
        self.subs.iter().try_for_each(|sub| write!(f, "-{sub}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADMINISTRATORS: [u8; 16] = [1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0];

    #[test]
    fn a_security_identifier_is_written_out() {
        assert_eq!(Sid::whole(&ADMINISTRATORS), Some(Sid::nt(&[32, 544])));
        assert_eq!(Sid::nt(&[32, 544]).to_string(), "S-1-5-32-544");
    }

    #[test]
    fn one_that_is_cut_short_or_too_long_is_none() {
        for end in 0..ADMINISTRATORS.len() {
            assert_eq!(Sid::first(&ADMINISTRATORS[..end]), None, "{end}");
        }
        let longer = [&ADMINISTRATORS[..], &[0]].concat();
        assert_eq!(Sid::whole(&longer), None);
        assert!(Sid::first(&longer).is_some());
    }
}
