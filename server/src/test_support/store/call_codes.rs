//! The call codes in memory.

use super::MemoryStore;
use crate::ports::call_codes::{Call, CallCodeDigest, CallCodes};
use crate::ports::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl CallCodes for MemoryStore {
    async fn put_call(&self, code: CallCodeDigest, call: &Call) -> Result<bool, StoreError> {
        let mut tables = self.tables("store a call code")?;
        if tables.calls.get(&code).is_some_and(|other| other.account != call.account) {
            return Ok(false);
        }
        tables.calls.retain(|_, earlier| earlier.account != call.account);
        tables.calls.insert(code, *call);
        Ok(true)
    }

    async fn has_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<bool, StoreError> {
        let tables = self.tables("find a call code")?;
        Ok(tables.calls.get(&code).is_some_and(|call| call.expires > now))
    }

    async fn take_call(&self, code: CallCodeDigest, now: Timestamp) -> Result<Option<Call>, StoreError> {
        let mut tables = self.tables("use a call code")?;
        let is_valid = tables.calls.get(&code).is_some_and(|call| call.expires > now);
        Ok(if is_valid { tables.calls.remove(&code) } else { None })
    }

    async fn restore_call(&self, code: CallCodeDigest, call: &Call) -> Result<(), StoreError> {
        let mut tables = self.tables("restore a call code")?;
        if !tables.calls.values().any(|newer| newer.account == call.account) {
            tables.calls.entry(code).or_insert(*call);
        }
        Ok(())
    }

    async fn purge_calls(&self, now: Timestamp) -> Result<(), StoreError> {
        self.tables("delete expired call codes")?.calls.retain(|_, call| call.expires > now);
        Ok(())
    }
}
