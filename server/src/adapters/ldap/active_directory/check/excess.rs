//! Reports rights of the service account beyond the required ones; an attacker with its password has them too. Covers
//! the rights that matter, as far as they show on the sampled accounts.

use super::super::super::config::SECTION;
use super::super::super::connection::ANY_ENTRY;
use super::super::super::failure::LdapFailure;
use super::super::super::sid::Sid;
use super::super::account::USER_ACCOUNT;
use super::super::domain_info::Session;
use super::super::security_descriptor::{Ace, Descriptor, right};
use super::outside_base;
use super::required_rights::{LOCKOUT_TIME, PWD_LAST_SET, RESET_PASSWORD, RequiredRights, quote};
use super::sample::{RightState, Sample, sample};
use super::service::ServiceAccount;
use crate::ports::health_finding::Finding;
use ldap3::Scope;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SAMPLE_SIZE: i32 = 20;
/// Maximum number of names in a row; the rest is counted.
const MAX_NAMED: usize = 6;
/// DS-Replication-Get-Changes-All: allows reading every password hash in the domain.
const REPLICATE_SECRETS: Uuid = Uuid::from_u128(0x1131_f6ad_9c07_11d1_f79f_00c0_4fc2_dcd2);
/// Attributes that allow taking over an account or widening its rights without a password reset; a linked group
/// policy does so for every object below it.
const TAKEOVER_ATTRIBUTES: [&str; 9] = [
    "gPLink",
    "userAccountControl",
    "servicePrincipalName",
    "msDS-KeyCredentialLink",
    "msDS-AllowedToActOnBehalfOfOtherIdentity",
    "altSecurityIdentities",
    "scriptPath",
    "userPrincipalName",
    "sAMAccountName",
];
/// Rights to an object as a whole, with their names in the output.
const OBJECT_POWERS: [(u32, &str); 6] = [
    (right::WRITE_DAC, "change permissions"),
    (right::WRITE_OWNER, "take ownership"),
    (right::DELETE, "delete"),
    (right::CREATE_CHILD, "create objects"),
    (right::DELETE_CHILD, "delete objects"),
    (right::DELETE_TREE, "delete whole trees"),
];

/// Returns a row for each kind of excess right, or one that says that there are none.
pub(super) async fn rows(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
) -> Vec<Finding> {
    const WHAT: &str = "excess rights";
    match excess_rows(session, service, required).await {
        Ok(rows) if rows.is_empty() => {
            vec![Finding::good(
                SECTION,
                WHAT,
                "none seen: on accounts, on the base DN, around it, on the domain",
            )]
        }
        Ok(mut rows) => {
            match direct_grants_row(session, service, required).await {
                Ok(row) => rows.extend(row),
                Err(failure) => rows.push(Finding::warning(SECTION, WHAT, failure.to_string())),
            }
            rows
        }
        Err(failure) => vec![Finding::warning(SECTION, WHAT, format!("cannot be determined: {failure}"))],
    }
}

fn excess(part: &str, detail: String) -> Finding {
    Finding::warning(SECTION, format!("excess rights: {part}"), detail)
}

async fn excess_rows(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
) -> Result<Vec<Finding>, LdapFailure> {
    let mut rows = service_account_rows(session, service).await?;
    let ordinary = format!("(&{USER_ACCOUNT}(!(adminCount=1)))");
    let accounts = sample(session, &required.base, Scope::Subtree, &ordinary, SAMPLE_SIZE).await?;
    rows.extend(accounts_row(session, service, required, &accounts).await);
    rows.extend(base_row(session, service, required).await?);
    let administrative =
        format!("(&{USER_ACCOUNT}(|(adminCount=1){}))", session.info.protected_member_filter());
    let root = session.info.root.clone();
    let privileged = sample(session, &root, Scope::Subtree, &administrative, SAMPLE_SIZE).await?;
    let advice =
        "the product refuses to, its service account could: keep privileged accounts out of the base DN";
    rows.extend(resettable_row(session, service, "privileged accounts", &privileged, advice).await);
    let outside = outside_base::accounts(session, required).await?;
    let advice = "delegate at the base DN only";
    rows.extend(resettable_row(session, service, "outside the base DN", &outside, advice).await);
    rows.extend(domain_row(session, service).await?);
    Ok(rows)
}

