//! Cancels what an account has pending when it is frozen: a number that is still in its waiting time. And makes resets wait after
//! a freeze was lifted, if what they rely on changed shortly before it.

use crate::ports::directory::AccountId;
use crate::ports::records::{Record, Records};
use crate::ports::sessions::Swap;
use crate::ports::store::StoreError;
use jiff::Timestamp;

/// Concurrent changes of one record are rare; more failures than this are a defect.
const MAX_SWAP_ATTEMPTS: u32 = 5;

/// Cancels the pending changes of an account. Returns whether there were any.
pub async fn cancel(records: &dyn Records, account: AccountId, now: Timestamp) -> Result<bool, StoreError> {
    change(records, account, |record| record.withdraw_mobile_change(now)).await
}

/// Makes resets of an account wait until `until` if its app or its values changed shortly before it was frozen at `frozen`. Returns
/// whether they did.
pub async fn distrust(
    records: &dyn Records,
    account: AccountId,
    frozen: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    change(records, account, |record| record.distrust_changes_before(frozen, until)).await
}

/// Stores a record if `changes` changes it, and returns whether it does.
async fn change(
    records: &dyn Records,
    account: AccountId,
    changes: impl Fn(&mut Record) -> bool + Send,
) -> Result<bool, StoreError> {
    for _ in 0..MAX_SWAP_ATTEMPTS {
        let Some(stored) = records.load(account).await? else { return Ok(false) };
        let mut record = stored.record;
        if !changes(&mut record) {
            return Ok(false);
        }
        match records.store(account, &record, Some(stored.revision)).await? {
            Swap::Won(_) => return Ok(true),
            Swap::Lost => {}
        }
    }
    Err(StoreError::new("change a record", "the record kept changing"))
}
