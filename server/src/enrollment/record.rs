//! The rules of a record: who may change what, and from when it counts. Pure: no store, no clock, no keys.
//!
//! | given by | nothing registered | the same | another, not confirmed | another, confirmed by the employee |
//! |---|---|---|---|---|
//! | employee | kept, usable at once | confirmed | replaces it, usable after the waiting time | the same |
//! | HR, birthdate | kept, usable at once | stays | replaces it, usable at once: HR corrected itself | becomes a proposal |
//! | HR, number | kept, usable at once | stays | replaces it, usable after the waiting time | becomes a proposal |
//!
//! HR's numbers come from the employee's own page in the HR system, which asks no more than a password: a
//! change of one waits like any other.

use crate::ports::notifier::NoticeKind;
use crate::ports::records::{Activation, Proposal, Record, Registered, SealedMobile};
use app::api::enrollment_state::Source;
use jiff::{SignedDuration, Timestamp};

/// What became of a value that was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The first one.
    First,
    /// It was the same; it may be confirmed now.
    Same,
    /// It replaced another one: the owner must hear of it.
    Replaced,
    /// It waits for the employee's yes or no.
    Proposed,
}

/// The moment from which a value counts that always did.
const ALWAYS: Timestamp = Timestamp::UNIX_EPOCH;

/// Gives a value to one place of a record. `is_same` tells whether what is there is the same value: digests
/// and sealed values of different keys cannot be compared as bytes.
pub fn give<T: Clone>(
    registered: &mut Option<Registered<T>>,
    proposed: &mut Option<Proposal<T>>,
    given: Given<T>,
    is_same: impl Fn(&T) -> bool,
) -> Change {
    let Given { value, source, now, wait } = given;
    let by_employee = source == Source::Employee;
    let Some(kept) = registered else {
        *registered = Some(Registered::by(source, value, now));
        *proposed = None;
        return Change::First;
    };
    if is_same(&kept.value) {
        // The same again, perhaps under a newer key.
        kept.value = value;
        kept.confirmed |= by_employee;
        *proposed = None;
        return Change::Same;
    }
    if kept.confirmed && !by_employee {
        if proposed.as_ref().is_none_or(|earlier| !is_same(&earlier.value)) {
            *proposed = Some(Proposal { value, since: now, declined: false });
        }
        return Change::Proposed;
    }
    *kept = Registered { value, source, since: now, confirmed: by_employee, usable_from: now + wait };
    *proposed = None;
    Change::Replaced
}

/// A value, and by whom and when it is given.
#[derive(Debug, Clone)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    /// By whom.
    pub source: Source,
    /// When.
    pub now: Timestamp,
    /// How long it cannot be used when it replaces another one.
    pub wait: SignedDuration,
}

impl Record {
    /// From when on everything in it can be used for a reset: a changed value, or an app on another phone, is
    /// unusable for a time in which the owner can hear of it.
    pub fn usable_from(&self) -> Timestamp {
        [
            self.birthdate.as_ref().map(|birthdate| birthdate.usable_from),
            self.mobile.as_ref().map(|mobile| mobile.usable_from),
            self.app_usable_from,
        ]
        .into_iter()
        .flatten()
        .max()
        .unwrap_or(ALWAYS)
    }

    /// Whether nothing is registered yet.
    pub fn is_first(&self) -> bool {
        self.birthdate.is_none() && self.mobile.is_none()
    }

    /// Gives a mobile number. The one that it replaces is where the owner is told as long as the new one waits; of two
    /// changes in a row that stays the first, which the owner had.
    pub fn give_mobile(
        &mut self,
        given: Given<SealedMobile>,
        is_same: impl Fn(&SealedMobile) -> bool,
    ) -> Change {
        let (before, now) = (self.mobile.clone(), given.now);
        let change = give(&mut self.mobile, &mut self.proposed_mobile, given, is_same);
        if change == Change::Replaced {
            if let Some(before) = before.filter(|before| before.usable_from <= now) {
                self.previous_mobile = Some(before.value);
            }
            self.untold.push(NoticeKind::MobileChanged);
        }
        change
    }

    /// Whether another activation may be begun: each that was begun may still be finished, and is looked after.
    pub fn may_activate(&self) -> bool {
        self.activations.len() < ACTIVATIONS
    }

    /// An activation of the app was begun. One that comes in place of an earlier app makes it unusable for a
    /// time, from now on: whether it is ever finished nobody may tell us.
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

    /// An activation was seen finished, besides other active tokens or not: in place of another one a waiting time
    /// begins now. Whether it was not known before.
    pub fn activation_settled(
        &mut self,
        token: &str,
        beside_others: bool,
        now: Timestamp,
        wait: SignedDuration,
    ) -> Option<NoticeKind> {
        let place = self.activations.iter().position(|known| known.token == token)?;
        let replaced = self.activations.remove(place).replaces || beside_others;
        if replaced {
            self.app_usable_from = Some(now + wait);
        }
        let happened = if replaced { NoticeKind::AppReplaced } else { NoticeKind::AppActivated };
        self.untold.push(happened);
        Some(happened)
    }
}

