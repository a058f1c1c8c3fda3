//! Bind and modify, with the result codes and diagnostic messages measured on Active Directory.

use super::PolicyDiagnostics;
use super::content::{self, MOBILE_ATTRIBUTE, STAFF, SVC_LOGIN};
use super::entry::{Dn, Entry};
use super::lockout::lockout_policy;
use super::permissions::Delegation;
use super::schema::ACCOUNT_DISABLE;
use super::tree::Tree;
use ldap3_proto::proto::{LdapModify, LdapModifyType, LdapResultCode};

/// A negative answer: result code and diagnostic message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: LdapResultCode,
    pub(super) message: String,
}

impl Refusal {
    pub(super) fn new(code: LdapResultCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// The password policy of one account.
#[derive(Debug, Clone, Copy)]
struct Policy {
    min_length: i64,
    complexity: bool,
    history: i64,
    /// Negative, as all durations.
    min_age: i64,
}

/// The context of a modify.
#[derive(Debug, Clone, Copy)]
pub(super) struct ModifyContext {
    /// The request has the policy-hints control, so the password history applies to a reset too.
    pub(super) with_history: bool,
    pub(super) policy_diagnostics: PolicyDiagnostics,
    /// The rights of the service account.
    pub(super) delegation: Delegation,
    /// A `FILETIME`.
    pub(super) now: i64,
}

/// The entry that a bind name refers to: a DN, a UPN or `DOMAIN\login`.
fn find_by_bind_name<'a>(tree: &'a Tree, name: &str) -> Option<&'a Entry> {
    if let Some((_, login)) = name.split_once('\\') {
        return tree.by_login(login);
    }
    let prefix = name.split_once('@').map_or(name, |(prefix, _)| prefix);
    let mut entries = tree.by_name(prefix).filter_map(|dn| tree.get(dn));
    let by_upn = entries.find(|entry| {
        entry.text("userPrincipalName").is_some_and(|upn| upn.to_lowercase() == name.to_lowercase())
    });
    by_upn.or_else(|| tree.get(&Dn::parse(name)))
}

