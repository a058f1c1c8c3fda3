//! What the service account may do in the pretend directory, and how a real one shows that: lists of attributes, and
//! security descriptors (MS-DTYP 2.4.6). Not a judge of anybody else's rights.

use super::content::{BASE, DOMAIN_SID, MOBILE_ATTRIBUTE, STAFF};
use super::entry::{Dn, Entry, sid};
use super::tree::Tree;
use uuid::Uuid;

const RESET: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
const USER: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
const ACCOUNT: Uuid = Uuid::from_u128(0x4c16_4200_20c0_11d0_a768_00aa_006e_0529);
const MEMBERSHIP: Uuid = Uuid::from_u128(0xbc0a_c240_79a9_11d0_9020_00c0_4fc2_d4cf);
const PERSONAL: Uuid = Uuid::from_u128(0x77b5_b886_944a_11d1_aebd_0000_f803_67c1);
const GENERAL: Uuid = Uuid::from_u128(0x59ba_2f42_79a2_11d0_9020_00c0_4fc2_d3cf);
const LOCKOUT: Uuid = Uuid::from_u128(0x2863_0ebf_41d5_11d1_a9c1_0000_f803_67c1);
const LAST_SET: Uuid = Uuid::from_u128(0xbf96_7a0a_0de6_11d0_a285_00aa_0030_49e2);
const MOBILE: Uuid = Uuid::from_u128(0xf0f8_ffa3_1191_11d0_a060_00aa_006c_33ed);

/// Attributes as the published schema has them: name, identifier, set.
pub(super) const ATTRIBUTES: [(&str, Uuid, Option<Uuid>); 12] = [
    ("lockoutTime", LOCKOUT, Some(ACCOUNT)),
    ("pwdLastSet", LAST_SET, Some(ACCOUNT)),
    (MOBILE_ATTRIBUTE, MOBILE, Some(PERSONAL)),
    ("userAccountControl", Uuid::from_u128(0xbf96_7a68_0de6_11d0_a285_00aa_0030_49e2), Some(ACCOUNT)),
    ("accountExpires", Uuid::from_u128(0xbf96_7915_0de6_11d0_a285_00aa_0030_49e2), Some(ACCOUNT)),
    ("primaryGroupID", Uuid::from_u128(0xbf96_7a00_0de6_11d0_a285_00aa_0030_49e2), Some(GENERAL)),
    ("displayName", Uuid::from_u128(0xbf96_7953_0de6_11d0_a285_00aa_0030_49e2), Some(GENERAL)),
    ("memberOf", Uuid::from_u128(0xbf96_7991_0de6_11d0_a285_00aa_0030_49e2), Some(MEMBERSHIP)),
    ("msDS-ResultantPSO", Uuid::from_u128(0xb77e_a093_88d0_4780_9a98_911f_8e8b_1dca), None),
    (
        "msDS-User-Account-Control-Computed",
        Uuid::from_u128(0x2cc4_b836_b63f_4940_8d23_ea7a_cf06_af56),
        Some(ACCOUNT),
    ),
    ("employeeNumber", Uuid::from_u128(0xa8df_73ef_c5ea_11d1_bbcb_0080_c766_70c0), None),
    ("employeeID", Uuid::from_u128(0xbf96_7962_0de6_11d0_a285_00aa_0030_49e2), None),
];

const READ: u32 = 0x2_0094;
const READ_WRITE: u32 = 0x30;
const CONTROL_ACCESS: u32 = 0x100;
const EVERYTHING: u32 = 0xF_01FF;
/// For the objects below only.
const BELOW: u8 = 0x0a;
const INHERITED: u8 = 0x10;

/// What the service account was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each right is given or not, by itself")]
pub struct Delegation {
    /// To set passwords of the staff.
    pub reset: bool,
    /// To end locks.
    pub unlock: bool,
    /// To write `pwdLastSet`.
    pub last_set: bool,
    /// To write mobile numbers.
    pub mobile: bool,
    /// To read the fine-grained policies.
    pub policies: bool,
    /// Full control of the staff's part: more than it needs.
    pub everything: bool,
    /// All of that in the whole domain.
    pub everywhere: bool,
}

impl Default for Delegation {
    /// What the product needs, and `pwdLastSet`, as many an organisation gives it.
    fn default() -> Self {
        Self {
            reset: true,
            unlock: true,
            last_set: true,
            mobile: true,
            policies: true,
            everything: false,
            everywhere: false,
        }
    }
}

