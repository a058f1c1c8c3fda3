use super::*;
use proptest::prelude::*;

const RESET: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
const LOCKOUT: Uuid = Uuid::from_u128(0x2863_0ebf_41d5_11d1_a9c1_0000_f803_67c1);
const ACCOUNT_SET: Uuid = Uuid::from_u128(0x4c16_4200_20c0_11d0_a768_00aa_006e_0529);
const USER: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
const DENY: u8 = 1;
const ALLOW: u8 = 0;
const EVERYTHING: u32 = 0x000F_01FF;

fn sid_bytes(subs: &[u32]) -> Vec<u8> {
    let mut bytes = vec![1, u8::try_from(subs.len()).unwrap(), 0, 0, 0, 0, 0, 5];
    bytes.extend(subs.iter().flat_map(|sub| sub.to_le_bytes()));
    bytes
}

fn ace(
    kind: u8,
    flags: u8,
    mask: u32,
    about: Option<Uuid>,
    inheritors: Option<Uuid>,
    whom: &[u32],
) -> Vec<u8> {
    let object = about.is_some() || inheritors.is_some();
    let mut body = mask.to_le_bytes().to_vec();
    if object {
        let present = u32::from(about.is_some()) | u32::from(inheritors.is_some()) << 1;
        body.extend(present.to_le_bytes());
        body.extend(about.into_iter().chain(inheritors).flat_map(|guid| guid.to_bytes_le()));
    }
    body.extend(sid_bytes(whom));
    let size = u16::try_from(body.len() + 4).unwrap().to_le_bytes();
    [vec![if object { kind + 5 } else { kind }, flags, size[0], size[1]], body].concat()
}