/// A simple bind: returns the DN of the account, or result code 49 with the `data` code of the reason.
pub(super) fn bind(tree: &mut Tree, name: &str, password: &str, now: i64) -> Result<Dn, Refusal> {
    let refuse = |data: &str| {
        Err(Refusal::new(
            LdapResultCode::InvalidCredentials,
            format!(
                "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {data}, v1db1"
            ),
        ))
    };
    let Some(dn) = find_by_bind_name(tree, name).map(Entry::name) else { return refuse("52e") };
    let lockout = lockout_policy(tree, &dn);
    let Some(entry) = tree.get_mut(&dn) else { return refuse("52e") };
    if lockout.is_locked(entry, now) {
        return refuse("775");
    }
    if entry.secret.password.as_deref() != Some(password) {
        let count = lockout.bad_password_count(entry, now) + 1;
        entry.put_number("badPwdCount", count);
        entry.put_number("badPasswordTime", now);
        if lockout.threshold > 0 && count >= lockout.threshold {
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
    bound_dn: Option<&Dn>,
    target: &str,
    changes: &[LdapModify],
    context: ModifyContext,
) -> Result<(), Refusal> {
    let Some(entry) = tree.resolve(target) else {
        return Err(Refusal::new(
            LdapResultCode::NoSuchObject,
            "00002030: No such Base DN: objectclass_attrs: attribute validation",
        ));
    };
    let dn = entry.name();
    let client = bound_dn.and_then(|dn| tree.get(dn));
    let is_service = client.and_then(|entry| entry.text("sAMAccountName")) == Some(SVC_LOGIN);
    if !is_service || !dn.is_within(&Dn::parse(STAFF)) || !entry.is_person() {
        return Err(insufficient_rights(target));
    }
    let policy = policy_of(tree, &dn);
    let mut copy = entry.clone();
    for change in changes {
        if !context.delegation.can_write(&change.modification.atype) {
            return Err(insufficient_rights(target));
        }
        apply(&mut copy, change, policy, context)?;
    }
    if let Some(entry) = tree.get_mut(&dn) {
        *entry = copy;
    }
    Ok(())
}

fn insufficient_rights(target: &str) -> Refusal {
    Refusal::new(
        LdapResultCode::InsufficentAccessRights,
        format!("00002098: error in module acl: insufficient access rights during LDB_MODIFY of {target}"),
    )
}

fn apply(
    entry: &mut Entry,
    change: &LdapModify,
    policy: Policy,
    context: ModifyContext,
) -> Result<(), Refusal> {
    let unwilling = |message: &str| Err(Refusal::new(LdapResultCode::UnwillingToPerform, message));
    if change.operation != LdapModifyType::Replace {
        return unwilling("00002035: only REPLACE is supported");
    }
    let [value] = change.modification.vals.as_slice() else {
        return unwilling("00002035: setup_io: one value is needed");
    };
    match change.modification.atype.to_lowercase().as_str() {
        "unicodepwd" => set_password(entry, value, policy, context),
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
            entry.put_number("pwdLastSet", context.now);
            Ok(())
        }
        "pwdlastset" => unwilling("00002035: pwdLastSet can only be set to 0 or -1"),
        name if name == MOBILE_ATTRIBUTE => {
            let Some(number) = std::str::from_utf8(value).ok().filter(|text| (1..=64).contains(&text.len()))
            else {
                let message = "00002082: mobile: 1 to 64 characters are needed";
                return Err(Refusal::new(LdapResultCode::ConstraintViolation, message));
            };
            entry.put(MOBILE_ATTRIBUTE, &[number]);
            Ok(())
        }
        _ => Err(insufficient_rights(&entry.dn)),
    }
}

fn set_password(
    entry: &mut Entry,
    value: &[u8],
    policy: Policy,
    context: ModifyContext,
) -> Result<(), Refusal> {
    let Some(password) = unquote(value) else {
        return Err(Refusal::new(
            LdapResultCode::UnwillingToPerform,
            "00002035: setup_io: the unicodePwd value is not quoted UTF-16",
        ));
    };
    if let Some(message) = violated_rule(entry, &password, policy, context) {
        return Err(match context.policy_diagnostics {
            PolicyDiagnostics::Samba => Refusal::new(
                LdapResultCode::ConstraintViolation,
                format!("0000052D: Constraint violation - check_password_restrictions: {message}"),
            ),
            // The answer of Windows to an administrative reset that violates any rule of the policy, from
            // documentation, not measured.
            PolicyDiagnostics::Windows => Refusal::new(
                LdapResultCode::UnwillingToPerform,
                "0000052D: SvcErr: DSID-031A12D2, problem 5003 (WILL_NOT_PERFORM), data 0",
            ),
        });
    }
    if let Some(old) = entry.secret.password.replace(password) {
        entry.secret.history.insert(0, old);
        entry.secret.history.truncate(usize::try_from(policy.history).unwrap_or(0));
    }
    // Two resets within one tick of the clock have different times.
    let last = entry.number("pwdLastSet").unwrap_or(0);
    entry.put_number("pwdLastSet", context.now.max(last + 1));
    Ok(())
}

/// The text between the quotes of a `unicodePwd` value; `None` if it is not quoted UTF-16.
fn unquote(value: &[u8]) -> Option<String> {
    let (pairs, rest) = value.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    let text = String::from_utf16(&units).ok()?;
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    rest.is_empty().then(|| inner.to_owned())
}

/// The diagnostic message of the first rule that the password violates; `None` if it is accepted.
fn violated_rule(entry: &Entry, password: &str, policy: Policy, context: ModifyContext) -> Option<String> {
    let length = i64::try_from(password.encode_utf16().count()).unwrap_or(i64::MAX);
    if length < policy.min_length {
        return Some(format!(
            "the password is too short. It should be equal or longer than {} characters!",
            policy.min_length
        ));
    }
    if policy.complexity && (character_categories(password) < 3 || contains_name(entry, password)) {
        return Some("the password does not meet the complexity criteria!".to_owned());
    }
    // With the control the minimum age applies to a reset too, as documented for Windows, not measured.
    let age = context.now - entry.number("pwdLastSet").unwrap_or(0);
    if context.with_history && age < policy.min_age.saturating_abs() {
        return Some("the password is too young to change!".to_owned());
    }
    let used = entry.secret.password.iter().chain(&entry.secret.history).any(|old| old == password);
    (context.with_history && policy.history > 0 && used)
        .then(|| "the password was already used (in history)!".to_owned())
}

/// How many of Windows' five character categories occur: upper case, lower case, digits, special characters (without
/// currency signs), and letters without case. Half of a surrogate pair counts as no letter.
fn character_categories(password: &str) -> usize {
    let categories: [fn(char) -> bool; 5] = [
        char::is_uppercase,
        char::is_lowercase,
        |c| c.is_ascii_digit(),
        |c| "~!@#$%^&*_-+=`|\\(){}[]:;\"'<>,.?/".contains(c),
        |c| c.is_alphabetic() && !c.is_uppercase() && !c.is_lowercase(),
    ];
    let is_one_unit = |c: &char| c.len_utf16() == 1;
    categories.iter().filter(|category| password.chars().filter(is_one_unit).any(category)).count()
}

/// Whether the password contains the login name or a part of the display name, ignoring case but not accents. Windows
/// has this part of the complexity rule, Samba has not.
fn contains_name(entry: &Entry, password: &str) -> bool {
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
