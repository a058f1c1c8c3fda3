//! Cancels what an account has pending when it is frozen: a number that is still in its waiting time.

use crate::ports::directory::AccountId;
use crate::ports::records::{Record, Records};
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
        if !cancel_in(&mut record, now) {
            return Ok(false);
        }
        match records.store(account, &record, Some(stored.revision)).await? {
            Swap::Won(_) => return Ok(true),
            Swap::Lost => {}
        }
    }
    Err(StoreError::new("cancel pending changes", "the record kept changing"))
}

/// Removes everything from a record that is pending. Whatever else a record will have pending, such as a write to
/// another system, is to be removed here too.
fn cancel_in(record: &mut Record, now: Timestamp) -> bool {
    let Some(mobile) = &mut record.mobile else { return false };
    if mobile.usable_from <= now {
        return false;
    }
    // The owner receives notices at the previous number again, and a code is never sent to the new one. The waiting
    // time stays: until it is over, no value of this record can be used.
    match record.previous_mobile.take() {
        Some(previous) => {
            mobile.value = previous;
            mobile.confirmed = false;
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::records::{RegisteredValue, SealedMobile};
    use app::api::enrollment_state::Source;
    use jiff::SignedDuration;

    fn number(byte: u8) -> SealedMobile {
        SealedMobile { key_id: "k".into(), sealed: vec![byte], digest: [byte; 32] }
    }

    #[test]
    fn number_in_its_waiting_time_is_replaced_by_the_previous_one() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mobile = RegisteredValue {
            confirmed: true,
            usable_from: now + SignedDuration::from_secs(1),
            ..RegisteredValue::by(Source::Employee, number(2), now)
        };
        let waiting = Record { mobile: Some(mobile), previous_mobile: Some(number(1)), ..Record::default() };
        let mut record = waiting.clone();
        assert!(cancel_in(&mut record, now));
        let cancelled = record.mobile.clone().unwrap();
        assert_eq!((cancelled.value, cancelled.confirmed), (number(1), false));
        assert_eq!((record.previous_mobile.clone(), record.usable_from()), (None, waiting.usable_from()));
        assert!(!cancel_in(&mut record, now), "once");
        assert!(
            !cancel_in(&mut waiting.clone(), now + SignedDuration::from_secs(1)),
            "the waiting time is over"
        );
        assert!(!cancel_in(&mut Record::default(), now));
    }
}
