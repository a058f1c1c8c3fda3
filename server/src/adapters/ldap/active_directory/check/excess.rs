//! What the service account may do beyond what the product needs: whoever gets hold of its password gets that too.
//! Only what matters, and only as far as it is seen in the accounts looked at.

use super::super::super::connection::LdapFailure;
use super::super::super::sid::Sid;
use super::super::Session;
use super::super::account::USER_ACCOUNT;
use super::super::security_descriptor::{Ace, Descriptor, right};
use super::domain;
use super::required_right::{LAST_SET, Need, RESET, UNLOCK, quoted};
use super::rights::{Held, Sample};
use super::service::Service;
use super::{ANY, PART};
use crate::ports::health_finding::Finding;
use ldap3::Scope;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SAMPLE: i32 = 20;
/// Named at most; the rest is counted.
const NAMED: usize = 6;
/// DS-Replication-Get-Changes-All: reads every password's hash in the domain.
const REPLICATE_SECRETS: Uuid = Uuid::from_u128(0x1131_f6ad_9c07_11d1_f79f_00c0_4fc2_dcd2);
/// With any of these an account is taken over, or its rights are widened, without a reset; a linked group policy does
/// so to everybody below.
const DANGEROUS: [&str; 9] = [
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
/// What lies in an object itself, in words.
const POWERS: [(u32, &str); 6] = [
    (right::WRITE_DAC, "change permissions"),
    (right::WRITE_OWNER, "take ownership"),
    (right::DELETE, "delete"),
    (right::CREATE_CHILD, "create objects"),
    (right::DELETE_CHILD, "delete objects"),
    (right::DELETE_TREE, "delete whole trees"),
];

/// A row for each kind of excess, or one that says that there is none.
pub(super) async fn rows(session: &mut Session, service: &Service, need: &Need) -> Vec<Finding> {
    const WHAT: &str = "excess rights";
    match found(session, service, need).await {
        Ok(rows) if rows.is_empty() => {
            vec![Finding::good(
                PART,
                WHAT,
                "none seen: on accounts, on the base DN, around it, on the domain",
            )]
        }
        Ok(mut rows) => {
            match given(session, service, need).await {
                Ok(given) => rows.extend(given),
                Err(trouble) => rows.push(Finding::warning(PART, WHAT, trouble.to_string())),
            }
            rows
        }
        Err(trouble) => vec![Finding::warning(PART, WHAT, format!("cannot be told: {trouble}"))],
    }
}

fn excess(part: &str, detail: String) -> Finding {
    Finding::warning(PART, format!("excess rights: {part}"), detail)
}

async fn found(session: &mut Session, service: &Service, need: &Need) -> Result<Vec<Finding>, LdapFailure> {
    let mut rows = own_rank(session, service).await?;
    let ordinary = format!("(&{USER_ACCOUNT}(!(adminCount=1)))");
    let accounts = sample(session, &need.base, Scope::Subtree, &ordinary, SAMPLE).await?;
    rows.extend(on_accounts(session, service, need, &accounts).await);
    rows.extend(on_base(session, service, need).await?);
    let administrative = format!("(&{USER_ACCOUNT}(|(adminCount=1){}))", session.realm.in_protected_group());
    let root = session.realm.root.clone();
    let privileged = sample(session, &root, Scope::Subtree, &administrative, SAMPLE).await?;
    let advice =
        "the product refuses to, its service account could: keep privileged accounts out of the base DN";
    rows.extend(resets(session, service, "privileged accounts", &privileged, advice).await);
    let outside = domain::accounts(session, need).await?;
    let advice = "delegate at the base DN only";
    rows.extend(resets(session, service, "outside the base DN", &outside, advice).await);
    rows.extend(on_domain(session, service).await?);
    Ok(rows)
}

/// Some objects that the filter takes, with what is told of our rights to them.
pub(super) async fn sample(
    session: &mut Session,
    base: &str,
    scope: Scope,
    filter: &str,
    most: i32,
) -> Result<Vec<Sample>, LdapFailure> {
    let some = session.connection.some(base, scope, filter, &Sample::ATTRIBUTES, most).await?;
    Ok(some.into_iter().map(Sample::of).collect())
}

async fn own_rank(session: &mut Session, service: &Service) -> Result<Vec<Finding>, LdapFailure> {
    let mut rows = Vec::new();
    if service.is_privileged(session).await? {
        let told = "is or was in a protected group (adminCount, or a membership, nested ones too): take it out, and \
                    delegate what is needed";
        rows.push(excess("the service account", format!("{} {told}", service.dn)));
    }
    if service.is_staff(session).await? {
        let told = "stands under the base DN, among those who may be reset over the web page: move it away";
        rows.push(excess("the service account", format!("{} {told}", service.dn)));
    }
    Ok(rows)
}

async fn on_accounts(
    session: &mut Session,
    service: &Service,
    need: &Need,
    accounts: &[Sample],
) -> Option<Finding> {
    let attributes: BTreeSet<&str> = accounts
        .iter()
        .flat_map(|account| &account.writable)
        .map(String::as_str)
        .filter(|attribute| !need.writes(attribute))
        .collect();
    let mut by = BTreeMap::new();
    for account in accounts {
        let Some(permissions) = &account.permissions else { continue };
        collect(permissions, service, &mut by);
        if let Some(sid) = permissions.grants(&service.sids, right::CONTROL_ACCESS, &[]) {
            by.insert("use every extended right (and read what is confidential)", sid);
        }
    }
    let written = told(&attributes, &need.sources);
    if by.is_empty() && written.is_none() {
        return None;
    }
    let powers = with_sources(session, service, &by).await;
    let all: Vec<String> = written.into_iter().chain(powers).collect();
    Some(excess("accounts", format!("it may {}", all.join("; "))))
}

/// What may be written beyond need, the dangerous first.
fn told(attributes: &BTreeSet<&str>, sources: &[String]) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let weight = |name: &str| {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        (!sources.iter().any(|source| is(source)), !DANGEROUS.into_iter().any(is))
    };
    let mut sorted: Vec<&str> = attributes.iter().copied().collect();
    sorted.sort_by_key(|name| weight(name));
    let more = sorted.len().saturating_sub(NAMED);
    let named: Vec<&str> = sorted.into_iter().take(NAMED).collect();
    let rest = if more > 0 { format!(" and {more} more attributes") } else { String::new() };
    Some(format!("write {}{rest}", named.join(", ")))
}

