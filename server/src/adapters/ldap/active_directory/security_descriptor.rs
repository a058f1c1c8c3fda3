//! Who may do what with an object: its security descriptor (MS-DTYP 2.4.6), read and judged as a domain
//! controller does (MS-ADTS 5.1.3). Not how it is fetched, nor which rights the product needs.

use super::super::sid::Sid;
use std::collections::HashSet;
use std::fmt::Write as _;
use uuid::Uuid;

/// Rights to an object (MS-ADTS 5.1.3.2).
pub(super) mod right {
    pub(in super::super) const CREATE_CHILD: u32 = 0x1;
    pub(in super::super) const DELETE_CHILD: u32 = 0x2;
    pub(in super::super) const LIST_CHILDREN: u32 = 0x4;
    pub(in super::super) const READ_PROPERTY: u32 = 0x10;
    pub(in super::super) const WRITE_PROPERTY: u32 = 0x20;
    pub(in super::super) const DELETE_TREE: u32 = 0x40;
    pub(in super::super) const CONTROL_ACCESS: u32 = 0x100;
    pub(in super::super) const DELETE: u32 = 0x1_0000;
    pub(in super::super) const READ_CONTROL: u32 = 0x2_0000;
    pub(in super::super) const WRITE_DAC: u32 = 0x4_0000;
    pub(in super::super) const WRITE_OWNER: u32 = 0x8_0000;
}

/// The generic rights, and what they stand for on an object of a directory.
const GENERIC: [(u32, u32); 4] = [
    (0x1000_0000, 0x000F_01FF),
    (0x2000_0000, 0x0002_0004),
    (0x4000_0000, 0x0002_0028),
    (0x8000_0000, 0x0002_0094),
];
/// The letters of SDDL (MS-DTYP 2.5.1.1), in its order.
const LETTERS: [(u32, &str); 13] = [
    (0x1, "CC"),
    (0x2, "DC"),
    (0x4, "LC"),
    (0x8, "SW"),
    (0x10, "RP"),
    (0x20, "WP"),
    (0x40, "DT"),
    (0x80, "LO"),
    (0x100, "CR"),
    (0x1_0000, "SD"),
    (0x2_0000, "RC"),
    (0x4_0000, "WD"),
    (0x8_0000, "WO"),
];
const FLAG_LETTERS: [(u8, &str); 5] =
    [(1, "OI"), (2, "CI"), (4, "NP"), (INHERIT_ONLY, "IO"), (INHERITED, "ID")];

/// It is there for the objects below only.
const INHERIT_ONLY: u8 = 0x8;
/// It came from an object above.
const INHERITED: u8 = 0x10;
/// `SE_DACL_PRESENT` of a descriptor's control word.
const HAS_DACL: u16 = 0x4;
/// `SE_DACL_PROTECTED`: nothing is inherited from above.
const PROTECTED: u16 = 0x1000;

/// One entry of the list of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ace {
    pub(super) allows: bool,
    flags: u8,
    pub(super) mask: u32,
    /// The extended right, attribute, set of attributes or class that it is about; `None`: all of them.
    pub(super) about: Option<Uuid>,
    /// Only objects of this class inherit it.
    inheritors: Option<Uuid>,
    pub(super) whom: Sid,
}

/// A security descriptor, as far as it is needed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor {
    owner: Option<Sid>,
    /// Nothing is inherited from the objects above.
    pub(super) is_protected: bool,
    /// In the order in which they decide; `None`: there is no list, and everybody may do everything.
    entries: Option<Vec<Ace>>,
}

