//! Information that a connection reads after the bind: server capabilities, naming context and the configured groups.

use super::super::connection::{self, ANY_ENTRY, Connection};
use super::super::entry::Entry;
use super::super::failure::LdapFailure;
use super::super::pool;
use super::super::server;
use super::context::GROUP;
use async_trait::async_trait;
use ldap3::ldap_escape;
use std::sync::Arc;

/// Filter for employees; service accounts are not persons.
pub(super) const PERSON: &str = "(objectClass=person)";
/// Password policy request and response control (draft-behera-ldap-password-policy, 6).
pub(super) const PASSWORD_POLICY_CONTROL: &str = "1.3.6.1.4.1.42.2.27.8.5.1";
/// Assertion control: makes a write conditional (RFC 4528).
const ASSERTION: &str = "1.3.6.1.1.12";
/// Password modify operation (RFC 3062).
const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
/// Attributes that determine the state of an account. An unreadable attribute looks like a missing one.
const STATE_ATTRIBUTES: [&str; 5] =
    ["entryUUID", "pwdAccountLockedTime", "pwdFailureTime", "pwdChangedTime", "pwdPolicySubentry"];
/// Maximum number of group members that are checked for `memberOf`.
const MAX_MEMBERS_CHECKED: usize = 20;

/// Information about the server and the configured groups, read when a connection opens. DNs are spelt as the server
/// spells them, in lower case.
#[derive(Debug)]
pub(super) struct SlapdInfo {
    /// The naming context, below which policies and groups are searched: `dc=pantein,dc=grp`.
    pub(super) root: String,
    /// `,ou=staff,dc=pantein,dc=grp`: the suffix of the DNs of employees.
    pub(super) base_suffix: String,
    /// Groups whose members may not use the reset.
    pub(super) protected: Vec<String>,
    /// Groups whose members have high impact.
    pub(super) high_impact: Vec<String>,
    /// Groups whose members may use the reset; empty means all accounts.
    pub(super) allowed: Vec<String>,
    /// Subtrees whose accounts may not use the reset: `,ou=board,ou=staff,…`.
    pub(super) excluded: Vec<String>,
    /// Policy of accounts without their own, if configured.
    pub(super) default_policy: Option<String>,
}

/// Connection pool of slapd servers.
pub(super) type Pool = pool::Pool<SlapdInfo>;
pub(super) type Server = Arc<server::Server<SlapdInfo>>;
pub(super) type Session = connection::Session<SlapdInfo>;

impl SlapdInfo {
    /// Whether eligibility or high impact depends on groups.
    pub(super) fn uses_groups(&self) -> bool {
        self.groups().next().is_some()
    }

    /// The configured groups.
    fn groups(&self) -> impl Iterator<Item = &String> {
        self.protected.iter().chain(&self.high_impact).chain(&self.allowed)
    }
}

#[async_trait]
impl connection::DirectoryInfo for SlapdInfo {
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure> {
        let config = Arc::clone(&connection.config);
        let attributes = ["namingContexts", "supportedControl", "supportedExtension"];
        let root_dse = connection.read_entry("", ANY_ENTRY, &attributes).await?;
        let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
        for (kind, oid, what) in [
            ("supportedControl", PASSWORD_POLICY_CONTROL, "the ppolicy overlay"),
            ("supportedControl", ASSERTION, "the assertion control (RFC 4528)"),
            ("supportedExtension", PASSWORD_MODIFY, "the password modify operation (RFC 3062)"),
        ] {
            if !root_dse.texts(kind).contains(&oid) {
                return Err(LdapFailure::Unusable(format!("it does not have {what}")));
            }
        }
        let base = canonical_dn(connection, &config.base_dn).await?;
        let contexts = root_dse.texts("namingContexts").into_iter().map(str::to_lowercase);
        let root = contexts.filter(|context| is_at_or_below(&base, context)).max_by_key(String::len);
        let root = root.ok_or_else(|| LdapFailure::Unusable(format!("{base} is in no naming context")))?;
        let mut info = Self {
            root,
            base_suffix: format!(",{base}"),
            protected: canonical_dns(connection, &config.protected_groups).await?,
            high_impact: canonical_dns(connection, &config.high_impact_groups).await?,
            allowed: canonical_dns(connection, &config.allowed_groups).await?,
            excluded: canonical_dns(connection, &config.excluded).await?,
            default_policy: None,
        };
        info.excluded.iter_mut().for_each(|suffix| suffix.insert(0, ','));
        if let Some(dn) = &config.default_policy {
            info.default_policy = Some(canonical_dn(connection, dn).await?);
        }
        for group in info.groups() {
            check_members_show_group(connection, &info.root, group).await?;
        }
        check_state_readable(connection, info.uses_groups()).await?;
        Ok(info)
    }
}

