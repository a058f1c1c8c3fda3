//! The phones: the codes and messages that they show, and the end of an activation.

use super::state::{State, random};
use super::totp::{self, STEP};
use super::users::{Activation, MAX_DRIFT_STEPS, SoftToken, TokenState, User};
use super::{Message, Person, Shown};
use std::collections::HashSet;

impl State {
    pub(super) fn people(&self) -> Vec<Person> {
        self.users.iter().filter(|user| user.has_phone).map(|user| user.person.clone()).collect()
    }

    /// The token whose code the app shows: the last activated one.
    fn displayed_token(&self, name: &str) -> Option<&SoftToken> {
        self.with_phone(name)?.active().next_back()
    }

    pub(super) fn shown(&self, name: &str) -> Option<Shown> {
        let token = self.displayed_token(name)?;
        let seconds = self.clock.now() / 1000;
        let code = totp::code(&token.seed, seconds / STEP, self.digits);
        Some(Shown { code, valid_for: STEP - seconds % STEP })
    }

    pub(super) fn unused_code(&self, name: &str) -> Option<String> {
        self.displayed_token(name)?.unused_code(self.step(), self.digits)
    }

    pub(super) fn unused_codes(&self, name: &str) -> Vec<String> {
        let active = self.with_phone(name).into_iter().flat_map(User::active);
        active.filter_map(|token| token.unused_code(self.step(), self.digits)).collect()
    }

    pub(super) fn wrong_code(&self, name: &str) -> Option<String> {
        let user = self.with_phone(name)?;
        let now = self.step();
        // One step more on both sides, so that the code is still wrong when the next step begins.
        let accepted: HashSet<String> = (now.saturating_sub(MAX_DRIFT_STEPS + 1)..=now + MAX_DRIFT_STEPS + 1)
            .flat_map(|step| user.active().map(move |token| totp::code(&token.seed, step, self.digits)))
            .collect();
        let width = self.digits as usize;
        (0..=1000_u32).map(|number| format!("{number:0width$}")).find(|code| !accepted.contains(code))
    }

    pub(super) fn messages(&self, name: &str) -> Vec<Message> {
        self.with_phone(name).map(|user| user.messages.clone()).unwrap_or_default()
    }

    /// The person to whom this activation belongs; `None` if it is unknown, used or expired.
    pub(super) fn pending_activation(&self, secret: &str) -> Option<Person> {
        let now = self.clock.now();
        let is_pending = |user: &&User| user.tokens.iter().any(|token| is_activating(token, secret, now));
        self.users.iter().find(is_pending).map(|user| user.person.clone())
    }

    /// Activates the token; the secret becomes invalid.
    pub(super) fn finish(&mut self, secret: &str) -> Option<Person> {
        let now = self.clock.now();
        let seed = random().ok()?;
        for user in &mut self.users {
            let Some(index) = user.tokens.iter().position(|token| is_activating(token, secret, now)) else {
                continue;
            };
            let mut token = user.tokens.remove(index);
            token.seed = seed;
            token.state = TokenState::Active;
            token.activation = None;
            // Last, because the app shows the last activated token.
            user.tokens.push(token);
            return Some(user.person.clone());
        }
        None
    }
}

/// Whether the token has an unexpired activation with this secret.
fn is_activating(token: &SoftToken, secret: &str, now: u64) -> bool {
    let matches = |activation: &Activation| activation.secret == secret && now < activation.expires;
    token.state == TokenState::Activating && token.activation.as_ref().is_some_and(matches)
}
