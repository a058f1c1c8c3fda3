//! What the phones show, and what they do: they finish an activation. Not their pages.

use super::state::{State, random};
use super::totp::{self, STEP};
use super::users::{DRIFT, SoftToken, TokenState, User};
use super::{Message, Person, Shown};
use std::collections::HashSet;

impl State {
    pub(super) fn people(&self) -> Vec<Person> {
        self.users.iter().filter(|user| user.has_phone).map(|user| user.person.clone()).collect()
    }

    /// The token that the app shows: the one that was activated last.
    fn in_the_app(&self, name: &str) -> Option<&SoftToken> {
        self.with_phone(name)?.active().next_back()
    }

    pub(super) fn shown(&self, name: &str) -> Option<Shown> {
        let token = self.in_the_app(name)?;
        let seconds = self.clock.now() / 1000;
        let code = totp::code(&token.seed, seconds / STEP, self.digits);
        Some(Shown { code, valid_for: STEP - seconds % STEP })
    }

    pub(super) fn unused_code(&self, name: &str) -> Option<String> {
        self.in_the_app(name)?.unused_code(self.step(), self.digits)
    }

    pub(super) fn unused_codes(&self, name: &str) -> Vec<String> {
        let active = self.with_phone(name).into_iter().flat_map(User::active);
        active.filter_map(|token| token.unused_code(self.step(), self.digits)).collect()
    }

    pub(super) fn wrong_code(&self, name: &str) -> Option<String> {
        let user = self.with_phone(name)?;
        let now = self.step();
        // A step more on both sides: the code is still wrong when the next step begins.
        let right: HashSet<String> = (now.saturating_sub(DRIFT + 1)..=now + DRIFT + 1)
            .flat_map(|step| user.active().map(move |token| totp::code(&token.seed, step, self.digits)))
            .collect();
        let width = self.digits as usize;
        (0..=1000_u32).map(|number| format!("{number:0width$}")).find(|code| !right.contains(code))
    }

    pub(super) fn messages(&self, name: &str) -> Vec<Message> {
        self.with_phone(name).map(|user| user.messages.clone()).unwrap_or_default()
    }

    /// Whose activation this secret belongs to, while it can be finished.
    pub(super) fn activating(&self, secret: &str) -> Option<Person> {
        let now = self.clock.now();
        let user = self.users.iter().find(|user| user.tokens.iter().any(|token| awaits(token, secret, now)));
        user.map(|user| user.person.clone())
    }

    /// The phone takes the token; the secret is then of no more use.
    pub(super) fn finish(&mut self, secret: &str) -> Option<Person> {
        let now = self.clock.now();
        let seed = random().ok()?;
        for user in &mut self.users {
            let Some(place) = user.tokens.iter().position(|token| awaits(token, secret, now)) else {
                continue;
            };
            let mut token = user.tokens.remove(place);
            token.seed = seed;
            token.state = TokenState::Active;
            token.activation = None;
            // Behind the others: it is the one that the app shows from now on.
            user.tokens.push(token);
            return Some(user.person.clone());
        }
        None
    }
}

fn awaits(token: &SoftToken, secret: &str, now: u64) -> bool {
    let this =
        |activation: &super::users::Activation| activation.secret == secret && now < activation.expires;
    token.state == TokenState::Activating && token.activation.as_ref().is_some_and(this)
}