fn collect(permissions: &Descriptor, service: &Service, by: &mut BTreeMap<&'static str, Sid>) {
    for (power, words) in POWERS {
        if let Some(sid) = permissions.grants(&service.sids, power, &[]) {
            by.insert(words, sid);
        }
    }
}

async fn with_sources(session: &mut Session, service: &Service, by: &BTreeMap<&str, Sid>) -> Vec<String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (words, sid) in by {
        all.entry(service.named(session, sid).await).or_default().push(words);
    }
    all.into_iter().map(|(source, words)| format!("{} ({source})", words.join(", "))).collect()
}

/// At the organisational unit itself: what can be made or linked there reaches everybody below.
async fn on_base(
    session: &mut Session,
    service: &Service,
    need: &Need,
) -> Result<Option<Finding>, LdapFailure> {
    let asked = ["allowedChildClassesEffective"];
    let shown = session.connection.one(&need.base, ANY, &asked).await?;
    let classes = shown.map_or(0, |entry| entry.texts("allowedChildClassesEffective").len());
    let base = sample(session, &need.base, Scope::Base, ANY, 0).await?.into_iter().next();
    let mut by = BTreeMap::new();
    let mut all = Vec::new();
    if let Some(base) = &base {
        if let Some(permissions) = &base.permissions {
            collect(permissions, service, &mut by);
        }
        let attributes = base.writable.iter().map(String::as_str).collect();
        all.extend(told(&attributes, &[]));
    }
    if classes > 0 && !by.contains_key("create objects") {
        all.push(format!("create objects (kinds: {classes})"));
    }
    all.extend(with_sources(session, service, &by).await);
    Ok((!all.is_empty()).then(|| excess("base DN", format!("it may, at {}, {}", need.base, all.join("; ")))))
}