fn is_at_or_below(dn: &str, root: &str) -> bool {
    dn == root || dn.ends_with(&format!(",{root}"))
}

/// Returns the DN as the server spells it. A DN that does not exist is an error: a misspelt group has no members, so
/// its members would not be protected, or no account would be allowed.
async fn canonical_dn(connection: &mut Connection, dn: &str) -> Result<String, LdapFailure> {
    let entry = connection.read_entry(dn, ANY_ENTRY, &["1.1"]).await?;
    let entry = entry.ok_or_else(|| {
        LdapFailure::Unusable(format!("an entry in the settings does not exist, or cannot be read: {dn}"))
    })?;
    Ok(entry.dn.to_lowercase())
}

pub(super) async fn canonical_dns(
    connection: &mut Connection,
    names: &[String],
) -> Result<Vec<String>, LdapFailure> {
    let mut all = Vec::new();
    for dn in names {
        all.push(canonical_dn(connection, dn).await?);
    }
    Ok(all)
}

/// Fails if members do not show their group. Without the overlay memberof (or dynlist) no account shows one, and
/// every account would look eligible.
async fn check_members_show_group(
    connection: &mut Connection,
    root: &str,
    group: &str,
) -> Result<(), LdapFailure> {
    let filter = format!("(memberOf={})", ldap_escape(group));
    if probe(connection, root, &filter).await?.is_some() {
        return Ok(());
    }
    let Some(entry) = connection.read_entry(group, GROUP, &["member", "uniqueMember"]).await? else {
        // E.g. a posixGroup, whose members are only names: it would silently protect or allow no account.
        return Err(LdapFailure::Unusable(format!(
            "{group} is no groupOfNames, groupOfUniqueNames, groupOfMembers or groupOfURLs, so that no account shows it"
        )));
    };
    let members = [entry.texts("member"), entry.texts("uniqueMember")].concat();
    for member in members.into_iter().take(MAX_MEMBERS_CHECKED) {
        if connection.read_entry(member, ANY_ENTRY, &["1.1"]).await?.is_some() {
            return Err(LdapFailure::Unusable(format!(
                "{member} is in {group} and shows no memberOf: the overlay memberof is not on, was not when it was \
                 added, or the service account may not read it"
            )));
        }
    }
    Ok(())
}

/// Returns any matching entry. A refused search makes this server unusable, so that the next one is queried.
async fn probe(connection: &mut Connection, base: &str, filter: &str) -> Result<Option<Entry>, LdapFailure> {
    match connection.find_any(base, filter, &["1.1"]).await {
        Err(LdapFailure::Answer { code, diagnostic, .. }) => {
            Err(LdapFailure::Unusable(format!("the search {filter} was refused with {code}: {diagnostic}")))
        }
        other => other,
    }
}

/// Filter that matches all accounts if the attribute is readable and none if it is not: slapd evaluates both presence
/// and absence of an unreadable attribute as undefined.
pub(super) fn readable_filter(attribute: &str) -> String {
    format!("(|({attribute}=*)(!({attribute}=*)))")
}

/// Fails if state attributes are unreadable. A disabled account would otherwise look eligible, and a reset would
/// enable it.
async fn check_state_readable(connection: &mut Connection, uses_groups: bool) -> Result<(), LdapFailure> {
    let base = connection.config.base_dn.clone();
    if probe(connection, &base, PERSON).await?.is_none() {
        return Ok(());
    }
    let attributes = STATE_ATTRIBUTES.into_iter().chain(uses_groups.then_some("memberOf"));
    for attribute in attributes {
        let filter = format!("(&{PERSON}{})", readable_filter(attribute));
        if probe(connection, &base, &filter).await?.is_none() {
            return Err(LdapFailure::Unusable(format!(
                "no account shows {attribute}: let the service account read it, and check that its overlay is on"
            )));
        }
    }
    Ok(())
}
