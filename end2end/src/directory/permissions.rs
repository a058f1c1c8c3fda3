//! The rights of the service account in the directory simulator, and the forms in which Active Directory publishes
//! them: lists of attributes and security descriptors (MS-DTYP 2.4.6).

use super::content::{BASE, DOMAIN_SID, STAFF};
use super::entry::{Dn, Entry, sid};
use super::schema::{
    ATTRIBUTES, LOCKOUT_TIME, MOBILE, MOBILE_ATTRIBUTE, PWD_LAST_SET, RESET_PASSWORD, USER_CLASS,
};
use super::tree::Tree;
use uuid::Uuid;

/// Access masks of rights, MS-ADTS 5.1.3.2.
const READ: u32 = 0x2_0094;
const READ_WRITE_PROPERTY: u32 = 0x30;
const CONTROL_ACCESS: u32 = 0x100;
const FULL_CONTROL: u32 = 0xF_01FF;
/// Flags of an ACE: it applies to the objects below only.
const CONTAINER_INHERIT_ONLY: u8 = 0x0a;
/// It applies to the object and to the objects below.
const CONTAINER_INHERIT: u8 = 0x2;
const INHERITED: u8 = 0x10;

/// The rights that the service account has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each right is independent of the others")]
pub struct Delegation {
    /// To reset passwords of the staff.
    pub reset: bool,
    /// To unlock accounts.
    pub unlock: bool,
    /// To write `pwdLastSet`.
    pub pwd_last_set: bool,
    /// To write mobile numbers.
    pub mobile: bool,
    /// To read the fine-grained policies.
    pub policies: bool,
    /// Full control of the staff's organisational unit, which is more than the product needs.
    pub everything: bool,
    /// The same rights in the whole domain.
    pub whole_domain: bool,
}

impl Default for Delegation {
    /// The rights that the product needs, and `pwdLastSet`, which many organisations delegate as well.
    fn default() -> Self {
        Self {
            reset: true,
            unlock: true,
            pwd_last_set: true,
            mobile: true,
            policies: true,
            everything: false,
            whole_domain: false,
        }
    }
}

impl Delegation {
    /// Whether this attribute of an employee may be written.
    pub(super) fn can_write(self, attribute: &str) -> bool {
        let granted = match attribute.to_lowercase().as_str() {
            "unicodepwd" => self.reset,
            "lockouttime" => self.unlock,
            "pwdlastset" => self.pwd_last_set,
            name if name == MOBILE_ATTRIBUTE => self.mobile,
            _ => true,
        };
        granted || self.everything
    }

    /// The values of `allowedAttributesEffective`. The password is not among them: resetting it is a control access
    /// right.
    pub(super) fn writable_attributes(self, entry: &Entry) -> Vec<&'static str> {
        if !self.applies_to(entry) || !entry.is_person() {
            return Vec::new();
        }
        let all = ATTRIBUTES.into_iter().map(|(name, ..)| name);
        let needed = ["lockoutTime", "pwdLastSet", MOBILE_ATTRIBUTE];
        all.filter(|name| self.everything || needed.contains(name) && self.can_write(name)).collect()
    }

    pub(super) fn can_create_children(self, entry: &Entry) -> bool {
        self.everything && self.applies_to(entry) && !entry.is_person()
    }

    /// Whether the entry inherits the delegated rights; accounts protected by `adminCount` do not.
    fn applies_to(self, entry: &Entry) -> bool {
        let root = Dn::parse(if self.whole_domain { BASE } else { STAFF });
        entry.name().is_within(&root) && entry.number("adminCount") != Some(1)
    }

    /// The entry's security descriptor.
    pub(super) fn descriptor(self, entry: &Entry) -> Vec<u8> {
        let service = format!("{DOMAIN_SID}-1101");
        let mut aces = Vec::new();
        let is_policy = entry.dn.contains("CN=Password Settings Container,");
        if self.applies_to(entry) {
            let is_root = entry.dn == if self.whole_domain { BASE } else { STAFF };
            let flags = match (entry.is_person(), is_root) {
                (true, _) => INHERITED,
                (false, true) => CONTAINER_INHERIT_ONLY,
                (false, false) => INHERITED | CONTAINER_INHERIT_ONLY,
            };
            for (granted, right, object_type) in [
                (self.reset, CONTROL_ACCESS, RESET_PASSWORD),
                (self.unlock, READ_WRITE_PROPERTY, LOCKOUT_TIME),
                (self.pwd_last_set, READ_WRITE_PROPERTY, PWD_LAST_SET),
                (self.mobile, READ_WRITE_PROPERTY, MOBILE),
            ] {
                if granted {
                    aces.push(ace(flags, right, Some(object_type), &service));
                }
            }
            if self.everything {
                let flags = if is_root { CONTAINER_INHERIT } else { CONTAINER_INHERIT | INHERITED };
                aces.push(ace(flags, FULL_CONTROL, None, &service));
            }
        }
        if !is_policy {
            aces.push(ace(0, READ, None, "S-1-5-11"));
        } else if self.policies {
            aces.push(ace(CONTAINER_INHERIT, READ, None, &service));
        }
        security_descriptor(entry.number("adminCount") == Some(1), &aces)
    }
}

/// The SIDs of a signed-in account (`tokenGroups`): its own, its groups', Everyone, Authenticated Users.
pub(super) fn token_groups(tree: &Tree, account: &Dn) -> Vec<Vec<u8>> {
    let Some(entry) = tree.get(account) else { return Vec::new() };
    let account_sid = entry.values("objectSid").iter().cloned();
    let groups = tree.member_of(account).into_iter().filter_map(|group| tree.get(&Dn::parse(&group)));
    let groups = groups.filter_map(|group| group.values("objectSid").first().cloned());
    let primary = format!("{DOMAIN_SID}-513");
    let well_known = [primary.as_str(), "S-1-1-0", "S-1-5-11"].into_iter().filter_map(sid);
    account_sid.chain(groups).chain(well_known).collect()
}

/// An access-allowed ACE for the trustee; with an object type, an object ACE that users inherit.
fn ace(flags: u8, mask: u32, object_type: Option<Uuid>, trustee: &str) -> Vec<u8> {
    let mut body = mask.to_le_bytes().to_vec();
    if let Some(object_type) = object_type {
        body.extend(3_u32.to_le_bytes());
        body.extend(object_type.to_bytes_le());
        body.extend(USER_CLASS.to_bytes_le());
    }
    body.extend(sid(trustee).unwrap_or_default());
    let kind = if object_type.is_some() { 5 } else { 0 };
    [&[kind, flags][..], &u16_bytes(body.len() + 4), &body].concat()
}

/// A self-relative security descriptor without owner and SACL.
fn security_descriptor(is_protected: bool, aces: &[Vec<u8>]) -> Vec<u8> {
    let list = aces.concat();
    let control: u16 = if is_protected { 0x9004 } else { 0x8004 };
    let head = [&[1, 0][..], &control.to_le_bytes(), &[0; 12], &20_u32.to_le_bytes()].concat();
    [&head[..], &[4, 0], &u16_bytes(list.len() + 8), &u16_bytes(aces.len()), &[0, 0], &list].concat()
}

fn u16_bytes(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_le_bytes()
}
