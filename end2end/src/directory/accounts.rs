//! Signing in and setting passwords, with Active Directory's codes and words as measured. Not the
//! protocol: nothing here knows a socket.

use super::Words;
use super::content::{self, MOBILE_ATTRIBUTE, STAFF, SVC_LOGIN};
use super::entry::{Dn, Entry};
use super::lockout::lockout;
use super::permissions::Delegation;
use super::tree::Tree;
use ldap3_proto::proto::{LdapModify, LdapModifyType, LdapResultCode};

/// `userAccountControl`: switched off.
pub(super) const ACCOUNT_DISABLE: i64 = 0x2;
/// `accountExpires` of an account that never does.
pub(super) const NEVER: i64 = i64::MAX;

/// What the directory says no with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct No {
    pub(super) code: LdapResultCode,
    pub(super) words: String,
}

impl No {
    pub(super) fn new(code: LdapResultCode, words: impl Into<String>) -> Self {
        Self { code, words: words.into() }
    }
}

/// The policy for one account.
#[derive(Debug, Clone, Copy)]
struct Policy {
    min_length: i64,
    complexity: bool,
    history: i64,
    /// Negative, as all durations.
    min_age: i64,
}

/// What came with a modify.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    /// The policy-hints control was there, so history counts for a reset too.
    pub(super) with_history: bool,
    pub(super) words: Words,
    /// What the service account may.
    pub(super) may: Delegation,
    /// `FILETIME`.
    pub(super) now: i64,
}

/// The entry that a bind name means: a DN, a UPN, `DOMAIN\login`.
fn named<'a>(tree: &'a Tree, name: &str) -> Option<&'a Entry> {
    if let Some((_, login)) = name.split_once('\\') {
        return tree.by_login(login);
    }
    let own = name.split_once('@').map_or(name, |(own, _)| own);
    let mut named = tree.named(own).filter_map(|dn| tree.get(dn));
    let by_upn = named.find(|entry| {
        entry.text("userPrincipalName").is_some_and(|upn| upn.to_lowercase() == name.to_lowercase())
    });
    by_upn.or_else(|| tree.get(&Dn::parse(name)))
}

/// A simple bind: who it is, or result code 49 with the `data` code that tells why.
pub(super) fn bind(tree: &mut Tree, name: &str, password: &str, now: i64) -> Result<Dn, No> {
    let refuse = |data: &str| {
        Err(No::new(
            LdapResultCode::InvalidCredentials,
            format!(
                "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v1db1"
            ),
        ))
    };
    let Some(dn) = named(tree, name).map(Entry::name) else { return refuse("52e") };
    let lockout = lockout(tree, &dn);
    let Some(entry) = tree.get_mut(&dn) else { return refuse("52e") };
    if lockout.holds(entry, now) {
        return refuse("775");
    }
    if entry.secret.password.as_deref() != Some(password) {
        let wrong = lockout.counting(entry, now) + 1;
        entry.put_number("badPwdCount", wrong);
        entry.put_number("badPasswordTime", now);
        if lockout.threshold > 0 && wrong >= lockout.threshold {
            entry.put_number("lockoutTime", now);
        }
        return refuse("52e");
    }
    if entry.number("userAccountControl").unwrap_or(0) & ACCOUNT_DISABLE != 0 {
        return refuse("533");
    }
    if matches!(entry.number("accountExpires"), Some(expires) if expires != 0 && expires <= now) {
        return refuse("701");
    }
    if entry.number("pwdLastSet") == Some(0) {
        return refuse("773");
    }
    entry.put_number("badPwdCount", 0);
    entry.put_number("lockoutTime", 0);
    Ok(dn)
}

/// Applies all changes or none.
pub(super) fn modify(
    tree: &mut Tree,
    who: Option<&Dn>,
    target: &str,
    changes: &[LdapModify],
    asked: Asked,
) -> Result<(), No> {
    let Some(entry) = tree.resolve(target) else {
        return Err(No::new(
            LdapResultCode::NoSuchObject,
            "00002030: No such Base DN: objectclass_attrs: attribute validation",
        ));
    };
    let dn = entry.name();
    let is_service =
        who.and_then(|who| tree.get(who)).and_then(|e| e.text("sAMAccountName")) == Some(SVC_LOGIN);
    if !is_service || !dn.is_within(&Dn::parse(STAFF)) || !entry.is_person() {
        return Err(no_rights(target));
    }
    let policy = policy_of(tree, &dn);
    let mut copy = entry.clone();
    for change in changes {
        if !asked.may.writes(&change.modification.atype) {
            return Err(no_rights(target));
        }
        apply(&mut copy, change, policy, asked)?;
    }
    if let Some(entry) = tree.get_mut(&dn) {
        *entry = copy;
    }
    Ok(())
}

fn no_rights(target: &str) -> No {
    No::new(
        LdapResultCode::InsufficentAccessRights,
        format!("00002098: error in module acl: insufficient access rights during LDB_MODIFY of {target}"),
    )
}

