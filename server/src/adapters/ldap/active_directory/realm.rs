//! What a connection needs to know of its domain: where it begins, which groups are administrative, whether
//! a reset can be held to the history. Not anything about one account.

use super::super::connection::{self, Connection, LdapFailure};
use async_trait::async_trait;
use ldap3::{Scope, ldap_escape};
use std::sync::Arc;

/// Holds an administrative reset to the password history; without it Windows does not
/// (MS-ADTS 3.1.1.3.4.1.27).
const POLICY_HINTS: &str = "1.2.840.113556.1.4.2239";
/// Its value: BER for `SEQUENCE { INTEGER 1 }`, enforce.
pub(super) const ENFORCE: [u8; 5] = [0x30, 0x03, 0x02, 0x01, 0x01];
/// The same under the number that older Windows servers know (MS-ADTS 3.1.1.3.4.1.24).
const POLICY_HINTS_OLD: &str = "1.2.840.113556.1.4.2066";
/// What only a read-only controller says of itself (MS-ADTS 3.1.1.3.4.3.5).
const PARTIAL_SECRETS: &str = "1.2.840.113556.1.4.1920";
/// Groups whose members are never reset, by the well-known part of their identifier: names differ
/// per language, these do not (Microsoft Learn, "Protected accounts and groups").
const PROTECTED_BUILTIN: [u32; 6] = [544, 548, 549, 550, 551, 552];
const PROTECTED_IN_DOMAIN: [u32; 8] = [512, 516, 518, 519, 520, 521, 526, 527];

/// What a connection needs to know of its domain, read when it opens: a group that is renamed later
/// is found again when the connection is replaced.
#[derive(Debug)]
pub(super) struct Realm {
    /// `DC=pantein,DC=grp`.
    pub(super) root: String,
    /// `,OU=Staff,DC=pantein,DC=grp`, as the server spells it: what the DN of an employee ends with.
    pub(super) staff: String,
    /// The parts whose accounts may not use the reset, in the same form and in lower case.
    pub(super) excluded: Vec<String>,
    /// The identifier of the domain, `S-1-5-21-…`.
    pub(super) sid: String,
    /// The policy-hints control that the server has.
    pub(super) history_control: Option<&'static str>,
    /// A controller that is sent writes and refers them elsewhere.
    pub(super) read_only: bool,
    /// `currentTime` of the rootDSE.
    pub(super) time: Option<String>,
    /// The DNs of the protected groups, ready for a filter.
    pub(super) protected: Vec<String>,
    /// Whether it has been seen here that the counters of wrong passwords can be read.
    pub(super) shows_counters: bool,
}

impl Realm {
    /// True of whatever is in a protected group, directly or nested.
    pub(super) fn in_protected_group(&self) -> String {
        self.protected
            .iter()
            .fold(String::new(), |all, dn| all + "(memberOf:1.2.840.113556.1.4.1941:=" + dn + ")")
    }

    /// The identifiers of the well-known protected groups, written out.
    pub(super) fn protected_sids(&self) -> Vec<String> {
        protected_sids(&self.sid).collect()
    }

    /// True of whatever is a protected group.
    pub(super) fn is_protected_group(&self) -> String {
        self.protected.iter().fold(String::new(), |all, dn| all + "(distinguishedName=" + dn + ")")
    }
}

#[async_trait]
impl connection::Realm for Realm {
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure> {
        let attributes = ["defaultNamingContext", "supportedControl", "supportedCapabilities", "currentTime"];
        let root_dse = connection.one("", "(objectClass=*)", &attributes).await?;
        let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
        let root = root_dse.required("defaultNamingContext")?.to_owned();
        let controls = root_dse.texts("supportedControl");
        let history_control =
            [POLICY_HINTS, POLICY_HINTS_OLD].into_iter().find(|known| controls.contains(known));
        if history_control.is_none() && connection.config.require_history {
            return Err(LdapFailure::Unusable(
                "it cannot hold a reset to the password history, and directory.require_history is on"
                    .to_owned(),
            ));
        }
        let head = connection.one(&root, "(objectClass=*)", &["objectSid"]).await?;
        let sid = head.and_then(|head| head.sid("objectSid"));
        let sid = sid.ok_or_else(|| LdapFailure::Unusable(format!("{root} shows no objectSid")))?;
        let base = connection.config.base_dn.clone();
        let staff = connection.one(&base, "(objectClass=*)", &["1.1"]).await?;
        let staff = staff
            .ok_or_else(|| LdapFailure::Unusable(format!("there is no {base}, or it cannot be read")))?;
        let staff = format!(",{}", staff.dn);
        let excluded = excluded(connection).await?;
        let protected = protected_groups(connection, &root, &sid).await?;
        let read_only = root_dse.texts("supportedCapabilities").contains(&PARTIAL_SECRETS);
        let time = root_dse.text("currentTime").map(ToOwned::to_owned);
        Ok(Self {
            root,
            staff,
            excluded,
            sid,
            history_control,
            read_only,
            time,
            protected,
            shows_counters: false,
        })
    }
}

fn protected_sids(domain: &str) -> impl Iterator<Item = String> {
    let builtin = PROTECTED_BUILTIN.iter().map(|rid| format!("S-1-5-32-{rid}"));
    builtin.chain(PROTECTED_IN_DOMAIN.iter().map(move |rid| format!("{domain}-{rid}")))
}

/// As the server spells them: an operator's spaces would match nobody. One that is not there excludes nobody, and
/// is an error.
async fn excluded(connection: &mut Connection) -> Result<Vec<String>, LdapFailure> {
    let config = Arc::clone(&connection.config);
    let mut parts = Vec::new();
    for dn in &config.excluded {
        let part = connection.one(dn, "(objectClass=*)", &["1.1"]).await?;
        let part = part.ok_or_else(|| {
            LdapFailure::Unusable(format!("the settings exclude what is not there, or cannot be read: {dn}"))
        })?;
        parts.push(format!(",{}", part.dn.to_lowercase()));
    }
    Ok(parts)
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
        // Without it nobody would look privileged.
        return Err(LdapFailure::Unusable("the group Administrators cannot be read".to_owned()));
    }
    let config = Arc::clone(&connection.config);
    for dn in config.protected_groups.iter().chain(&config.allowed_groups) {
        // A misspelt one has no members: who is in it would pass, or nobody would.
        if connection.one(dn, "(objectClass=group)", &["1.1"]).await?.is_none() {
            return Err(LdapFailure::Unusable(format!("the settings name a group that is not there: {dn}")));
        }
    }
    let found = groups.into_iter().map(|group| group.dn);
    let all = found.chain(config.protected_groups.iter().cloned());
    Ok(all.map(|dn| ldap_escape(dn).into_owned()).collect())
}
