//! The service account and every group that its rights come from.

use super::super::super::connection::ANY_ENTRY;
use super::super::super::failure::LdapFailure;
use super::super::super::sid::Sid;
use super::super::account::USER_ACCOUNT;
use super::super::domain_info::Session;
use ldap3::Scope;
use std::collections::HashSet;

/// The service account as this server sees it.
pub(super) struct ServiceAccount {
    pub(super) dn: String,
    /// `svc-pwreset@pantein.grp`, the form for Windows tools.
    pub(super) name: String,
    pub(super) sid: Sid,
    /// Its own SID and those of all its groups.
    pub(super) sids: HashSet<Sid>,
}

impl ServiceAccount {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        // The SIDs that the server evaluates, including nested and built-in groups (MS-ADTS 3.1.1.3.2.21).
        let root_dse = session.connection.read_entry("", ANY_ENTRY, &["tokenGroups"]).await?;
        let sids: HashSet<Sid> = root_dse.iter().flat_map(|root_dse| root_dse.sids("tokenGroups")).collect();
        if sids.is_empty() {
            return Err(LdapFailure::Unusable(
                "the server does not report the groups of the service account".to_owned(),
            ));
        }
        let root = session.info.root.clone();
        let any_of = sids.iter().fold(String::new(), |all, sid| all + "(objectSid=" + &sid.to_string() + ")");
        let filter = format!("(&(objectClass=user)(|{any_of}))");
        let attributes = ["objectSid", "sAMAccountName"];
        let account = session.connection.search(&root, Scope::Subtree, &filter, &attributes, 2).await?;
        let account = account.into_iter().next().ok_or_else(|| {
            LdapFailure::Unusable("the service account's own entry cannot be read".to_owned())
        })?;
        let sid = account
            .sids("objectSid")
            .into_iter()
            .next()
            .ok_or_else(|| account.missing_attribute("objectSid"))?;
        let name = format!("{}@{}", account.required("sAMAccountName")?, dns_name(&root));
        Ok(Self { dn: account.dn, name, sid, sids })
    }

    /// Describes through which SID a right was granted.
    pub(super) async fn grant_source(&self, session: &mut Session, sid: &Sid) -> String {
        if *sid == self.sid {
            return "given to itself".to_owned();
        }
        let root = session.info.root.clone();
        let filter = format!("(objectSid={sid})");
        let group = session.connection.find_any(&root, &filter, &["1.1"]).await.ok().flatten();
        format!("through {}", group.map_or(sid.to_string(), |group| group.dn))
    }

    /// Whether it is or was in a protected group.
    pub(super) async fn is_privileged(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        let filter = format!("(|(adminCount=1){})", session.info.protected_member_filter());
        if session.connection.read_entry(&self.dn, &filter, &["1.1"]).await?.is_some() {
            return Ok(true);
        }
        let protected = session.info.protected_sids();
        Ok(self.sids.iter().any(|sid| protected.contains(&sid.to_string())))
    }

    /// Whether its own password could be reset over the web page.
    pub(super) async fn is_resettable(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        let in_base = self.dn.to_lowercase().ends_with(&session.info.base_suffix.to_lowercase());
        Ok(in_base && session.connection.read_entry(&self.dn, USER_ACCOUNT, &["1.1"]).await?.is_some())
    }
}

/// Returns `pantein.grp` for `DC=pantein,DC=grp`.
fn dns_name(root: &str) -> String {
    let labels = root.split(',').filter_map(|part| part.trim().split_once('=')).map(|(_, label)| label);
    labels.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    #[test]
    fn dns_name_is_derived_from_the_naming_context() {
        assert_eq!(super::dns_name("DC=pantein,DC=grp"), "pantein.grp");
    }
}
