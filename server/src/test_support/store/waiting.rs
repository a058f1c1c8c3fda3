//! The waiting resets of accounts of high impact, in memory.

use super::MemoryStore;
use crate::ports::directory::AccountId;
use crate::ports::store::StoreError;
use crate::ports::waiting_resets::{CLOSED_KEPT_FOR, WaitingReset, WaitingResets};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl WaitingResets for MemoryStore {
    async fn find_wait(&self, account: AccountId) -> Result<Option<WaitingReset>, StoreError> {
        Ok(self.tables("read a waiting reset")?.waiting.get(&account.0).copied())
    }

    async fn start_wait(
        &self,
        account: AccountId,
        wait: &WaitingReset,
    ) -> Result<(WaitingReset, bool), StoreError> {
        let mut tables = self.tables("store a waiting reset")?;
        if let Some(earlier) = tables.waiting.get(&account.0)
            && earlier.closes > wait.requested
        {
            return Ok((*earlier, false));
        }
        tables.waiting.insert(account.0, *wait);
        Ok((*wait, true))
    }

    async fn remove_wait(&self, account: AccountId) -> Result<bool, StoreError> {
        Ok(self.tables("delete a waiting reset")?.waiting.remove(&account.0).is_some())
    }

    async fn purge_waits(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = now - CLOSED_KEPT_FOR;
        self.tables("delete closed waiting resets")?.waiting.retain(|_, wait| wait.closes >= before);
        Ok(())
    }
}