/// More than anybody needs. Entrust gives a begun token again, so there is more than one only where one was
/// finished elsewhere meanwhile.
const ACTIVATIONS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const WAIT: SignedDuration = SignedDuration::from_hours(24);

    struct Place {
        registered: Option<Registered<u8>>,
        proposed: Option<Proposal<u8>>,
        now: Timestamp,
        wait: SignedDuration,
    }

    impl Place {
        fn new() -> Self {
            let now = "2026-11-22T12:00:00Z".parse().unwrap();
            Self { registered: None, proposed: None, now, wait: WAIT }
        }

        fn give(&mut self, source: Source, value: u8) -> Change {
            let given = Given { value, source, now: self.now, wait: self.wait };
            give(&mut self.registered, &mut self.proposed, given, |kept| *kept == value)
        }

        fn kept(&self) -> &Registered<u8> {
            self.registered.as_ref().unwrap()
        }
    }

    #[test]
    fn the_first_value_counts_at_once_whoever_gives_it() {
        for source in [Source::Employee, Source::Hr] {
            let mut place = Place::new();
            assert_eq!(place.give(source, 1), Change::First);
            assert!(place.kept().usable_from <= place.now);
            assert_eq!(place.kept().confirmed, source == Source::Employee);
        }
    }

    #[test]
    fn a34_a_changed_value_waits_before_it_counts() {
        let mut place = Place::new();
        place.give(Source::Employee, 1);
        assert_eq!(place.give(Source::Employee, 2), Change::Replaced);
        assert_eq!(place.kept().usable_from, place.now + WAIT);
    }

    #[test]
    fn a34_hr_never_overwrites_what_the_employee_confirmed() {
        let mut place = Place::new();
        place.give(Source::Employee, 1);
        assert_eq!(place.give(Source::Hr, 2), Change::Proposed);
        assert_eq!((place.kept().value, place.kept().source), (1, Source::Employee));
        assert_eq!(place.proposed.as_ref().map(|proposal| proposal.value), Some(2));
        // Accepting it is giving it, with all that belongs to a change.
        assert_eq!(place.give(Source::Employee, 2), Change::Replaced);
        assert_eq!(place.proposed, None);
        assert_eq!(place.kept().usable_from, place.now + WAIT);
    }

    #[test]
    fn confirming_hrs_value_makes_it_the_employees() {
        let mut place = Place::new();
        place.give(Source::Hr, 1);
        assert_eq!(place.give(Source::Employee, 1), Change::Same);
        assert!(place.kept().confirmed);
        assert_eq!(place.kept().usable_from, Timestamp::UNIX_EPOCH);
        assert_eq!(place.give(Source::Hr, 2), Change::Proposed);
        // Said once is said: the same is not asked again, another one is.
        place.proposed.as_mut().unwrap().declined = true;
        place.give(Source::Hr, 2);
        assert!(place.proposed.as_ref().unwrap().declined);
        place.give(Source::Hr, 3);
        assert!(!place.proposed.as_ref().unwrap().declined);
        // HR takes its proposal back by giving what is registered.
        assert_eq!(place.give(Source::Hr, 1), Change::Same);
        assert_eq!(place.proposed, None);
        assert!(place.kept().confirmed);
    }

    #[test]
    fn hr_corrects_its_own_value() {
        let mut place = Place::new();
        place.give(Source::Hr, 1);
        assert_eq!(place.give(Source::Hr, 2), Change::Replaced);
        assert_eq!((place.kept().value, place.kept().confirmed), (2, false));
    }

    #[test]
    fn a34_an_app_in_place_of_an_earlier_one_waits_from_its_beginning_and_again_from_its_end() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let later = now + SignedDuration::from_mins(5);
        let mut record = Record::default();
        record.activation_begun("first".into(), false, now, WAIT);
        assert_eq!(record.activation_settled("first", false, now, WAIT), Some(NoticeKind::AppActivated));
        assert!(record.usable_from() <= now);
        record.activation_begun("second".into(), true, now, WAIT);
        assert_eq!(record.usable_from(), now + WAIT);
        assert_eq!(record.activation_settled("second", true, later, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.usable_from(), later + WAIT);
        // Beginning another first one does not end the wait; and each is settled once.
        record.activation_begun("third".into(), false, later, WAIT);
        assert_eq!(record.usable_from(), later + WAIT);
        assert_eq!(record.activation_settled("second", true, later, WAIT), None);
        assert_eq!(record.untold, [NoticeKind::AppActivated, NoticeKind::AppReplaced]);
    }

    #[test]
    fn a34_a_first_app_that_turns_out_not_to_be_the_first_waits_too() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut record = Record::default();
        record.activation_begun("first".into(), false, now, WAIT);
        assert_eq!(record.activation_settled("first", true, now, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.usable_from(), now + WAIT);
    }

    #[test]
    fn a34_one_activation_does_not_hide_another() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let mut record = Record::default();
        for (token, replaces) in [("first", true), ("second", true), ("first", false)] {
            record.activation_begun(token.into(), replaces, now, WAIT);
        }
        assert_eq!(record.activations.len(), 2);
        assert_eq!(record.activation_settled("first", false, now, WAIT), Some(NoticeKind::AppReplaced));
        assert_eq!(record.activation_settled("second", true, now, WAIT), Some(NoticeKind::AppReplaced));
        for number in 0..9 {
            assert!(record.may_activate());
            record.activation_begun(number.to_string(), false, now, WAIT);
        }
        record.activation_begun("tenth".into(), false, now, WAIT);
        assert!(!record.may_activate());
    }
}
