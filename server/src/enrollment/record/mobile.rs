//! The rules of the mobile number in a record: its change, and its write to other systems after the waiting time.

use super::{Change, NewValue, register};
use crate::ports::notifier::NoticeKind;
use crate::ports::records::{PendingMobileWrite, Record, RegisteredValue, SealedMobile};
use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};

impl Record {
    /// Applies a new mobile number. Notices go to the previous number during the waiting time of the new one; after two
    /// changes in a row this remains the first number, which the account owner had.
    pub fn register_mobile(
        &mut self,
        new_value: NewValue<SealedMobile>,
        is_same: impl Fn(&SealedMobile) -> bool,
    ) -> Change {
        let (previous, now) = (self.mobile.clone(), new_value.now);
        let change = register(&mut self.mobile, &mut self.proposed_mobile, new_value, is_same);
        if change == Change::Replaced {
            if let Some(previous) = previous.filter(|previous| previous.usable_from <= now) {
                self.previous_mobile = Some(previous.value);
            }
            self.pending_notices.push(NoticeKind::MobileChanged);
            // It was for the number that is replaced now.
            self.pending_mobile_write = None;
        }
        change
    }

    /// Treats a number that the employee entered as changed although it is registered here, because it will replace
    /// another number at the code provider or in the directory. `outside` is that other number, if it can be parsed.
    /// `change` is what entering it changed here. Without a number outside, the number that was registered here before
    /// remains the previous one, never that of an earlier change.
    pub fn mobile_replaces_outside(
        &mut self,
        outside: Option<SealedMobile>,
        change: Change,
        now: Timestamp,
        wait: SignedDuration,
    ) {
        let Some(mobile) = &mut self.mobile else { return };
        let is_waiting = mobile.usable_from > now;
        let registered = (change == Change::Same).then(|| mobile.value.clone());
        mobile.usable_from = mobile.usable_from.max(now + wait);
        if outside.is_some() || !is_waiting {
            self.previous_mobile = outside.or(registered);
        }
        self.pending_notices.push(NoticeKind::MobileChanged);
    }

    /// Schedules the write of the registered number to other systems, at the end of its waiting time and not before
    /// `earliest`.
    pub fn schedule_mobile_write(&mut self, earliest: Timestamp) {
        let usable_from = self.mobile.as_ref().map_or(earliest, |mobile| mobile.usable_from);
        let due = usable_from.max(earliest);
        self.pending_mobile_write = Some(PendingMobileWrite { due, next_attempt: due, attempts: 0 });
    }

    /// Claims an attempt to write the number to other systems: the caller that stores this record makes it. `None` if
    /// no attempt is due. An attempt counts as failed until [`Record::finish_mobile_write`].
    pub fn claim_mobile_write(&mut self, now: Timestamp) -> Option<PendingMobileWrite> {
        let write = self.pending_mobile_write.as_mut()?;
        if write.due > now || write.next_attempt > now {
            return None;
        }
        write.attempts = write.attempts.saturating_add(1);
        write.next_attempt = now + retry_delay(write.attempts);
        Some(*write)
    }

    /// Removes a claimed write that is done or no longer possible. A write that was scheduled since then remains.
    pub fn finish_mobile_write(&mut self, claimed: PendingMobileWrite) {
        if self.pending_mobile_write == Some(claimed) {
            self.pending_mobile_write = None;
        }
    }

    /// Postpones a claimed write for a reason that is not a failure.
    pub fn postpone_mobile_write(&mut self, claimed: PendingMobileWrite, now: Timestamp) {
        if self.pending_mobile_write == Some(claimed) {
            let next_attempt = now + MAX_RETRY_DELAY;
            self.pending_mobile_write = Some(PendingMobileWrite { next_attempt, attempts: 0, ..claimed });
        }
    }

    /// Withdraws a change of the number whose waiting time has not ended, for an owner who did not make it: nothing
    /// is written to other systems, and the previous number is registered again, as confirmed by the owner. Returns
    /// `false` if there is no such change.
    pub fn withdraw_mobile_change(&mut self, now: Timestamp) -> bool {
        let is_waiting = self.mobile.as_ref().is_some_and(|mobile| mobile.usable_from > now);
        if !is_waiting && self.pending_mobile_write.is_none() {
            return false;
        }
        self.pending_mobile_write = None;
        if is_waiting {
            let previous = self.previous_mobile.take();
            self.mobile = previous.map(|previous| RegisteredValue::by(Source::Employee, previous, now));
        }
        true
    }
}

/// How long after a failed attempt the next one follows: 2, 4, 8 … minutes, at most an hour. Longer than an attempt takes.
fn retry_delay(attempts: u32) -> SignedDuration {
    let minutes = 1_i64.checked_shl(attempts.min(6)).unwrap_or(64);
    SignedDuration::from_mins(minutes).min(MAX_RETRY_DELAY)
}

const MAX_RETRY_DELAY: SignedDuration = SignedDuration::from_hours(1);