async fn service_account_rows(
    session: &mut Session,
    service: &ServiceAccount,
) -> Result<Vec<Finding>, LdapFailure> {
    let mut rows = Vec::new();
    if service.is_privileged(session).await? {
        let advice = "is or was in a protected group (adminCount, or direct or nested membership): remove it, and \
                    delegate what is needed";
        rows.push(excess("the service account", format!("{} {advice}", service.dn)));
    }
    if service.is_resettable(session).await? {
        let advice = "is below the base DN, so the web page can reset its password: move it out";
        rows.push(excess("the service account", format!("{} {advice}", service.dn)));
    }
    Ok(rows)
}

async fn accounts_row(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
    accounts: &[Sample],
) -> Option<Finding> {
    let attributes: BTreeSet<&str> = accounts
        .iter()
        .flat_map(|account| &account.writable)
        .map(String::as_str)
        .filter(|attribute| !required.includes_write(attribute))
        .collect();
    let mut grants = BTreeMap::new();
    for account in accounts {
        let Some(permissions) = &account.permissions else { continue };
        collect_powers(permissions, service, &mut grants);
        if let Some(sid) = permissions.grants(&service.sids, right::CONTROL_ACCESS, &[]) {
            grants.insert("use every extended right (and read what is confidential)", sid);
        }
    }
    let written = write_summary(&attributes, &required.sources);
    if grants.is_empty() && written.is_none() {
        return None;
    }
    let powers = powers_by_source(session, service, &grants).await;
    let all: Vec<String> = written.into_iter().chain(powers).collect();
    Some(excess("accounts", format!("it may {}", all.join("; "))))
}

/// Lists the writable attributes that are not required, configured sources and takeover attributes first.
fn write_summary(attributes: &BTreeSet<&str>, sources: &[String]) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let weight = |name: &str| {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        (!sources.iter().any(|source| is(source)), !TAKEOVER_ATTRIBUTES.into_iter().any(is))
    };
    let mut sorted: Vec<&str> = attributes.iter().copied().collect();
    sorted.sort_by_key(|name| weight(name));
    let more = sorted.len().saturating_sub(MAX_NAMED);
    let named: Vec<&str> = sorted.into_iter().take(MAX_NAMED).collect();
    let rest = if more > 0 { format!(" and {more} more attributes") } else { String::new() };
    Some(format!("write {}{rest}", named.join(", ")))
}

fn collect_powers(
    permissions: &Descriptor,
    service: &ServiceAccount,
    grants: &mut BTreeMap<&'static str, Sid>,
) {
    for (power, power_name) in OBJECT_POWERS {
        if let Some(sid) = permissions.grants(&service.sids, power, &[]) {
            grants.insert(power_name, sid);
        }
    }
}

async fn powers_by_source(
    session: &mut Session,
    service: &ServiceAccount,
    grants: &BTreeMap<&str, Sid>,
) -> Vec<String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (power_name, sid) in grants {
        all.entry(service.grant_source(session, sid).await).or_default().push(power_name);
    }
    all.into_iter().map(|(source, powers)| format!("{} ({source})", powers.join(", "))).collect()
}

/// Rights on the base DN itself: an object created or a policy linked there affects every account below it.
async fn base_row(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
) -> Result<Option<Finding>, LdapFailure> {
    let names = ["allowedChildClassesEffective"];
    let shown = session.connection.read_entry(&required.base, ANY_ENTRY, &names).await?;
    let classes = shown.map_or(0, |entry| entry.texts("allowedChildClassesEffective").len());
    let base = sample(session, &required.base, Scope::Base, ANY_ENTRY, 0).await?.into_iter().next();
    let mut grants = BTreeMap::new();
    let mut all = Vec::new();
    if let Some(base) = &base {
        if let Some(permissions) = &base.permissions {
            collect_powers(permissions, service, &mut grants);
        }
        let attributes = base.writable.iter().map(String::as_str).collect();
        all.extend(write_summary(&attributes, &[]));
    }
    if classes > 0 && !grants.contains_key("create objects") {
        all.push(format!("create objects (kinds: {classes})"));
    }
    all.extend(powers_by_source(session, service, &grants).await);
    Ok((!all.is_empty())
        .then(|| excess("base DN", format!("it may, at {}, {}", required.base, all.join("; ")))))
}