fn apply(entry: &mut Entry, change: &LdapModify, policy: Policy, asked: Asked) -> Result<(), No> {
    let unwilling = |words: &str| Err(No::new(LdapResultCode::UnwillingToPerform, words));
    if change.operation != LdapModifyType::Replace {
        return unwilling("00002035: only REPLACE is spoken here");
    }
    let [value] = change.modification.vals.as_slice() else {
        return unwilling("00002035: setup_io: one value is needed");
    };
    match change.modification.atype.to_lowercase().as_str() {
        "unicodepwd" => set_password(entry, value, policy, asked),
        "lockouttime" if value == b"0" => {
            entry.put_number("lockoutTime", 0);
            entry.put_number("badPwdCount", 0);
            Ok(())
        }
        "lockouttime" => unwilling("00002035: lockoutTime can only be set to 0"),
        "pwdlastset" if value == b"0" => {
            entry.put_number("pwdLastSet", 0);
            Ok(())
        }
        "pwdlastset" if value == b"-1" => {
            entry.put_number("pwdLastSet", asked.now);
            Ok(())
        }
        "pwdlastset" => unwilling("00002035: pwdLastSet can only be set to 0 or -1"),
        name if name == MOBILE_ATTRIBUTE => {
            let Some(number) = std::str::from_utf8(value).ok().filter(|text| (1..=64).contains(&text.len()))
            else {
                let words = "00002082: mobile: 1 to 64 characters are needed";
                return Err(No::new(LdapResultCode::ConstraintViolation, words));
            };
            entry.put(MOBILE_ATTRIBUTE, &[number]);
            Ok(())
        }
        _ => Err(no_rights(&entry.dn)),
    }
}

fn set_password(entry: &mut Entry, value: &[u8], policy: Policy, asked: Asked) -> Result<(), No> {
    let Some(password) = unquoted(value) else {
        return Err(No::new(
            LdapResultCode::UnwillingToPerform,
            "00002035: setup_io: the unicodePwd value is not quoted UTF-16",
        ));
    };
    if let Some(words) = refusal(entry, &password, policy, asked) {
        return Err(match asked.words {
            Words::Telling => No::new(
                LdapResultCode::ConstraintViolation,
                format!("0000052D: Constraint violation - check_password_restrictions: {words}"),
            ),
            // An administrative reset that breaks the policy is answered so by Windows, as
            // documented and not measured, whatever rule it breaks.
            Words::Silent => No::new(
                LdapResultCode::UnwillingToPerform,
                "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            ),
        });
    }
    if let Some(old) = entry.secret.password.replace(password) {
        entry.secret.history.insert(0, old);
        entry.secret.history.truncate(usize::try_from(policy.history).unwrap_or(0));
    }
    // Two resets within one tick of the clock still are two.
    let last = entry.number("pwdLastSet").unwrap_or(0);
    entry.put_number("pwdLastSet", asked.now.max(last + 1));
    Ok(())
}

/// The text between the quotes of a `unicodePwd` value.
fn unquoted(value: &[u8]) -> Option<String> {
    let (pairs, rest) = value.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let text = String::from_utf16(&units).ok()?;
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    rest.is_empty().then(|| inner.to_owned())
}

fn refusal(entry: &Entry, password: &str, policy: Policy, asked: Asked) -> Option<String> {
    let length = i64::try_from(password.encode_utf16().count()).unwrap_or(i64::MAX);
    if length < policy.min_length {
        return Some(format!(
            "the password is too short. It should be equal or longer than {} characters!",
            policy.min_length
        ));
    }
    if policy.complexity && (kinds(password) < 3 || holds_a_name(entry, password)) {
        return Some("the password does not meet the complexity criteria!".to_owned());
    }
    // The control holds a reset to the minimum age too, as documented for Windows and not measured.
    let age = asked.now - entry.number("pwdLastSet").unwrap_or(0);
    if asked.with_history && age < policy.min_age.saturating_abs() {
        return Some("the password is too young to change!".to_owned());
    }
    let used = entry.secret.password.iter().chain(&entry.secret.history).any(|old| old == password);
    (asked.with_history && policy.history > 0 && used)
        .then(|| "the password was already used (in history)!".to_owned())
}

/// How many of Windows' five kinds of characters occur: capitals, small letters, digits, special characters
/// (currency signs are none), and letters without case. Half of a surrogate pair is no letter.
fn kinds(password: &str) -> usize {
    let kinds: [fn(char) -> bool; 5] = [
        char::is_uppercase,
        char::is_lowercase,
        |c| c.is_ascii_digit(),
        |c| "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/".contains(c),
        |c| c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase(),
    ];
    let is_whole = |c: &char| c.len_utf16() == 1;
    kinds.iter().filter(|kind| password.chars().filter(is_whole).any(kind)).count()
}

/// The half of the complexity rule that Windows has and Samba has not: accents as they are, in any case.
fn holds_a_name(entry: &Entry, password: &str) -> bool {
    let folded = password.to_lowercase();
    let login = entry.text("sAMAccountName").unwrap_or_default().to_lowercase();
    let display = entry.text("displayName").unwrap_or_default().to_lowercase();
    let parts = display.split([' ', '\t', ',', '.', '-', '_', '#']);
    parts.chain([login.as_str()]).any(|part| part.chars().count() >= 3 && folded.contains(part))
}

fn policy_of(tree: &Tree, dn: &Dn) -> Policy {
    if let Some(pso) = tree.resultant_pso(dn) {
        return Policy {
            min_length: pso.number("msDS-MinimumPasswordLength").unwrap_or(0),
            complexity: pso.text("msDS-PasswordComplexityEnabled") == Some("TRUE"),
            history: pso.number("msDS-PasswordHistoryLength").unwrap_or(0),
            min_age: pso.number("msDS-MinimumPasswordAge").unwrap_or(0),
        };
    }
    let head = tree.get(&Dn::parse(content::BASE));
    let number = |name| head.and_then(|head| head.number(name)).unwrap_or(0);
    Policy {
        min_length: number("minPwdLength"),
        complexity: number("pwdProperties") & 1 != 0,
        history: number("pwdHistoryLength"),
        min_age: number("minPwdAge"),
    }
}
