use super::*;
use proptest::prelude::*;

const RESET: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
const LOCKOUT_TIME: Uuid = Uuid::from_u128(0x2863_0ebf_41d5_11d1_a9c1_0000_f803_67c1);
const ACCOUNT_SET: Uuid = Uuid::from_u128(0x4c16_4200_20c0_11d0_a768_00aa_006e_0529);
const USER: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
const DENY: u8 = 1;
const ALLOW: u8 = 0;
const EVERYTHING: u32 = 0x000F_01FF;

fn sid_bytes(sub_authorities: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, u8::try_from(sub_authorities.len()).unwrap(), 0, 0, 0, 0, 0, 5];
    bytes.extend(sub_authorities.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn ace(
    kind: u8,
    flags: u8,
    mask: u32,
    object_type: Option<Uuid>,
    inherited_object_type: Option<Uuid>,
    trustee: &[u32],
) -> Vec<u8> {
    let object = object_type.is_some() || inherited_object_type.is_some();
    let mut body = mask.to_le_bytes().to_vec();
    if object {
        let present = u32::from(object_type.is_some()) | u32::from(inherited_object_type.is_some()) << 1;
        body.extend(present.to_le_bytes());
        body.extend(object_type.into_iter().chain(inherited_object_type).flat_map(|guid| guid.to_bytes_le()));
    }
    body.extend(sid_bytes(trustee));
    let size = u16::try_from(body.len() + 4).unwrap().to_le_bytes();
    [vec![if object { kind + 5 } else { kind }, flags, size[0], size[1]], body].concat()
}

fn descriptor(owner: Option<&[u32]>, aces: &[Vec<u8>]) -> Vec<u8> {
    let owner = owner.map(sid_bytes).unwrap_or_default();
    let list = aces.concat();
    let mut bytes = vec![1, 0, 0x04, 0x80];
    let offset =
        |present: bool, value: usize| u32::try_from(if present { value } else { 0 }).unwrap().to_le_bytes();
    bytes.extend(offset(!owner.is_empty(), 20));
    bytes.extend([0; 8]);
    bytes.extend(offset(true, 20 + owner.len()));
    bytes.extend(owner);
    let (size, count) = (u16::try_from(list.len() + 8).unwrap(), u16::try_from(aces.len()).unwrap());
    bytes.extend([4, 0]);
    bytes.extend(size.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend([0, 0]);
    bytes.extend(list);
    bytes
}

const SERVICE: &[u32] = &[21, 1, 2, 3, 1101];
const STAFF: &[u32] = &[21, 1, 2, 3, 1102];
const OTHER_USER: &[u32] = &[21, 1, 2, 3, 1103];

fn service() -> HashSet<Sid> {
    [SERVICE, STAFF, &[11]].into_iter().map(Sid::nt).collect()
}

fn granted_by(aces: &[Vec<u8>], right: u32, object_types: &[Uuid]) -> Option<Sid> {
    Descriptor::parse(&descriptor(None, aces)).unwrap().grants(&service(), right, object_types)
}

fn is_granted(aces: &[Vec<u8>], right: u32, object_types: &[Uuid]) -> bool {
    granted_by(aces, right, object_types).is_some()
}

#[test]
fn right_is_granted_only_for_its_object_type() {
    let entries = [ace(ALLOW, 0x1a & !INHERIT_ONLY, right::CONTROL_ACCESS, Some(RESET), Some(USER), SERVICE)];
    assert_eq!(granted_by(&entries, right::CONTROL_ACCESS, &[RESET]), Some(Sid::nt(SERVICE)));
    assert!(!is_granted(&entries, right::CONTROL_ACCESS, &[LOCKOUT_TIME]));
    assert!(!is_granted(&entries, right::CONTROL_ACCESS, &[]), "not every extended right");
    assert!(!is_granted(&entries, right::WRITE_PROPERTY, &[RESET]));
}

#[test]
fn attribute_write_is_granted_by_attribute_property_set_or_all() {
    for object_type in [Some(LOCKOUT_TIME), Some(ACCOUNT_SET), None] {
        let entries = [ace(ALLOW, 0, right::WRITE_PROPERTY, object_type, None, STAFF)];
        assert!(is_granted(&entries, right::WRITE_PROPERTY, &[LOCKOUT_TIME, ACCOUNT_SET]), "{object_type:?}");
    }
    let entries = [ace(ALLOW, 0, right::WRITE_PROPERTY, Some(ACCOUNT_SET), None, STAFF)];
    assert!(
        !is_granted(&entries, right::WRITE_PROPERTY, &[LOCKOUT_TIME]),
        "the attribute is in no property set"
    );
}

#[test]
fn first_applicable_entry_decides() {
    let deny = ace(DENY, 0, right::WRITE_PROPERTY, Some(LOCKOUT_TIME), None, STAFF);
    let allow = ace(ALLOW, 0, EVERYTHING, None, None, SERVICE);
    assert!(!is_granted(&[deny.clone(), allow.clone()], right::WRITE_PROPERTY, &[LOCKOUT_TIME]));
    assert!(is_granted(&[deny.clone(), allow.clone()], right::CONTROL_ACCESS, &[RESET]));
    // An inherited deny entry comes after the explicit entries of the object.
    assert!(is_granted(&[allow, deny], right::WRITE_PROPERTY, &[LOCKOUT_TIME]));
    let everything = ace(DENY, 0, EVERYTHING, None, None, &[11]);
    assert!(!is_granted(&[everything], right::CONTROL_ACCESS, &[RESET]));
}

#[test]
fn full_control_grants_every_right_in_specific_and_generic_form() {
    for mask in [EVERYTHING, 0x1000_0000] {
        let entries = [ace(ALLOW, 0, mask, None, None, SERVICE)];
        for right in [right::CONTROL_ACCESS, right::WRITE_PROPERTY, right::WRITE_DAC, right::CREATE_CHILD] {
            assert!(is_granted(&entries, right, &[]), "{mask:x} {right:x}");
        }
    }
    let read = [ace(ALLOW, 0, 0x8000_0000, None, None, SERVICE)];
    assert!(is_granted(&read, right::READ_PROPERTY, &[]) && !is_granted(&read, right::WRITE_PROPERTY, &[]));
}

#[test]
fn inherit_only_foreign_and_conditional_entries_grant_nothing() {
    let below = ace(ALLOW, INHERIT_ONLY, EVERYTHING, None, None, SERVICE);
    let others = ace(ALLOW, 0, EVERYTHING, None, None, OTHER_USER);
    assert!(!is_granted(&[below, others], right::CONTROL_ACCESS, &[RESET]));
    let mut conditional = ace(ALLOW, 0, EVERYTHING, None, None, SERVICE);
    conditional[0] = 9;
    let reset = ace(ALLOW, 0, right::CONTROL_ACCESS, Some(RESET), None, SERVICE);
    assert!(!is_granted(&[conditional.clone()], right::CONTROL_ACCESS, &[RESET]));
    assert!(
        is_granted(&[conditional, reset], right::CONTROL_ACCESS, &[RESET]),
        "conditional entries are skipped"
    );
}

#[test]
fn empty_dacl_grants_nothing_and_null_dacl_grants_everything() {
    assert!(!is_granted(&[], right::CONTROL_ACCESS, &[RESET]));
    let mut none = descriptor(None, &[]);
    none[16..20].fill(0);
    assert!(Descriptor::parse(&none).unwrap().grants(&service(), right::CONTROL_ACCESS, &[RESET]).is_some());
    // A missing DACL differs from an empty one.
    none[2] = 0;
    assert_eq!(Descriptor::parse(&none), None);
}

#[test]
fn owner_may_change_permissions() {
    let owned = Descriptor::parse(&descriptor(Some(SERVICE), &[])).unwrap();
    assert!(owned.grants(&service(), right::WRITE_DAC, &[]).is_some());
    assert!(owned.grants(&service(), right::WRITE_PROPERTY, &[]).is_none());
    let foreign = Descriptor::parse(&descriptor(Some(OTHER_USER), &[])).unwrap();
    assert!(foreign.grants(&service(), right::WRITE_DAC, &[]).is_none());
}

#[test]
fn entry_is_formatted_in_sddl() {
    let sddl = |ace: Vec<u8>| {
        let descriptor = Descriptor::parse(&descriptor(None, &[ace])).unwrap();
        descriptor.explicit_entries(&Sid::nt(SERVICE)).map(Ace::sddl).collect::<String>()
    };
    assert_eq!(
        sddl(ace(ALLOW, 0x0a, 0x100, Some(RESET), Some(USER), SERVICE)),
        "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1-2-3-1101)"
    );
    assert_eq!(
        sddl(ace(DENY, 0x2, 0x1000_0000, None, None, SERVICE)),
        "(D;CI;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;S-1-5-21-1-2-3-1101)"
    );
    assert_eq!(sddl(ace(ALLOW, 0, 0x10_0020, None, None, SERVICE)), "(A;;0x100020;;;S-1-5-21-1-2-3-1101)");
    assert_eq!(sddl(ace(ALLOW, INHERITED, 0x20, None, None, SERVICE)), "");
}

#[test]
fn truncated_descriptor_is_refused() {
    let complete = descriptor(Some(SERVICE), &[ace(ALLOW, 0, EVERYTHING, Some(RESET), Some(USER), SERVICE)]);
    assert!(Descriptor::parse(&complete).is_some());
    for end in 0..complete.len() {
        assert_eq!(Descriptor::parse(&complete[..end]), None, "{end}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Descriptor::parse(&bytes);
    }

    #[test]
    fn damaged_descriptor_does_not_panic(at in 0_usize..130, byte in any::<u8>()) {
        let mut bytes = descriptor(Some(SERVICE), &[
            ace(ALLOW, 0, EVERYTHING, Some(RESET), Some(USER), SERVICE),
            ace(DENY, 2, 0x20, None, None, STAFF),
        ]);
        if let Some(damaged) = bytes.get_mut(at) {
            *damaged = byte;
        }
        if let Some(read) = Descriptor::parse(&bytes) {
            read.grants(&service(), right::CONTROL_ACCESS, &[RESET]);
        }
    }
}