/// Accounts whose passwords it should not be able to set.
async fn resets(
    session: &mut Session,
    service: &Service,
    part: &str,
    accounts: &[Sample],
    advice: &str,
) -> Option<Finding> {
    let others = accounts.iter().filter(|account| !account.dn.eq_ignore_ascii_case(&service.dn));
    let mut dns = Vec::new();
    let mut by = None;
    for account in others {
        if let Held::By(sid) = account.resets(service) {
            dns.push(account.dn.as_str());
            by = by.or(Some(sid));
        }
    }
    let source = service.named(session, &by?).await;
    let more = dns.len().saturating_sub(NAMED);
    dns.truncate(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    Some(excess(part, format!("it may reset {}{rest} ({source}): {advice}", dns.join(" · "))))
}

async fn on_domain(session: &mut Session, service: &Service) -> Result<Option<Finding>, LdapFailure> {
    let root = session.realm.root.clone();
    let head = sample(session, &root, Scope::Base, ANY, 0).await?;
    let Some(permissions) = head.into_iter().next().and_then(|head| head.permissions) else {
        return Ok(None);
    };
    let mut by = BTreeMap::new();
    collect(&permissions, service, &mut by);
    if let Some(sid) = permissions.grants(&service.sids, right::CONTROL_ACCESS, &[REPLICATE_SECRETS]) {
        by.insert("replicate every password's hash", sid);
    }
    let all = with_sources(session, service, &by).await;
    Ok((!all.is_empty()).then(|| excess("domain", format!("it may, at {root}, {}", all.join("; ")))))
}

/// Where more than is needed was given to the service account itself, at the base DN or above it, and the lines that
/// take it back.
async fn given(
    session: &mut Session,
    service: &Service,
    need: &Need,
) -> Result<Option<Finding>, LdapFailure> {
    let (mut told, mut remediation, mut samba) = (Vec::new(), Vec::new(), Vec::new());
    for dn in [need.base.as_str()].into_iter().chain(domain::above(&need.base, &session.realm.root.clone())) {
        let own = sample(session, dn, Scope::Base, ANY, 0).await?.into_iter().next();
        let Some(permissions) = own.and_then(|own| own.permissions) else { continue };
        let at_base = dn == need.base;
        let more: Vec<String> = permissions
            .own_entries(&service.sid)
            .filter(|ace| ace.allows && !(at_base && is_needed(ace, need)))
            .map(Ace::sddl)
            .collect();
        if more.is_empty() {
            continue;
        }
        remediation.push(format!("dsacls {} /R {}", quoted(dn), quoted(&service.name)));
        if at_base {
            let windows = need.give_all(service).into_iter().filter(|line| line.starts_with("dsacls"));
            remediation.extend(windows);
        }
        samba.extend(
            more.iter()
                .map(|one| format!("samba-tool dsacl delete --objectdn={} --sddl='{one}'", quoted(dn))),
        );
        told.push(format!("at {dn}: {}", more.join(" ")));
    }
    remediation.extend(samba);
    let row = excess("entries", format!("given to the service account itself {}", told.join("; ")));
    Ok((!told.is_empty()).then(|| row.with_remediation(remediation)))
}

fn is_needed(ace: &Ace, need: &Need) -> bool {
    const READING: u32 = right::READ_PROPERTY | right::LIST_CHILDREN | right::READ_CONTROL | 0x80;
    let beyond = ace.mask & !READING;
    let Some(about) = ace.about else { return beyond == 0 };
    let written = [UNLOCK, LAST_SET].into_iter().chain(need.mobile.as_deref());
    let is_written = written.into_iter().any(|attribute| need.about(attribute).first() == Some(&about));
    beyond == 0
        || (beyond == right::CONTROL_ACCESS && about == RESET)
        || (beyond == right::WRITE_PROPERTY && is_written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dangerous_or_a_source_is_named_first() {
        let all = BTreeSet::from(["a", "b", "c", "d", "e", "f", "userAccountControl", "zip"]);
        let told = told(&all, &["zip".to_owned()]).unwrap();
        assert_eq!(told, "write zip, userAccountControl, a, b, c, d and 2 more attributes");
        assert_eq!(super::told(&BTreeSet::new(), &[]), None);
    }
}
