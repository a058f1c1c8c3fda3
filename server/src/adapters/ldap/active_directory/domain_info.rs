//! Information about the domain and the server that a connection reads after the bind.

use super::super::connection::{self, ANY_ENTRY, Connection};
use super::super::entry::parse_generalized_time;
use super::super::failure::LdapFailure;
use super::super::pool;
use super::super::server;
use crate::adapters::clock::report_time_of;
use async_trait::async_trait;
use ldap3::{Scope, ldap_escape};
use std::sync::Arc;

/// Policy-hints control: enforces the password history on an administrative reset, which Windows otherwise does not
/// (MS-ADTS 3.1.1.3.4.1.27).
const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";
/// Its value: BER for `SEQUENCE { INTEGER 1 }`, enforce.
pub(super) const ENFORCE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];
/// The same control under the OID of older Windows servers (MS-ADTS 3.1.1.3.4.1.24).
const POLICY_HINTS_OLD: &str = "1.2.840.113556.1.4.2066";
/// Capability that only a read-only controller announces (MS-ADTS 3.1.1.3.4.3.5).
const PARTIAL_SECRETS: &str = "1.2.840.113556.1.4.1920";
/// RIDs of the groups whose members are never reset: names differ per language, RIDs do not (Microsoft Learn,
/// "Protected accounts and groups").
const PROTECTED_BUILTIN: [u32; 6] = [544, 548, 549, 550, 551, 552];
const PROTECTED_IN_DOMAIN: [u32; 8] = [512, 516, 518, 519, 520, 521, 526, 527];

/// Information about the domain and the server. It is read when a connection opens, so a renamed group is found again
/// when the connection is replaced.
#[derive(Debug)]
pub(super) struct DomainInfo {
    /// The domain's naming context: `DC=pantein,DC=grp`.
    pub(super) root: String,
    /// `,OU=Staff,DC=pantein,DC=grp`, as the server spells it: the suffix of the DNs of employees.
    pub(super) base_suffix: String,
    /// Subtrees whose accounts may not use the reset, in the same form and in lower case.
    pub(super) excluded: Vec<String>,
    /// SID of the domain, `S-1-5-21-…`.
    pub(super) sid: String,
    /// The policy-hints control that the server supports.
    pub(super) history_control: Option<&'static str>,
    /// Whether it is a read-only controller, which refers writes to another one.
    pub(super) read_only: bool,
    /// `currentTime` of the rootDSE.
    pub(super) current_time: Option<String>,
    /// The DNs of the protected groups, escaped for a filter.
    pub(super) protected: Vec<String>,
    /// The DNs of the high-impact groups, escaped for a filter.
    pub(super) high_impact: Vec<String>,
    /// Whether the counters of wrong passwords have been seen over this connection.
    pub(super) counters_readable: bool,
}

/// Connection pool of Active Directory servers.
pub(super) type Pool = pool::Pool<DomainInfo>;
pub(super) type Server = Arc<server::Server<DomainInfo>>;
pub(super) type Session = connection::Session<DomainInfo>;

impl DomainInfo {
    /// Filter that matches members of a protected group, direct or nested.
    pub(super) fn protected_member_filter(&self) -> String {
        member_filter(&self.protected)
    }

    /// The SIDs of the well-known protected groups.
    pub(super) fn protected_sids(&self) -> Vec<String> {
        protected_sids(&self.sid).collect()
    }

    /// Filter that matches the protected groups themselves.
    pub(super) fn protected_group_filter(&self) -> String {
        group_filter(&self.protected)
    }
}

/// Filter that matches members of a group, direct or nested. The DNs are escaped.
pub(super) fn member_filter(groups: &[String]) -> String {
    groups.iter().fold(String::new(), |all, dn| all + "(memberOf:1.2.840.113556.1.4.1941:=" + dn + ")")
}

/// Filter that matches these groups themselves. The DNs are escaped.
fn group_filter(groups: &[String]) -> String {
    groups.iter().fold(String::new(), |all, dn| all + "(distinguishedName=" + dn + ")")
}

/// Filter that matches these groups and those nested in them. The DNs are escaped.
pub(super) fn nested_group_filter(groups: &[String]) -> String {
    group_filter(groups) + &member_filter(groups)
}

