//! Whether an account is in a group.

use super::account_filter::AccountFilter;
use super::context::{group_parents, is_nested_in, member_of};
use super::slapd_info::{Session, SlapdInfo, canonical_dns};
use crate::adapters::ldap::failure::LdapFailure;
use crate::adapters::ldap::pool::Query;
use crate::ports::directory::AccountId;
use async_trait::async_trait;

/// Whether the account is in one of the groups.
pub(super) struct IsMember<'a> {
    pub(super) account: AccountId,
    /// DNs.
    pub(super) groups: &'a [String],
}

#[async_trait]
impl Query<SlapdInfo> for IsMember<'_> {
    type Answer = bool;

    async fn run(&self, session: &mut Session) -> Result<bool, LdapFailure> {
        if self.groups.is_empty() {
            return Ok(false);
        }
        let targets = canonical_dns(&mut session.connection, self.groups).await?;
        let entry = AccountFilter::by_id(self.account).read_one(session, &["memberOf"]).await?;
        let Some(entry) = entry else { return Ok(false) };
        let parents = group_parents(session).await?;
        Ok(is_nested_in(&parents, member_of(&entry), &targets))
    }
}
