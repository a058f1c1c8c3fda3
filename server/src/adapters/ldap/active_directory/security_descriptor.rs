//! Parses security descriptors (MS-DTYP 2.4.6) and evaluates them as a domain controller does (MS-ADTS 5.1.3).

use super::super::sid::Sid;
use std::collections::HashSet;
use std::fmt::Write as _;
use uuid::Uuid;

/// Access rights of directory objects (MS-ADTS 5.1.3.2).
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

/// Generic rights and the specific rights that they stand for on directory objects.
const GENERIC_RIGHTS: [(u32, u32); 4] = [
    (0x1000_0000, 0x000F_01FF),
    (0x2000_0000, 0x0002_0004),
    (0x4000_0000, 0x0002_0028),
    (0x8000_0000, 0x0002_0094),
];
/// SDDL abbreviations of rights, in the order of MS-DTYP 2.5.1.1.
const RIGHT_LETTERS: [(u32, &str); 13] = [
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

/// Applies to child objects only.
const INHERIT_ONLY: u8 = 0x8;
/// Inherited from a parent object.
const INHERITED: u8 = 0x10;
/// `SE_DACL_PRESENT` in the control field.
const HAS_DACL: u16 = 0x4;
/// `SE_DACL_PROTECTED`: nothing is inherited from parents.
const PROTECTED: u16 = 0x1000;

/// An access control entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ace {
    pub(super) allows: bool,
    flags: u8,
    pub(super) mask: u32,
    /// Extended right, attribute, property set or class that the entry applies to; `None` means all.
    pub(super) object_type: Option<Uuid>,
    /// Class of the child objects that inherit the entry; `None` means all.
    inherited_object_type: Option<Uuid>,
    pub(super) trustee: Sid,
}

/// The parts of a security descriptor that are needed here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Descriptor {
    owner: Option<Sid>,
    /// Whether inheritance from parents is blocked.
    pub(super) is_protected: bool,
    /// Access control entries in order of evaluation; `None` means that there is no list, which grants everything to
    /// everyone.
    entries: Option<Vec<Ace>>,
}

impl Descriptor {
    /// Parses a self-relative descriptor. Returns `None` if it is malformed or has no DACL, as when the server did
    /// not return it.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let (header, _) = bytes.split_first_chunk::<20>()?;
        let [1, _, c0, c1, o0, o1, o2, o3, .., d0, d1, d2, d3] = *header else { return None };
        let control = u16::from_le_bytes([c0, c1]);
        if control & HAS_DACL == 0 {
            return None;
        }
        let owner = match offset([o0, o1, o2, o3])? {
            0 => None,
            at => Some(Sid::parse_prefix(bytes.get(at..)?)?),
        };
        let entries = match offset([d0, d1, d2, d3])? {
            0 => None,
            at => Some(parse_acl(bytes.get(at..)?)?),
        };
        Some(Self { owner, is_protected: control & PROTECTED != 0, entries })
    }

    /// Returns the SID through which the holder of `sids` has the right, if any. `object_types` are the GUIDs that a
    /// matching entry may name: the attribute and its property set, or the extended right. The first applicable entry
    /// decides.
    pub(super) fn grants(&self, sids: &HashSet<Sid>, right: u32, object_types: &[Uuid]) -> Option<Sid> {
        let by_ownership =
            || self.owner.clone().filter(|owner| right == right::WRITE_DAC && sids.contains(owner));
        let Some(entries) = &self.entries else { return sids.iter().next().cloned() };
        let applies = |ace: &&Ace| {
            ace.flags & INHERIT_ONLY == 0
                && ace.mask & right != 0
                && ace.object_type.is_none_or(|object_type| object_types.contains(&object_type))
                && sids.contains(&ace.trustee)
        };
        entries
            .iter()
            .find(applies)
            .filter(|ace| ace.allows)
            .map(|ace| ace.trustee.clone())
            .or_else(by_ownership)
    }

    /// All entries, in order of evaluation.
    #[cfg(any(test, feature = "test-support"))]
    pub(super) fn all_entries(&self) -> impl Iterator<Item = &Ace> {
        self.entries.iter().flatten()
    }

    /// The entries of this trustee on the object itself, without inherited ones.
    pub(super) fn explicit_entries<'a>(&'a self, trustee: &'a Sid) -> impl Iterator<Item = &'a Ace> {
        let all = self.entries.iter().flatten();
        all.filter(move |ace| ace.trustee == *trustee && ace.flags & INHERITED == 0)
    }
}

impl Ace {
    /// Formats the entry in SDDL.
    pub(super) fn sddl(&self) -> String {
        let object = self.object_type.is_some() || self.inherited_object_type.is_some();
        let kind = match (self.allows, object) {
            (true, false) => "A",
            (true, true) => "OA",
            (false, false) => "D",
            (false, true) => "OD",
        };
        let flags: String =
            FLAG_LETTERS.iter().filter(|(bit, _)| self.flags & bit != 0).map(|(_, text)| *text).collect();
        let mut rights: String =
            RIGHT_LETTERS.iter().filter(|(bit, _)| self.mask & bit != 0).map(|(_, text)| *text).collect();
        if RIGHT_LETTERS.iter().fold(self.mask, |left, (bit, _)| left & !bit) != 0 {
            rights.clear();
            // Writing to a `String` cannot fail.
            let _ = write!(rights, "0x{:x}", self.mask);
        }
        let guid = |guid: Option<Uuid>| guid.map(|guid| guid.to_string()).unwrap_or_default();
        let (object_type, inherited_object_type) = (guid(self.object_type), guid(self.inherited_object_type));
        format!("({kind};{flags};{rights};{object_type};{inherited_object_type};{})", self.trustee)
    }
}

fn offset(bytes: [u8; 4]) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(bytes)).ok()
}

/// Parses the ACL at the beginning of `bytes`. Skips unknown types of entries, such as conditional ones: they grant
/// nothing for certain.
fn parse_acl(bytes: &[u8]) -> Option<Vec<Ace>> {
    let (&[_, _, _, _, n0, n1, _, _], mut rest) = bytes.split_first_chunk()?;
    let mut entries = Vec::new();
    for _ in 0..u16::from_le_bytes([n0, n1]) {
        let (&[_, _, s0, s1], _) = rest.split_first_chunk()?;
        let size = usize::from(u16::from_le_bytes([s0, s1])).max(4);
        let (bytes, after) = rest.split_at_checked(size)?;
        entries.extend(parse_ace(bytes)?);
        rest = after;
    }
    Some(entries)
}

/// The outer `None` means malformed; the inner one, an unknown type of entry.
#[expect(clippy::option_option, reason = "malformed and unknown entries have different consequences")]
fn parse_ace(bytes: &[u8]) -> Option<Option<Ace>> {
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
    let (object_type, inherited_object_type) = (guid(1)?, guid(2)?);
    let mask = u32::from_le_bytes(*mask);
    let mask = GENERIC_RIGHTS
        .iter()
        .filter(|(bit, _)| mask & bit != 0)
        .fold(mask, |all, (bit, specific)| all & !bit | specific);
    Some(Some(Ace {
        allows,
        flags,
        mask,
        object_type,
        inherited_object_type,
        trustee: Sid::parse_prefix(rest)?,
    }))
}

#[cfg(test)]
mod tests;