#[async_trait]
impl connection::DirectoryInfo for DomainInfo {
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure> {
        let attributes = ["defaultNamingContext", "supportedControl", "supportedCapabilities", "currentTime"];
        let root_dse = connection.read_entry("", ANY_ENTRY, &attributes).await?;
        let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
        let current_time = root_dse.text("currentTime").map(ToOwned::to_owned);
        if let Some(time) = current_time.as_deref().and_then(parse_generalized_time) {
            report_time_of("directory", time);
        }
        let root = root_dse.required("defaultNamingContext")?.to_owned();
        let controls = root_dse.texts("supportedControl");
        let history_control =
            [POLICY_HINTS, POLICY_HINTS_OLD].into_iter().find(|known| controls.contains(known));
        if history_control.is_none() && connection.config.require_history {
            return Err(LdapFailure::Unusable(
                "it cannot enforce the password history on a reset, and directory.require_history is on"
                    .to_owned(),
            ));
        }
        let domain_entry = connection.read_entry(&root, ANY_ENTRY, &["objectSid"]).await?;
        let sid = domain_entry.and_then(|domain_entry| domain_entry.sid("objectSid"));
        let sid = sid.ok_or_else(|| LdapFailure::Unusable(format!("{root} shows no objectSid")))?;
        let base = connection.config.base_dn.clone();
        let base_entry = connection.read_entry(&base, ANY_ENTRY, &["1.1"]).await?;
        let base_entry = base_entry
            .ok_or_else(|| LdapFailure::Unusable(format!("there is no {base}, or it cannot be read")))?;
        let base_suffix = format!(",{}", base_entry.dn);
        let excluded = resolve_excluded(connection).await?;
        let protected = protected_groups(connection, &root, &sid).await?;
        let configured = connection.config.high_impact_groups.iter();
        let high_impact = configured.map(|dn| ldap_escape(dn.as_str()).into_owned()).collect();
        let read_only = root_dse.texts("supportedCapabilities").contains(&PARTIAL_SECRETS);
        Ok(Self {
            root,
            base_suffix,
            excluded,
            sid,
            history_control,
            read_only,
            current_time,
            protected,
            high_impact,
            counters_readable: false,
        })
    }
}

fn protected_sids(domain: &str) -> impl Iterator<Item = String> {
    let builtin = PROTECTED_BUILTIN.iter().map(|rid| format!("S-1-5-32-{rid}"));
    builtin.chain(PROTECTED_IN_DOMAIN.iter().map(move |rid| format!("{domain}-{rid}")))
}

/// Returns the excluded subtrees as the server spells them; differences in spacing would otherwise match no account.
/// A subtree that does not exist is an error, because it would exclude no account.
async fn resolve_excluded(connection: &mut Connection) -> Result<Vec<String>, LdapFailure> {
    let config = Arc::clone(&connection.config);
    let mut subtrees = Vec::new();
    for dn in &config.excluded {
        let entry = connection.read_entry(dn, ANY_ENTRY, &["1.1"]).await?;
        let entry = entry.ok_or_else(|| {
            LdapFailure::Unusable(format!("directory.excluded: no such entry, or it cannot be read: {dn}"))
        })?;
        subtrees.push(format!(",{}", entry.dn.to_lowercase()));
    }
    Ok(subtrees)
}

async fn protected_groups(
    connection: &mut Connection,
    root: &str,
    sid: &str,
) -> Result<Vec<String>, LdapFailure> {
    let any_of = protected_sids(sid).fold(String::new(), |all, sid| all + "(objectSid=" + &sid + ")");
    let filter = format!("(|{any_of})");
    let groups = connection.search(root, Scope::Subtree, &filter, &["objectSid"], 0).await?;
    if !groups.iter().any(|group| group.sid("objectSid").as_deref() == Some("S-1-5-32-544")) {
        // Without this group no account would be recognised as privileged.
        return Err(LdapFailure::Unusable("the group Administrators cannot be read".to_owned()));
    }
    let config = Arc::clone(&connection.config);
    let configured = config.protected_groups.iter().chain(&config.high_impact_groups);
    ensure_groups_exist(connection, configured.chain(&config.allowed_groups)).await?;
    let found = groups.into_iter().map(|group| group.dn);
    let all = found.chain(config.protected_groups.iter().cloned());
    Ok(all.map(|dn| ldap_escape(dn).into_owned()).collect())
}

/// A misspelt group has no members: its members would not be protected, or no account would be allowed.
pub(super) async fn ensure_groups_exist(
    connection: &mut Connection,
    groups: impl Iterator<Item = &String> + Send,
) -> Result<(), LdapFailure> {
    for dn in groups {
        if connection.read_entry(dn, "(objectClass=group)", &["1.1"]).await?.is_none() {
            return Err(LdapFailure::Unusable(format!("a group in the settings does not exist: {dn}")));
        }
    }
    Ok(())
}
