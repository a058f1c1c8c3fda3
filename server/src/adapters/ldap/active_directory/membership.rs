//! Whether an account is in a group.

use super::account::{USER_ACCOUNT, guid_dn, has_primary_group};
use super::domain_info::{DomainInfo, Session, ensure_groups_exist, member_filter, nested_group_filter};
use crate::adapters::ldap::failure::LdapFailure;
use crate::adapters::ldap::pool::Query;
use crate::ports::directory::AccountId;
use async_trait::async_trait;
use ldap3::ldap_escape;

/// Whether the account is in one of the groups.
pub(super) struct IsMember<'a> {
    pub(super) account: AccountId,
    /// DNs.
    pub(super) groups: &'a [String],
}

#[async_trait]
impl Query<DomainInfo> for IsMember<'_> {
    type Answer = bool;

    async fn run(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        if self.groups.is_empty() {
            return Ok(false);
        }
        let groups: Vec<_> = self.groups.iter().map(|dn| ldap_escape(dn.as_str()).into_owned()).collect();
        let dn = guid_dn(self.account);
        let entry = session.connection.read_entry(&dn, USER_ACCOUNT, &["primaryGroupID"]).await?;
        let Some(entry) = entry else {
            ensure_groups_exist(&mut session.connection, self.groups.iter()).await?;
            return Ok(false);
        };
        let filter = format!("(&{USER_ACCOUNT}(|{}))", member_filter(&groups));
        let is_member = session.connection.read_entry(&dn, &filter, &["1.1"]).await?.is_some();
        if is_member || has_primary_group(session, &entry, &nested_group_filter(&groups)).await? {
            return Ok(true);
        }
        ensure_groups_exist(&mut session.connection, self.groups.iter()).await?;
        Ok(false)
    }
}
