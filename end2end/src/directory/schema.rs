//! The part of the Active Directory schema that the simulator has: identifiers of attributes, rights and classes, and
//! attribute values with a special meaning.

use uuid::Uuid;

/// The attribute with the mobile numbers, which the service account may write; no account has one initially.
pub const MOBILE_ATTRIBUTE: &str = "mobile";

/// `userAccountControl`: the account is disabled.
pub(super) const ACCOUNT_DISABLE: i64 = 0x2;
/// `accountExpires` of an account that never expires.
pub(super) const NEVER_EXPIRES: i64 = i64::MAX;

/// The control access right `User-Force-Change-Password`.
pub(super) const RESET_PASSWORD: Uuid = Uuid::from_u128(0x0029_9570_246d_11d0_a768_00aa_006e_0529);
/// The class `user`.
pub(super) const USER_CLASS: Uuid = Uuid::from_u128(0xbf96_7aba_0de6_11d0_a285_00aa_0030_49e2);
/// The attribute `lockoutTime`.
pub(super) const LOCKOUT_TIME: Uuid = Uuid::from_u128(0x2863_0ebf_41d5_11d1_a9c1_0000_f803_67c1);
/// The attribute `pwdLastSet`.
pub(super) const PWD_LAST_SET: Uuid = Uuid::from_u128(0xbf96_7a0a_0de6_11d0_a285_00aa_0030_49e2);
/// The attribute `mobile`.
pub(super) const MOBILE: Uuid = Uuid::from_u128(0xf0f8_ffa3_1191_11d0_a060_00aa_006c_33ed);

/// Property sets of the published schema.
const ACCOUNT: Uuid = Uuid::from_u128(0x4c16_4200_20c0_11d0_a768_00aa_006e_0529);
const MEMBERSHIP: Uuid = Uuid::from_u128(0xbc0a_c240_79a9_11d0_9020_00c0_4fc2_d4cf);
const PERSONAL: Uuid = Uuid::from_u128(0x77b5_b886_944a_11d1_aebd_0000_f803_67c1);
const GENERAL: Uuid = Uuid::from_u128(0x59ba_2f42_79a2_11d0_9020_00c0_4fc2_d3cf);

/// Attributes of the published schema: name, identifier, property set.
pub(super) const ATTRIBUTES: [(&str, Uuid, Option<Uuid>); 12] = [
    ("lockoutTime", LOCKOUT_TIME, Some(ACCOUNT)),
    ("pwdLastSet", PWD_LAST_SET, Some(ACCOUNT)),
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
