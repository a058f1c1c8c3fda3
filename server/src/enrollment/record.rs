//! The rules of a record: who may change which value, and from when it can be used for a reset. Pure: no store, no
//! clock, no keys.
//!
//! | source of the new value | nothing registered | same value | other value, not confirmed | other value, confirmed |
//! |---|---|---|---|---|
//! | employee | stored, usable at once | confirmed | replaced, usable after the waiting time | the same |
//! | HR, birthdate | stored, usable at once | unchanged | replaced, usable at once: HR corrected itself | proposed |
//! | HR, number | stored, usable at once | unchanged | replaced, usable after the waiting time | proposed |
//!
//! A changed number from HR waits like any other, because employees enter it on their own page in the HR system, which
//! requires no more than a password.

use crate::ports::notifier::NoticeKind;
use crate::ports::records::{
    Activation, PendingMobileWrite, Proposal, Record, RegisteredValue, SealedMobile,
};
use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};

/// The effect of a new value on the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is the first value.
    First,
    /// It equals the registered value, which may be confirmed now.
    Same,
    /// It replaced another value: the account owner must be notified.
    Replaced,
    /// It waits for the employee's decision.
    Proposed,
}

/// [`Record::usable_from`] of a record without values.
const USABLE_AT_ONCE: Timestamp = Timestamp::UNIX_EPOCH;

/// Applies a new value to one field of a record. `is_same` compares a stored value with the new one, because digests
/// and sealed values of different keys cannot be compared as bytes.
pub fn register<T: Clone>(
    registered: &mut Option<RegisteredValue<T>>,
    proposed: &mut Option<Proposal<T>>,
    new_value: NewValue<T>,
    is_same: impl Fn(&T) -> bool,
) -> Change {
    let NewValue { value, source, now, wait } = new_value;
    let by_employee = source == Source::Employee;
    let Some(current) = registered else {
        *registered = Some(RegisteredValue::by(source, value, now));
        *proposed = None;
        return Change::First;
    };
    if is_same(&current.value) {
        // Perhaps under a newer key.
        current.value = value;
        current.confirmed |= by_employee;
        *proposed = None;
        return Change::Same;
    }
    if current.confirmed && !by_employee {
        if proposed.as_ref().is_none_or(|earlier| !is_same(&earlier.value)) {
            *proposed = Some(Proposal { value, since: now, declined: false });
        }
        return Change::Proposed;
    }
    *current = RegisteredValue { value, source, since: now, confirmed: by_employee, usable_from: now + wait };
    *proposed = None;
    Change::Replaced
}

/// A new value for a field of a record.
#[derive(Debug, Clone)]
pub struct NewValue<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub source: Source,
    /// The current time.
    pub now: Timestamp,
    /// How long it cannot be used if it replaces another value.
    pub wait: SignedDuration,
}

impl Record {
    /// Returns the time from which all values can be used for a reset. A changed value, or an app on another phone, is
    /// unusable during the waiting time, in which the account owner can react to the notice.
    pub fn usable_from(&self) -> Timestamp {
        [
            self.birthdate.as_ref().map(|birthdate| birthdate.usable_from),
            self.mobile.as_ref().map(|mobile| mobile.usable_from),
            self.app_usable_from,
        ]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(USABLE_AT_ONCE)
    }

