//! Who the service account is to the directory: itself, and every group that its rights come from. Not what
//! those are.

use super::super::super::connection::LdapFailure;
use super::super::super::sid::Sid;
use super::super::Session;
use super::super::account::USER_ACCOUNT;
use super::ANY;
use ldap3::Scope;
use std::collections::HashSet;

/// The service account, as this server let it in.
pub(super) struct Service {
    pub(super) dn: String,
    /// `svc-pwreset@pantein.grp`: as the tools of Windows know it.
    pub(super) name: String,
    pub(super) sid: Sid,
    /// Its own identifier and those of all its groups.
    pub(super) sids: HashSet<Sid>,
}

impl Service {
    pub(super) async fn read(session: &mut Session) -> Result<Self, LdapFailure> {
        // What the server decides by, nested and built-in groups included (MS-ADTS 3.1.1.3.2.21).
        let root_dse = session.connection.one("", ANY, &["tokenGroups"]).await?;
        let sids: HashSet<Sid> = root_dse.iter().flat_map(|root_dse| root_dse.sids("tokenGroups")).collect();
        if sids.is_empty() {
            return Err(LdapFailure::Unusable(
                "the server does not tell which groups it sees us in".to_owned(),
            ));
        }
        let root = session.realm.root.clone();
        let any_of = sids.iter().fold(String::new(), |all, sid| all + "(objectSid=" + &sid.to_string() + ")");
        let filter = format!("(&(objectClass=user)(|{any_of}))");
        let attributes = ["objectSid", "sAMAccountName"];
        let own = session.connection.search(&root, Scope::Subtree, &filter, &attributes, 2).await?;
        let own = own.into_iter().next().ok_or_else(|| {
            LdapFailure::Unusable("the service account's own entry cannot be read".to_owned())
        })?;
        let sid = own.sids("objectSid").into_iter().next().ok_or_else(|| own.lacks("objectSid"))?;
        let name = format!("{}@{}", own.required("sAMAccountName")?, dns_name(&root));
        Ok(Self { dn: own.dn, name, sid, sids })
    }

    /// An identifier that it holds, in words.
    pub(super) async fn named(&self, session: &mut Session, sid: &Sid) -> String {
        if *sid == self.sid {
            return "given to itself".to_owned();
        }
        let root = session.realm.root.clone();
        let filter = format!("(objectSid={sid})");
        let group = session.connection.any(&root, &filter, &["1.1"]).await.ok().flatten();
        format!("through {}", group.map_or(sid.to_string(), |group| group.dn))
    }

    /// Whether it is in a protected group, or was.
    pub(super) async fn is_privileged(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        let filter = format!("(|(adminCount=1){})", session.realm.in_protected_group());
        if session.connection.one(&self.dn, &filter, &["1.1"]).await?.is_some() {
            return Ok(true);
        }
        let held = session.realm.protected_sids();
        Ok(self.sids.iter().any(|sid| held.contains(&sid.to_string())))
    }

    /// Whether it could be reset over the web page itself.
    pub(super) async fn is_staff(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        let inside = self.dn.to_lowercase().ends_with(&session.realm.staff.to_lowercase());
        Ok(inside && session.connection.one(&self.dn, USER_ACCOUNT, &["1.1"]).await?.is_some())
    }
}

/// `pantein.grp` of `DC=pantein,DC=grp`.
fn dns_name(root: &str) -> String {
    let labels = root.split(',').filter_map(|part| part.trim().split_once('=')).map(|(_, label)| label);
    labels.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_domain_has_its_name_in_the_dns() {
        assert_eq!(super::dns_name("DC=pantein,DC=grp"), "pantein.grp");
    }
}