fn descriptor(owner: Option<&[u32]>, aces: &[Vec<u8>]) -> Vec<u8> {
    let owner = owner.map(sid_bytes).unwrap_or_default();
    let list = aces.concat();
    let mut bytes = vec![1, 0, 0x04, 0x80];
    let at =
        |present: bool, place: usize| u32::try_from(if present { place } else { 0 }).unwrap().to_le_bytes();
    bytes.extend(at(!owner.is_empty(), 20));
    bytes.extend([0; 8]);
    bytes.extend(at(true, 20 + owner.len()));
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
const STRANGER: &[u32] = &[21, 1, 2, 3, 1103];

fn service() -> HashSet<Sid> {
    [SERVICE, STAFF, &[11]].into_iter().map(Sid::nt).collect()
}

fn by(aces: &[Vec<u8>], right: u32, about: &[Uuid]) -> Option<Sid> {
    Descriptor::parse(&descriptor(None, aces)).unwrap().grants(&service(), right, about)
}

fn may(aces: &[Vec<u8>], right: u32, about: &[Uuid]) -> bool {
    by(aces, right, about).is_some()
}

#[test]
fn a_right_is_held_for_what_it_was_given_and_no_more() {
    let given = [ace(ALLOW, 0x1a & !INHERIT_ONLY, right::CONTROL_ACCESS, Some(RESET), Some(USER), SERVICE)];
    assert_eq!(by(&given, right::CONTROL_ACCESS, &[RESET]), Some(Sid::nt(SERVICE)));
    assert!(!may(&given, right::CONTROL_ACCESS, &[LOCKOUT]));
    assert!(!may(&given, right::CONTROL_ACCESS, &[]), "not every extended right");
    assert!(!may(&given, right::WRITE_PROPERTY, &[RESET]));
}

#[test]
fn an_attribute_is_written_by_itself_by_its_set_or_by_all() {
    for about in [Some(LOCKOUT), Some(ACCOUNT_SET), None] {
        let given = [ace(ALLOW, 0, right::WRITE_PROPERTY, about, None, STAFF)];
        assert!(may(&given, right::WRITE_PROPERTY, &[LOCKOUT, ACCOUNT_SET]), "{about:?}");
    }
    let given = [ace(ALLOW, 0, right::WRITE_PROPERTY, Some(ACCOUNT_SET), None, STAFF)];
    assert!(!may(&given, right::WRITE_PROPERTY, &[LOCKOUT]), "it is in no set");
}

#[test]
fn the_first_entry_that_speaks_decides() {
    let deny = ace(DENY, 0, right::WRITE_PROPERTY, Some(LOCKOUT), None, STAFF);
    let allow = ace(ALLOW, 0, EVERYTHING, None, None, SERVICE);
    assert!(!may(&[deny.clone(), allow.clone()], right::WRITE_PROPERTY, &[LOCKOUT]));
    assert!(may(&[deny.clone(), allow.clone()], right::CONTROL_ACCESS, &[RESET]));
    // An inherited denial comes after what was given at the object itself.
    assert!(may(&[allow, deny], right::WRITE_PROPERTY, &[LOCKOUT]));
    let everything = ace(DENY, 0, EVERYTHING, None, None, &[11]);
    assert!(!may(&[everything], right::CONTROL_ACCESS, &[RESET]));
}

#[test]
fn full_control_is_every_right_in_both_of_its_forms() {
    for mask in [EVERYTHING, 0x1000_0000] {
        let given = [ace(ALLOW, 0, mask, None, None, SERVICE)];
        for right in [right::CONTROL_ACCESS, right::WRITE_PROPERTY, right::WRITE_DAC, right::CREATE_CHILD] {
            assert!(may(&given, right, &[]), "{mask:x} {right:x}");
        }
    }
    let read = [ace(ALLOW, 0, 0x8000_0000, None, None, SERVICE)];
    assert!(may(&read, right::READ_PROPERTY, &[]) && !may(&read, right::WRITE_PROPERTY, &[]));
}

#[test]
fn what_is_for_the_objects_below_or_for_others_gives_nothing() {
    let below = ace(ALLOW, INHERIT_ONLY, EVERYTHING, None, None, SERVICE);
    let others = ace(ALLOW, 0, EVERYTHING, None, None, STRANGER);
    assert!(!may(&[below, others], right::CONTROL_ACCESS, &[RESET]));
    let mut conditional = ace(ALLOW, 0, EVERYTHING, None, None, SERVICE);
    conditional[0] = 9;
    let given = ace(ALLOW, 0, right::CONTROL_ACCESS, Some(RESET), None, SERVICE);
    assert!(!may(&[conditional.clone()], right::CONTROL_ACCESS, &[RESET]));
    assert!(may(&[conditional, given], right::CONTROL_ACCESS, &[RESET]), "it is passed over");
}

#[test]
fn an_empty_list_gives_nothing_and_none_at_all_gives_everything() {
    assert!(!may(&[], right::CONTROL_ACCESS, &[RESET]));
    let mut none = descriptor(None, &[]);
    none[16..20].fill(0);
    assert!(Descriptor::parse(&none).unwrap().grants(&service(), right::CONTROL_ACCESS, &[RESET]).is_some());
    // Not the same as one that was not given out.
    none[2] = 0;
    assert_eq!(Descriptor::parse(&none), None);
}

#[test]
fn the_owner_may_change_the_permissions() {
    let owned = Descriptor::parse(&descriptor(Some(SERVICE), &[])).unwrap();
    assert!(owned.grants(&service(), right::WRITE_DAC, &[]).is_some());
    assert!(owned.grants(&service(), right::WRITE_PROPERTY, &[]).is_none());
    let foreign = Descriptor::parse(&descriptor(Some(STRANGER), &[])).unwrap();
    assert!(foreign.grants(&service(), right::WRITE_DAC, &[]).is_none());
}

#[test]
fn an_entry_is_told_in_sddl() {
    let told = |ace: Vec<u8>| {
        let descriptor = Descriptor::parse(&descriptor(None, &[ace])).unwrap();
        descriptor.own_entries(&Sid::nt(SERVICE)).map(Ace::sddl).collect::<String>()
    };
    assert_eq!(
        told(ace(ALLOW, 0x0a, 0x100, Some(RESET), Some(USER), SERVICE)),
        "(OA;CIIO;CR;00299570-246d-11d0-a768-00aa006e0529;bf967aba-0de6-11d0-a285-00aa003049e2;S-1-5-21-1-2-3-1101)"
    );
    assert_eq!(
        told(ace(DENY, 0x2, 0x1000_0000, None, None, SERVICE)),
        "(D;CI;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;S-1-5-21-1-2-3-1101)"
    );
    assert_eq!(told(ace(ALLOW, 0, 0x10_0020, None, None, SERVICE)), "(A;;0x100020;;;S-1-5-21-1-2-3-1101)");
    assert_eq!(told(ace(ALLOW, INHERITED, 0x20, None, None, SERVICE)), "");
}

#[test]
fn one_that_is_cut_short_is_none() {
    let whole = descriptor(Some(SERVICE), &[ace(ALLOW, 0, EVERYTHING, Some(RESET), Some(USER), SERVICE)]);
    assert!(Descriptor::parse(&whole).is_some());
    for end in 0..whole.len() {
        assert_eq!(Descriptor::parse(&whole[..end]), None, "{end}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        Descriptor::parse(&bytes);
    }

    #[test]
    fn nor_does_a_damaged_one(at in 0_usize..130, byte in any::<u8>()) {
        let mut bytes = descriptor(Some(SERVICE), &[
            ace(ALLOW, 0, EVERYTHING, Some(RESET), Some(USER), SERVICE),
            ace(DENY, 2, 0x20, None, None, STAFF),
        ]);
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        if let Some(read) = Descriptor::parse(&bytes) {
            read.grants(&service(), right::CONTROL_ACCESS, &[RESET]);
        }
    }
}
