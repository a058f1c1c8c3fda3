//! The frozen accounts and the links that freeze them, in memory.

use super::MemoryStore;
use crate::ports::directory::AccountId;
use crate::ports::frozen_accounts::{
    Freeze, FreezeLink, FrozenAccounts, LIFTED_KEPT_FOR, LINK_LIFETIME, LinkDigest, LinkUse,
};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl FrozenAccounts for MemoryStore {
    async fn freeze(&self, account: AccountId, freeze: &Freeze) -> Result<Option<Freeze>, StoreError> {
        let mut tables = self.tables("freeze an account")?;
        if let Some(earlier) = tables.frozen.get(&account.0) {
            return Ok(Some(earlier.clone()));
        }
        tables.frozen.insert(account.0, freeze.clone());
        tables.waiting.remove(&account.0);
        Ok(None)
    }

    async fn find_freeze(&self, account: AccountId) -> Result<Option<Freeze>, StoreError> {
        let mut tables = self.tables("read whether an account is frozen")?;
        tables.freeze_reads += 1;
        Ok(tables.frozen.get(&account.0).cloned())
    }

    async fn was_frozen_since(&self, account: AccountId, since: Timestamp) -> Result<bool, StoreError> {
        let mut tables = self.tables("read whether an account is frozen")?;
        tables.freeze_reads += 1;
        let was_lifted = tables.lifted.get(&account.0).is_some_and(|lifted| *lifted >= since);
        Ok(was_lifted || tables.frozen.contains_key(&account.0))
    }

    async fn lift_freeze(&self, account: AccountId, now: Timestamp) -> Result<Option<Freeze>, StoreError> {
        let mut tables = self.tables("lift a freeze")?;
        let freeze = tables.frozen.remove(&account.0);
        if let Some(freeze) = &freeze {
            tables.lifted.insert(account.0, now);
            let stays = |link: &FreezeLink| !link.used && link.expires > freeze.since + LINK_LIFETIME;
            tables.links.retain(|_, link| link.account != account || stays(link));
            tables.waiting.remove(&account.0);
        }
        Ok(freeze)
    }

    async fn list_frozen(&self) -> Result<Vec<(AccountId, Freeze)>, StoreError> {
        let tables = self.tables("list the frozen accounts")?;
        let mut frozen: Vec<_> =
            tables.frozen.iter().map(|(id, freeze)| (AccountId(*id), freeze.clone())).collect();
        frozen.sort_by_key(|(_, freeze)| freeze.since);
        Ok(frozen)
    }

    async fn store_link(&self, digest: LinkDigest, link: &FreezeLink) -> Result<(), StoreError> {
        self.tables("store a link")?.links.insert(digest, link.clone());
        Ok(())
    }

    async fn find_link(&self, digest: LinkDigest, now: Timestamp) -> Result<Option<FreezeLink>, StoreError> {
        Ok(self.tables("find a link")?.links.get(&digest).filter(|link| link.expires > now).cloned())
    }

    async fn links_of(&self, account: AccountId) -> Result<Vec<FreezeLink>, StoreError> {
        let tables = self.tables("list the links of an account")?;
        let mut links: Vec<_> =
            tables.links.values().filter(|link| link.account == account).cloned().collect();
        links.sort_by_key(|link| link.expires);
        Ok(links)
    }

    async fn freeze_by_link(&self, digest: LinkDigest, freeze: &Freeze) -> Result<LinkUse, StoreError> {
        let mut tables = self.tables("freeze an account")?;
        let Some(link) = tables.links.get_mut(&digest).filter(|link| link.expires > freeze.since) else {
            return Ok(LinkUse::Invalid);
        };
        let (account, used) = (link.account, std::mem::replace(&mut link.used, true));
        if used || tables.frozen.contains_key(&account.0) {
            return Ok(LinkUse::AlreadyFrozen);
        }
        tables.frozen.insert(account.0, freeze.clone());
        tables.waiting.remove(&account.0);
        Ok(LinkUse::Frozen(account))
    }

    async fn remove_freeze_data(&self, account: AccountId) -> Result<bool, StoreError> {
        let mut tables = self.tables("delete a freeze")?;
        let before = tables.links.len();
        tables.links.retain(|_, link| link.account != account);
        let mut removed = before > tables.links.len();
        removed |= tables.lifted.remove(&account.0).is_some();
        removed |= tables.waiting.remove(&account.0).is_some();
        removed |= tables.start_codes.remove(&account).is_some();
        let before = tables.calls.len();
        tables.calls.retain(|_, call| call.account != account);
        removed |= before > tables.calls.len();
        Ok(tables.frozen.remove(&account.0).is_some() || removed)
    }

    async fn purge_links(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut tables = self.tables("delete expired links")?;
        tables.links.retain(|_, link| link.expires >= now);
        tables.lifted.retain(|_, lifted| *lifted >= now - LIFTED_KEPT_FOR);
        Ok(())
    }
}