impl Delegation {
    /// Whether this attribute of an employee may be written.
    pub(super) fn writes(self, attribute: &str) -> bool {
        let given = match attribute.to_lowercase().as_str() {
            "unicodepwd" => self.reset,
            "lockouttime" => self.unlock,
            "pwdlastset" => self.last_set,
            name if name == MOBILE_ATTRIBUTE => self.mobile,
            _ => true,
        };
        given || self.everything
    }

    /// As `allowedAttributesEffective` tells it; the password comes by the right to reset, which is not in that list.
    pub(super) fn writable(self, entry: &Entry) -> Vec<&'static str> {
        if !self.reaches(entry) || !entry.is_person() {
            return Vec::new();
        }
        let all = ATTRIBUTES.into_iter().map(|(name, ..)| name);
        let needed = ["lockoutTime", "pwdLastSet", MOBILE_ATTRIBUTE];
        all.filter(|name| self.everything || needed.contains(name) && self.writes(name)).collect()
    }

    pub(super) fn creates_under(self, entry: &Entry) -> bool {
        self.everything && self.reaches(entry) && !entry.is_person()
    }

    /// Whether what was given is inherited here; privileged accounts are kept out of that.
    fn reaches(self, entry: &Entry) -> bool {
        let above = Dn::parse(if self.everywhere { BASE } else { STAFF });
        entry.name().is_within(&above) && entry.number("adminCount") != Some(1)
    }

    /// The entry's security descriptor.
    pub(super) fn descriptor(self, entry: &Entry) -> Vec<u8> {
        let service = format!("{DOMAIN_SID}-1101");
        let mut aces = Vec::new();
        let of_policies = entry.dn.contains("CN=Password Settings Container,");
        if self.reaches(entry) {
            let given = entry.dn == if self.everywhere { BASE } else { STAFF };
            let flags = match (entry.is_person(), given) {
                (true, _) => INHERITED,
                (false, true) => BELOW,
                (false, false) => INHERITED | BELOW,
            };
            for (is_given, right, about) in [
                (self.reset, CONTROL_ACCESS, RESET),
                (self.unlock, READ_WRITE, LOCKOUT),
                (self.last_set, READ_WRITE, LAST_SET),
                (self.mobile, READ_WRITE, MOBILE),
            ] {
                if is_given {
                    aces.push(ace(flags, right, Some(about), &service));
                }
            }
            if self.everything {
                aces.push(ace(if given { 0x2 } else { 0x2 | INHERITED }, EVERYTHING, None, &service));
            }
        }
        if !of_policies {
            aces.push(ace(0, READ, None, "S-1-5-11"));
        } else if self.policies {
            aces.push(ace(0x2, READ, None, &service));
        }
        written(entry.number("adminCount") == Some(1), &aces)
    }
}

/// Whom the directory sees in somebody: the account, its groups, everybody who signed in.
pub(super) fn token(tree: &Tree, who: &Dn) -> Vec<Vec<u8>> {
    let Some(entry) = tree.get(who) else { return Vec::new() };
    let own = entry.values("objectSid").iter().cloned();
    let groups = tree.member_of(who).into_iter().filter_map(|group| tree.get(&Dn::parse(&group)));
    let groups = groups.filter_map(|group| group.values("objectSid").first().cloned());
    let primary = format!("{DOMAIN_SID}-513");
    let known = [primary.as_str(), "S-1-1-0", "S-1-5-11"].into_iter().filter_map(sid);
    own.chain(groups).chain(known).collect()
}

/// An entry that allows something, to users where it is about something.
fn ace(flags: u8, mask: u32, about: Option<Uuid>, whom: &str) -> Vec<u8> {
    let mut body = mask.to_le_bytes().to_vec();
    if let Some(about) = about {
        body.extend(3_u32.to_le_bytes());
        body.extend(about.to_bytes_le());
        body.extend(USER.to_bytes_le());
    }
    body.extend(sid(whom).unwrap_or_default());
    let kind = if about.is_some() { 5 } else { 0 };
    [&[kind, flags][..], &length(body.len() + 4), &body].concat()
}

/// Self-relative, without owner and audit.
fn written(is_protected: bool, aces: &[Vec<u8>]) -> Vec<u8> {
    let list = aces.concat();
    let control: u16 = if is_protected { 0x9004 } else { 0x8004 };
    let head = [&[1, 0][..], &control.to_le_bytes(), &[0; 12], &20_u32.to_le_bytes()].concat();
    [&head[..], &[4, 0], &length(list.len() + 8), &length(aces.len()), &[0, 0], &list].concat()
}

fn length(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}
