//! The start codes in memory.

use super::MemoryStore;
use crate::ports::directory::AccountId;
use crate::ports::sessions::{Revision, Swap};
use crate::ports::start_codes::{StartCodeRequest, StartCodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl StartCodes for MemoryStore {
    async fn put_start_code(
        &self,
        request: &StartCodeRequest,
        revision: Option<Revision>,
    ) -> Result<Swap, StoreError> {
        let mut tables = self.tables("store a start code")?;
        if tables.start_codes.get(&request.account).map(|(_, latest)| *latest) != revision {
            return Ok(Swap::Lost);
        }
        let next = revision.map_or(request.first_revision(), |revision| Revision(revision.0 + 1));
        tables.start_codes.insert(request.account, (request.clone(), next));
        Ok(Swap::Won(next))
    }

    async fn find_start_code(
        &self,
        account: AccountId,
    ) -> Result<Option<(StartCodeRequest, Revision)>, StoreError> {
        Ok(self.tables("look up a start code")?.start_codes.get(&account).cloned())
    }

    async fn open_start_codes(&self, now: Timestamp) -> Result<Vec<StartCodeRequest>, StoreError> {
        let tables = self.tables("list the start codes")?;
        let open = tables.start_codes.values().filter(|(request, _)| request.expires > now);
        let mut requests: Vec<_> = open.map(|(request, _)| request.clone()).collect();
        requests.sort_by_key(|request| request.requested_at);
        Ok(requests)
    }

    async fn remove_start_code(&self, account: AccountId, revision: Revision) -> Result<bool, StoreError> {
        let mut tables = self.tables("use a start code")?;
        let is_latest = tables.start_codes.get(&account).is_some_and(|(_, latest)| *latest == revision);
        if is_latest {
            tables.start_codes.remove(&account);
        }
        Ok(is_latest)
    }

    async fn purge_start_codes(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tables("delete expired start codes")?
            .start_codes
            .retain(|_, (request, _)| request.expires > now);
        Ok(())
    }
}
