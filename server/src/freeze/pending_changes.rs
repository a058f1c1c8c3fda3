//! Cancels what an account has pending when it is frozen: a number that is still in its waiting time.

use crate::ports::directory::AccountId;
use crate::ports::records::Records;
use crate::ports::sessions::Swap;
use crate::ports::store::StoreError;
use jiff::Timestamp;

/// Concurrent changes of one record are rare; more failures than this are a defect.
const MAX_SWAP_ATTEMPTS: u32 = 5;

/// Cancels the pending changes of an account. Returns whether there were any.
pub async fn cancel(records: &dyn Records, account: AccountId, now: Timestamp) -> Result<bool, StoreError> {
    for _ in 0..MAX_SWAP_ATTEMPTS {
        let Some(stored) = records.load(account).await? else { return Ok(false) };
        let mut record = stored.record;
        if !record.withdraw_mobile_change(now) {
            return Ok(false);
        }
        match records.store(account, &record, Some(stored.revision)).await? {
            Swap::Won(_) => return Ok(true),
            Swap::Lost => {}
        }
    }
    Err(StoreError::new("cancel pending changes", "the record kept changing"))
}