impl Descriptor {
    /// A self-relative one; `None` where it is malformed, or the list of permissions was not given out.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (header, _) = bytes.split_first_chunk::<20>()?;
        let [1, _, c0, c1, o0, o1, o2, o3, .., d0, d1, d2, d3] = *header else { return None };
        let control = u16::from_le_bytes([c0, c1]);
        if control & HAS_DACL == 0 {
            return None;
        }
        let owner = match place([o0, o1, o2, o3])? {
            0 => None,
            at => Some(Sid::first(bytes.get(at..)?)?),
        };
        let entries = match place([d0, d1, d2, d3])? {
            0 => None,
            at => Some(entries(bytes.get(at..)?)?),
        };
        Some(Self { owner, is_protected: control & PROTECTED != 0, entries })
    }

    /// Whether whoever holds these identifiers may do this, and by which of them; `about` is what the right may
    /// be given for: the attribute, the set it is in, the extended right. The first entry that speaks decides.
    pub(super) fn grants(&self, sids: &HashSet<Sid>, right: u32, about: &[Uuid]) -> Option<Sid> {
        let owned = || self.owner.clone().filter(|owner| right == right::WRITE_DAC && sids.contains(owner));
        let Some(entries) = &self.entries else { return sids.iter().next().cloned() };
        let speaks = |ace: &&Ace| {
            ace.flags & INHERIT_ONLY == 0
                && ace.mask & right != 0
                && ace.about.is_none_or(|one| about.contains(&one))
                && sids.contains(&ace.whom)
        };
        entries.iter().find(speaks).filter(|ace| ace.allows).map(|ace| ace.whom.clone()).or_else(owned)
    }

    /// What was given to, or kept from, this one here, and not inherited.
    pub(super) fn own_entries<'a>(&'a self, whom: &'a Sid) -> impl Iterator<Item = &'a Ace> {
        let all = self.entries.iter().flatten();
        all.filter(move |ace| ace.whom == *whom && ace.flags & INHERITED == 0)
    }
}

impl Ace {
    /// In the notation of SDDL.
    pub(super) fn sddl(&self) -> String {
        let object = self.about.is_some() || self.inheritors.is_some();
        let kind = match (self.allows, object) {
            (true, false) => "A",
            (true, true) => "OA",
            (false, false) => "D",
            (false, true) => "OD",
        };
        let flags: String =
            FLAG_LETTERS.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, text)| *text).collect();
        let mut rights: String =
            LETTERS.iter().filter(|(bit, _)| self.mask & bit != 0).map(|(_, text)| *text).collect();
        if LETTERS.iter().fold(self.mask, |left, (bit, _)| left & !bit) != 0 {
            rights.clear();
            // Writing to a string does not fail.
            let _ = write!(rights, "0x{:x}", self.mask);
        }
        let guid = |guid: Option<Uuid>| guid.map(|guid| guid.to_string()).unwrap_or_default();
        let (about, inheritors) = (guid(self.about), guid(self.inheritors));
        format!("({kind};{flags};{rights};{about};{inheritors};{})", self.whom)
    }
}

fn place(bytes: [u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// The list of permissions at the beginning of `bytes`; kinds of entries that are not known here (conditional ones)
/// are passed over: they give nothing for certain.
fn entries(bytes: &[u8]) -> Option<Vec<Ace>> {
    let (&[_, _, _, _, n0, n1, _, _], mut rest) = bytes.split_first_chunk()?;
    let mut entries = Vec::new();
    for _ in 0..u16::from_le_bytes([n0, n1]) {
        let (&[_, _, s0, s1], _) = rest.split_first_chunk()?;
        let size = usize::from(u16::from_le_bytes([s0, s1])).max(4);
        let (one, after) = rest.split_at_checked(size)?;
        entries.extend(entry(one)?);
        rest = after;
    }
    Some(entries)
}

/// The outer `None`: malformed; the inner one: not known here.
#[expect(clippy::option_option, reason = "two ways of not being there, and two consequences")]
fn entry(bytes: &[u8]) -> Option<Option<Ace>> {
    let (&[kind, flags, _, _], rest) = bytes.split_first_chunk()?;
    let (allows, object) = match kind {
        0 => (true, false),
        1 => (false, false),
        5 => (true, true),
        6 => (false, true),
        _ => return Some(None),
    };
    let (mask, mut rest) = rest.split_first_chunk::<4>()?;
    let mut present = 0;
    if object {
        let (flags, after) = rest.split_first_chunk::<4>()?;
        (present, rest) = (u32::from_le_bytes(*flags), after);
    }
    let mut guid = |bit: u32| {
        if present & bit == 0 {
            return Some(None);
        }
        let (guid, after) = rest.split_first_chunk::<16>()?;
        rest = after;
        Some(Some(Uuid::from_bytes_le(*guid)))
    };
    let (about, inheritors) = (guid(1)?, guid(2)?);
    let mask = u32::from_le_bytes(*mask);
    let mask =
        GENERIC.iter().filter(|(bit, _)| mask & bit != 0).fold(mask, |all, (bit, meant)| all & !bit | meant);
    Some(Some(Ace { allows, flags, mask, about, inheritors, whom: Sid::first(rest)? }))
}

#[cfg(test)]
mod tests;