    /// Returns whether neither birthdate nor number is registered yet.
    pub fn has_no_values(&self) -> bool {
        self.birthdate.is_none() && self.mobile.is_none()
    }

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
    pub fn mobile_replaces_outside(
        &mut self,
        outside: Option<SealedMobile>,
        now: Timestamp,
        wait: SignedDuration,
    ) {
        let Some(mobile) = &mut self.mobile else { return };
        mobile.usable_from = mobile.usable_from.max(now + wait);
        if outside.is_some() {
            self.previous_mobile = outside;
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

    /// Removes the activations that were not completed within their lifetime.
    pub fn remove_expired_activations(&mut self, now: Timestamp) {
        self.activations.retain(|known| !known.is_expired(now));
    }

    /// Returns whether another activation may be started. Each started activation may still be completed, and is
    /// observed until then.
    pub fn may_activate(&self) -> bool {
        self.activations.len() < MAX_ACTIVATIONS
    }

    /// Records that an activation of the app was started. If it replaces an earlier app, the waiting time starts now,
    /// because its completion may never be observed.
    pub fn activation_begun(&mut self, token: String, replaces: bool, now: Timestamp, wait: SignedDuration) {
        if replaces {
            self.app_usable_from = Some(now + wait);
        }
        match self.activations.iter_mut().find(|known| known.token == token) {
            Some(known) => {
                known.since = now;
                known.replaces |= replaces;
            }
            None => self.activations.push(Activation { token, since: now, replaces }),
        }
    }

    /// Records that an activation was completed. If it replaces an app, or if other tokens are active, a waiting time
    /// starts now. Returns the notice for the account owner, or `None` if the completion was recorded before.
    pub fn complete_activation(
        &mut self,
        token: &str,
        has_other_active_tokens: bool,
        now: Timestamp,
        wait: SignedDuration,
    ) -> Option<NoticeKind> {
        let index = self.activations.iter().position(|known| known.token == token)?;
        let replaced = self.activations.remove(index).replaces || has_other_active_tokens;
        if replaced {
            self.app_usable_from = Some(now + wait);
        }
        let notice = if replaced { NoticeKind::AppReplaced } else { NoticeKind::AppActivated };
        self.pending_notices.push(notice);
        Some(notice)
    }
}

impl Activation {
    /// Returns whether the background job checks now if the activation was completed: every minute in the first hour,
    /// and during the first day if it replaces an app, because the owner must learn of that soon; then every hour, and
    /// after a day about once a day. `hourly` is true in one run an hour.
    pub fn is_check_due(&self, now: Timestamp, hourly: bool) -> bool {
        let hours = now.duration_since(self.since).as_hours();
        match hours {
            ..1 => true,
            1..24 => hourly || self.replaces,
            24.. => hourly && hours % 24 == 0,
        }
    }

    /// Returns whether it was abandoned: the provider accepts it no longer, and it is not checked any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now.duration_since(self.since) >= ACTIVATION_LIFETIME
    }
}

/// Longer than an activation is valid at Entrust, whose setting is in days.
const ACTIVATION_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long after a failed attempt the next one follows: 2, 4, 8 … minutes, at most an hour. Longer than an attempt takes.
fn retry_delay(attempts: u32) -> SignedDuration {
    let minutes = 1_i64.checked_shl(attempts.min(6)).unwrap_or(64);
    SignedDuration::from_mins(minutes).min(MAX_RETRY_DELAY)
}

const MAX_RETRY_DELAY: SignedDuration = SignedDuration::from_hours(1);

/// More than needed. Entrust reuses a token whose activation was never completed, so a record contains several only if
/// one of them was completed elsewhere in the meantime.
const MAX_ACTIVATIONS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: SignedDuration = SignedDuration::from_hours(24);

    struct Field {
        registered: Option<RegisteredValue<u8>>,
        proposed: Option<Proposal<u8>>,
        now: Timestamp,
        wait: SignedDuration,
    }

    impl Field {
        fn new() -> Self {
            let now = "2026-11-22T12:00:00Z".parse().unwrap();
            Self { registered: None, proposed: None, now, wait: WAIT }
        }

        fn enter(&mut self, source: Source, value: u8) -> Change {
            let new_value = NewValue { value, source, now: self.now, wait: self.wait };
            register(&mut self.registered, &mut self.proposed, new_value, |stored| *stored == value)
        }

        fn registered(&self) -> &RegisteredValue<u8> {
            self.registered.as_ref().unwrap()
        }
    }

    #[test]
    fn record_of_an_earlier_version_has_no_pending_write() {
        let text = r#"{"birthdate":null,"mobile":null,"untold":[],"left_since":null}"#;
        assert_eq!(serde_json::from_str::<Record>(text).unwrap(), Record::default());
    }

    #[test]
    fn first_value_is_usable_at_once_from_any_source() {
        for source in [Source::Employee, Source::Hr] {
            let mut field = Field::new();
            assert_eq!(field.enter(source, 1), Change::First);
            assert!(field.registered().usable_from <= field.now);
            assert_eq!(field.registered().confirmed, source == Source::Employee);
        }
    }

    #[test]
    fn a34_changed_value_is_unusable_during_the_waiting_time() {
        let mut field = Field::new();
        field.enter(Source::Employee, 1);
        assert_eq!(field.enter(Source::Employee, 2), Change::Replaced);
        assert_eq!(field.registered().usable_from, field.now + WAIT);
    }