/// Accounts whose password the service account should not be able to reset.
async fn resettable_row(
    session: &mut Session,
    service: &ServiceAccount,
    part: &str,
    accounts: &[Sample],
    advice: &str,
) -> Option<Finding> {
    let others = accounts.iter().filter(|account| !account.dn.eq_ignore_ascii_case(&service.dn));
    let mut dns = Vec::new();
    let mut granted_by = None;
    for account in others {
        if let RightState::Granted(sid) = account.reset_right(service) {
            dns.push(account.dn.as_str());
            granted_by = granted_by.or(Some(sid));
        }
    }
    let source = service.grant_source(session, &granted_by?).await;
    let more = dns.len().saturating_sub(MAX_NAMED);
    dns.truncate(MAX_NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(excess(part, format!("it may reset {}{rest} ({source}): {advice}", dns.join(" · "))))
}

async fn domain_row(session: &mut Session, service: &ServiceAccount) -> Result<Option<Finding>, LdapFailure> {
    let root = session.info.root.clone();
    let domain_entry = sample(session, &root, Scope::Base, ANY_ENTRY, 0).await?;
    let Some(permissions) = domain_entry.into_iter().next().and_then(|domain_entry| domain_entry.permissions)
    else {
        return Ok(None);
    };
    let mut grants = BTreeMap::new();
    collect_powers(&permissions, service, &mut grants);
    if let Some(sid) = permissions.grants(&service.sids, right::CONTROL_ACCESS, &[REPLICATE_SECRETS]) {
        grants.insert("replicate every password's hash", sid);
    }
    let all = powers_by_source(session, service, &grants).await;
    Ok((!all.is_empty()).then(|| excess("domain", format!("it may, at {root}, {}", all.join("; ")))))
}

/// Reports entries that grant the service account itself more than required, on the base DN or above it, with the
/// commands that remove them.
async fn direct_grants_row(
    session: &mut Session,
    service: &ServiceAccount,
    required: &RequiredRights,
) -> Result<Option<Finding>, LdapFailure> {
    let (mut descriptions, mut remediation, mut samba) = (Vec::new(), Vec::new(), Vec::new());
    for dn in [required.base.as_str()]
        .into_iter()
        .chain(outside_base::ancestors(&required.base, &session.info.root.clone()))
    {
        let target = sample(session, dn, Scope::Base, ANY_ENTRY, 0).await?.into_iter().next();
        let Some(permissions) = target.and_then(|target| target.permissions) else { continue };
        let at_base = dn == required.base;
        let more: Vec<String> = permissions
            .explicit_entries(&service.sid)
            .filter(|ace| ace.allows && !(at_base && is_required_entry(ace, required)))
            .map(Ace::sddl)
            .collect();
        if more.is_empty() {
            continue;
        }
        remediation.push(format!("dsacls {} /R {}", quote(dn), quote(&service.name)));
        if at_base {
            let windows =
                required.all_commands(service).into_iter().filter(|line| line.starts_with("dsacls"));
            remediation.extend(windows);
        }
        samba.extend(
            more.iter()
                .map(|entry| format!("samba-tool dsacl delete --objectdn={} --sddl='{entry}'", quote(dn))),
        );
        descriptions.push(format!("at {dn}: {}", more.join(" ")));
    }
    remediation.extend(samba);
    let row = excess("entries", format!("given to the service account itself {}", descriptions.join("; ")));
    Ok((!descriptions.is_empty()).then(|| row.with_remediation(remediation)))
}

fn is_required_entry(ace: &Ace, required: &RequiredRights) -> bool {
    const READ_RIGHTS: u32 = right::READ_PROPERTY | right::LIST_CHILDREN | right::READ_CONTROL | 0x80;
    let beyond = ace.mask & !READ_RIGHTS;
    let Some(object_type) = ace.object_type else { return beyond == 0 };
    let written = [LOCKOUT_TIME, PWD_LAST_SET].into_iter().chain(required.mobile.as_deref());
    let is_written =
        written.into_iter().any(|attribute| required.object_types(attribute).first() == Some(&object_type));
    beyond == 0
        || (beyond == right::CONTROL_ACCESS && object_type == RESET_PASSWORD)
        || (beyond == right::WRITE_PROPERTY && is_written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_takeover_attributes_are_named_first() {
        let all = BTreeSet::from(["a", "b", "c", "d", "e", "f", "userAccountControl", "zip"]);
        let summary = write_summary(&all, &["zip".to_owned()]).unwrap();
        assert_eq!(summary, "write zip, userAccountControl, a, b, c, d and 2 more attributes");
        assert_eq!(write_summary(&BTreeSet::new(), &[]), None);
    }
}
