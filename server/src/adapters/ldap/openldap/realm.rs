//! What a connection needs to know of its directory: that it can do what is asked of it, where it begins, and the
//! groups of the settings as it spells them. Not anything about one account.

use super::super::connection::{self, Connection, LdapFailure};
use super::account::PERSON;
use super::outcome::PASSWORD_POLICY;
use async_trait::async_trait;
use ldap3::ldap_escape;
use std::sync::Arc;

const ANY: &str = "(objectClass=*)";
/// The conditions that a write carries (RFC 4528).
const ASSERTION: &str = "1.3.6.1.1.12";
/// The operation that sets a password (RFC 3062).
const PASSWORD_MODIFY: &str = "1.3.6.1.4.1.4203.1.11.1";
/// What tells how an account stands. One that may not be read looks like one that is not there.
const STATE: [&str; 5] =
    ["entryUUID", "pwdAccountLockedTime", "pwdFailureTime", "pwdChangedTime", "pwdPolicySubentry"];
/// Members of a group that are looked at to see whether they show their group.
const SOME: usize = 20;

/// What a connection needs to know of its directory, read when it opens. DNs are in lower case, spelt as the
/// server does otherwise.
#[derive(Debug)]
pub(super) struct Realm {
    /// `dc=pantein,dc=grp`: where policies and groups are looked for.
    pub(super) root: String,
    /// `,ou=staff,dc=pantein,dc=grp`: what the DN of an employee ends with.
    pub(super) staff: String,
    /// Groups whose members may not use the reset.
    pub(super) protected: Vec<String>,
    /// Groups whose members may, where not everybody may.
    pub(super) allowed: Vec<String>,
    /// `,ou=board,ou=staff,…`: parts whose accounts may not.
    pub(super) excluded: Vec<String>,
    /// The policy of whoever has none of their own, where the settings tell.
    pub(super) default_policy: Option<String>,
}

impl Realm {
    /// Whether anything depends on groups.
    pub(super) fn asks_for_groups(&self) -> bool {
        !self.protected.is_empty() || !self.allowed.is_empty()
    }
}

#[async_trait]
impl connection::Realm for Realm {
    async fn read(connection: &mut Connection) -> Result<Self, LdapFailure> {
        let config = Arc::clone(&connection.config);
        let attributes = ["namingContexts", "supportedControl", "supportedExtension"];
        let root_dse = connection.one("", ANY, &attributes).await?;
        let root_dse = root_dse.ok_or_else(|| LdapFailure::Unusable("there is no rootDSE".to_owned()))?;
        for (kind, oid, what) in [
            ("supportedControl", PASSWORD_POLICY, "the ppolicy overlay"),
            ("supportedControl", ASSERTION, "the assertion control (RFC 4528)"),
            ("supportedExtension", PASSWORD_MODIFY, "the password modify operation (RFC 3062)"),
        ] {
            if !root_dse.texts(kind).contains(&oid) {
                return Err(LdapFailure::Unusable(format!("it does not have {what}")));
            }
        }
        let staff = spelt(connection, &config.base_dn).await?;
        let contexts = root_dse.texts("namingContexts").into_iter().map(str::to_lowercase);
        let root = contexts.filter(|root| is_at_or_below(&staff, root)).max_by_key(String::len);
        let root = root.ok_or_else(|| LdapFailure::Unusable(format!("{staff} is in no naming context")))?;
        let mut realm = Self {
            root,
            staff: format!(",{staff}"),
            protected: all_spelt(connection, &config.protected_groups).await?,
            allowed: all_spelt(connection, &config.allowed_groups).await?,
            excluded: all_spelt(connection, &config.excluded).await?,
            default_policy: None,
        };
        realm.excluded.iter_mut().for_each(|part| part.insert(0, ','));
        if let Some(dn) = &config.default_policy {
            realm.default_policy = Some(spelt(connection, dn).await?);
        }
        for group in realm.protected.iter().chain(&realm.allowed) {
            members_show(connection, &realm.root, group).await?;
        }
        shows_state(connection, realm.asks_for_groups()).await?;
        Ok(realm)
    }
}

fn is_at_or_below(dn: &str, root: &str) -> bool {
    dn == root || dn.ends_with(&format!(",{root}"))
}

/// As the server spells it. A misspelt group has no members: who is in it would pass, or nobody would.
async fn spelt(connection: &mut Connection, dn: &str) -> Result<String, LdapFailure> {
    let entry = connection.one(dn, ANY, &["1.1"]).await?;
    let entry = entry.ok_or_else(|| {
        LdapFailure::Unusable(format!("the settings name what is not there, or cannot be read: {dn}"))
    })?;
    Ok(entry.dn.to_lowercase())
}

async fn all_spelt(connection: &mut Connection, names: &[String]) -> Result<Vec<String>, LdapFailure> {
    let mut all = Vec::new();
    for dn in names {
        all.push(spelt(connection, dn).await?);
    }
    Ok(all)
}

/// Without the memberof overlay (or dynlist) nobody shows a group, and everybody would look ordinary.
async fn members_show(connection: &mut Connection, root: &str, group: &str) -> Result<(), LdapFailure> {
    let filter = format!("(memberOf={})", ldap_escape(group));
    if connection.any(root, &filter, &["1.1"]).await?.is_some() {
        return Ok(());
    }
    let Some(entry) = connection.one(group, ANY, &["member", "uniqueMember"]).await? else { return Ok(()) };
    let members = [entry.texts("member"), entry.texts("uniqueMember")].concat();
    for member in members.into_iter().take(SOME) {
        if connection.one(member, ANY, &["1.1"]).await?.is_some() {
            return Err(LdapFailure::Unusable(format!(
                "{member} is in {group} and shows no memberOf: the overlay memberof is not on, was not when it was \
                 added, or the service account may not read it"
            )));
        }
    }
    Ok(())
}

/// True of everybody where the attribute may be read, and of nobody where it may not: slapd takes what may
/// not be looked at for neither there nor not there.
pub(super) fn is_shown(attribute: &str) -> String {
    format!("(|({attribute}=*)(!({attribute}=*)))")
}

/// Otherwise somebody switched off would look eligible, and a reset would switch them on.
async fn shows_state(connection: &mut Connection, groups: bool) -> Result<(), LdapFailure> {
    let base = connection.config.base_dn.clone();
    if connection.any(&base, PERSON, &["1.1"]).await?.is_none() {
        return Ok(());
    }
    let attributes = STATE.into_iter().chain(groups.then_some("memberOf"));
    for attribute in attributes {
        let filter = format!("(&{PERSON}{})", is_shown(attribute));
        if connection.any(&base, &filter, &["1.1"]).await?.is_none() {
            return Err(LdapFailure::Unusable(format!(
                "nobody's {attribute} is shown: let the service account read it, and see that its overlay is on"
            )));
        }
    }
    Ok(())
}