    #[test]
    fn a34_hr_never_overwrites_a_confirmed_value() {
        let mut field = Field::new();
        field.enter(Source::Employee, 1);
        assert_eq!(field.enter(Source::Hr, 2), Change::Proposed);
        assert_eq!((field.registered().value, field.registered().source), (1, Source::Employee));
        assert_eq!(field.proposed.as_ref().map(|proposal| proposal.value), Some(2));
        // Accepting the proposal is a change by the employee.
        assert_eq!(field.enter(Source::Employee, 2), Change::Replaced);
        assert_eq!(field.proposed, None);
        assert_eq!(field.registered().usable_from, field.now + WAIT);
    }

    #[test]
    fn hr_value_that_the_employee_enters_is_confirmed() {
        let mut field = Field::new();
        field.enter(Source::Hr, 1);
        assert_eq!(field.enter(Source::Employee, 1), Change::Same);
        assert!(field.registered().confirmed);
        assert_eq!(field.registered().usable_from, Timestamp::UNIX_EPOCH);
        assert_eq!(field.enter(Source::Hr, 2), Change::Proposed);
        // A declined value is not proposed again, another one is.
        field.proposed.as_mut().unwrap().declined = true;
        field.enter(Source::Hr, 2);
        assert!(field.proposed.as_ref().unwrap().declined);
        field.enter(Source::Hr, 3);
        assert!(!field.proposed.as_ref().unwrap().declined);
        // HR withdraws its proposal by sending the registered value.
        assert_eq!(field.enter(Source::Hr, 1), Change::Same);
        assert_eq!(field.proposed, None);
        assert!(field.registered().confirmed);
    }

    #[test]
    fn hr_replaces_its_own_unconfirmed_value() {
        let mut field = Field::new();
        field.enter(Source::Hr, 1);
        assert_eq!(field.enter(Source::Hr, 2), Change::Replaced);
        assert_eq!((field.registered().value, field.registered().confirmed), (2, false));
    }

    #[test]
    fn a34_replacing_app_waits_from_the_start_and_again_from_the_completion_of_its_activation() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let later = now + SignedDuration::from_mins(5);
        let mut record = Record::default();
        record.activation_begun("first".into(), false, now, WAIT);
        assert_eq!(record.complete_activation("first", false, now, WAIT), Some(NoticeKind::AppActivated));
        assert!(record.usable_from() <= now);
        record.activation_begun("second".into(), true, now, WAIT);
        assert_eq!(record.usable_from(), now + WAIT);
        assert_eq!(record.complete_activation("second", true, later, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.usable_from(), later + WAIT);
        // Another first activation does not end the waiting time, and each activation completes once.
        record.activation_begun("third".into(), false, later, WAIT);
        assert_eq!(record.usable_from(), later + WAIT);
        assert_eq!(record.complete_activation("second", true, later, WAIT), None);
        assert_eq!(record.pending_notices, [NoticeKind::AppActivated, NoticeKind::AppReplaced]);
    }

    #[test]
    fn abandoned_activation_is_checked_less_and_less_often_and_then_no_more() {
        let since: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let minutes = 40 * 24 * 60;
        for (replaces, expected) in [(false, 60 + 23 + 29), (true, 24 * 60 + 29)] {
            let mut record = Record::default();
            record.activation_begun("first".into(), replaces, since, WAIT);
            let checks = (0..minutes).filter(|minute| {
                let now = since + SignedDuration::from_mins(*minute);
                let is_due = record.activations.iter().any(|known| known.is_check_due(now, minute % 60 == 0));
                if is_due {
                    record.remove_expired_activations(now);
                }
                is_due && !record.activations.is_empty()
            });
            assert_eq!(checks.count(), expected);
            assert_eq!(record.activations, []);
        }
    }

    #[test]
    fn a34_first_app_beside_another_active_token_waits_too() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut record = Record::default();
        record.activation_begun("first".into(), false, now, WAIT);
        assert_eq!(record.complete_activation("first", true, now, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.usable_from(), now + WAIT);
    }

    #[test]
    fn a34_concurrent_activations_are_recorded_separately() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut record = Record::default();
        for (token, replaces) in [("first", true), ("second", true), ("first", false)] {
            record.activation_begun(token.into(), replaces, now, WAIT);
        }
        assert_eq!(record.activations.len(), 2);
        assert_eq!(record.complete_activation("first", false, now, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.complete_activation("second", true, now, WAIT), Some(NoticeKind::AppReplaced));
        for number in 0..9 {
            assert!(record.may_activate());
            record.activation_begun(number.to_string(), false, now, WAIT);
        }
        record.activation_begun("tenth".into(), false, now, WAIT);
        assert!(!record.may_activate());
    }
}
