//! A user in Entrust and the user's soft tokens: which codes count, what is locked. Not the calls.

use super::clock::Millis;
use super::totp::{self, Seed};
use super::{Message, Person};
use std::collections::{HashMap, HashSet};

/// Failures until an authenticator locks, and it stays locked: Entrust's defaults.
pub(super) const FAILURES: u32 = 5;
/// Steps that a soft token may be ahead or behind: Entrust's default.
pub(super) const DRIFT: u64 = 10;

/// How a soft token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Made, and nothing more.
    New,
    /// Its activation was begun.
    Activating,
    /// It shows codes, and they count.
    Active,
    /// An administrator switched it off.
    Inactive,
}

impl TokenState {
    /// The vendor's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Activating => "ACTIVATING",
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// An activation that was begun.
#[derive(Debug)]
pub(super) struct Activation {
    /// The last part of the link.
    pub(super) secret: String,
    pub(super) expires: Millis,
}

#[derive(Debug)]
pub(super) struct SoftToken {
    /// A UUID.
    pub(super) id: String,
    pub(super) serial_number: String,
    pub(super) state: TokenState,
    pub(super) activation: Option<Activation>,
    pub(super) seed: Seed,
    used_steps: HashSet<u64>,
}

impl SoftToken {
    pub(super) fn new(id: String, serial_number: String, state: TokenState, seed: Seed) -> Self {
        Self { id, serial_number, state, activation: None, seed, used_steps: HashSet::new() }
    }

    /// Whether it shows this code about now; each counts once.
    fn accepts(&mut self, response: &str, now: u64, digits: u32) -> bool {
        (now.saturating_sub(DRIFT)..=now + DRIFT)
            .filter(|step| !self.used_steps.contains(step))
            .find(|step| totp::code(&self.seed, *step, digits) == response)
            .is_some_and(|step| self.used_steps.insert(step))
    }

    /// The running code or, after its use, the next that will be shown.
    pub(super) fn unused_code(&self, now: u64, digits: u32) -> Option<String> {
        let step = (now..=now + DRIFT).find(|step| !self.used_steps.contains(step))?;
        Some(totp::code(&self.seed, step, digits))
    }
}

#[derive(Debug)]
pub(super) struct User {
    /// A UUID.
    pub(super) id: String,
    pub(super) person: Person,
    /// An administrator may switch a user off.
    pub(super) switched_on: bool,
    /// In the order made.
    pub(super) tokens: Vec<SoftToken>,
    /// No phone shows the decoy's codes.
    pub(super) has_phone: bool,
    pub(super) failures: HashMap<&'static str, u32>,
    pub(super) messages: Vec<Message>,
}

impl User {
    pub(super) fn is_locked(&self, way: &str) -> bool {
        self.failures.get(way).copied().unwrap_or(0) >= FAILURES
    }

    pub(super) fn has(&self, way: &str) -> bool {
        match way {
            "TOKEN" => self.active().next().is_some(),
            "OTP" => self.person.mobile.is_some(),
            _ => false,
        }
    }

    /// The way's own name in this program, so that it can be kept.
    pub(super) fn way(&self, way: &str) -> Option<&'static str> {
        ["TOKEN", "OTP"].into_iter().find(|known| *known == way && self.has(way))
    }

    /// The tokens whose codes count.
    pub(super) fn active(&self) -> impl DoubleEndedIterator<Item = &SoftToken> {
        self.tokens.iter().filter(|token| token.state == TokenState::Active)
    }

    pub(super) fn serial_numbers(&self) -> Vec<String> {
        self.active().map(|token| token.serial_number.clone()).collect()
    }

    /// Whether any of the active tokens shows this code about now.
    pub(super) fn accepts(&mut self, response: &str, now: u64, digits: u32) -> bool {
        let mut active = self.tokens.iter_mut().filter(|token| token.state == TokenState::Active);
        active.any(|token| token.accepts(response, now, digits))
    }

    pub(super) fn masked_mobile(&self) -> String {
        let mobile = self.person.mobile.as_deref().unwrap_or_default();
        let shown = mobile.len().saturating_sub(2);
        mobile.chars().enumerate().map(|(at, digit)| if at < shown { '*' } else { digit }).collect()
    }
}
