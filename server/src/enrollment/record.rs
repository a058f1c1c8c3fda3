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

mod mobile;

use crate::ports::frozen_accounts::LINK_LIFETIME;
use crate::ports::notifier::NoticeKind;
use crate::ports::records::{Activation, Proposal, Record, RegisteredValue};
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

    /// Returns the time from which birthdate and number can be used, whatever the app: someone who lost the phone proves who
    /// they are without it.
    pub fn values_usable_from(&self) -> Timestamp {
        [
            self.birthdate.as_ref().map(|birthdate| birthdate.usable_from),
            self.mobile.as_ref().map(|mobile| mobile.usable_from),
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
    /// because its completion may never be observed. Without `wait` the service desk has seen who the person is: no waiting
    /// time starts, and one that runs does not end.
    pub fn activation_begun(
        &mut self,
        token: String,
        replaces: bool,
        now: Timestamp,
        wait: Option<SignedDuration>,
    ) {
        if let (true, Some(wait)) = (replaces, wait) {
            self.app_usable_from = Some(now + wait);
        }
        let identity_seen = wait.is_none();
        match self.activations.iter_mut().find(|known| known.token == token) {
            Some(known) => {
                known.since = now;
                known.replaces |= replaces;
                known.identity_seen = identity_seen;
            }
            None => self.activations.push(Activation { token, since: now, replaces, identity_seen }),
        }
    }

    /// Undoes [`Record::activation_begun`] for an activation that reached no one. The waiting time is `previous` again if it still is
    /// the one that began then. Unless the provider withdrew the activation, it stays known, and waits if it is completed after all.
    pub fn activation_taken_back(
        &mut self,
        token: &str,
        is_withdrawn: bool,
        begun: Option<Timestamp>,
        previous: Option<Timestamp>,
    ) {
        if is_withdrawn {
            self.activations.retain(|known| known.token != token);
        }
        if self.app_usable_from == begun {
            self.app_usable_from = previous;
        }
    }

    /// After a freeze at `frozen` was lifted: resets wait until `until` if the app, the number or the birthdate changed shortly before
    /// it, because the one who caused the freeze may have changed them. A first number counts too, a first birthdate proves nothing.
    /// Returns whether they did.
    pub fn distrust_changes_before(&mut self, frozen: Timestamp, until: Timestamp) -> bool {
        let distrusted = frozen - DISTRUSTED_BEFORE_FREEZE;
        let changes = [
            self.mobile.as_ref().map(|mobile| mobile.since.max(mobile.usable_from)),
            self.birthdate.as_ref().map(|birthdate| birthdate.usable_from),
            self.app_activated,
            self.app_usable_from,
        ];
        let has_changed = changes.into_iter().flatten().any(|at| at >= distrusted);
        if has_changed {
            self.app_usable_from = self.app_usable_from.max(Some(until));
        }
        has_changed
    }

    /// Records that an activation was completed. If it replaces an app, or if other tokens are active, a waiting time
    /// starts now, unless the service desk has seen who the person is. Returns the notice for the account owner, or `None`
    /// if the completion was recorded before.
    pub fn complete_activation(
        &mut self,
        token: &str,
        others: OtherApps,
        now: Timestamp,
        wait: SignedDuration,
    ) -> Option<NoticeKind> {
        let index = self.activations.iter().position(|known| known.token == token)?;
        let completed = self.activations.remove(index);
        self.app_activated = Some(now);
        let replaced = completed.replaces || others != OtherApps::None;
        let is_soon = now.duration_since(completed.since) <= IDENTITY_SEEN_FOR;
        let waives = completed.identity_seen && is_soon && others != OtherApps::Distrusted;
        if replaced && !waives {
            self.app_usable_from = Some(now + wait);
        }
        let notice = if replaced { NoticeKind::AppReplaced } else { NoticeKind::AppActivated };
        self.pending_notices.push(notice);
        Some(notice)
    }
}

/// The other apps of an account at the completion of an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherApps {
    /// There are none.
    None,
    /// Another app is active.
    Active,
    /// The account was frozen since the activation was started: someone else may have started it.
    Distrusted,
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

/// As long as the link of a notice works: a freeze may follow the change that it is about by so much.
const DISTRUSTED_BEFORE_FREEZE: SignedDuration = LINK_LIFETIME;

/// How long after its start an activation needs no waiting time because the service desk has seen who the person is: an abandoned
/// QR code stays valid at the provider for days, and someone else may find it.
const IDENTITY_SEEN_FOR: SignedDuration = SignedDuration::from_hours(1);

/// Longer than an activation is valid at Entrust, whose setting is in days.
const ACTIVATION_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// More than needed. Entrust reuses a token whose activation was never completed, so a record contains several only if
/// one of them was completed elsewhere in the meantime.
const MAX_ACTIVATIONS: usize = 10;

#[cfg(test)]
mod tests;
