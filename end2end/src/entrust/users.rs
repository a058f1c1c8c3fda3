//! A user in Entrust with soft tokens: verification of codes, and lockout.

use super::clock::Millis;
use super::totp::{self, Seed};
use super::{Message, Person};
use std::collections::{HashMap, HashSet};

/// The number of failures that locks an authenticator permanently: Entrust's defaults.
pub(super) const MAX_FAILURES: u32 = 5;
/// The number of time steps that a soft token may be ahead or behind: Entrust's default.
pub(super) const MAX_DRIFT_STEPS: u64 = 10;

/// The state of a soft token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// Created, not activated.
    New,
    /// Its activation has been started.
    Activating,
    /// It shows codes, which are accepted.
    Active,
    /// Disabled by an administrator.
    Inactive,
}

impl TokenState {
    /// The vendor's name of the state.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "NEW",
            Self::Activating => "ACTIVATING",
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A started activation.
#[derive(Debug)]
pub(super) struct Activation {
    /// The last path segment of the link.
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

    /// Whether the code is valid within the permitted drift. Each code is accepted once.
    fn accepts(&mut self, response: &str, now: u64, digits: u32) -> bool {
        (now.saturating_sub(MAX_DRIFT_STEPS)..=now + MAX_DRIFT_STEPS)
            .filter(|step| !self.used_steps.contains(step))
            .find(|step| totp::code(&self.seed, *step, digits) == response)
            .is_some_and(|step| self.used_steps.insert(step))
    }

    /// The current code or, if it was used, the next unused one.
    pub(super) fn unused_code(&self, now: u64, digits: u32) -> Option<String> {
        let step = (now..=now + MAX_DRIFT_STEPS).find(|step| !self.used_steps.contains(step))?;
        Some(totp::code(&self.seed, step, digits))
    }
}

#[derive(Debug)]
pub(super) struct User {
    /// A UUID.
    pub(super) id: String,
    pub(super) person: Person,
    /// False if an administrator has disabled the user.
    pub(super) enabled: bool,
    /// In the order of creation or activation.
    pub(super) tokens: Vec<SoftToken>,
    /// False for the decoy, whose codes no phone shows.
    pub(super) has_phone: bool,
    pub(super) failures: HashMap<&'static str, u32>,
    pub(super) messages: Vec<Message>,
}

impl User {
    pub(super) fn is_locked(&self, method: &str) -> bool {
        self.failures.get(method).copied().unwrap_or(0) >= MAX_FAILURES
    }

    /// For the app.
    pub(super) fn attempts_left(&self) -> u32 {
        MAX_FAILURES.saturating_sub(self.failures.get("TOKEN").copied().unwrap_or(0))
    }

    pub(super) fn has(&self, method: &str) -> bool {
        match method {
            "TOKEN" => self.active().next().is_some(),
            "OTP" => self.person.mobile.is_some(),
            _ => false,
        }
    }

    /// The static name of the method if the user has it.
    pub(super) fn method(&self, method: &str) -> Option<&'static str> {
        ["TOKEN", "OTP"].into_iter().find(|known| *known == method && self.has(method))
    }

    /// The tokens whose codes are accepted.
    pub(super) fn active(&self) -> impl DoubleEndedIterator<Item = &SoftToken> {
        self.tokens.iter().filter(|token| token.state == TokenState::Active)
    }

    pub(super) fn serial_numbers(&self) -> Vec<String> {
        self.active().map(|token| token.serial_number.clone()).collect()
    }

    /// Whether the code is valid for any of the active tokens. Each code is accepted once.
    pub(super) fn accepts(&mut self, response: &str, now: u64, digits: u32) -> bool {
        let mut active = self.tokens.iter_mut().filter(|token| token.state == TokenState::Active);
        active.any(|token| token.accepts(response, now, digits))
    }

    pub(super) fn masked_mobile(&self) -> String {
        let mobile = self.person.mobile.as_deref().unwrap_or_default();
        let masked = mobile.len().saturating_sub(2);
        mobile.chars().enumerate().map(|(at, digit)| if at < masked { '*' } else { digit }).collect()
    }
}
